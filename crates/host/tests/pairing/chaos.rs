//! Whatever comes, whenever it comes: no panic, and nobody is left waiting without a deadline.

use crate::bench::{Bench, Keys, raw_acl};
use crate::controllers::HANDLE;
use crate::setup::{ADDRESSES, CENTRAL, LEGACY, PERIPHERAL, SC, always, bond_of, configs};
use blesim_host::recovery::{
    Action, BondedPeer, Changes, Counts, KeyedOn, OldBondDies, OnSecurityRequest, Penalty, Program, Question,
    Responder, Rule, SecurityRequests, Wait,
};
use blesim_host::{
    Answer, Config, DebugKeys, Episode, Host, Input, Level, OobData, RepeatedAttempts, Security,
};
use blesim_kernel::Span;
use blesim_packet::Octets;
use blesim_packet::hci::{AclData, ErrorCode, Event, HciPacket};
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution, Keypress, Reason};
use proptest::collection::vec;
use proptest::prelude::*;
use std::rc::Rc;

/// A way to pair: AuthReq, IO capabilities, OOB flags.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Way(pub(crate) AuthReq, pub(crate) [IoCapability; 2], pub(crate) [bool; 2]);

/// Every association model, with the side that types where one does.
pub(crate) const WAYS: [Way; 9] = {
    use IoCapability::{DisplayOnly, DisplayYesNo, KeyboardOnly, NoInputNoOutput};
    let (sc, legacy) = (AuthReq(0x1D), AuthReq(0x15));
    [
        Way(SC, [NoInputNoOutput, NoInputNoOutput], [false, false]),
        Way(LEGACY, [NoInputNoOutput, NoInputNoOutput], [false, false]),
        Way(sc, [DisplayYesNo, DisplayYesNo], [false, false]),
        Way(sc, [KeyboardOnly, DisplayOnly], [false, false]),
        Way(sc, [DisplayOnly, KeyboardOnly], [false, false]),
        Way(legacy, [KeyboardOnly, DisplayOnly], [false, false]),
        Way(legacy, [DisplayOnly, KeyboardOnly], [false, false]),
        Way(sc, [NoInputNoOutput, NoInputNoOutput], [true, true]),
        Way(legacy, [NoInputNoOutput, NoInputNoOutput], [true, true]),
    ]
};

/// Two devices that pair in this way.
pub(crate) fn configured(Way(auth, io, oob): Way) -> [Config; 2] {
    let mut configs = configs(auth);
    for (own, config) in configs.iter_mut().enumerate() {
        (config.initiator_keys, config.responder_keys) = (KeyDistribution(3), KeyDistribution(3));
        (config.io, config.security.oob) = (io[own], oob[own]);
    }
    configs
}

/// A bench in which this many SMP PDUs have left the hosts.
fn after(way: Way, pdus: usize, keys: &Keys) -> Bench {
    let mut bench = Bench::with_keys(&configured(way), &Rc::clone(keys));
    bench.power_on_with_oob(way.2);
    while bench.log.len() < pdus {
        if !bench.step() && !bench.user_answers(CENTRAL) {
            assert!(bench.wake().is_some());
        }
    }
    bench
}

/// Every SMP PDU of every length from 0 to 70 in every state a pairing passes through, by every model, both
/// roles. Afterwards the host has a deadline, or is not pairing: the central's episode is over, and the
/// peripheral answers the next Pairing Request with a response.
#[test]
fn every_pdu_in_every_state() {
    let keys = Keys::default();
    for way in WAYS {
        let mut whole = after(way, 0, &keys);
        whole.settle();
        whole.users_answer(CENTRAL);
        let last = whole.log.len();
        // The rounds of Passkey Entry are alike: the first two and the last will do.
        let states = (0..=last).filter(|pdus| *pdus < 13 || pdus + 11 > last);
        for (pdus, device) in states.flat_map(|pdus| [(pdus, CENTRAL), (pdus, PERIPHERAL)]) {
            for code in (0..=0x10).chain([0xFF]) {
                for length in 0..=70 {
                    one(way, pdus, device, (code, length), &keys);
                }
            }
        }
    }
}

fn one(way: Way, pdus: usize, device: usize, (code, length): (u8, usize), keys: &Keys) {
    let mut bench = after(way, pdus, keys);
    let mut octets = [1; 70];
    octets[0] = code;
    bench.inject(device, &octets[..length]);
    let host = &bench.ends[device].host;
    if host.deadline().is_some() || !matches!(host.link(0), blesim_host::Link::Up { .. }) {
        return;
    }
    let what = format!("{way:?} {pdus} {code:#X} {length}");
    if device == CENTRAL {
        assert_ne!(host.episode(0), Episode::Open, "{what}");
    } else {
        let request = [0x01, 3, 0, way.0.0, 16, 3, 3];
        bench.event(device, Event::NumberOfCompletedPackets { handle: HANDLE, count: 9 });
        let before = bench.log.len();
        bench.inject(device, &request);
        assert_eq!(bench.log.get(before).map(|(_, pdu, _)| pdu.code()), Some(0x02), "{what}");
    }
}

/// What a test throws at a host.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a few dozen of them in a test")]
enum Throw {
    Packet(HciPacket),
    User(Answer),
    MakeOob,
    Oob(OobData),
    Wake,
    Wait(u64),
    PowerOn,
}

fn event() -> impl Strategy<Value = Event> {
    let code = || prop_oneof![3 => Just(ErrorCode::SUCCESS), 1 => any::<u8>().prop_map(ErrorCode)];
    let opcodes = vec![0x0406_u16, 0x0C03, 0x2002, 0x200A, 0x200D, 0x200E, 0x2019, 0x201A, 0x201B, 0];
    let opcode = prop::sample::select(opcodes);
    let complete = (code(), 0_u8..5).prop_map(|(status, kind)| {
        let peer = ADDRESSES[usize::from(kind & 1)];
        Event::LeConnectionComplete {
            status,
            handle: HANDLE,
            role: kind,
            peer,
            interval: 24,
            latency: 0,
            timeout: 400,
            clock_accuracy: 0,
        }
    });
    prop_oneof![
        complete,
        code().prop_map(|reason| Event::DisconnectionComplete { status: reason, handle: HANDLE, reason }),
        (code(), 0_u8..3).prop_map(|(status, enabled)| Event::EncryptionChange {
            status,
            handle: HANDLE,
            enabled
        }),
        code().prop_map(|status| Event::EncryptionKeyRefreshComplete { status, handle: HANDLE }),
        (opcode.clone(), vec(any::<u8>(), 0..6)).prop_map(|(opcode, octets)| {
            let parameters = Octets::from_slice(&octets).unwrap();
            Event::CommandComplete { packets: 1, opcode, parameters }
        }),
        (opcode, code()).prop_map(|(opcode, status)| Event::CommandStatus { status, packets: 1, opcode }),
        (0_u16..5).prop_map(|count| Event::NumberOfCompletedPackets { handle: HANDLE, count }),
        (any::<bool>(), any::<u16>()).prop_map(|(zero, ediv)| {
            let (rand, ediv) = if zero { (0, 0) } else { (0x5678, ediv) };
            Event::LeLongTermKeyRequest { handle: HANDLE, rand, ediv }
        }),
        vec(any::<u8>(), 2..40).prop_filter_map("decodes", |mut octets| {
            octets[1] = u8::try_from(octets.len() - 2).unwrap();
            Event::decode(&octets).ok()
        }),
    ]
}

fn packet() -> impl Strategy<Value = HciPacket> {
    let smp = (0_u8..0x11, vec(any::<u8>(), 0..70)).prop_map(|(code, mut body)| {
        let lengths = [0, 6, 6, 16, 16, 1, 16, 10, 16, 7, 16, 1, 64, 16, 1];
        if let (Some(&length), true) = (lengths.get(usize::from(code)), body.len() % 4 != 0) {
            body.resize(length, 1);
        }
        raw_acl(&[&[code], &body[..]].concat())
    });
    let request = Just(raw_acl(&[0x01, 3, 0, 9, 16, 3, 3]));
    let noise = (vec(any::<u8>(), 0..100), 0_u8..4).prop_map(|(octets, boundary)| {
        let data = Octets::from_slice(&octets).unwrap();
        HciPacket::Acl(AclData { handle: HANDLE, boundary, broadcast: 0, data })
    });
    prop_oneof![4 => event().prop_map(HciPacket::Event), 3 => smp, 1 => request, 1 => noise]
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        any::<u32>().prop_map(Answer::Passkey),
        (0_u32..1_000_000).prop_map(Answer::Passkey),
        Just(Answer::Yes),
        Just(Answer::No),
        Just(Answer::Cancel),
        Just(Answer::Keypress(Keypress::DigitErased)),
    ]
}

fn throw() -> impl Strategy<Value = Throw> {
    prop_oneof![
        10 => packet().prop_map(Throw::Packet),
        3 => answer().prop_map(Throw::User),
        1 => any::<[u128; 3]>().prop_map(|[tk, confirm, random]| Throw::Oob(OobData { tk, confirm, random })),
        1 => Just(Throw::MakeOob),
        2 => Just(Throw::Wake),
        1 => (0_u64..40_000).prop_map(Throw::Wait),
        1 => Just(Throw::PowerOn),
    ]
}

/// Everything at once: asks, counts, demands.
fn restless() -> Security {
    let rule =
        RepeatedAttempts { first: Span::from_secs(1), cap: Span::from_secs(4), reward: Span::from_secs(2) };
    Security {
        level: Level::Three,
        asks_before_just_works: true,
        debug_keys: DebugKeys::Used,
        requests: Some(Span::from_millis(10)),
        repeated_attempts: Some(rule),
        ..Security::PLAIN
    }
}

/// Every verb, and a responder that has something to say to everything.
fn everything(device: usize) -> Program {
    let wait = Wait::fixed(Span::from_secs(1));
    let counts = Counts { pairing: true, encryption: true, disconnections: true };
    let (decay, keyed_on) = (Span::from_secs(1), KeyedOn::Global);
    let penalty = Penalty { wait, decay, keyed_on, tracks: 1, after: 2, counts, bucket: None };
    let answer = OnSecurityRequest::ForcesRepairing;
    let changes = Changes { secure_connections: Some(false), bonding: Some(false), ..Changes::default() };
    let second = |attempt: u16, actions: &[Action]| Rule {
        attempts: (attempt, attempt),
        actions: actions.into(),
        ..Rule::default()
    };
    let ask = Action::Ask(Question::TryAgain, Span::from_secs(5));
    Program {
        rules: Box::new([
            second(1, &[ask, Action::ForgetKey, Action::Again]),
            second(2, &[Action::DisconnectWith(ErrorCode::AUTHENTICATION_FAILURE), Action::RequestSecurity]),
            second(3, &[Action::Wait(wait), Action::DeleteAllBonds, Action::PairWith(changes)]),
            second(4, &[Action::Notify, Action::Wait(wait), Action::RequestSecurity]),
            second(5, &[Action::Reconnect, ask, Action::Pair]),
        ]),
        responder: Responder {
            bonded_peer_pairs: if device == CENTRAL { BondedPeer::Accept } else { BondedPeer::Ask },
            old_bond_dies: OldBondDies::Never,
            refuses_weaker: Some(Reason::AUTHENTICATION_REQUIREMENTS),
            refuses_just_works_again: None,
            penalty: Some(penalty),
            when_full: None,
            security_requests: SecurityRequests { answer, on_encrypted_link: true },
        },
        ..Program::passive("everything")
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    /// Packets in any order, meaning anything, with and without the rest of a pairing between them.
    #[test]
    fn nothing_panics(
        way in prop::sample::select(WAYS.to_vec()),
        device in 0_usize..2,
        pdus in 0_usize..13,
        bonded: bool,
        limited: bool,
        flows: bool,
        rich: bool,
        throws in vec(throw(), 1..50),
    ) {
        let sc = way.0.sc();
        let mut bench = after(way, pdus, &Keys::default());
        if limited {
            // A host of another mind comes in place of the one that has begun.
            let mut config = configs(way.0)[device];
            config.security = restless();
            bench.ends[device].host.renew(config);
            bench.input(device, Input::PowerOn);
        }
        let wait = Wait::fixed(Span::from_secs(1));
        bench.ends[device].program = always(
            u16::MAX,
            &[Action::Disconnect, Action::Wait(wait), Action::Reconnect, Action::Encrypt, Action::Pair],
        );
        if rich {
            bench.ends[device].program = everything(device);
        }
        if bonded {
            bench.ends[device].host.bonds_mut().put(bond_of(device, 99, sc));
        }
        for throw in &throws {
            match throw {
                Throw::Packet(packet) => bench.input(device, Input::Hci(packet)),
                Throw::User(answer) => bench.input(device, Input::User(0, *answer)),
                Throw::MakeOob => bench.input(device, Input::MakeOob),
                Throw::Oob(data) => bench.input(device, Input::Oob(0, *data)),
                Throw::Wake => {
                    if let Some((at, _)) = bench.ends[device].host.deadline() {
                        bench.now = bench.now.max(at);
                    }
                    bench.input(device, Input::Wake);
                }
                Throw::Wait(millis) => bench.pass(Span::from_millis(*millis)),
                Throw::PowerOn => bench.input(device, Input::PowerOn),
            }
            if flows {
                (0..20).for_each(|_| _ = bench.step());
            }
        }
        let _kept: &Host = &bench.ends[device].host;
    }
}
