//! Commands of the LE signalling channel, Vol 3 Part A 4.
//!
//! Invariant: what decodes encodes to the same bytes; on LE a frame holds exactly one command (Vol 3 Part A
//! 4).

use crate::wire::{Reader, Writer};
use crate::{DecodeError, Octets};

/// Code, identifier and length before the data (Vol 3 Part A 4, figure 4.2).
const HEADER: usize = 4;
/// MTUsig of LE, header included: the longest that every device can take (Vol 3 Part A 4, table 4.1).
pub const SIGNALLING_MTU: usize = 23;

/// Codes, Vol 3 Part A 4, table 4.2; the sections are at [`Signal`].
mod code {
    pub(super) const COMMAND_REJECT: u8 = 0x01;
    pub(super) const CONNECTION_PARAMETER_UPDATE_REQUEST: u8 = 0x12;
    pub(super) const CONNECTION_PARAMETER_UPDATE_RESPONSE: u8 = 0x13;
}

/// A command of the LE signalling channel, Vol 3 Part A 4.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// L2CAP_COMMAND_REJECT_RSP, Vol 3 Part A 4.1.
    CommandReject {
        /// Of the command that is rejected.
        identifier: u8,
        /// 0 command not understood, 1 signalling MTU exceeded, 2 invalid CID in request.
        reason: u16,
        /// What belongs to the reason, as it travels.
        data: Octets<4>,
    },
    /// L2CAP_CONNECTION_PARAMETER_UPDATE_REQ, Vol 3 Part A 4.20.
    ConnectionParameterUpdateRequest {
        /// Pairs the response with the request.
        identifier: u8,
        /// Shortest connection interval, in 1.25 ms.
        interval_min: u16,
        /// Longest connection interval, in 1.25 ms.
        interval_max: u16,
        /// Peripheral latency, in connection events.
        latency: u16,
        /// Supervision timeout, in 10 ms.
        timeout: u16,
    },
    /// L2CAP_CONNECTION_PARAMETER_UPDATE_RSP, Vol 3 Part A 4.21.
    ConnectionParameterUpdateResponse {
        /// Of the request.
        identifier: u8,
        /// 0 accepted, 1 rejected.
        result: u16,
    },
    /// Any other command.
    Unknown {
        /// Command code.
        code: u8,
        /// Pairs a response with its request.
        identifier: u8,
        /// The data as it travels.
        data: Octets<{ SIGNALLING_MTU - HEADER }>,
    },
}

impl Signal {
    /// Decodes the payload of a frame on the LE signalling channel.
    ///
    /// # Errors
    /// [`DecodeError`] if the header is cut, the length disagrees, a known command has another length than
    /// its format, or another command exceeds [`SIGNALLING_MTU`].
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(octets);
        let r = &mut reader;
        let (code, identifier, says) = (r.u8()?, r.u8()?, usize::from(r.u16()?));
        let got = octets.len() - HEADER;
        if says != got {
            return Err(DecodeError::BadLength { says, got });
        }
        let signal = match code {
            code::COMMAND_REJECT => Self::CommandReject { identifier, reason: r.u16()?, data: r.rest()? },
            code::CONNECTION_PARAMETER_UPDATE_REQUEST => Self::ConnectionParameterUpdateRequest {
                identifier,
                interval_min: r.u16()?,
                interval_max: r.u16()?,
                latency: r.u16()?,
                timeout: r.u16()?,
            },
            code::CONNECTION_PARAMETER_UPDATE_RESPONSE => {
                Self::ConnectionParameterUpdateResponse { identifier, result: r.u16()? }
            }
            code => Self::Unknown { code, identifier, data: r.rest()? },
        };
        reader.end(signal)
    }

    /// The payload of a frame on the LE signalling channel.
    #[must_use]
    pub fn encode(&self) -> Octets<SIGNALLING_MTU> {
        let mut w = Writer::new();
        match self {
            Self::CommandReject { identifier, reason, data } => {
                w.u8(code::COMMAND_REJECT).u8(*identifier).u16(0).u16(*reason).slice(data)
            }
            Self::ConnectionParameterUpdateRequest {
                identifier,
                interval_min,
                interval_max,
                latency,
                timeout,
            } => w
                .u8(code::CONNECTION_PARAMETER_UPDATE_REQUEST)
                .u8(*identifier)
                .u16(0)
                .u16(*interval_min)
                .u16(*interval_max)
                .u16(*latency)
                .u16(*timeout),
            Self::ConnectionParameterUpdateResponse { identifier, result } => {
                w.u8(code::CONNECTION_PARAMETER_UPDATE_RESPONSE).u8(*identifier).u16(0).u16(*result)
            }
            Self::Unknown { code, identifier, data } => w.u8(*code).u8(*identifier).u16(0).slice(data),
        };
        w.with_length_u16(2)
    }
}
