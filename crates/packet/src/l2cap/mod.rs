//! L2CAP basic frames on the fixed channels of LE, Vol 3 Part A 3.1.
//!
//! Invariant: a frame that comes out of the [`Reassembler`] is exactly as long as its header says.

mod reassembler;
mod signal;

pub use reassembler::{Reassembler, ReassemblyError};
pub use signal::{SIGNALLING_MTU, Signal};

use crate::{DecodeError, Octets};

/// Attribute protocol, Vol 3 Part A 2.1, table 2.2.
pub const CID_ATT: u16 = 0x0004;
/// LE signalling, Vol 3 Part A 2.1, table 2.2.
pub const CID_LE_SIGNALLING: u16 = 0x0005;
/// Security Manager protocol, Vol 3 Part A 2.1, table 2.2.
pub const CID_SMP: u16 = 0x0006;

/// The header: length of the payload, then the channel (Vol 3 Part A 3.1).
pub const HEADER: usize = 4;
/// The longest frame that is sent or taken here: what one HCI ACL packet carries.
pub const FRAME_MAX: usize = crate::hci::ACL_DATA_MAX;
/// The longest payload that is sent or taken here.
pub const PAYLOAD_MAX: usize = FRAME_MAX - HEADER;

/// A basic frame, Vol 3 Part A 3.1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame<'a> {
    /// Channel identifier.
    pub cid: u16,
    /// What the channel's protocol says.
    pub payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Decodes a whole frame.
    ///
    /// # Errors
    /// [`DecodeError`] if the header is cut or its length disagrees.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let short = DecodeError::TooShort { need: HEADER, got: octets.len() };
        let (&[a, b, c, d], payload) = octets.split_first_chunk::<HEADER>().ok_or(short)?;
        let says = usize::from(u16::from_le_bytes([a, b]));
        if says != payload.len() {
            return Err(DecodeError::BadLength { says, got: payload.len() });
        }
        Ok(Self { cid: u16::from_le_bytes([c, d]), payload })
    }
}

/// A whole frame. That its payload fits is checked when the caller is compiled.
///
/// # Panics
/// Never, for that reason.
#[must_use]
pub fn frame<const N: usize, const M: usize>(cid: u16, payload: &Octets<N>) -> Octets<M> {
    const { assert!(HEADER + N <= M && M <= FRAME_MAX, "such payloads do not fit a frame") };
    let [length, length_above] = u16::try_from(payload.len()).expect("a payload is that short").to_le_bytes();
    let [cid, cid_above] = cid.to_le_bytes();
    let mut frame = Octets::new();
    for octets in [&[length, length_above, cid, cid_above], payload.as_slice()] {
        frame.extend_from_slice(octets).expect("it was checked that such payloads fit");
    }
    frame
}
