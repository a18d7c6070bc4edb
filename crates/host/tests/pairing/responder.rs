//! The responder's part of a policy: Pairing Requests from a bonded peer, what may replace a bond, who has to
//! wait, and Security Requests as a central answers them.

use crate::bench::Bench;
use crate::setup::{ADDRESSES, CENTRAL, LEGACY, PERIPHERAL, SC, bond_of, configs};
use blesim_host::recovery::{
    BondedPeer, Counts, KeyedOn, OldBondDies, OnSecurityRequest, Penalty, Program, Question, Responder,
    SecurityRequests, Wait,
};
use blesim_host::{Answer, Bond, Episode, Level, Note, Prompt};
use blesim_kernel::Span;
use blesim_packet::smp::{AuthReq, Reason, SmpPdu};

fn program(responder: Responder) -> Program {
    Program { responder, ..Program::passive("responder") }
}

/// A central that has lost its bond pairs with a peripheral that has not.
fn re_pairs(auth: AuthReq, bond: Bond, responder: Responder) -> Bench {
    let mut bench = Bench::new(&configs(auth));
    bench.ends[PERIPHERAL].host.bonds_mut().put(bond);
    bench.ends[PERIPHERAL].program = program(responder);
    bench.pair();
    bench
}

fn bond(bench: &Bench, own: usize) -> Option<Bond> {
    bench.ends[own].host.bonds().get(ADDRESSES[1 - own]).copied()
}

fn secured(bench: &Bench) -> [bool; 2] {
    [CENTRAL, PERIPHERAL].map(|own| matches!(bench.ends[own].host.episode(0), Episode::Secured(_)))
}

/// The user is asked before a bonded peer pairs: nothing is answered until then, yes pairs, no refuses, and the
/// end of the link takes the question away.
#[test]
fn asking_before_a_bonded_peer_pairs() {
    let responder = Responder { bonded_peer_pairs: BondedPeer::Ask, ..Responder::default() };
    for (answer, refusal) in [
        (Answer::Yes, None),
        (Answer::No, Some(Reason::UNSPECIFIED_REASON)),
        (Answer::Cancel, Some(Reason::UNSPECIFIED_REASON)),
    ] {
        let mut bench = re_pairs(SC, bond_of(PERIPHERAL, 99, true), responder);
        assert_eq!(bench.prompt(PERIPHERAL), Some(Prompt::Ask(Question::PairAgain)));
        assert_eq!(bench.codes(), [(CENTRAL, 0x01)]);
        bench.says(PERIPHERAL, answer);
        assert_eq!(bench.refusals().first().copied(), refusal, "{answer:?}");
        assert_eq!(secured(&bench), [refusal.is_none(); 2], "{answer:?}");
    }
    let mut bench = re_pairs(SC, bond_of(PERIPHERAL, 99, true), responder);
    bench.controllers.lose([blesim_packet::hci::ErrorCode::CONNECTION_TIMEOUT; 2]);
    bench.flow();
    assert_eq!(bench.prompt(PERIPHERAL), None);
}

/// An old bond that never dies: the link has the new key, the store has the old one, the peer the other half.
#[test]
fn an_old_bond_that_stays() {
    let responder = Responder { old_bond_dies: OldBondDies::Never, ..Responder::default() };
    let bench = re_pairs(SC, bond_of(PERIPHERAL, 99, true), responder);
    assert_eq!(secured(&bench), [true; 2]);
    assert!(bench.noted(PERIPHERAL, Note::OldBondKept));
    assert_eq!(bond(&bench, PERIPHERAL).unwrap().ltk, 99);
    assert_ne!(bond(&bench, CENTRAL).unwrap().ltk, 99);
    // Without an old bond there is nothing to keep.
    let mut bench = Bench::new(&configs(SC));
    bench.ends[PERIPHERAL].program = program(responder);
    bench.pair();
    assert!(bond(&bench, PERIPHERAL).is_some());
}

/// What gives less than the bond is refused where the policy says so, and Just Works over Just Works by a switch
/// of its own.
#[test]
fn weaker_than_the_bond() {
    let weak = Some(Reason::AUTHENTICATION_REQUIREMENTS);
    let again = Some(Reason::PAIRING_NOT_SUPPORTED);
    let sc = bond_of(PERIPHERAL, 99, true);
    let legacy = Bond { secure_connections: false, ..sc };
    for (auth, old, refuses_weaker, refuses_just_works_again, refusal) in [
        (SC, sc, weak, None, None),
        (SC, sc, weak, again, again),
        (SC, sc, None, again, again),
        (LEGACY, sc, weak, None, weak),
        (LEGACY, sc, None, None, None),
        (LEGACY, legacy, weak, None, None),
        (SC, legacy, weak, None, None),
        (SC, Bond { authenticated: true, ..sc }, weak, None, weak),
        (SC, Bond { authenticated: true, ..sc }, None, again, None),
        (SC, Bond { key_size: 7, ..sc }, weak, None, None),
    ] {
        let responder = Responder { refuses_weaker, refuses_just_works_again, ..Responder::default() };
        let bench = re_pairs(auth, old, responder);
        let what = format!("{auth:?} {old:?} {responder:?}");
        assert_eq!(bench.refusals().first().copied(), refusal, "{what}");
        // A central holds a response against its own bond by the same rule.
        let mut bench = Bench::new(&configs(auth));
        bench.ends[CENTRAL].host.bonds_mut().put(Bond { peer: ADDRESSES[PERIPHERAL], ..old });
        bench.ends[CENTRAL].program = program(responder);
        let pair = blesim_host::recovery::Action::Pair;
        let rules = crate::setup::always(1, &[pair]).rules;
        bench.ends[CENTRAL].program.rules = rules;
        bench.pair();
        assert_eq!(bench.refusals().first().copied(), refusal, "{what}");
    }
}

/// A smaller key than the bond's is weaker, too.
#[test]
fn a_smaller_key() {
    let mut configs = configs(SC);
    configs[CENTRAL].max_key_size = 8;
    let mut bench = Bench::new(&configs);
    bench.ends[PERIPHERAL].host.bonds_mut().put(bond_of(PERIPHERAL, 99, true));
    let refuses_weaker = Some(Reason::ENCRYPTION_KEY_SIZE);
    bench.ends[PERIPHERAL].program = program(Responder { refuses_weaker, ..Responder::default() });
    bench.pair();
    assert_eq!(bench.refusals(), [Reason::ENCRYPTION_KEY_SIZE]);
}

/// A penalty of the policy answers Repeated Attempts for as long as it lasts, and not a moment longer.
#[test]
fn a_penalty() {
    let wait = Wait { growth_q32: 2 << 32, cap: Span::from_secs(64), ..Wait::fixed(Span::from_secs(4)) };
    let counts = Counts { pairing: true, encryption: false, disconnections: false };
    let penalty = Penalty {
        wait,
        decay: Span::from_secs(10),
        keyed_on: KeyedOn::Address,
        tracks: 8,
        after: 2,
        counts,
        bucket: None,
    };
    let mut bench = Bench::new(&configs(SC));
    bench.ends[PERIPHERAL].program = program(Responder { penalty: Some(penalty), ..Responder::default() });
    bench.power_on();
    while bench.log.is_empty() {
        bench.step();
    }
    bench.flow();
    let mut answers = Vec::new();
    // Seconds that pass before each request; a request that is answered is failed at once by the peer.
    for pause in [0, 0, 0, 3, 1, 0, 7, 1] {
        bench.pass(Span::from_secs(pause));
        bench.inject(PERIPHERAL, &[0x05, 0x08]);
        bench.flow();
        let before = bench.log.len();
        bench.inject(PERIPHERAL, &[0x01, 3, 0, 9, 16, 3, 3]);
        answers.push(match bench.log.get(before) {
            Some((_, SmpPdu::PairingFailed(reason), _)) => Some(*reason),
            _ => None,
        });
    }
    let waits = Some(Reason::REPEATED_ATTEMPTS);
    // The first failure ends the pairing that the central began, the second begins the wait of 4 s, the third 8 s.
    assert_eq!(answers, [None, waits, waits, waits, None, waits, waits, None]);
}

/// What a central does when a peripheral asks for security on a plain link, and on one that is encrypted with an
/// unauthenticated bond when it asks for more.
#[test]
fn security_requests() {
    use OnSecurityRequest::{EncryptOnly, ForcesRepairing, Honour, Ignore};
    // The answer, whether it acts on an encrypted link, what is asked for, and what comes: nothing, or a pairing.
    for (answer, on_encrypted_link, auth, pairs) in [
        (Honour, true, 0x01, false),
        (Honour, true, 0x0D, true),
        (Honour, false, 0x0D, false),
        (Ignore, true, 0x0D, false),
        (EncryptOnly, true, 0x0D, false),
        (ForcesRepairing, true, 0x0D, true),
        (ForcesRepairing, true, 0x01, false),
        (ForcesRepairing, false, 0x0D, false),
        (ForcesRepairing, true, 0x09, true),
    ] {
        let mut bench = Bench::new(&configs(SC));
        for own in [CENTRAL, PERIPHERAL] {
            bench.ends[own].host.bonds_mut().put(bond_of(own, 99, false));
        }
        let security_requests = SecurityRequests { answer, on_encrypted_link };
        bench.ends[CENTRAL].program = program(Responder { security_requests, ..Responder::default() });
        bench.pair();
        assert_eq!(secured(&bench), [true; 2]);
        assert_eq!(bench.ends[CENTRAL].host.sessions().next().unwrap().level, Level::Two);
        bench.inject(CENTRAL, &[0x0B, auth]);
        let paired = bench.codes().contains(&(CENTRAL, 0x01));
        assert_eq!(paired, pairs, "{answer:?} {on_encrypted_link} {auth:#X}");
    }
}

/// On a plain link a request is honoured, or not, with and without a bond.
#[test]
fn security_requests_on_a_plain_link() {
    use OnSecurityRequest::{EncryptOnly, Honour, Ignore};
    for (answer, bonded, encrypts, pairs) in [
        (Honour, true, true, false),
        (Honour, false, false, true),
        (EncryptOnly, true, true, false),
        (EncryptOnly, false, false, false),
        (Ignore, true, false, false),
    ] {
        let mut bench = Bench::new(&configs(SC));
        let security_requests = SecurityRequests { answer, on_encrypted_link: true };
        let wait = blesim_host::recovery::Action::Wait(Wait::fixed(Span::from_secs(9)));
        let mut own = crate::setup::always(1, &[wait]);
        own.responder.security_requests = security_requests;
        bench.ends[CENTRAL].program = own;
        // Its first attempt is refused, and it waits.
        bench.ends[PERIPHERAL].program = program(Responder {
            bonded_peer_pairs: BondedPeer::Reject(Reason::PAIRING_NOT_SUPPORTED),
            ..Responder::default()
        });
        bench.ends[PERIPHERAL].host.bonds_mut().put(bond_of(PERIPHERAL, 99, true));
        bench.pair();
        let before = (bench.log.len(), bench.ends[CENTRAL].port.steps.len());
        if bonded {
            bench.ends[CENTRAL].host.bonds_mut().put(bond_of(CENTRAL, 99, true));
        }
        bench.inject(CENTRAL, &[0x0B, 0x09]);
        bench.flow();
        let paired = bench.log[before.0..].iter().any(|(own, pdu, _)| *own == CENTRAL && pdu.code() == 0x01);
        let steps = &bench.ends[CENTRAL].port.steps[before.1..];
        assert_eq!(paired, pairs, "{answer:?} {bonded}");
        assert_eq!(steps.contains(&blesim_host::Step::Encrypted), encrypts, "{answer:?} {bonded}");
    }
}
