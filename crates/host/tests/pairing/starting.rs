//! Who starts, and starting again: Security Requests, pairing over a link that is encrypted already, and the
//! wait after failures (Vol 3 Part H 2.3.6, 2.4.6).

use crate::bench::{Bench, Keys};
use crate::controllers::HANDLE;
use crate::setup::{ADDRESSES, CENTRAL, LEGACY, PERIPHERAL, SC, always, bond_of, configs};
use blesim_host::recovery::{Action, Wait};
use blesim_host::smp::SMP_TIMEOUT;
use blesim_host::{
    Answer, Bond, Config, Episode, Failure, Input, Level, Note, Procedure, RepeatedAttempts, Shown, Why,
};
use blesim_kernel::Span;
use blesim_packet::hci::{Command, ErrorCode, Event};
use blesim_packet::smp::{AuthReq, IoCapability, Reason, SmpPdu};

fn secured(bench: &Bench) -> [bool; 2] {
    [CENTRAL, PERIPHERAL].map(|own| matches!(bench.ends[own].host.episode(0), Episode::Secured(_)))
}

/// A peripheral that asks for security so long after the link is up.
fn asks(after: Span, auth: AuthReq) -> [Config; 2] {
    let mut configs = configs(auth);
    configs[PERIPHERAL].security.requests = Some(after);
    configs
}

/// Wakes until somebody has asked for security.
fn until_asked(bench: &mut Bench) {
    while !bench.codes().contains(&(PERIPHERAL, 0x0B)) {
        assert!(bench.wake().is_some(), "{:?}", bench.codes());
    }
    bench.settle();
}

/// A Security Request that crosses the Pairing Request, at whatever point of the pairing it is made: the
/// pairing goes on as if it were not there, and where the link is secured first there is none.
#[test]
fn a_request_that_races_a_pairing() {
    let keys = Keys::default();
    for auth in [SC, LEGACY] {
        let mut without = Bench::with_keys(&configs(auth), &keys);
        without.pair();
        for millis in [0, 1, 4, 5, 6, 1_000] {
            let mut bench = Bench::with_keys(&asks(Span::from_millis(millis), auth), &keys);
            bench.pair();
            while bench.wake().is_some() {}
            let others: Vec<_> = bench.codes().into_iter().filter(|(_, code)| *code != 0x0B).collect();
            assert_eq!(others, without.codes(), "{auth:?} {millis}");
            assert_eq!(secured(&bench), [true; 2]);
        }
        // Made while the Pairing Request is on its way: sent, and ignored.
        let mut bench = Bench::with_keys(&asks(Span::ZERO, auth), &keys);
        bench.power_on();
        while !bench.codes().contains(&(CENTRAL, 0x01)) {
            bench.step();
        }
        while bench.ends[PERIPHERAL].host.deadline().is_none() {
            bench.step();
        }
        let before = bench.codes().len();
        bench.input(PERIPHERAL, Input::Wake);
        assert_eq!(bench.codes().get(before), Some(&(PERIPHERAL, 0x0B)));
        bench.settle();
        assert_eq!(secured(&bench), [true; 2], "{auth:?}");
        assert_eq!((bench.shown(CENTRAL), bench.shown(PERIPHERAL)), (vec![], vec![]));
    }
}

/// A central that is encrypting already is not disturbed by a Security Request, and the peripheral's wish is
/// met.
#[test]
fn a_request_that_races_encryption() {
    let mut bench = Bench::new(&asks(Span::from_millis(1), SC));
    for own in [CENTRAL, PERIPHERAL] {
        bench.ends[own].host.bonds_mut().put(bond_of(own, 99, true));
    }
    bench.power_on();
    while !bench
        .controllers
        .commands
        .iter()
        .any(|(_, command)| matches!(command, Command::LeEnableEncryption { .. }))
    {
        bench.step();
    }
    bench.inject(CENTRAL, &SmpPdu::SecurityRequest(SC).encode());
    bench.settle();
    while bench.wake().is_some() {}
    assert_eq!((bench.codes(), secured(&bench)), (vec![], [true; 2]));
    let enabled = bench.controllers.commands.iter().filter(|(_, command)| command.opcode() == 0x2019).count();
    assert_eq!(enabled, 1);
}

/// A Security Request that reaches a central which is encrypting by then is met by that: the peripheral waits no
/// longer, and its timer never runs out (SM/PER/PIS/BV-02-C, SM/CEN/PIS/BV-03-C).
#[test]
fn a_request_that_is_met() {
    let mut bench = Bench::new(&asks(Span::ZERO, SC));
    for own in [CENTRAL, PERIPHERAL] {
        bench.ends[own].host.bonds_mut().put(bond_of(own, 99, true));
    }
    bench.power_on();
    while !bench.controllers.linked() {
        bench.step();
    }
    // The peripheral is the first to hear of the link.
    while let Some(packet) = bench.controllers.next_for(PERIPHERAL) {
        bench.input(PERIPHERAL, Input::Hci(&packet));
    }
    bench.input(PERIPHERAL, Input::Wake);
    bench.settle();
    while bench.wake().is_some() {}
    assert_eq!((bench.codes(), secured(&bench)), (vec![(PERIPHERAL, 0x0B)], [true; 2]));
    assert_eq!(bench.shown(PERIPHERAL), []);
}

/// On a link on which the Security Manager timer has run out nobody asks for security any more (Vol 3 Part H
/// 3.4).
#[test]
fn no_request_after_the_timer() {
    let mut bench = Bench::new(&asks(Span::from_secs(40), SC));
    bench.tamper = Box::new(|_, pdu| (pdu.code() != 0x02).then_some(pdu));
    bench.pair();
    while bench.wake().is_some() {}
    assert!(bench.noted(PERIPHERAL, Note::SmpClosed));
    assert!(!bench.codes().contains(&(PERIPHERAL, 0x0B)));
}

/// A Security Request overtakes what the central's policy was waiting for, and one to a central that has
/// given up is ignored: the peripheral's timer runs out and closes the Security Manager.
#[test]
fn a_request_to_a_central_that_has_failed() {
    let minute = Action::Wait(Wait::fixed(Span::from_secs(60)));
    for (actions, answered) in [(&[minute, Action::Pair][..], true), (&[Action::GiveUp], false)] {
        let mut bench = Bench::new(&asks(Span::from_secs(5), SC));
        bench.ends[CENTRAL].program = always(1, actions);
        let mut refused = false;
        bench.tamper = Box::new(move |_, pdu| {
            let first = pdu.code() == 0x02 && !std::mem::replace(&mut refused, true);
            Some(if first { SmpPdu::PairingFailed(Reason::UNSPECIFIED_REASON) } else { pdu })
        });
        bench.pair();
        // The peripheral knows nothing of the failure and waits for the pairing to go on; it is told of it.
        bench.inject(PERIPHERAL, &SmpPdu::PairingFailed(Reason::UNSPECIFIED_REASON).encode());
        until_asked(&mut bench);
        let asked = bench.log.iter().find(|(_, pdu, _)| pdu.code() == 0x0B).unwrap().2;
        assert_eq!(asked.since(blesim_kernel::Instant::ZERO), Span::from_secs(5));
        assert_eq!(secured(&bench), [answered; 2]);
        if !answered {
            assert_eq!(bench.wake(), Some((PERIPHERAL, Why::SmpTimeout)));
            assert_eq!(bench.now.since(asked), SMP_TIMEOUT);
            assert_eq!(bench.shown(PERIPHERAL).last(), Some(&Shown::SmpTimeout));
            assert!(bench.noted(PERIPHERAL, Note::SmpClosed));
        }
        while bench.wake().is_some() {}
        assert_eq!(secured(&bench), [answered; 2]);
    }
}

/// A central that does not pair says so, and the peripheral shows it once.
#[test]
fn a_request_that_is_refused() {
    let mut configs = asks(Span::from_secs(5), SC);
    configs[CENTRAL].security.refuses_pairing = true;
    let mut bench = Bench::new(&configs);
    bench.ends[CENTRAL].program = always(1, &[Action::Wait(Wait::fixed(Span::from_secs(60)))]);
    bench.tamper = Box::new(|_, pdu| (pdu.code() != 0x02).then_some(pdu));
    bench.power_on();
    bench.flow();
    bench.inject(CENTRAL, &SmpPdu::PairingFailed(Reason::UNSPECIFIED_REASON).encode());
    bench.inject(PERIPHERAL, &SmpPdu::PairingFailed(Reason::UNSPECIFIED_REASON).encode());
    until_asked(&mut bench);
    let refused = Reason::PAIRING_NOT_SUPPORTED;
    assert_eq!(bench.last_refusal(), Some((CENTRAL, refused)));
    assert_eq!(bench.shown(PERIPHERAL).last(), Some(&Shown::PairingFailed(refused)));
    assert_eq!(bench.ends[PERIPHERAL].host.deadline(), None);
}

/// Only a peripheral asks for security: one that is asked says that it does not know the command.
#[test]
fn a_request_to_a_peripheral() {
    for pairs in [true, false] {
        let mut bench = Bench::new(&configs(SC));
        bench.power_on();
        bench.flow();
        if !pairs {
            bench.compute();
        }
        bench.inject(PERIPHERAL, &SmpPdu::SecurityRequest(SC).encode());
        assert_eq!(bench.last_refusal(), Some((PERIPHERAL, Reason::COMMAND_NOT_SUPPORTED)));
        assert_eq!(secured(&bench)[PERIPHERAL], !pairs);
    }
}

/// A peripheral that wants more than the bond gives asks for it, and the central pairs again over the
/// encrypted link, which goes on under a new key: nothing is sent in the clear, nobody disconnects, and the
/// new bond is worth more.
#[test]
fn a_level_is_raised() {
    let keys = Keys::default();
    for (auth, level) in [(SC, Level::Four), (LEGACY, Level::Three)] {
        let mut configs = asks(Span::ZERO, auth);
        configs[CENTRAL].io = IoCapability::KeyboardOnly;
        configs[PERIPHERAL].io = IoCapability::DisplayOnly;
        configs[PERIPHERAL].security.level = Level::Three;
        let mut bench = Bench::with_keys(&configs, &keys);
        for own in [CENTRAL, PERIPHERAL] {
            bench.ends[own].host.bonds_mut().put(bond_of(own, 99, auth == SC));
        }
        bench.power_on();
        bench.settle();
        bench.users_answer(CENTRAL);
        assert_eq!(bench.codes()[..3], [(PERIPHERAL, 0x0B), (CENTRAL, 0x01), (PERIPHERAL, 0x02)]);
        assert_eq!(secured(&bench), [true; 2], "{auth:?}");
        for own in [CENTRAL, PERIPHERAL] {
            let bond = *bench.ends[own].host.bonds().get(ADDRESSES[1 - own]).unwrap();
            assert!(bond.ltk != 99 && bond.level() == level, "{bond:?}");
            assert_eq!(bench.ends[own].host.sessions().next().unwrap().level, level);
            let encrypted = bench.ends[own].port.notes.iter().filter(|note| matches!(note, Note::Level(_)));
            let expected = [Level::Two, level].map(Note::Level);
            assert!(encrypted.eq(&expected), "{own}");
        }
        let ends = |(_, command): &(usize, Command)| matches!(command, Command::Disconnect { .. });
        assert!(!bench.controllers.commands.iter().any(ends));
    }
}

/// A central asks for encryption again on an encrypted link when its policy does; a refresh that fails is a
/// failure of encryption like any other.
#[test]
fn refresh() {
    let mut bench = Bench::new(&configs(SC));
    for own in [CENTRAL, PERIPHERAL] {
        bench.ends[own].host.bonds_mut().put(bond_of(own, 99, true));
    }
    bench.ends[CENTRAL].program = always(3, &[Action::Encrypt]);
    bench.pair();
    assert_eq!(secured(&bench), [true; 2]);
    // A failure that is only told: the policy encrypts again, over the encrypted link.
    let (status, handle) = (ErrorCode::LL_RESPONSE_TIMEOUT, HANDLE);
    bench.event(CENTRAL, Event::EncryptionKeyRefreshComplete { status, handle });
    let failure = Failure { procedure: Procedure::Encryption, shown: Shown::Hci(status) };
    assert_eq!(bench.failures(CENTRAL), [failure]);
    bench.settle();
    assert_eq!(secured(&bench), [true; 2]);
    let times = bench.ends[CENTRAL].port.notes.iter().filter(|note| **note == Note::Secured).count();
    assert_eq!(times, 2);
    // On a link that is not there it concerns nobody.
    let handle = HANDLE + 1;
    bench.event(CENTRAL, Event::EncryptionKeyRefreshComplete { status, handle });
    assert_eq!(bench.failures(CENTRAL).len(), 1);
}

const RULE: RepeatedAttempts =
    RepeatedAttempts { first: Span::from_secs(4), cap: Span::from_secs(64), reward: Span::from_secs(10) };

/// A bench with a lock that shows passkeys and counts failures, and a central whose program never ends.
fn counting() -> Bench {
    let mut configs = configs(AuthReq(0x0D));
    configs[CENTRAL].io = IoCapability::KeyboardOnly;
    configs[PERIPHERAL].io = IoCapability::DisplayOnly;
    configs[PERIPHERAL].security.repeated_attempts = Some(RULE);
    let mut bench = Bench::new(&configs);
    bench.ends[CENTRAL].program =
        always(u16::MAX, &[Action::Wait(Wait::fixed(Span::from_secs(1))), Action::Again]);
    bench.power_on();
    bench.settle();
    bench
}

/// Seconds until the lock shows a passkey again, while the central asks every second and is refused.
fn seconds_refused(bench: &mut Bench) -> u64 {
    let (from, shown) = (bench.now, bench.ends[PERIPHERAL].port.prompts.len());
    while bench.ends[PERIPHERAL].port.prompts.len() == shown {
        assert!(matches!(bench.wake(), Some((CENTRAL, Why::Wait | Why::DhKey) | (PERIPHERAL, Why::DhKey))));
        bench.settle();
        if let Some((who, reason)) = bench.last_refusal() {
            assert_eq!((who, reason), (PERIPHERAL, Reason::REPEATED_ATTEMPTS));
        }
    }
    bench.now.since(from).as_micros().div_ceil(1_000_000)
}

/// A passkey that is wrong again and again: 4, 8, 16, 32, 64, 64 seconds of Repeated Attempts, which
/// themselves cost nothing more; quiet time takes some of it back, and power loss all.
#[test]
fn repeated_attempts() {
    let wrong = |bench: &mut Bench| {
        let right = bench.shows(PERIPHERAL).unwrap();
        bench.says(CENTRAL, Answer::Passkey(right ^ 1));
    };
    let mut bench = counting();
    for wait in [4, 8, 16, 32, 64, 64] {
        wrong(&mut bench);
        let refused = seconds_refused(&mut bench);
        assert!((wait..=wait + 1).contains(&refused), "{wait}: {refused}");
    }
    // A right one does not buy it back; thirty quiet seconds after the wait buy back three.
    let right = bench.shows(PERIPHERAL).unwrap();
    bench.says(CENTRAL, Answer::Passkey(right));
    assert_eq!(secured(&bench), [true; 2]);
    bench.pass(Span::from_secs(30));
    bench.ends[CENTRAL].host.bonds_mut().clear();
    bench.controllers.lose([ErrorCode::CONNECTION_TIMEOUT; 2]);
    bench.settle();
    bench.wake();
    bench.settle();
    wrong(&mut bench);
    let refused = seconds_refused(&mut bench);
    assert!((32..=33).contains(&refused), "{refused}");
}

/// Without the rule nobody waits; with it, a link that is lost in the middle costs nothing.
#[test]
fn attempts_that_cost_nothing() {
    let mut bench = counting();
    bench.controllers.lose([ErrorCode::CONNECTION_TIMEOUT; 2]);
    bench.settle();
    bench.wake();
    bench.settle();
    assert!(bench.refusals().is_empty());
    bench.users_answer(CENTRAL);
    let bond = |own: usize| -> Bond { *bench.ends[own].host.bonds().get(ADDRESSES[1 - own]).unwrap() };
    assert_eq!(bond(CENTRAL).ltk, bond(PERIPHERAL).ltk);
}
