//! PDUs that are wrong in themselves or out of place, and events that come at odd moments.

use crate::bench::Bench;
use crate::controllers::{HANDLE, connection_complete};
use crate::setup::{CENTRAL, LEGACY, PERIPHERAL, SC, always, bond_of, configs};
use blesim_host::recovery::{Action, OldBondDies, Responder};
use blesim_host::{Episode, Link, Note, Shown};
use blesim_packet::hci::{Command, ErrorCode, Event};
use blesim_packet::smp::{AuthReq, PairingFeatures, Reason, SmpPdu};

fn request() -> [u8; 7] {
    let features = PairingFeatures {
        io: blesim_packet::smp::IoCapability::NoInputNoOutput,
        oob: false,
        auth: SC,
        max_key_size: 16,
        initiator_keys: blesim_packet::smp::KeyDistribution(3),
        responder_keys: blesim_packet::smp::KeyDistribution(3),
    };
    features.request_octets()
}

/// A bench whose pairing has come as far as `deliveries` packets bring it.
fn partway(auth: AuthReq, deliveries: usize) -> Bench {
    let mut bench = Bench::new(&configs(auth));
    bench.power_on();
    while bench.log.is_empty() {
        assert!(bench.step());
    }
    (0..deliveries).for_each(|_| assert!(bench.step()));
    bench
}

/// A code that is reserved for future use is ignored, in the middle of a pairing too (Vol 3 Part H 3.3).
#[test]
fn reserved_codes() {
    for auth in [SC, LEGACY] {
        for code in [0x00, 0x0F, 0x10, 0x7F, 0xFF] {
            let mut bench = partway(auth, 3);
            for device in [CENTRAL, PERIPHERAL] {
                let said = bench.log.len();
                bench.inject(device, &[code, 1, 2, 3]);
                assert_eq!(bench.log.len(), said);
            }
            bench.flow();
            bench.compute();
            assert!(matches!(bench.ends[CENTRAL].host.episode(0), Episode::Secured(_)));
        }
    }
}

/// Only a peripheral responds: a central answers a Pairing Request with Command Not Supported, and a pairing
/// it has under way goes down with it (Vol 3 Part H 2.3, 3.5.5).
#[test]
fn pairing_request_to_a_central() {
    let mut bench = partway(SC, 2);
    bench.inject(CENTRAL, &request());
    assert_eq!(bench.last_refusal(), Some((CENTRAL, Reason::COMMAND_NOT_SUPPORTED)));
    assert_eq!(bench.shown(CENTRAL), [Shown::PairingFailed(Reason::COMMAND_NOT_SUPPORTED)]);

    let mut bench = Bench::new(&configs(SC));
    bench.pair();
    bench.inject(CENTRAL, &request());
    assert_eq!(bench.last_refusal(), Some((CENTRAL, Reason::COMMAND_NOT_SUPPORTED)));
    assert_eq!(bench.shown(CENTRAL), []);
    assert!(matches!(bench.ends[CENTRAL].host.episode(0), Episode::Secured(_)));
}

/// A second Pairing Request in the middle of a pairing ends it with Unspecified Reason.
#[test]
fn second_pairing_request() {
    for auth in [SC, LEGACY] {
        let mut bench = partway(auth, 4);
        bench.inject(PERIPHERAL, &request());
        assert_eq!(
            bench.log.last().map(|(device, pdu, _)| (*device, *pdu)),
            Some((PERIPHERAL, SmpPdu::PairingFailed(Reason::UNSPECIFIED_REASON)))
        );
        assert_eq!(bench.ends[PERIPHERAL].host.deadline(), None);
    }
}

/// A PDU of a wrong length or with an impossible field ends a pairing with Invalid Parameters; when none is
/// under way the answer is the same, but nothing has failed.
#[test]
fn malformed_pdus() {
    let rows: [&[u8]; 6] = [&[], &[0x03], &[0x03; 16], &[0x03; 18], &[0x05], &[0x01, 5, 0, 1, 16, 0, 0]];
    for octets in rows {
        for device in [CENTRAL, PERIPHERAL] {
            let mut bench = partway(SC, 4);
            bench.inject(device, octets);
            assert_eq!(bench.last_refusal(), Some((device, Reason::INVALID_PARAMETERS)), "{octets:02X?}");
            assert_eq!(bench.shown(device), [Shown::PairingFailed(Reason::INVALID_PARAMETERS)]);

            let mut bench = Bench::new(&configs(SC));
            bench.pair();
            bench.inject(device, octets);
            assert_eq!(bench.last_refusal(), Some((device, Reason::INVALID_PARAMETERS)), "{octets:02X?}");
            assert_eq!(bench.shown(device), [], "{octets:02X?}");
            assert!(matches!(bench.ends[device].host.episode(0), Episode::Secured(_)));
        }
    }
}

/// Encryption with an old bond's key in the middle of a pairing is not the encryption the pairing waits for:
/// no key is distributed over it, and the old bond does not die of it.
#[test]
fn old_key_in_the_middle_of_a_pairing() {
    let mut reached = 0;
    for old_sc in [false, true] {
        for deliveries in 0..40 {
            let mut bench = Bench::new(&configs(SC));
            let bond = bond_of(PERIPHERAL, 77, old_sc);
            bench.ends[PERIPHERAL].host.bonds_mut().put(bond);
            let old_bond_dies = OldBondDies::OnEncrypted;
            bench.ends[PERIPHERAL].program.responder = Responder { old_bond_dies, ..Responder::default() };
            bench.power_on();
            while bench.log.is_empty() {
                bench.step();
            }
            (0..deliveries).for_each(|_| _ = bench.step());
            bench.compute_up_to_encryption();
            if bench.ends[PERIPHERAL].host.bonds().get(bond.peer) != Some(&bond) {
                continue;
            }
            let before = bench.log.len();
            let (rand, ediv) = (bond.rand, bond.ediv);
            bench.event(PERIPHERAL, Event::LeLongTermKeyRequest { handle: HANDLE, rand, ediv });
            let reply = bench.controllers.commands.last().copied();
            if reply != Some((PERIPHERAL, Command::LeLongTermKeyRequestReply { handle: HANDLE, ltk: 77 })) {
                continue;
            }
            reached += 1;
            let status = ErrorCode::SUCCESS;
            bench.event(PERIPHERAL, Event::EncryptionChange { status, handle: HANDLE, enabled: 1 });
            assert_eq!(bench.log.len(), before, "{deliveries}");
            assert_eq!(bench.ends[PERIPHERAL].host.bonds().get(bond.peer), Some(&bond), "{deliveries}");
        }
    }
    assert!(reached > 40, "{reached}");
}

impl Bench {
    /// Lets the DHKeys be finished, but stops where the link is about to be encrypted.
    fn compute_up_to_encryption(&mut self) {
        let asks = |bench: &Self| {
            let enables =
                |(_, command): &(usize, Command)| matches!(command, Command::LeEnableEncryption { .. });
            bench.controllers.commands.iter().any(enables)
        };
        while !asks(self) && self.step() {}
    }
}

/// A link that is gone before it could be ended: the late answer to Disconnect says so and concerns nobody,
/// above all not the next attempt to connect, which is under way by then.
#[test]
fn late_answer_to_disconnect() {
    let mut bench = Bench::new(&configs(SC));
    bench.ends[CENTRAL].program = always(1, &[Action::Disconnect, Action::Again]);
    bench.power_on();
    while !matches!(bench.ends[CENTRAL].host.link(0), Link::Up { .. }) {
        assert!(bench.step());
    }
    // The failure starts the rule; the host asks for the end of a link that is just being lost.
    let refusal = SmpPdu::PairingFailed(Reason::UNSPECIFIED_REASON).encode();
    let (status, handle, reason) = (ErrorCode::SUCCESS, HANDLE, ErrorCode::CONNECTION_TIMEOUT);
    let device = CENTRAL;
    bench.inject(device, &refusal);
    assert_eq!(bench.ends[device].host.link(0), Link::Ending);
    bench.event(device, Event::DisconnectionComplete { status, handle, reason });
    assert!(matches!(bench.ends[device].host.link(0), Link::Connecting { .. }));
    let gone = ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER;
    let opcode = Command::Disconnect { handle, reason }.opcode();
    bench.event(device, Event::CommandStatus { status: gone, packets: 1, opcode });
    assert!(matches!(bench.ends[device].host.link(0), Link::Connecting { .. }), "still connecting");
    assert_eq!(bench.shown(device), [Shown::PairingFailed(Reason::UNSPECIFIED_REASON)]);
}

/// A controller that asks and never takes a command overfills the host's queue; the host survives it.
#[test]
fn controller_that_does_not_listen() {
    let mut bench = Bench::new(&configs(SC));
    bench.input(PERIPHERAL, blesim_host::Input::PowerOn);
    bench.event(PERIPHERAL, connection_complete(PERIPHERAL, ErrorCode::SUCCESS));
    for _ in 0..50 {
        bench.event(PERIPHERAL, Event::LeLongTermKeyRequest { handle: HANDLE, rand: 0, ediv: 0 });
    }
}

/// A peer that finds fault with the last keys says so after this side is done: the pairing has failed after
/// all, once.
#[test]
fn taken_back_after_completion() {
    let mut bench = Bench::new(&configs(SC));
    bench.pair();
    let refusal = SmpPdu::PairingFailed(Reason::KEY_REJECTED).encode();
    bench.inject(CENTRAL, &refusal);
    bench.inject(CENTRAL, &refusal);
    assert_eq!(bench.shown(CENTRAL), [Shown::PairingFailed(Reason::KEY_REJECTED)]);
    assert!(bench.noted(CENTRAL, Note::GaveUp));
}
