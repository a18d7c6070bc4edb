//! The traffic of one connection: what is to be sent, what is in flight, and the cipher between.
//!
//! Invariant: a PDU in flight is sent again octet for octet until it is acknowledged, an empty one as an
//! empty one, whatever has been queued since (Vol 6 Part B 4.5.9). Packet counters move once per new
//! non-empty PDU (Vol 6 Part E 2.1).

use super::acknowledge::SequenceNumbers;
use crate::io::{AirPdu, Frame, Listening, Role};
use arrayvec::ArrayVec;
use blesim_crypto::{Direction, LinkCipher, MicMismatch, PacketCounter};
use blesim_packet::Octets;
use blesim_packet::hci::AclData;
use blesim_packet::ll::{AccessAddress, ChannelIndex, DataHeader, DataPdu, LlControl, Llid, Phy};

/// Octets of payload in one data channel PDU without the data length extension (Vol 6 Part B 4.5.10).
pub(crate) const MIN_OCTETS: usize = 27;
/// The most octets of payload in one data channel PDU (Vol 6 Part B 4.5.10).
const MAX_OCTETS: usize = 251;
/// Octets of the message integrity code (Vol 6 Part B 2.4).
const MIC: usize = 4;
/// Octets of the longest control PDU.
const MAX_CONTROL_OCTETS: usize = 35;
/// ACL data packets the host may have outstanding, as LE Read Buffer Size tells it.
pub(crate) const ACL_PACKETS: usize = 3;
/// Control PDUs that can wait: every procedure has one request and one response at the most.
const MAX_CONTROL: usize = 8;

/// A write command of no value, whole in one PDU: what slips out.
const STRAY: [u8; 7] = [0x03, 0x00, 0x04, 0x00, 0x52, 0x03, 0x00];

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

/// A packet from the host, cut into PDUs as they are sent.
#[derive(Clone, Copy, Debug)]
struct Packet {
    /// Of the piece that is next.
    llid: Llid,
    data: Octets<MAX_OCTETS>,
    /// Octets that have become PDUs.
    sent: usize,
}

/// The controller's buffers for the host's packets on one link: a ring, so that a packet is copied once.
#[derive(Debug)]
struct Packets {
    buffers: [Packet; ACL_PACKETS],
    first: usize,
    len: usize,
}

impl Packets {
    const fn new() -> Self {
        let free = Packet { llid: Llid::Start, data: Octets::new(), sent: 0 };
        Self { buffers: [free; ACL_PACKETS], first: 0, len: 0 }
    }

    fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts a packet behind the others; false if there is no room.
    #[inline]
    fn push(&mut self, llid: Llid, data: &Octets<MAX_OCTETS>) -> bool {
        if self.len == ACL_PACKETS {
            return false;
        }
        let place = &mut self.buffers[(self.first + self.len) % ACL_PACKETS];
        (place.llid, place.sent) = (llid, 0);
        place.data.copy_from(data);
        self.len += 1;
        true
    }

    /// The first packet, of which there must be one.
    fn first(&mut self) -> &mut Packet {
        assert!(!self.is_empty(), "only a packet that waits is sent");
        &mut self.buffers[self.first]
    }

    /// Frees the buffer of the first packet.
    fn pop(&mut self) {
        self.first = (self.first + 1) % ACL_PACKETS;
        self.len -= 1;
    }
}

/// What a frame with a valid CRC brings.
#[derive(Debug)]
pub(crate) struct Received<'a> {
    pub(crate) acknowledged: Option<Sent>,
    /// The new content in plaintext, if there is any.
    pub(crate) content: Result<Option<Content<'a>>, MicMismatch>,
}

/// The plaintext of a new, non-empty PDU.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content<'a> {
    pub(crate) llid: Llid,
    pub(crate) payload: &'a [u8],
}

/// Where a payload is decrypted to, made when one is.
pub(crate) type Plain = Option<Octets<255>>;

/// Nothing, as a frame that is not sent yet.
const EMPTY: Frame = Frame {
    channel: ChannelIndex(0),
    access_address: AccessAddress(0),
    phy: Phy::Le1M,
    pdu: AirPdu::Data(DataPdu {
        header: DataHeader { llid: Llid::Continuation, nesn: false, sn: false, md: false, cp: false },
        payload: Octets::new(),
    }),
};

/// Queues, sequence numbers and cipher of one side.
#[derive(Debug)]
pub(crate) struct Traffic {
    numbers: SequenceNumbers,
    /// What is in flight, while `sent` says so, as the frame it is sent in.
    frame: Frame,
    sent: Option<Sent>,
    /// Whether there was more to send when the next PDU was settled.
    more: bool,
    data: Packets,
    control: ArrayVec<Octets<MAX_CONTROL_OCTETS>, MAX_CONTROL>,
    /// connEffectiveMaxTxOctets (Vol 6 Part B 4.5.10).
    pub(crate) max_transmit: usize,
    /// connEffectiveMaxRxOctets.
    pub(crate) max_receive: usize,
    /// While set, only control PDUs are sent (Vol 6 Part B 5.1.3.1).
    pub(crate) data_paused: bool,
    /// A data PDU is to slip out while they should not.
    slips: bool,
    cipher: Option<LinkCipher>,
    transmit_counter: Option<PacketCounter>,
    receive_counter: Option<PacketCounter>,
    sends: Direction,
    receives: Direction,
}

impl Traffic {
    #[inline]
    pub(crate) fn new(role: Role) -> Self {
        let (down, up) = (Direction::CentralToPeripheral, Direction::PeripheralToCentral);
        let (sends, receives) = match role {
            Role::Central => (down, up),
            Role::Peripheral => (up, down),
        };
        Self {
            numbers: SequenceNumbers::default(),
            frame: EMPTY,
            sent: None,
            more: false,
            data: Packets::new(),
            control: ArrayVec::new(),
            max_transmit: MIN_OCTETS,
            max_receive: MIN_OCTETS,
            data_paused: false,
            slips: false,
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

    /// What is received from now on is plain (Vol 6 Part B 5.1.3.2).
    pub(crate) fn receive_plain(&mut self) {
        self.receive_counter = None;
    }

    /// What is sent from now on is plain, apart from what is in flight.
    pub(crate) fn transmit_plain(&mut self) {
        self.transmit_counter = None;
    }

    /// True when what is received has a MIC.
    pub(crate) fn receives_encrypted(&self) -> bool {
        self.receive_counter.is_some()
    }

    /// True when both directions are encrypted.
    pub(crate) fn encrypted(&self) -> bool {
        self.transmit_counter.is_some() && self.receive_counter.is_some()
    }

    /// Queues a control PDU. A peer that floods the queue loses the excess, as with any full queue.
    pub(crate) fn push_control(&mut self, pdu: &LlControl) {
        let payload = Octets::from_slice(&pdu.encode()).expect("the longest control PDU fits");
        let _full = self.control.try_push(payload);
    }

    /// Has a data PDU slip out the next time that only control PDUs may be sent, and none is left to be.
    pub(crate) fn slip(&mut self) {
        self.slips = true;
    }

    /// Queues ACL data; false if there is no room, which a host that keeps to its credits never meets.
    pub(crate) fn push_acl(&mut self, acl: &AclData) -> bool {
        // Packet boundary 0b01 continues the packet before it (Vol 4 Part E 5.4.2).
        let llid = if acl.boundary == 1 { Llid::Continuation } else { Llid::Start };
        self.data.push(llid, &acl.data)
    }

    /// Octets of the payload in flight, with MIC.
    pub(crate) fn in_flight_len(&self) -> usize {
        if self.sent.is_some() { self.frame.pdu.payload_len() } else { 0 }
    }

    /// Whether there is more to send than what is in flight (the More Data bit, Vol 6 Part B 4.5.6).
    #[inline]
    fn has_more(&self) -> bool {
        !self.control.is_empty() || (!self.data_paused && !self.data.is_empty())
    }

    /// Whether nothing waits to be sent or to be acknowledged, apart from an empty PDU.
    pub(crate) fn idle(&self) -> bool {
        matches!(self.sent, None | Some(Sent::Empty)) && self.control.is_empty() && self.data.is_empty()
    }

    /// The sequence numbers as they are.
    pub(crate) fn numbers(&self) -> SequenceNumbers {
        self.numbers
    }

    /// What waits to be acknowledged.
    pub(crate) fn in_flight(&self) -> Option<Sent> {
        self.sent
    }

    /// Settles what goes out next, if nothing is in flight.
    #[inline]
    pub(crate) fn stage(&mut self) {
        if self.sent.is_some() {
            self.more = self.has_more();
            return;
        }
        self.sent = Some(self.take_next());
        self.more = self.has_more();
        let pdu = data_pdu(&mut self.frame);
        // A PDU of length zero has no MIC and is not counted (Vol 6 Part B 2.4).
        if !pdu.payload.is_empty()
            && let (Some(cipher), Some(counter)) = (&self.cipher, &mut self.transmit_counter)
        {
            let mic = cipher.seal(*counter, self.sends, pdu.first_octet(), &mut pdu.payload);
            pdu.payload.extend_from_slice(&mic).expect("251 octets and a MIC fit");
            *counter = counter.next().expect("a session is shorter than 2^39 packets");
        }
    }

    /// Puts the next PDU in the place of what is in flight.
    #[inline]
    fn take_next(&mut self) -> Sent {
        let data_flows = !self.data_paused && !self.data.is_empty();
        // What the host sent before it asked for the end of the link still goes out (Vol 6 Part B 5.1.6).
        let ends = self.control.first().is_some_and(|next| next[0] == LlControl::TERMINATE_IND);
        let waits = ends && data_flows;
        if !self.control.is_empty() && !waits {
            let payload = self.control.remove(0);
            put(&mut self.frame, Llid::Control, &payload);
            return Sent::Control(payload[0]);
        }
        if data_flows {
            return self.cut();
        }
        if self.data_paused && core::mem::take(&mut self.slips) {
            put(&mut self.frame, Llid::Start, &STRAY);
            return Sent::Data { last: false };
        }
        put(&mut self.frame, Llid::Continuation, &[]);
        Sent::Empty
    }

    /// Makes the next piece of the first packet a PDU.
    #[inline]
    fn cut(&mut self) -> Sent {
        let packet = self.data.first();
        let from = packet.sent;
        let to = packet.data.len().min(from + self.max_transmit);
        // A packet without data goes out as an empty PDU: a start has at least one octet (2.4.1).
        let llid = if packet.data.is_empty() { Llid::Continuation } else { packet.llid };
        put(&mut self.frame, llid, &packet.data[from..to]);
        (packet.llid, packet.sent) = (Llid::Continuation, to);
        let last = to == packet.data.len();
        if last {
            self.data.pop();
        }
        Sent::Data { last }
    }

    /// The header of the PDU to send now: of what was settled, under the present sequence numbers. It says that
    /// there is more if there was and `may_go_on`; the bit is not part of what is sent again (Vol 6 Part B 4.5.9).
    #[inline]
    pub(crate) fn stamp(&mut self, may_go_on: bool) -> DataHeader {
        let header = &mut data_pdu(&mut self.frame).header;
        *header = self.numbers.stamp(DataHeader { md: may_go_on && self.more, ..*header });
        *header
    }

    /// The frame to send now, with the header of [`Traffic::stamp`], on this channel.
    #[inline]
    pub(crate) fn staged(&mut self, on: Listening) -> &Frame {
        let frame = &mut self.frame;
        (frame.channel, frame.access_address, frame.phy) = (on.channel, on.access_address, on.phy);
        frame
    }

    /// Octets of payload a received PDU may have, with its MIC.
    pub(crate) fn longest_received(&self) -> usize {
        self.max_receive + if self.receive_counter.is_some() { MIC } else { 0 }
    }

    /// Takes in a PDU with a valid CRC; what is encrypted is opened in the place given for it.
    #[inline]
    pub(crate) fn receive<'a>(&mut self, pdu: &'a DataPdu, plain: &'a mut Plain) -> Received<'a> {
        let seen = self.numbers.receive(pdu.header);
        let acknowledged = if seen.acknowledged { self.sent.take() } else { None };
        let new = seen.new && !pdu.payload.is_empty();
        let content = if new { self.open(pdu, plain).map(Some) } else { Ok(None) };
        Received { acknowledged, content }
    }

    /// Takes in an empty PDU.
    pub(crate) fn receive_empty(&mut self, header: DataHeader) {
        if self.numbers.receive(header).acknowledged {
            self.sent = None;
        }
    }

    #[inline]
    fn open<'a>(&mut self, pdu: &'a DataPdu, plain: &'a mut Plain) -> Result<Content<'a>, MicMismatch> {
        let llid = pdu.header.llid;
        let (Some(cipher), Some(counter)) = (&self.cipher, &mut self.receive_counter) else {
            return Ok(Content { llid, payload: &pdu.payload });
        };
        let (text, mic) = pdu.payload.split_last_chunk::<MIC>().ok_or(MicMismatch)?;
        let plain = plain.insert(Octets::new());
        plain.extend_from_slice(text).expect("a payload has 255 octets at the most");
        cipher.open(*counter, self.receives, pdu.first_octet(), plain, *mic)?;
        *counter = counter.next().expect("a session is shorter than 2^39 packets");
        Ok(Content { llid, payload: plain })
    }
}

/// What a frame of a connection carries.
fn data_pdu(frame: &mut Frame) -> &mut DataPdu {
    match &mut frame.pdu {
        AirPdu::Data(pdu) => pdu,
        AirPdu::Advertising(_) => unreachable!("a connection sends data PDUs"),
    }
}

/// Makes this the next PDU.
#[inline]
fn put(frame: &mut Frame, llid: Llid, payload: &[u8]) {
    let pdu = data_pdu(frame);
    pdu.header.llid = llid;
    pdu.payload.truncate(0);
    pdu.payload.extend_from_slice(payload).expect("no PDU is longer than 255 octets");
}

#[cfg(test)]
mod tests;
