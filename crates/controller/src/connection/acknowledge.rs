//! Acknowledgement and flow control by one-bit sequence numbers, Vol 6 Part B 4.5.9.
//!
//! Invariant: a PDU is delivered once and in order; what was sent stays the same until it is acknowledged.

use blesim_packet::ll::DataHeader;

/// transmitSeqNum and nextExpectedSeqNum of one side.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct SequenceNumbers {
    transmit: bool,
    next_expected: bool,
}

/// What a received header says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Received {
    /// The last PDU this side sent has arrived.
    pub(crate) acknowledged: bool,
    /// The PDU is new and not a retransmission.
    pub(crate) new: bool,
}

impl SequenceNumbers {
    /// Takes in the header of a PDU with a valid CRC.
    pub(crate) fn receive(&mut self, header: DataHeader) -> Received {
        let acknowledged = header.nesn != self.transmit;
        self.transmit ^= acknowledged;
        let new = header.sn == self.next_expected;
        self.next_expected ^= new;
        Received { acknowledged, new }
    }

    /// Writes the two bits into a header about to be sent.
    pub(crate) fn stamp(self, header: DataHeader) -> DataHeader {
        DataHeader { sn: self.transmit, nesn: self.next_expected, ..header }
    }
}
