//! What a listener has heard: frames as they were on the air, with who sounded like whom.
//!
//! Invariant: nothing is here that did not reach its radio whole.

use blesim_controller::{AirPdu, Frame};
use blesim_packet::ll::AdvPdu;

/// A frame that a listener has heard.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// The listener.
    pub(crate) by: usize,
    /// The sender, as somebody with an ear for radios tells one from another.
    pub(crate) from: usize,
    /// What it sent.
    pub(crate) frame: Frame,
}

/// Whether a frame is worth keeping: the beginning of a connection, and what is said in it.
pub(crate) fn worth(frame: &Frame) -> bool {
    match &frame.pdu {
        AirPdu::Data(pdu) => !pdu.payload.is_empty(),
        AirPdu::Advertising(pdu) => matches!(pdu, AdvPdu::ConnectInd(_)),
    }
}
