//! Whole sessions: two devices that secure a link, with and without trouble.

use crate::common::{again, legacy, plan, rule};
use blesim_controller::AirPdu;
use blesim_crypto::{KeyAgreement, KeyBank, Naive, SharedSecret};
use blesim_host::recovery::{Action, Program, Wait};
use blesim_host::{Failure, Procedure, Shown, Step};
use blesim_kernel::{Chance, Instant, Span};
use blesim_packet::hci::ErrorCode;
use blesim_world::fault::{Effect, FaultPlan, Lost, Trigger};
use blesim_world::{Entry, History, Loss, LossMode, NoTrace, Outcome, Plan, Reception, Record, Sim, Trace};

fn run(plan: &Plan, policy: usize, seed: u64) -> Record {
    Sim::new(plan).run(plan, policy, seed, &mut SharedSecret::new(), &mut NoTrace).expect("no bug")
}

/// Remembers when the link layer carried something, and when it was encrypted.
#[derive(Default)]
struct Events {
    first_data: Option<Instant>,
    last_data: Option<Instant>,
    encrypted: Option<Instant>,
}

impl Trace for Events {
    const ON: bool = true;
    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        match entry {
            Entry::Frame { frame, .. } => {
                if let AirPdu::Data(pdu) = &frame.pdu
                    && !pdu.payload.is_empty()
                {
                    self.first_data.get_or_insert(at);
                    self.last_data = Some(at);
                }
            }
            Entry::Step { device: 0, step: Step::Encrypted } => self.encrypted = Some(at),
            _ => {}
        }
    }
}

impl Events {
    /// Connection events from the one that carried the first PDU to the one of `until`, both counted.
    fn count(&self, until: Option<Instant>) -> u64 {
        let span = until.expect("it happened").since(self.first_data.expect("something was sent"));
        span.as_nanos() / Span::from_millis(30).as_nanos() + 1
    }
}

/// Connection events that a pairing takes on a clean link, with one PDU each way per event and with as many as
/// there are: until the central is encrypted, and until the last key has come over. Enumerated from the protocol
/// apart from this code; what is received in one event is answered in the next, but that a peripheral with fast
/// encryption answers LL_ENC_REQ and LL_START_ENC_RSP at once. Where an event carries many, the peripheral's keys
/// follow its LL_START_ENC_RSP, and a fourth key waits for one of the controller's three buffers.
#[test]
fn event_counts_on_a_clean_link() {
    let check = |plan: &Plan, [one, many, fast]: [(u64, u64); 3]| {
        for (exchanges, fast, expected) in [(1, false, one), (0, false, many), (1, true, fast)] {
            let mut plan = plan.clone();
            for device in &mut plan.devices {
                device.controller.exchanges = exchanges;
                device.controller.fast_encryption = fast;
                device.hci_delay.up = Span::from_millis(10);
            }
            let mut events = Events::default();
            let record = Sim::new(&plan).run(&plan, 0, 7, &mut SharedSecret::new(), &mut events).unwrap();
            assert_eq!(record.outcome, Outcome::Secured);
            let counts = (events.count(events.encrypted), events.count(events.last_data));
            assert_eq!(counts, expected, "{exchanges} exchanges in an event");
        }
    };
    check(&plan(), [(18, 22), (12, 13), (16, 20)]);
    let mut old = plan();
    legacy(&mut old);
    check(&old, [(11, 19), (10, 13), (9, 17)]);
    let bonded = Plan { history: History::Bonded { secure_connections: true }, ..plan() };
    check(&bonded, [(5, 5), (4, 4), (3, 3)]);
    let bonded_legacy = Plan { history: History::Bonded { secure_connections: false }, ..old };
    check(&bonded_legacy, [(5, 5), (4, 4), (3, 3)]);
}

/// The time a DHKey takes pushes the DHKey check back by as many events, with the link alive meanwhile: with
/// 160 ms on both sides and 7.5 ms between events encryption is there in event 35.
#[test]
fn a_slow_dh_key_stretches_the_pairing() {
    let mut plan = plan();
    for device in &mut plan.devices {
        device.host.timing.dh_key = Span::from_millis(160);
        device.host.link.interval = 6;
    }
    let mut events = Events::default();
    Sim::new(&plan).run(&plan, 0, 7, &mut SharedSecret::new(), &mut events).unwrap();
    let span = events.encrypted.unwrap().since(events.first_data.unwrap());
    assert_eq!(span.as_nanos() / Span::from_micros(7_500).as_nanos(), 35);
}

/// What a fault leads to: how the session ends, and what the central's stack shows first.
#[test]
fn faults_show_as_the_specification_says() {
    let check = |change: &dyn Fn(&mut Plan), outcome: Outcome, first: Option<(Procedure, Shown)>| {
        let mut plan = plan();
        change(&mut plan);
        let record = run(&plan, 0, 3);
        let first = first.map(|(procedure, shown)| Failure { procedure, shown });
        assert_eq!((record.outcome, record.first_failure()), (outcome, first), "{:?}", plan.faults);
    };
    let hci = |code: ErrorCode| Shown::Hci(code);
    let bonded = |plan: &mut Plan| plan.history = History::Bonded { secure_connections: true };
    let fault = |effect, device, trigger| FaultPlan { effect, device, trigger, chance: Chance::ALWAYS };
    let at_once = Trigger::Between(Span::ZERO, Span::ZERO);
    check(&|_| {}, Outcome::Secured, None);
    check(
        &|plan| {
            bonded(plan);
            plan.faults = vec![fault(Effect::ForgetBond(Lost::All), 1, at_once)];
        },
        Outcome::GaveUp,
        Some((Procedure::Encryption, hci(ErrorCode::PIN_OR_KEY_MISSING))),
    );
    check(
        &|plan| {
            plan.faults =
                vec![fault(Effect::PowerCut(Span::from_secs(9)), 1, Trigger::Entering(Step::Confirm, 1))];
        },
        Outcome::GaveUp,
        Some((Procedure::Bonding, hci(ErrorCode::CONNECTION_TIMEOUT))),
    );
    check(
        &|plan| {
            plan.faults =
                vec![fault(Effect::HostSilent(Span::from_secs(40)), 1, Trigger::Entering(Step::Random, 1))];
        },
        Outcome::GaveUp,
        Some((Procedure::Bonding, Shown::SmpTimeout)),
    );
    // The fourth PDU of the central is encrypted: one flipped bit and the peripheral ends the link for the
    // MIC, of which the central sees a lost connection.
    check(
        &|plan| {
            bonded(plan);
            plan.faults = vec![fault(Effect::Frame(Reception::Corrupted), 0, Trigger::Frame(2))];
        },
        Outcome::GaveUp,
        Some((Procedure::Encryption, hci(ErrorCode::CONNECTION_TIMEOUT))),
    );
    check(
        &|plan| {
            bonded(plan);
            plan.faults = vec![fault(Effect::Frame(Reception::Corrupted), 1, Trigger::Frame(3))];
        },
        Outcome::GaveUp,
        Some((Procedure::Encryption, hci(ErrorCode::MIC_FAILURE))),
    );
    for reception in [Reception::Lost, Reception::CrcError] {
        let lose = |number| fault(Effect::Frame(reception), 0, Trigger::Frame(number));
        check(&|plan| plan.faults = (3..12).map(lose).collect(), Outcome::Secured, None);
    }
    check(
        &|plan| plan.faults = vec![fault(Effect::PowerCut(Span::from_secs(99)), 1, at_once)],
        Outcome::GaveUp,
        Some((Procedure::Connection, Shown::ConnectTimeout)),
    );
}

/// A policy that tries again gets over a power cut; one that deletes the bond gets over a lost one; giving up
/// never does.
#[test]
fn policies_make_the_difference() {
    let fault = |effect, trigger| FaultPlan { effect, device: 1, trigger, chance: Chance::ALWAYS };
    let mut cut = plan();
    cut.faults =
        vec![fault(Effect::PowerCut(Span::from_secs(1)), Trigger::Entering(Step::KeyDistribution, 1))];
    assert_ne!(run(&cut, 0, 5).outcome, Outcome::Secured);
    let record = run(&cut, 1, 5);
    assert_eq!((record.outcome, record.connections), (Outcome::Secured, 2));

    let mut lost = Plan { history: History::Bonded { secure_connections: true }, ..plan() };
    lost.faults = vec![fault(Effect::ForgetBond(Lost::All), Trigger::Between(Span::ZERO, Span::ZERO))];
    let repair = Program {
        rules: [rule((1, 2), &[Action::DeleteBond, Action::Pair])].into(),
        ..Program::passive("repair")
    };
    let backoff =
        Wait { first: Span::from_secs(1), growth_q32: 2 << 32, cap: Span::from_secs(8), jitter_q32: 1 << 30 };
    let patient = Program {
        rules: [rule((1, 3), &[Action::Disconnect, Action::Wait(backoff), Action::Again])].into(),
        ..Program::passive("patient")
    };
    lost.policies = vec![again(0), again(3), patient, repair];
    let outcomes: Vec<_> = (0..4).map(|policy| run(&lost, policy, 5)).collect();
    assert_eq!(
        outcomes.iter().map(|record| record.outcome).collect::<Vec<_>>(),
        [Outcome::GaveUp, Outcome::GaveUp, Outcome::GaveUp, Outcome::Secured]
    );
    assert_eq!(outcomes.iter().map(|record| record.failures).collect::<Vec<_>>(), [1, 4, 4, 1]);
    assert_eq!(outcomes[3].bonds_deleted, 1);
    assert_eq!(outcomes[2].connections, 4);
}

/// Every provider of keys gives the same sessions, bit for bit; so does a simulation that has run others before.
#[test]
fn providers_and_reuse_give_identical_digests() {
    let mut plan = plan();
    plan.air.loss = Loss::Independent(Chance::ratio(1, 10));
    plan.devices[0].host.link.supervision_timeout = 42;
    let mut reused = Sim::new(&plan);
    let (mut naive, mut shared, mut bank) = (Naive, SharedSecret::new(), KeyBank::new());
    let mut secured = 0;
    for seed in 0..40 {
        for policy in 0..2 {
            let mut records = Vec::new();
            let mut one = |keys: &mut dyn KeyAgreement| {
                records.push(reused.run(&plan, policy, seed, &mut Dyn(keys), &mut NoTrace).unwrap());
            };
            one(&mut naive);
            one(&mut shared);
            one(&mut bank);
            records.push(run(&plan, policy, seed));
            assert!(records.windows(2).all(|pair| pair[0] == pair[1]), "{records:?}");
            secured += u32::from(records[0].secured());
        }
    }
    assert!((10..80).contains(&secured), "the link should be bad, not hopeless: {secured}");
}

/// Lets one loop try every provider.
struct Dyn<'a>(&'a mut dyn KeyAgreement);

impl KeyAgreement for Dyn<'_> {
    fn key_pair(
        &mut self,
        name: blesim_crypto::KeyName,
        entropy: &mut dyn FnMut() -> [u8; 32],
    ) -> blesim_crypto::KeyPair {
        self.0.key_pair(name, entropy)
    }
    fn dh_key(
        &mut self,
        local: &blesim_crypto::KeyPair,
        received: &blesim_crypto::PublicKey,
    ) -> Result<blesim_crypto::DhKey, blesim_crypto::InvalidPublicKey> {
        self.0.dh_key(local, received)
    }
}

/// No checker objects and nothing panics over many hostile sessions: loss of both kinds, power cuts, silence and
/// corrupted frames anywhere.
#[test]
fn hostile_sessions_keep_every_invariant() {
    for (mode, old) in [(LossMode::Sync, false), (LossMode::Crc, true)] {
        let mut plan = plan();
        if old {
            legacy(&mut plan);
        }
        plan.air.loss_mode = mode;
        plan.air.loss = Loss::Burst {
            good: Chance::ratio(1, 20),
            bad: Chance::ratio(9, 10),
            mean_good: Span::from_millis(400),
            mean_bad: Span::from_millis(90),
        };
        plan.devices[0].host.link.supervision_timeout = 20;
        let anywhere = Trigger::Between(Span::ZERO, Span::from_secs(3));
        let sometimes =
            |effect, device, trigger| FaultPlan { effect, device, trigger, chance: Chance::ratio(1, 4) };
        plan.faults = (0..2)
            .flat_map(|device| {
                [
                    sometimes(Effect::ForgetBond(Lost::All), device, anywhere),
                    sometimes(Effect::PowerCut(Span::from_millis(300)), device, anywhere),
                    sometimes(Effect::HostSilent(Span::from_millis(900)), device, anywhere),
                    sometimes(Effect::Frame(Reception::Corrupted), device, Trigger::Frame(4)),
                    sometimes(Effect::PowerCut(Span::ZERO), device, Trigger::Entering(Step::Encrypted, 1)),
                ]
            })
            .collect();
        let mut sim = Sim::new(&plan);
        let mut keys = SharedSecret::new();
        let mut outcomes = [0; 4];
        for seed in 0..300 {
            let record = sim.run(&plan, 1, seed, &mut keys, &mut NoTrace).unwrap();
            outcomes[record.outcome as usize] += 1;
        }
        assert!(outcomes[0] > 200 && outcomes[1] > 10, "{outcomes:?}");
    }
}

/// A host that was silent comes back to a link that is long gone: the command it sends before it reads of the
/// end is refused, and that is no failure of the attempt that follows.
#[test]
fn a_late_refusal_belongs_to_the_link_that_is_gone() {
    let mut plan = plan();
    legacy(&mut plan);
    plan.limit = Span::from_secs(120);
    let silent = Effect::HostSilent(Span::from_secs(10));
    let at = Trigger::Between(Span::from_secs(2), Span::from_secs(2));
    let fault = |effect, device, trigger| FaultPlan { effect, device, trigger, chance: Chance::ALWAYS };
    plan.faults = vec![
        fault(silent, 0, Trigger::Entering(Step::Random, 1)),
        fault(Effect::PowerCut(Span::from_secs(1)), 1, at),
    ];
    let record = run(&plan, 1, 3);
    assert_eq!((record.outcome, record.failures, record.connections), (Outcome::Secured, 1, 2), "{record:?}");
}
