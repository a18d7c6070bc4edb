//! The traffic of one connection: what is to be sent, what is in flight, and the cipher between.
//!
//! Invariant: a PDU in flight is sent again octet for octet until it is acknowledged, an empty one as an
//! empty one, whatever has been queued since (Vol 6 Part B 4.5.9). Packet counters move once per new
//! non-empty PDU (Vol 6 Part E 2.1).

use super::acknowledge::SequenceNumbers;
use crate::io::Role;
use arrayvec::ArrayVec;
use blesim_crypto::{Direction, LinkCipher, MicMismatch, PacketCounter};
use blesim_packet::Octets;
use blesim_packet::hci::AclData;
use blesim_packet::ll::{DataHeader, DataPdu, LlControl, Llid};

/// Octets of payload in one data channel PDU without the data length extension (Vol 6 Part B 4.5.10).
pub(crate) const MAX_TX_OCTETS: usize = 27;
/// The longest payload that is received without the data length extension, with MIC (Vol 6 Part B 4.5.10).
pub(crate) const MAX_RX_PAYLOAD: usize = 27 + 4;
/// ACL data packets the host may have outstanding, as LE Read Buffer Size tells it.
pub(crate) const ACL_PACKETS: usize = 3;
/// Fragments that many packets of 251 octets make.
const MAX_FRAGMENTS: usize = ACL_PACKETS * 251_usize.div_ceil(MAX_TX_OCTETS);
/// Control PDUs that can wait: every procedure has one request and one response at the most.
const MAX_CONTROL: usize = 8;

/// What a sent PDU was, once it is acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sent {
    Empty,
    /// A piece of ACL data; `last` ends the packet.
    Data {
        last: bool,
    },
    /// A control PDU with this opcode.
    Control(u8),
}

#[derive(Clone, Copy, Debug)]
struct Fragment {
    llid: Llid,
    payload: Octets<MAX_TX_OCTETS>,
    last: bool,
}

/// What a frame with a valid CRC brings.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) acknowledged: Option<Sent>,
    /// The new content in plaintext, if there is any.
    pub(crate) content: Result<Option<Content>, MicMismatch>,
}

/// The plaintext of a new, non-empty PDU.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content {
    pub(crate) llid: Llid,
    pub(crate) payload: Octets<MAX_RX_PAYLOAD>,
}

/// Nothing, as a PDU.
const EMPTY: DataPdu = DataPdu {
    header: DataHeader { llid: Llid::Continuation, nesn: false, sn: false, md: false, cp: false },
    payload: Octets::new(),
};

/// Queues, sequence numbers and cipher of one side.
#[derive(Debug)]
pub(crate) struct Traffic {
    numbers: SequenceNumbers,
    /// What is in flight, while `sent` says so.
    in_flight: DataPdu,
    sent: Option<Sent>,
    data: ArrayVec<Fragment, MAX_FRAGMENTS>,
    control: ArrayVec<Octets<MAX_TX_OCTETS>, MAX_CONTROL>,
    /// While set, only control PDUs are sent (Vol 6 Part B 5.1.3.1).
    pub(crate) data_paused: bool,
    cipher: Option<LinkCipher>,
    transmit_counter: Option<PacketCounter>,
    receive_counter: Option<PacketCounter>,
    sends: Direction,
    receives: Direction,
}

impl Traffic {
    pub(crate) fn new(role: Role) -> Self {
        let (down, up) = (Direction::CentralToPeripheral, Direction::PeripheralToCentral);
        let (sends, receives) = match role {
            Role::Central => (down, up),
            Role::Peripheral => (up, down),
        };
        Self {
            numbers: SequenceNumbers::default(),
            in_flight: EMPTY,
            sent: None,
            data: ArrayVec::new(),
            control: ArrayVec::new(),
            data_paused: false,
            cipher: None,
            transmit_counter: None,
            receive_counter: None,
            sends,
            receives,
        }
    }

    /// Sets the cipher; nothing is encrypted until a direction is switched on.
    pub(crate) fn install(&mut self, cipher: LinkCipher) {
        self.cipher = Some(cipher);
    }

    pub(crate) fn encrypt_transmit(&mut self) {
        self.transmit_counter = Some(PacketCounter::FIRST);
    }

    pub(crate) fn encrypt_receive(&mut self) {
        self.receive_counter = Some(PacketCounter::FIRST);
    }

    /// True when both directions are encrypted.
    pub(crate) fn encrypted(&self) -> bool {
        self.transmit_counter.is_some() && self.receive_counter.is_some()
    }

    /// Queues a control PDU. A peer that floods the queue loses the excess, as with any full queue.
    pub(crate) fn push_control(&mut self, pdu: &LlControl) {
        let payload = Octets::from_slice(&pdu.encode()).expect("control PDUs fit 27 octets");
        let _full = self.control.try_push(payload);
    }

    /// Queues ACL data in fragments; false if there is no room, which a host that keeps to its credits
    /// never meets.
    pub(crate) fn push_acl(&mut self, acl: &AclData) -> bool {
        let fragments = acl.data.len().div_ceil(MAX_TX_OCTETS).max(1);
        if self.data.remaining_capacity() < fragments {
            return false;
        }
        // Packet boundary 0b01 continues the packet before it (Vol 4 Part E 5.4.2).
        let mut llid = if acl.boundary == 1 { Llid::Continuation } else { Llid::Start };
        for index in 0..fragments {
            let from = index * MAX_TX_OCTETS;
            let to = acl.data.len().min(from + MAX_TX_OCTETS);
            let payload = Octets::from_slice(&acl.data[from..to]).expect("a fragment fits");
            self.data.push(Fragment { llid, payload, last: index + 1 == fragments });
            llid = Llid::Continuation;
        }
        true
    }

    /// Octets of the payload in flight, with MIC.
    pub(crate) fn in_flight_len(&self) -> usize {
        if self.sent.is_some() { self.in_flight.payload.len() } else { 0 }
    }

    /// Settles what goes out next, if nothing is in flight.
    pub(crate) fn stage(&mut self) {
        if self.sent.is_some() {
            return;
        }
        self.sent = Some(self.take_next());
        let pdu = &mut self.in_flight;
        // A PDU of length zero has no MIC and is not counted (Vol 6 Part B 2.4).
        if !pdu.payload.is_empty()
            && let (Some(cipher), Some(counter)) = (&self.cipher, &mut self.transmit_counter)
        {
            let mic = cipher.seal(*counter, self.sends, pdu.first_octet(), &mut pdu.payload);
            pdu.payload.extend_from_slice(&mic).expect("27 octets and a MIC fit");
            *counter = counter.next().expect("a session is shorter than 2^39 packets");
        }
    }

    /// Puts the next PDU in the place of what is in flight.
    fn take_next(&mut self) -> Sent {
        let data_flows = !self.data_paused && !self.data.is_empty();
        // What the host sent before it asked for the end of the link still goes out (Vol 6 Part B 5.1.6).
        let ends = self.control.first().is_some_and(|next| next[0] == LlControl::TERMINATE_IND);
        let waits = ends && data_flows;
        if !self.control.is_empty() && !waits {
            let payload = self.control.remove(0);
            self.put(Llid::Control, &payload);
            return Sent::Control(payload[0]);
        }
        if data_flows {
            let Fragment { llid, payload, last } = self.data.remove(0);
            // A packet without data goes out as an empty PDU: a start has at least one octet (2.4.1).
            let llid = if payload.is_empty() { Llid::Continuation } else { llid };
            self.put(llid, &payload);
            return Sent::Data { last };
        }
        self.put(Llid::Continuation, &[]);
        Sent::Empty
    }

    fn put(&mut self, llid: Llid, payload: &[u8]) {
        self.in_flight.header.llid = llid;
        self.in_flight.payload.truncate(0);
        self.in_flight.payload.extend_from_slice(payload).expect("27 octets fit 255");
    }

    /// The PDU to send now: what is in flight, under the present sequence numbers.
    pub(crate) fn staged(&mut self) -> DataPdu {
        self.stage();
        DataPdu { header: self.numbers.stamp(self.in_flight.header), payload: self.in_flight.payload }
    }

    /// Takes in a PDU with a valid CRC.
    pub(crate) fn receive(&mut self, pdu: &DataPdu) -> Received {
        let seen = self.numbers.receive(pdu.header);
        let acknowledged = if seen.acknowledged { self.sent.take() } else { None };
        let content = if seen.new && !pdu.payload.is_empty() { self.open(pdu).map(Some) } else { Ok(None) };
        Received { acknowledged, content }
    }

    fn open(&mut self, pdu: &DataPdu) -> Result<Content, MicMismatch> {
        let mut payload = Octets::from_slice(&pdu.payload).expect("a longer PDU is not received");
        if let (Some(cipher), Some(counter)) = (&self.cipher, &mut self.receive_counter) {
            let text = payload.len().checked_sub(4).ok_or(MicMismatch)?;
            let mic: [u8; 4] = payload[text..].try_into().expect("four octets are left");
            payload.truncate(text);
            cipher.open(*counter, self.receives, pdu.first_octet(), &mut payload, mic)?;
            *counter = counter.next().expect("a session is shorter than 2^39 packets");
        }
        Ok(Content { llid: pdu.header.llid, payload })
    }
}

#[cfg(test)]
mod tests;
