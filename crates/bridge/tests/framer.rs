//! H4 streams: cut anywhere they bring the same packets, and no octets bring a panic or an unbounded buffer.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use blesim_bridge::h4::{Framer, H4Error, Item, Sender};
use blesim_packet::hci::{AclData, Command, Event, HciPacket};
use blesim_packet::{DecodeError, Octets};
use proptest::prelude::*;

/// Everything that a stream brings, pushed in pieces of these lengths.
fn items(from: Sender, stream: &[u8], pieces: &[usize]) -> (Vec<Item>, Option<H4Error>) {
    let mut framer = Framer::new(from);
    let mut found = Vec::new();
    let (mut rest, mut pieces) = (stream, pieces.iter().cycle());
    while !rest.is_empty() {
        let length = pieces.next().map_or(rest.len(), |&piece| piece.clamp(1, rest.len()));
        let (piece, after) = rest.split_at(length);
        framer.push(piece);
        rest = after;
        loop {
            match framer.next() {
                Ok(Some(item)) => found.push(item),
                Ok(None) => break,
                Err(error) => return (found, Some(error)),
            }
        }
    }
    (found, None)
}

fn packet(from: Sender) -> BoxedStrategy<HciPacket> {
    let acl = (0..0x0F00_u16, prop::collection::vec(any::<u8>(), 0..=251)).prop_map(|(handle, data)| {
        let data = Octets::from_slice(&data).unwrap();
        HciPacket::Acl(AclData { handle, boundary: 2, broadcast: 0, data })
    });
    let other = prop::collection::vec(any::<u8>(), 0..=255).prop_map(move |parameters| {
        let parameters = Octets::from_slice(&parameters).unwrap();
        match from {
            Sender::Host => HciPacket::Command(Command::Unknown { opcode: 0xFC00, parameters }),
            Sender::Controller => HciPacket::Event(Event::Unknown { code: 0xFF, parameters }),
        }
    });
    prop_oneof![acl, other].boxed()
}

fn sender() -> impl Strategy<Value = Sender> {
    prop_oneof![Just(Sender::Host), Just(Sender::Controller)]
}

proptest! {
    /// However a stream is cut, the same packets come out of it, in order.
    #[test]
    fn packets_survive_any_cut(
        (from, packets) in sender().prop_flat_map(|from| (Just(from), prop::collection::vec(packet(from), 1..8))),
        pieces in prop::collection::vec(1_usize..300, 1..6),
    ) {
        let stream: Vec<u8> = packets.iter().flat_map(|packet| packet.encode().to_vec()).collect();
        let (found, error) = items(from, &stream, &pieces);
        prop_assert_eq!(error, None);
        prop_assert_eq!(found, packets.into_iter().map(Item::Packet).collect::<Vec<_>>());
    }

    /// Any octets end in packets, in an error or in waiting, the same however they are cut.
    #[test]
    fn any_octets_are_taken(
        from in sender(),
        stream in prop::collection::vec(prop_oneof![0_u8..6, any::<u8>()], 0..600),
        pieces in prop::collection::vec(1_usize..40, 1..6),
    ) {
        let whole = items(from, &stream, &[]);
        prop_assert_eq!(items(from, &stream, &pieces), whole);
    }

    /// A line that has lost its place finds it again at the next reset, whatever came before (Vol 4 Part A 4).
    #[test]
    fn a_lost_line_finds_the_next_reset(
        noise in prop::collection::vec(any::<u8>(), 0..300),
        pieces in prop::collection::vec(1_usize..7, 1..6),
    ) {
        let reset = HciPacket::Command(Command::Reset);
        let mut framer = Framer::new(Sender::Host);
        framer.lose();
        let stream = [&noise[..], &reset.encode()].concat();
        let (mut found, mut rest, mut pieces) = (Vec::new(), &stream[..], pieces.iter().cycle());
        while !rest.is_empty() {
            let (piece, after) = rest.split_at((*pieces.next().unwrap()).min(rest.len()));
            framer.push(piece);
            rest = after;
            while let Ok(Some(item)) = framer.next() {
                found.push(item);
            }
        }
        // Noise that holds a reset itself may begin anything after it.
        let held = noise.windows(4).any(|window| window == &*reset.encode());
        prop_assert!(held || found.first() == Some(&Item::Packet(reset)));
    }
}

/// What is said of a stream that is none, and what is passed over.
#[test]
fn streams_that_are_none() {
    let check = |from, stream: &[u8], expected: Result<&[Item], &str>| {
        let (found, error) = items(from, stream, &[]);
        let got = error.map_or(Ok(found), |error| Err(error.to_string()));
        assert_eq!(got.as_deref().map_err(String::as_str), expected.map_err(|words| words), "{stream:02x?}");
    };
    let host = "octet 0 is 0x04, where a host sends a packet indicator: 0x01 (command) or 0x02 (ACL data)";
    check(Sender::Host, &[0x04, 0x0E, 0x00], Err(host));
    let controller =
        "octet 3 is 0x01, where a controller sends a packet indicator: 0x04 (event) or 0x02 (ACL data)";
    check(Sender::Controller, &[0x04, 0xFF, 0x00, 0x01], Err(controller));
    let long = "the packet at octet 0 says 252 octets of data, where HCI_LE_Read_Buffer_Size allows 251";
    check(Sender::Host, &[0x02, 0x40, 0x00, 0xFC, 0x00], Err(long));
    check(Sender::Host, &[0x03, 0x40, 0x00, 0x01, 0x09], Ok(&[Item::Ignored { indicator: 3 }]));
    check(Sender::Host, &[0x05, 0x40, 0x00, 0x01, 0x00, 0x09], Ok(&[Item::Ignored { indicator: 5 }]));
    check(Sender::Host, &[0x01, 0x03], Ok(&[]));
    let parameters = Octets::from_slice(&[1]).unwrap();
    let command = HciPacket::Command(Command::Unknown { opcode: 0x200C, parameters });
    let short = DecodeError::TooShort { need: 2, got: 1 };
    check(Sender::Host, &[0x01, 0x0C, 0x20, 0x01, 0x01], Ok(&[Item::Malformed(command, short)]));
}
