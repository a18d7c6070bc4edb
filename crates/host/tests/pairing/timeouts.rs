//! Silence: the Security Manager timer, and the time allowed for a connection (Vol 3 Part H 3.4).

use crate::bench::Bench;
use crate::controllers::HANDLE;
use crate::setup::{ADDRESSES, CENTRAL, CONNECT_TIMEOUT, LEGACY, PERIPHERAL, SC, always, configs};
use blesim_host::recovery::Action;
use blesim_host::smp::SMP_TIMEOUT;
use blesim_host::{Episode, Input, Note, Shown, Why};
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::{ErrorCode, Event};
use blesim_packet::smp::{KeyDistribution, SmpPdu};

/// Any one PDU lost: whoever waits gives up 30 s after it last said something, says no more on this link, and
/// keeps no bond; nobody waits for ever.
#[test]
fn every_pdu_lost() {
    for auth in [SC, LEGACY] {
        let mut whole = Bench::new(&configs(auth));
        whole.pair();
        for position in 0..whole.log.len() {
            let mut bench = Bench::new(&configs(auth));
            let mut count = 0;
            bench.tamper = Box::new(move |_, pdu| {
                count += 1;
                (count != position + 1).then_some(pdu)
            });
            bench.pair();
            while bench.ends.iter().any(|end| end.host.deadline().is_some()) {
                bench.wake();
            }
            let receiver = 1 - whole.log[position].0;
            for device in [CENTRAL, PERIPHERAL] {
                let timed_out = bench.shown(device).contains(&Shown::SmpTimeout);
                assert_eq!(timed_out, bench.noted(device, Note::SmpClosed), "{auth:?} {position}");
                if !timed_out {
                    continue;
                }
                let said = bench.log.iter().filter(|(sender, ..)| *sender == device).map(|(.., at)| *at);
                assert!(bench.now.since(said.max().unwrap()) >= SMP_TIMEOUT);
                check_closed(&mut bench, device);
            }
            // The peripheral that never saw the request does not know that it missed something, and the first
            // half of a key is not missed once the second is there. All else shows: as a time-out, or as the
            // next PDU being out of place.
            let half_a_key = matches!(whole.log[position].1.code(), 0x06 | 0x08);
            if position > 0 && !half_a_key {
                assert_ne!(bench.shown(receiver), [], "{auth:?} {position}");
                assert_eq!(bench.ends[receiver].host.bonds().get(ADDRESSES[1 - receiver]), None);
            }
        }
    }
}

/// Nothing goes in or out on this link any more.
fn check_closed(bench: &mut Bench, device: usize) {
    let (said, failed) = (bench.log.len(), bench.shown(device).len());
    let request = whole_request();
    for octets in [&request[..], &[0x03], &[0x05, 0x08], &[0x04; 17]] {
        bench.inject(device, octets);
    }
    assert_eq!((bench.log.len(), bench.shown(device).len()), (said, failed));
    assert_eq!(bench.ends[device].host.deadline(), None);
}

fn whole_request() -> Vec<u8> {
    let mut bench = Bench::new(&configs(SC));
    bench.pair();
    bench.log[0].1.encode().to_vec()
}

/// The timer starts anew with each PDU this side queues, and not with what it receives: exactly 30 s.
#[test]
fn exactly_thirty_seconds() {
    let mut bench = Bench::new(&configs(SC));
    bench.tamper = Box::new(|_, pdu| (pdu.code() != 0x0C).then_some(pdu));
    bench.power_on();
    bench.flow();
    let (at, why) = bench.ends[CENTRAL].host.deadline().unwrap();
    assert_eq!((at, why), (Instant::ZERO + SMP_TIMEOUT, Why::SmpTimeout));
    assert_eq!(SMP_TIMEOUT, Span::from_secs(30));
    // A wake too early changes nothing.
    bench.pass(SMP_TIMEOUT - Span::from_nanos(1));
    bench.input(CENTRAL, Input::Wake);
    assert_eq!(bench.shown(CENTRAL), []);
    bench.pass(Span::from_nanos(1));
    bench.input(CENTRAL, Input::Wake);
    assert_eq!(bench.shown(CENTRAL), [Shown::SmpTimeout]);
}

/// On a link whose Security Manager is closed a new pairing fails at once and without a word; on a new link
/// it works.
#[test]
fn only_a_new_link_helps() {
    let mut bench = Bench::new(&configs(SC));
    bench.ends[CENTRAL].program = always(2, &[Action::Pair]);
    bench.tamper = Box::new(|_, pdu| (pdu.code() != 0x02).then_some(pdu));
    bench.pair();
    bench.wake();
    assert_eq!(bench.shown(CENTRAL), [Shown::SmpTimeout; 3]);
    assert_eq!(bench.codes(), [(CENTRAL, 0x01), (PERIPHERAL, 0x02)]);

    let mut bench = Bench::new(&configs(SC));
    bench.ends[CENTRAL].program = always(2, &[Action::Disconnect, Action::Again]);
    let mut lost = false;
    bench.tamper = Box::new(move |_, pdu| {
        let loses = pdu.code() == 0x02 && !std::mem::replace(&mut lost, true);
        (!loses).then_some(pdu)
    });
    bench.pair();
    bench.wake();
    bench.compute();
    assert_eq!(bench.shown(CENTRAL), [Shown::SmpTimeout]);
    assert!(matches!(bench.ends[CENTRAL].host.episode(0), Episode::Secured(_)));
    assert_eq!(bench.ends[CENTRAL].host.connections(0), 2);
}

/// A connection that does not come about is cancelled and shows as such.
#[test]
fn no_connection() {
    let mut bench = Bench::new(&configs(SC));
    bench.input(CENTRAL, Input::PowerOn);
    bench.flow();
    assert_eq!(
        bench.ends[CENTRAL].host.deadline(),
        Some((Instant::ZERO + CONNECT_TIMEOUT, Why::ConnectTimeout))
    );
    bench.wake();
    assert_eq!(bench.shown(CENTRAL), [Shown::ConnectTimeout]);
    assert_eq!(bench.ends[CENTRAL].host.deadline(), None);
}

/// A link lost at any point of a pairing leaves both sides idle; the central shows the loss, the peripheral
/// advertises again.
#[test]
fn link_lost_at_every_step() {
    for auth in [SC, LEGACY] {
        for deliveries in 0..80 {
            let mut bench = Bench::new(&configs(auth));
            bench.power_on();
            while bench.log.is_empty() {
                bench.step();
            }
            for _ in 0..deliveries {
                if !bench.step() {
                    bench.compute();
                }
            }
            let reason = ErrorCode::CONNECTION_TIMEOUT;
            let status = ErrorCode::SUCCESS;
            while bench.controllers.next().is_some() {}
            for device in [CENTRAL, PERIPHERAL] {
                bench.event(device, Event::DisconnectionComplete { status, handle: HANDLE, reason });
            }
            assert_eq!(bench.shown(CENTRAL), [Shown::Hci(reason)], "{auth:?} {deliveries}");
            for end in &bench.ends {
                assert_eq!(end.host.deadline(), None, "{auth:?} {deliveries}");
            }
        }
    }
}

/// An initiator that distributes what was not negotiated finds a responder by the book forgiving, and one
/// with the quirk of refusing it not.
#[test]
fn unnegotiated_keys() {
    for refuses in [false, true] {
        let mut configs = configs(SC);
        for config in &mut configs {
            (config.initiator_keys, config.responder_keys) = (KeyDistribution(2), KeyDistribution(2));
        }
        configs[CENTRAL].quirks.distributes_unnegotiated = KeyDistribution::ENC_KEY;
        configs[PERIPHERAL].quirks.refuses_unnegotiated = refuses;
        let mut bench = Bench::new(&configs);
        bench.pair();
        let refused = bench.log.iter().any(|(_, pdu, _)| matches!(pdu, SmpPdu::PairingFailed(_)));
        assert_eq!(refused, refuses);
        assert_eq!(matches!(bench.ends[CENTRAL].host.episode(0), Episode::Secured(_)), !refuses);
    }
}
