//! What goes in and out of a controller besides HCI: frames, draws, notes and the reasons of its wakes.

use blesim_kernel::{Instant, Span};
use blesim_packet::hci::ErrorCode;
use blesim_packet::hci::HciPacket;
use blesim_packet::ll::{AccessAddress, AdvPdu, ChannelIndex, DataPdu, Phy};

/// The role in a connection, Vol 6 Part B 1.1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Sends first in every connection event.
    Central,
    /// Answers.
    Peripheral,
}

/// A PDU on the air, by the kind of physical channel it is on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AirPdu {
    /// On an advertising channel.
    Advertising(AdvPdu),
    /// On a data channel: header and payload as sent, encrypted where the link is.
    Data(DataPdu),
}

impl AirPdu {
    /// Octets of the payload, which with the PHY give the airtime.
    #[must_use]
    pub fn payload_len(&self) -> usize {
        match self {
            Self::Advertising(pdu) => pdu.payload_len(),
            Self::Data(pdu) => pdu.payload.len(),
        }
    }
}

/// One transmission.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame {
    /// The physical channel.
    pub channel: ChannelIndex,
    /// The access address, by which a receiver finds it.
    pub access_address: AccessAddress,
    /// The PHY it is sent on, with its coding.
    pub phy: Phy,
    /// What is sent.
    pub pdu: AirPdu,
}

impl Frame {
    /// Becomes equal to `other`, copying no more than there is to a data PDU.
    pub fn copy_from(&mut self, other: &Self) {
        (self.channel, self.access_address, self.phy) = (other.channel, other.access_address, other.phy);
        if let (AirPdu::Data(own), AirPdu::Data(data)) = (&mut self.pdu, &other.pdu) {
            own.header = data.header;
            own.payload.copy_from(&data.payload);
        } else {
            self.pdu = other.pdu;
        }
    }
}

/// What the receiver is tuned to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listening {
    /// The physical channel.
    pub channel: ChannelIndex,
    /// The access address it correlates with.
    pub access_address: AccessAddress,
    /// The PHY it receives on; either coding of LE Coded is received whichever is named.
    pub phy: Phy,
}

/// What happens to a controller.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// An HCI packet from the host.
    Hci(&'a HciPacket),
    /// The access address of a frame was found while listening; the frame ends at `end`, when
    /// [`Input::Frame`] follows.
    Sync {
        /// The end of the frame.
        end: Instant,
    },
    /// A frame that was synchronised to has ended just now.
    Frame {
        /// When its first bit was sent.
        start: Instant,
        /// What it carries.
        pdu: &'a AirPdu,
        /// False if the CRC does not match, in which case nothing in `pdu` may be believed.
        crc_ok: bool,
    },
    /// The wake given by [`crate::Controller::deadline`] is due.
    Wake,
}

/// Why a controller wants to wake.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Why {
    /// An advertising PDU is to be sent.
    Advertise,
    /// The answer to a frame is to be sent, T_IFS after it.
    Answer,
    /// A connection event begins.
    Anchor,
    /// The receive window closes with nothing heard.
    WindowClosed,
    /// No valid packet arrived within the supervision timeout.
    Supervision,
    /// No packet arrived at all within six intervals.
    NotEstablished,
    /// A control procedure got no response in time.
    ProcedureResponse,
    /// No packet with a MIC arrived for long: a ping is due, or the host is to know.
    AuthenticatedPayload,
}

/// A random value a controller needs. The owner supplies it as a function of the device and of how many of
/// the kind it has asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Draw {
    /// A candidate for the access address of a connection, 32 bits (Vol 6 Part B 2.1.2).
    AccessAddress,
    /// The CRC initialisation value of a connection, 24 bits (Vol 6 Part B 2.3.3.1).
    CrcInit,
    /// The hop increment, reduced to 5..=16 (Vol 6 Part B 2.3.3.1).
    Hop,
    /// advDelay, reduced to 0..=10 ms (Vol 6 Part B 4.4.2.2).
    AdvDelay,
    /// backoffCount of an active scanner, reduced to 1..=upperLimit (Vol 6 Part B 4.4.3.2).
    Backoff,
    /// This side's half of the session key diversifier, 64 bits (Vol 6 Part B 2.4.2.4).
    Skd,
    /// This side's half of the initialisation vector, 32 bits (Vol 6 Part B 2.4.2.4).
    Iv,
    /// What the host asks for, 64 bits (Vol 4 Part E 7.8.23).
    Random,
}

/// What a controller tells its observer; nothing depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Note {
    /// A session key was derived: the key and the vector of this encrypted stretch.
    SessionKey {
        /// The LTK or STK it came from.
        ltk: u128,
        /// SKD_P above SKD_C.
        skd: u128,
        /// IV_P above IV_C.
        iv: u64,
        /// The session key.
        key: u128,
    },
    /// The encryption start procedure moved to another state.
    Encryption(crate::EncryptionState),
    /// A control procedure took this row of [`crate::PROCEDURES`].
    Edge(u8),
    /// The link ended for this reason.
    Closed(ErrorCode),
}

/// Where a controller's output goes and its random numbers come from.
pub trait Port {
    /// Sends an HCI packet up to the host.
    fn to_host(&mut self, packet: &HciPacket);
    /// Sends ACL data up to the host: [`Port::to_host`] of [`HciPacket::acl`], for an owner that copies what it is
    /// handed.
    fn acl_to_host(&mut self, handle: u16, boundary: u8, octets: &[u8]) {
        self.to_host(&HciPacket::acl(handle, boundary, octets));
    }
    /// Starts a transmission at this instant.
    fn transmit(&mut self, frame: &Frame);
    /// A fresh uniform 64-bit number for the given use.
    fn draw(&mut self, what: Draw) -> u64;
    /// Tells that the receiver was on for so long.
    fn listened(&mut self, span: Span);
    /// Tells the observer something of the connection with this handle.
    fn note(&mut self, handle: u16, note: Note);
}
