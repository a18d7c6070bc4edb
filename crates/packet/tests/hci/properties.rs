//! What holds for every value and for every string of bytes.

use crate::strategies::{acl, nearly_packet, packet};
use blesim_packet::hci::{AclData, Command, Event, HciPacket};
use proptest::prelude::*;

proptest! {
    /// Nothing is lost or changed on the way over the wire.
    #[test]
    fn a_packet_survives_the_wire(packet in packet()) {
        prop_assert_eq!(HciPacket::decode(&packet.encode()), Ok(packet));
    }

    /// Whatever was in a place before, it becomes what is copied there, with nothing left of the other.
    #[test]
    fn a_copy_is_equal(mut place in packet(), packet in packet(), acl in acl()) {
        place.copy_from(&packet);
        prop_assert_eq!(place, packet);
        place.become_acl(acl.handle, acl.boundary, &acl.data);
        prop_assert_eq!(place, HciPacket::Acl(AclData { broadcast: 0, ..acl }));
        prop_assert_eq!(place, HciPacket::acl(acl.handle, acl.boundary, &acl.data));
    }

    /// Any bytes give a value or an error, and a value gives the same bytes again.
    #[test]
    fn what_decodes_encodes_to_the_same_bytes(octets in nearly_packet()) {
        if let Ok(packet) = HciPacket::decode(&octets) {
            let encoded = packet.encode();
            prop_assert_eq!(&*encoded, &*octets);
        }
    }

    /// The same for the three kinds of packet without an indicator.
    #[test]
    fn each_kind_is_total(octets in nearly_packet()) {
        let octets = octets.get(1..).unwrap_or_default();
        if let Ok(command) = Command::decode(octets) {
            prop_assert_eq!(&*command.encode(), octets);
        }
        if let Ok(event) = Event::decode(octets) {
            prop_assert_eq!(&*event.encode(), octets);
        }
        if let Ok(acl) = AclData::decode(octets) {
            prop_assert_eq!(&*acl.encode(), octets);
        }
    }
}

#[test]
fn packets_are_small_enough_to_copy() {
    // Most are copied whole into a queue, so a variant that grows would slow every session down.
    assert!(size_of::<HciPacket>() <= 272, "{}", size_of::<HciPacket>());
}
