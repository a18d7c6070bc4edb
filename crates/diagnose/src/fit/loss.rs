//! Loss on the air, from who answers whom and what is acknowledged.
//!
//! A packet of the central arrived if the peripheral answers in the same connection event and acknowledges it; one of
//! the peripheral if the central's next packet does (Vol 6 Part B 4.5.1, 4.5.9). Packets whose acknowledgement says
//! nothing, since the receiver had them before, are not counted, and neither is the silence at a link's end: whoever is
//! gone loses no packets.
//!
//! Invariant: counts, never packets, are kept. What the sniffer itself missed counts as lost.

use blesim_capture::pcap::{AirPacket, Sender};
use blesim_packet::ll::{AccessAddress, DataPdu};
use std::collections::BTreeMap;

/// Data channels (Vol 6 Part B 1.4.1).
pub const CHANNELS: usize = 37;
/// From the end of a packet to the next of the same event, 150 us, and room for the clocks of sniffers.
const SAME_EVENT_US: i64 = 250;
/// Octets on LE 1M before and after the PDU.
const AROUND: usize = 1 + 4 + 3;
/// Links that are followed at a time.
const LINKS_MAX: usize = 256;

/// So many packets were sent, and so many of them lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Count {
    /// All of them.
    pub sent: u64,
    /// Those that were lost.
    pub lost: u64,
}

/// What was lost.
#[derive(Clone, Debug)]
pub struct Loss {
    /// By data channel.
    pub channels: [Count; CHANNELS],
    /// Packets of the central, and of the peripheral.
    pub directions: [Count; 2],
    /// Connection events by whether the one before was lost, and whether they were: not after not, lost after not, not
    /// after lost, lost after lost.
    pub chain: [u64; 4],
    /// The same for each data channel by itself: from one event on it to the next.
    pub channel_chains: [[u64; 4]; CHANNELS],
    links: BTreeMap<AccessAddress, Link>,
    last: Option<(i64, AccessAddress)>,
}

/// A link as its packets tell it.
#[derive(Clone, Debug, Default)]
struct Link {
    central: Option<Sent>,
    peripheral: Option<Sent>,
    /// What each side expects next, the central's first.
    expects: [Option<bool>; 2],
    /// When the last packet ended, and whether it was the central's.
    before: Option<(i64, bool)>,
    /// Events that were lost since the last one that was not, by channel.
    silent: BTreeMap<u8, u64>,
    was_lost: Option<bool>,
    /// The same by channel.
    channel_was_lost: BTreeMap<u8, bool>,
}

/// A packet that waits for its acknowledgement.
#[derive(Clone, Copy, Debug)]
struct Sent {
    channel: u8,
    number: bool,
    /// Whether its acknowledgement tells something.
    telling: bool,
}

impl Default for Loss {
    fn default() -> Self {
        let none = Count::default();
        let links = BTreeMap::new();
        let (channels, channel_chains) = ([none; CHANNELS], [[0; 4]; CHANNELS]);
        Self { channels, directions: [none; 2], chain: [0; 4], channel_chains, links, last: None }
    }
}

impl Loss {
    /// The next packet of the air.
    pub fn packet(&mut self, us: i64, packet: &AirPacket) {
        let address = packet.access_address;
        if address == AccessAddress::ADVERTISING || self.last == Some((us, address)) {
            return;
        }
        self.last = Some((us, address));
        let Some(channel) = packet.channel.map(|channel| channel.0).filter(|c| usize::from(*c) < CHANNELS)
        else {
            return;
        };
        if !self.links.contains_key(&address) && self.links.len() == LINKS_MAX {
            self.links.pop_first();
        }
        let mut link = self.links.remove(&address).unwrap_or_default();
        let follows = link.before.is_some_and(|(end, _)| us - end <= SAME_EVENT_US);
        let central = match packet.sender {
            Sender::Central => true,
            Sender::Peripheral => false,
            Sender::Auxiliary(_) | Sender::Untold => {
                !(follows && link.before.is_some_and(|(_, central)| central))
            }
        };
        let octets = i64::try_from(AROUND + packet.pdu.len()).unwrap_or(i64::MAX / 8);
        link.before = Some((us + 8 * octets, central));
        if let Ok(pdu) = DataPdu::decode(&packet.pdu) {
            if central {
                self.central(&mut link, channel, &pdu);
            } else {
                self.peripheral(&mut link, channel, &pdu);
            }
        }
        self.links.insert(address, link);
    }

    fn central(&mut self, link: &mut Link, channel: u8, pdu: &DataPdu) {
        if let Some(sent) = link.peripheral.take().filter(|sent| sent.telling) {
            self.count(1, sent.channel, pdu.header.nesn == sent.number);
        }
        if let Some(sent) = link.central.take() {
            // Nobody answered it.
            *link.silent.entry(sent.channel).or_default() += 1;
        }
        link.expects[0] = Some(pdu.header.nesn);
        let telling = link.expects[1] == Some(pdu.header.sn);
        link.central = Some(Sent { channel, number: pdu.header.sn, telling });
    }

    fn peripheral(&mut self, link: &mut Link, channel: u8, pdu: &DataPdu) {
        let Some(sent) = link.central.take() else { return };
        for (channel, times) in std::mem::take(&mut link.silent) {
            for _ in 0..times {
                self.count(0, channel, true);
                self.event(link, channel, true);
            }
        }
        let lost = sent.telling && pdu.header.nesn == sent.number;
        self.count(0, sent.channel, lost);
        self.event(link, sent.channel, lost);
        link.expects[1] = Some(pdu.header.nesn);
        let telling = link.expects[0] == Some(pdu.header.sn);
        link.peripheral = Some(Sent { channel, number: pdu.header.sn, telling });
    }

    fn count(&mut self, direction: usize, channel: u8, lost: bool) {
        for count in [&mut self.directions[direction], &mut self.channels[usize::from(channel)]] {
            count.sent += 1;
            count.lost += u64::from(lost);
        }
    }

    fn event(&mut self, link: &mut Link, channel: u8, lost: bool) {
        let place = |before: bool| usize::from(before) * 2 + usize::from(lost);
        if let Some(before) = link.was_lost.replace(lost) {
            self.chain[place(before)] += 1;
        }
        if let Some(before) = link.channel_was_lost.insert(channel, lost) {
            self.channel_chains[usize::from(channel)][place(before)] += 1;
        }
    }

    /// All packets.
    #[must_use]
    pub fn all(&self) -> Count {
        let [ours, theirs] = self.directions;
        Count { sent: ours.sent + theirs.sent, lost: ours.lost + theirs.lost }
    }
}
