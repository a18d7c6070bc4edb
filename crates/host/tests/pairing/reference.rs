//! A small model of who knows which key, held against the real machines under lost links, packets that reach one
//! host before the other, power cuts and the PDUs of strangers.
//!
//! The model reads HCI as a third party could, and nothing of a host but the bonds it keeps: a key is known to who
//! handed it to its controller, sent it or was sent it; a key is good once both controllers have encrypted with it,
//! or the peripheral has distributed it on a link that was encrypted.

use crate::bench::Bench;
use crate::chaos::{WAYS, Way, configured};
use crate::setup::{ADDRESSES, CENTRAL, PERIPHERAL, always};
use blesim_host::recovery::Action;
use blesim_host::{Answer, Bond, Episode, Input, Link};
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::{Command, ErrorCode};
use blesim_packet::smp::{AuthReq, PairingFeatures, Reason, SmpPdu};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use std::collections::BTreeSet;

/// A value that only strangers send.
const FOREIGN: u128 = 0xF0F0_F0F0_F0F0_F0F0_F0F0_F0F0_F0F0_F0F0;

/// What happens.
#[derive(Clone, Debug)]
enum Happens {
    /// So many packets reach this host, whatever waits for the other.
    Arrive(usize, u8),
    /// Everything arrives, and everybody answers rightly.
    Settle,
    /// The host that waits for a time-out gets it.
    Wake,
    /// The link is lost.
    LoseLink,
    /// A device loses power and comes back.
    PowerCycle(usize),
    /// A stranger sends a PDU, if the link is in the clear.
    Foreign(usize, SmpPdu),
    /// A user says something, asked or not.
    Says(usize, Answer),
    /// A device loses its bonds.
    Forget(usize),
}

/// The model: what each device can know, and which keys are good.
#[derive(Clone, Debug)]
struct Model {
    way: Way,
    /// Whether this device may keep another bond than before: not after what only takes away.
    may_change: [bool; 2],
    /// Whether it must keep none.
    forgot: [bool; 2],
}

fn pdu() -> impl Strategy<Value = SmpPdu> {
    let features = PairingFeatures { auth: AuthReq(0x1D), ..configured(WAYS[0])[0].features() };
    prop::sample::select(vec![
        SmpPdu::PairingRequest(features),
        SmpPdu::PairingResponse(features),
        SmpPdu::PairingConfirm(FOREIGN),
        SmpPdu::PairingRandom(FOREIGN),
        SmpPdu::PairingDhKeyCheck(FOREIGN),
        SmpPdu::PairingFailed(Reason::UNSPECIFIED_REASON),
        SmpPdu::EncryptionInformation { ltk: FOREIGN },
        SmpPdu::CentralIdentification { ediv: 1, rand: 1 },
        SmpPdu::IdentityInformation { irk: FOREIGN },
        SmpPdu::SecurityRequest(AuthReq(1)),
        SmpPdu::PairingPublicKey { x: [0xF0; 32], y: [0xF0; 32] },
    ])
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Happens;

    fn init_state() -> BoxedStrategy<Self> {
        let start = |way| Self { way, may_change: [true; 2], forgot: [false; 2] };
        prop::sample::select(WAYS.to_vec()).prop_map(start).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Happens> {
        let device = || 0..2_usize;
        prop_oneof![
            12 => (device(), 1..9_u8).prop_map(|(device, packets)| Happens::Arrive(device, packets)),
            4 => Just(Happens::Settle),
            3 => Just(Happens::Wake),
            1 => Just(Happens::LoseLink),
            1 => device().prop_map(Happens::PowerCycle),
            2 => (device(), pdu()).prop_map(|(device, pdu)| Happens::Foreign(device, pdu)),
            1 => (device(), prop::sample::select(vec![Answer::Yes, Answer::No, Answer::Passkey(7)]))
                .prop_map(|(device, answer)| Happens::Says(device, answer)),
            1 => device().prop_map(Happens::Forget),
        ]
        .boxed()
    }

    fn apply(mut state: Self, transition: &Happens) -> Self {
        (state.may_change, state.forgot) = ([false; 2], [false; 2]);
        match transition {
            Happens::Arrive(..) | Happens::Settle | Happens::Wake | Happens::Says(..) => {
                state.may_change = [true; 2];
            }
            Happens::Forget(device) => state.forgot[*device] = true,
            Happens::LoseLink | Happens::PowerCycle(_) | Happens::Foreign(..) => {}
        }
        state
    }
}

/// The hosts, and what they kept before the last thing happened.
struct Hosts {
    bench: Bench,
    kept: [Option<Bond>; 2],
}

impl Hosts {
    fn bonds(&self) -> [Option<Bond>; 2] {
        [CENTRAL, PERIPHERAL].map(|own| self.bench.ends[own].host.bonds().get(ADDRESSES[1 - own]).copied())
    }

    /// Keys that each device handed to its controller.
    fn offered(&self) -> [BTreeSet<u128>; 2] {
        [CENTRAL, PERIPHERAL].map(|own| {
            let commands = self.bench.controllers.commands.iter();
            commands
                .filter(|(device, _)| *device == own)
                .filter_map(|(_, command)| match *command {
                    Command::LeEnableEncryption { ltk, .. }
                    | Command::LeLongTermKeyRequestReply { ltk, .. } => Some(ltk),
                    _ => None,
                })
                .collect()
        })
    }

    /// Keys that the peripheral distributed.
    fn distributed(&self) -> BTreeSet<u128> {
        let log = self.bench.log.iter();
        log.filter_map(|(device, pdu, _)| match pdu {
            SmpPdu::EncryptionInformation { ltk } if *device == PERIPHERAL => Some(*ltk),
            _ => None,
        })
        .collect()
    }

    fn act(&mut self, happens: &Happens) {
        let bench = &mut self.bench;
        match *happens {
            Happens::Arrive(device, packets) => {
                for _ in 0..packets {
                    let Some(packet) = bench.controllers.next_for(device) else { break };
                    bench.input(device, Input::Hci(&packet));
                }
            }
            Happens::Settle => {
                bench.settle();
                bench.users_answer(CENTRAL);
            }
            Happens::Wake => {
                bench.wake();
            }
            Happens::LoseLink => {
                if bench.controllers.linked() {
                    bench.controllers.lose([ErrorCode::CONNECTION_TIMEOUT; 2]);
                }
            }
            Happens::PowerCycle(device) => {
                bench.controllers.power_cut(device);
                bench.input(device, Input::PowerOn);
            }
            Happens::Foreign(device, ref pdu) => {
                if bench.controllers.in_the_clear() {
                    bench.inject(device, &pdu.encode());
                }
            }
            Happens::Says(device, answer) => bench.input(device, Input::User(0, answer)),
            Happens::Forget(device) => bench.ends[device].host.bonds_mut().clear(),
        }
    }
}

impl StateMachineTest for Model {
    type SystemUnderTest = Hosts;
    type Reference = Self;

    fn init_test(model: &Self) -> Hosts {
        let mut bench = Bench::new(&configured(model.way));
        bench.ends[CENTRAL].program = always(20, &[Action::Again]);
        bench.power_on_with_oob(model.way.2);
        Hosts { bench, kept: [None; 2] }
    }

    fn apply(mut hosts: Hosts, model: &Self, happens: Happens) -> Hosts {
        hosts.kept = hosts.bonds();
        hosts.act(&happens);
        let bonds = hosts.bonds();
        for own in [CENTRAL, PERIPHERAL] {
            if model.forgot[own] {
                assert_eq!(bonds[own], None, "{own}");
            } else if !model.may_change[own] {
                assert_eq!(bonds[own], hosts.kept[own], "{own}");
            }
        }
        hosts
    }

    fn check_invariants(hosts: &Hosts, _: &Self) {
        let (offered, distributed) = (hosts.offered(), hosts.distributed());
        for bond in hosts.bonds().into_iter().flatten() {
            let good = if bond.secure_connections {
                offered.iter().all(|keys| keys.contains(&bond.ltk))
            } else {
                distributed.contains(&bond.ltk)
            };
            assert!(good && bond.ltk != FOREIGN && bond.irk != Some(FOREIGN), "{bond:?}");
        }
        let links = [CENTRAL, PERIPHERAL].map(|own| hosts.bench.ends[own].host.link(0));
        let both = hosts.bench.ends.iter().all(|end| matches!(end.host.episode(0), Episode::Secured(_)));
        if let ([Link::Up { key: one, .. }, Link::Up { key: other, .. }], true) = (links, both)
            && !hosts.bench.controllers.pending()
        {
            assert_eq!(one, other);
            assert!(one.is_some_and(|key| offered.iter().all(|keys| keys.contains(&key))));
        }
    }

    /// However it was left: everything that is under way ends, within the timers there are.
    fn teardown(mut hosts: Hosts, _: Self) {
        hosts.bench.settle();
        let mut wakes = 0;
        while hosts.bench.wake().is_some() {
            wakes += 1;
            assert!(wakes < 2_000, "somebody never stops waiting");
        }
        assert!(hosts.bench.now.since(Instant::ZERO) < Span::from_secs(3_600), "{}", hosts.bench.now);
        let central = &hosts.bench.ends[CENTRAL].host;
        assert!(central.episode(0) != Episode::Open || matches!(central.link(0), Link::Down), "left open");
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens, nobody keeps a key that the other could not know or that a stranger gave.
    #[test]
    fn who_knows_which_key(sequential 1..60 => Model);
}
