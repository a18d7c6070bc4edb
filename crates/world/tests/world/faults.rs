//! Faults by trigger and effect, each with the symptom that it is known by: which side shows which code.

use crate::common::{again, legacy, plan, rule};
use blesim_controller::{Starts, feature};
use blesim_crypto::SharedSecret;
use blesim_host::recovery::{Action, Program, Wait};
use blesim_host::{Ask, LinkProcedure, Note, Shown, Step, When};
use blesim_kernel::{Chance, Instant, Span};
use blesim_packet::hci::{ErrorCode, Event, HciPacket};
use blesim_packet::ll::ChannelMap;
use blesim_world::fault::{Effect, FaultPlan, Lost, Trigger};
use blesim_world::{Entry, History, Outcome, Plan, Record, Sim, Trace};

/// What the devices were told, and which faults struck when.
#[derive(Default)]
struct Seen {
    ends: Vec<(usize, u8)>,
    expired: Vec<usize>,
    struck: Vec<(Instant, usize)>,
    failures: Vec<(usize, Shown)>,
}

impl Trace for Seen {
    const ON: bool = true;
    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        match *entry {
            Entry::ToHost { device, packet: HciPacket::Event(event) } => match event {
                Event::DisconnectionComplete { reason, .. } => self.ends.push((device, reason.0)),
                Event::AuthenticatedPayloadTimeoutExpired { .. } => self.expired.push(device),
                _ => {}
            },
            Entry::Host { device, note: Note::Failed(failure) } => {
                self.failures.push((device, failure.shown));
            }
            Entry::Fault { index, .. } => self.struck.push((at, index)),
            _ => {}
        }
    }
}

impl Seen {
    /// The reason for which the first link of this device ended.
    fn end(&self, device: usize) -> Option<u8> {
        self.ends.iter().find(|(whose, _)| *whose == device).map(|(_, reason)| *reason)
    }
}

fn look(plan: &Plan, seed: u64) -> (Record, Seen) {
    let mut looker = Seen::default();
    let record = Sim::new(plan).run(plan, 0, seed, &mut SharedSecret::new(), &mut looker).expect("no bug");
    (record, looker)
}

fn fault(effect: Effect, device: usize, trigger: Trigger) -> FaultPlan {
    FaultPlan { effect, device, trigger, chance: Chance::ALWAYS }
}

/// One that connects again after a second, three times.
fn patient() -> Program {
    let wait = Action::Wait(Wait::fixed(Span::from_secs(1)));
    let rules = vec![rule((1, 3), &[Action::Disconnect, wait, Action::Again])];
    Program { name: "patient".to_owned(), rules: rules.into(), ..Program::passive("") }
}

fn bonded() -> Plan {
    Plan { history: History::Bonded { secure_connections: true }, policies: vec![patient()], ..plan() }
}

/// The codes that end a link, the phone's and the lock's, with a fault that strikes once; the second try has none.
#[test]
fn links_end_as_the_faults_are_known_for() {
    let check = |name: &str, plan: &Plan, [phone, lock]: [u8; 2]| {
        for seed in 0..6 {
            let (record, seen) = look(plan, seed);
            assert_eq!(seen.struck.len(), 1, "{name} {seed}");
            assert_eq!(
                [seen.end(0), seen.end(1)],
                [Some(phone), Some(lock)],
                "{name} {seed}: {:?}",
                seen.ends
            );
            assert_eq!(record.outcome, Outcome::Secured, "{name} {seed}");
        }
    };
    let with = |fault: FaultPlan, plan: Plan| Plan { faults: vec![fault], ..plan };
    let starts = Trigger::Entering(Step::EncryptionStart, 1);
    let stray = |device| with(fault(Effect::StrayData, device, starts), bonded());
    check("stray data of the phone", &stray(0), [0x08, 0x3D]);
    check("stray data of the lock", &stray(1), [0x3D, 0x08]);
    let stops = |millis| Effect::RadioStops(Span::from_millis(millis));
    let connected = Trigger::Entering(Step::Connected, 1);
    let not_established = with(fault(stops(400), 0, connected), bonded());
    check("a radio that stops", &not_established, [0x3E, 0x3E]);
    let mut instant = Plan { policies: vec![patient()], ..plan() };
    let what = LinkProcedure::ChannelMap(ChannelMap::new(0x7FFF).expect("data channels"));
    assert!(
        instant.devices[0].host.control.asks.push(Ask { when: When::Connected(Span::from_millis(60)), what })
    );
    let late = Trigger::After(Step::Connected, 1, Span::from_millis(60));
    check("an instant that passes", &with(fault(stops(400), 1, late), instant), [0x08, 0x28]);
}

/// An application that waits ten seconds, on every link: the user takes longer the first time.
#[test]
fn an_application_gives_up() {
    let each = Trigger::AfterEach(Step::Connected, Span::from_secs(10));
    for device in [0, 1] {
        let mut plan = Plan { policies: vec![patient()], ..plan() };
        plan.faults = vec![
            fault(Effect::AppGivesUp, device, each),
            fault(Effect::HostSilent(Span::from_secs(12)), 1 - device, Trigger::Entering(Step::PublicKey, 1)),
        ];
        let (record, seen) = look(&plan, 3);
        assert_eq!(record.outcome, Outcome::Secured, "{:?}", seen.ends);
        assert_eq!(seen.struck.len(), 2, "{:?}", seen.struck);
        assert_eq!([seen.end(device), seen.end(1 - device)], [Some(0x16), Some(0x13)]);
        let at_phone = seen.failures.iter().find(|(whose, _)| *whose == 0).map(|(_, shown)| *shown);
        let expected = ErrorCode(if device == 0 { 0x16 } else { 0x13 });
        assert_eq!(at_phone, Some(Shown::Hci(expected)));
    }
}

/// A secured link is what the application waits for.
#[test]
fn an_application_that_has_its_link_does_nothing() {
    let mut plan = Plan { stay: Span::from_secs(20), ..plan() };
    let each = Trigger::AfterEach(Step::Connected, Span::from_secs(10));
    plan.faults = vec![fault(Effect::AppGivesUp, 0, each)];
    let (record, seen) = look(&plan, 1);
    assert_eq!((record.outcome, record.struck, seen.struck.len()), (Outcome::Secured, 0, 0));
}

/// A PDU that is dropped before the host sees it: half a minute of silence, whatever the PDU was, and SMP timeout on
/// the side that waits.
#[test]
fn a_dropped_pdu_is_half_a_minute_of_silence() {
    let check = |step: Step, number: u32, device: usize| {
        let mut plan = Plan { policies: vec![patient()], limit: Span::from_secs(120), ..plan() };
        legacy(&mut plan);
        plan.faults = vec![fault(Effect::LosePdu, device, Trigger::Pdu(step, number))];
        let (record, seen) = look(&plan, 2);
        let timeouts = seen.failures.iter().filter(|(_, shown)| *shown == Shown::SmpTimeout).count();
        assert_eq!(seen.struck.len(), 1, "{step:?} {number} of {device}");
        assert!(timeouts > 0, "{step:?} {number} of {device}: {:?}", seen.failures);
        assert!(record.time_us > 30_000_000, "{}", record.time_us);
        assert_eq!(record.outcome, Outcome::Secured, "{step:?} {number} of {device}");
    };
    for device in [0, 1] {
        check(Step::PairingFeatures, 1, device);
        check(Step::Confirm, 1, device);
        check(Step::Random, 1, device);
    }
    // The last of four; one before it is missed at once, for the next is out of order.
    check(Step::KeyDistribution, 4, 0);
}

/// A stack that needs a rest after a link: whoever connects again at once finds that the keys differ, whoever waits
/// does not.
#[test]
fn a_stack_that_needs_a_rest() {
    for device in [0, 1] {
        let run = |wait: Span| {
            let wait = Action::Wait(Wait::fixed(wait));
            let rules = vec![rule((1, 3), &[Action::Disconnect, wait, Action::Again])];
            let mut plan = Plan { policies: vec![Program { rules: rules.into(), ..again(0) }], ..bonded() };
            plan.devices[device].host.quirks.needs_rest = Span::from_secs(6);
            let soon = Trigger::After(Step::Connected, 1, Span::from_millis(30));
            plan.faults = vec![fault(Effect::AppGivesUp, 0, soon)];
            look(&plan, 4)
        };
        let (record, seen) = run(Span::from_secs(7));
        assert_eq!((record.outcome, record.failures), (Outcome::Secured, 1), "{:?}", seen.ends);
        let (record, seen) = run(Span::ZERO);
        assert!(record.failures > 1, "{:?}", seen.ends);
        assert!(seen.ends.iter().any(|&(_, reason)| reason == 0x3D), "{:?}", seen.ends);
    }
}

/// A peer that leaves pings without an answer: the host is told, and what it makes of it is its own; one
/// that ends the link has it back at once.
#[test]
fn pings_without_an_answer() {
    let run = |ends: bool, ping: bool| {
        let mut plan = Plan { stay: Span::from_secs(90), limit: Span::from_secs(200), ..bonded() };
        plan.devices[0].controller.link_layer.starts = Starts { features: true, ..Starts::default() };
        plan.devices[1].controller.link_layer.ignores_pings = true;
        plan.devices[0].host.quirks.ends_unauthenticated = ends;
        if !ping {
            plan.devices[1].controller.link_layer.features &= !feature::PING;
        }
        look(&plan, 5)
    };
    let (record, seen) = run(false, true);
    assert_eq!((seen.expired, seen.ends), (vec![0], vec![]));
    assert_eq!(record.outcome, Outcome::Secured);
    let (record, seen) = run(true, true);
    assert_eq!([seen.end(0), seen.end(1)], [Some(0x16), Some(0x13)]);
    assert_eq!(record.first_failure().map(|failure| failure.shown), Some(Shown::Hci(ErrorCode(0x16))));
    let (_, seen) = run(true, false);
    assert!(seen.expired.is_empty() && seen.ends.is_empty(), "no timer without LE Ping on both sides");
}

/// Two faults aimed at the same moment both strike: one does not take the other's turn.
#[test]
fn faults_at_one_moment_do_not_disturb_each_other() {
    let at = Trigger::Entering(Step::Encrypted, 1);
    let silent = fault(Effect::HostSilent(Span::from_millis(50)), 1, at);
    let forgets = fault(Effect::ForgetBond(Lost::All), 1, at);
    let mut plan = Plan { faults: vec![silent, forgets], ..bonded() };
    let (record, seen) = look(&plan, 1);
    assert_eq!((record.struck, seen.struck.len()), (0b11, 2));
    let cut = fault(Effect::PowerCut(Span::from_millis(500)), 1, Trigger::Pdu(Step::Confirm, 1));
    plan = Plan { faults: vec![cut], policies: vec![patient()], ..crate::common::plan() };
    let (record, _) = look(&plan, 1);
    assert_eq!((record.struck, record.outcome), (0, Outcome::Secured), "the lock gets no confirm value");
    plan.faults[0].device = 0;
    let (record, seen) = look(&plan, 1);
    assert_eq!(seen.struck.len(), 1);
    assert_eq!(record.outcome, Outcome::Secured, "power comes back, and the phone begins anew");
}
