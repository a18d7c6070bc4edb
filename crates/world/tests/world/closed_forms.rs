//! The link layer against closed forms that follow from the specification and were enumerated apart from this
//! code. Seeds are fixed, so a test either always passes or always fails; the bands are 99 % intervals of the
//! number of sessions run.

use crate::common::{legacy, plan};
use blesim_crypto::SharedSecret;
use blesim_host::{Note, Procedure, Shown};
use blesim_kernel::{Chance, Instant, Span};
use blesim_packet::hci::ErrorCode;
use blesim_world::{Entry, History, Loss, NoTrace, Plan, Sim, Trace};

/// With every packet lost independently (access address not found), a connection attempt ends as Failed to be
/// Established with probability p + (1 - p) Q, where Q = (1 - (1 - p)^2)^6: the CONNECT_IND is not
/// acknowledged, and then six events in a row must fail.
#[test]
fn connections_fail_to_be_established_as_often_as_they_should() {
    let check = |percent: u64, sessions: u64, expected: f64| {
        let mut plan = Plan { history: History::Bonded { secure_connections: true }, ..plan() };
        plan.air.loss = Loss::Independent(Chance::ratio(percent, 100));
        plan.devices[0].host.link.supervision_timeout = 3_200;
        let mut sim = Sim::new(&plan);
        let mut failed = 0_u32;
        for seed in 0..sessions {
            let record = sim.run(&plan, 0, seed, &mut SharedSecret::new(), &mut NoTrace).unwrap();
            let shown = Shown::Hci(ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED);
            failed += u32::from(record.first_failure().is_some_and(|failure| {
                assert_eq!((failure.procedure, failure.shown), (Procedure::Connection, shown));
                true
            }));
        }
        #[expect(clippy::cast_precision_loss, reason = "a few thousand sessions")]
        let sessions = sessions as f64;
        let share = f64::from(failed) / sessions;
        let band = 2.576 * (expected * (1.0 - expected) / sessions).sqrt();
        assert!((share - expected).abs() < band, "{percent} %: {share} against {expected} +- {band}");
    };
    check(10, 4_000, 0.100_042);
    check(30, 4_000, 0.312_317);
    check(50, 4_000, 0.588_989);
}

/// When the pairing's first PDU was on the air and when the last key had arrived.
#[derive(Default)]
struct Keys {
    first: Option<Instant>,
    delivered: Option<Instant>,
}

impl Trace for Keys {
    const ON: bool = true;
    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        match entry {
            Entry::Frame {
                frame: blesim_controller::Frame { pdu: blesim_controller::AirPdu::Data(pdu), .. },
                ..
            } if !pdu.payload.is_empty() => {
                self.first.get_or_insert(at);
            }
            Entry::Host { device: 1, note: Note::BondStored } => self.delivered = Some(at),
            _ => {}
        }
    }
}

/// Mean number of connection events from the Pairing Request to the last key. A PDU that the other side answers
/// takes 1/(1-p) events to get through, any other 1/(1-p)^2 to be acknowledged: legacy pairing has 6 of the
/// first kind and 13 of the second, Secure Connections 7 and 15. Where the peripheral answers, one thing more
/// counts: its empty PDU in the event of the question must be acknowledged before the answer can go out (Vol 6
/// Part B 4.5.9), which costs p/(1-p)^2 more for each of the 5 or 6 answers.
#[test]
fn pairing_under_loss_takes_as_many_events_as_it_should() {
    let check = |old: bool, percent: u32, (answered, others, answers): (f64, f64, f64)| {
        let through = 1.0 - f64::from(percent) / 100.0;
        let expected = answered / through + (others + answers * (1.0 - through)) / (through * through);
        let mut plan = plan();
        if old {
            legacy(&mut plan);
        }
        plan.air.loss = Loss::Independent(Chance::ratio(u64::from(percent), 100));
        plan.devices[0].host.link.supervision_timeout = 3_200;
        let mut sim = Sim::new(&plan);
        let mut keys = SharedSecret::new();
        let (mut events, mut pairings, mut squares) = (0.0, 0.0, 0.0);
        for seed in 0..if old { 3_000 } else { 1_000 } {
            let mut seen = Keys::default();
            let record = sim.run(&plan, 0, seed, &mut keys, &mut seen).unwrap();
            let (Some(first), Some(delivered), true) = (seen.first, seen.delivered, record.secured()) else {
                continue;
            };
            let interval = Span::from_millis(30).as_nanos();
            let count = u32::try_from(delivered.since(first).as_nanos() / interval + 1).unwrap();
            (events, pairings) = (events + f64::from(count), pairings + 1.0);
            squares += f64::from(count) * f64::from(count);
        }
        let mean: f64 = events / pairings;
        let band = 2.576 * ((squares / pairings - mean * mean) / pairings).sqrt();
        assert!(
            (mean - expected).abs() < band,
            "legacy {old}, {percent} %: {mean} against {expected} +- {band}"
        );
    };
    for percent in [10, 20] {
        check(true, percent, (6.0, 13.0, 5.0));
        check(false, percent, (7.0, 15.0, 6.0));
    }
}
