//! Pairings that need people: every association model over the air, with users who are quick, slow, wrong or
//! gone.

use crate::common::{again, plan, rule as rule_of};
use blesim_controller::AirPdu;
use blesim_crypto::SharedSecret;
use blesim_host::recovery::{Action, Program, Wait};
use blesim_host::smp::terms::{Model, model};
use blesim_host::{Answer, Level, Note, Prompt, RepeatedAttempts, Security, Shown, Step};
use blesim_kernel::{Chance, Instant, Span};
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution, Reason};
use blesim_world::fault::{Effect, FaultPlan, Trigger};
use blesim_world::{Delay, Entry, History, Loss, NoTrace, Outcome, Plan, Record, Sim, Trace, User};

fn run(plan: &Plan, policy: usize, seed: u64) -> Record {
    run_seen(plan, policy, seed, &mut NoTrace)
}

fn run_seen(plan: &Plan, policy: usize, seed: u64, trace: &mut impl Trace) -> Record {
    Sim::new(plan).run(plan, policy, seed, &mut SharedSecret::new(), trace).expect("no bug")
}

/// What users of one device saw and said, and what the link layer carried.
#[derive(Default)]
struct Seen {
    prompts: Vec<(usize, Prompt)>,
    answers: Vec<(usize, Instant, Answer)>,
    first_data: Option<Instant>,
    last_data: Option<Instant>,
    encrypted: Option<Instant>,
}

impl Trace for Seen {
    const ON: bool = true;
    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        match *entry {
            Entry::Host { device, note: Note::Prompt(prompt), .. } => self.prompts.push((device, prompt)),
            Entry::Host { device, note: Note::Answer(answer), .. } => self.answers.push((device, at, answer)),
            Entry::Step { device: 0, step: Step::Encrypted } => self.encrypted = Some(at),
            Entry::Frame { frame, .. } => {
                if let AirPdu::Data(pdu) = &frame.pdu
                    && !pdu.payload.is_empty()
                {
                    self.first_data.get_or_insert(at);
                    self.last_data = Some(at);
                }
            }
            _ => {}
        }
    }
}

impl Seen {
    /// Connection events from the one that carried the first PDU to the one of `until`, both counted.
    fn events(&self, until: Option<Instant>) -> u64 {
        let span = until.expect("it happened").since(self.first_data.expect("something was sent"));
        span.as_nanos() / Span::from_millis(30).as_nanos() + 1
    }
}

/// Features that lead to a model, the users alike.
fn with(sc: bool, io: [IoCapability; 2], oob: [bool; 2], user: User) -> Plan {
    let mut plan = plan();
    for (index, device) in plan.devices.iter_mut().enumerate() {
        let auth = AuthReq::BONDING.with(AuthReq::MITM);
        device.host.auth = if sc { auth.with(AuthReq::SC) } else { auth };
        device.host.io = io[index];
        device.host.security.oob = oob[index];
        let keys = if sc { KeyDistribution::ID_KEY } else { KeyDistribution(3) };
        (device.host.initiator_keys, device.host.responder_keys) = (keys, keys);
        device.user = user;
    }
    plan
}

const NO_OOB: [bool; 2] = [false; 2];

/// Every model, for Secure Connections and for legacy pairing where it has it.
fn models() -> Vec<(bool, Model, [IoCapability; 2], [bool; 2])> {
    use IoCapability::{DisplayOnly, DisplayYesNo, KeyboardOnly, NoInputNoOutput};
    let mut rows = vec![
        (true, Model::NumericComparison, [DisplayYesNo, DisplayYesNo], NO_OOB),
        (true, Model::OutOfBand, [NoInputNoOutput, NoInputNoOutput], [true, false]),
        (true, Model::OutOfBand, [NoInputNoOutput, NoInputNoOutput], [false, true]),
    ];
    for sc in [true, false] {
        rows.extend([
            (sc, Model::JustWorks, [NoInputNoOutput, DisplayYesNo], NO_OOB),
            (sc, Model::PasskeyInitiatorDisplays, [DisplayOnly, KeyboardOnly], NO_OOB),
            (sc, Model::PasskeyResponderDisplays, [KeyboardOnly, DisplayOnly], NO_OOB),
            (sc, Model::PasskeyBothInput, [KeyboardOnly, KeyboardOnly], NO_OOB),
            (sc, Model::OutOfBand, [NoInputNoOutput, DisplayYesNo], [true, true]),
        ]);
    }
    rows
}

/// A user who takes their time and makes no mistake.
fn careful() -> User {
    User { reads: User::USUAL.reads, types: User::USUAL.types, ..User::PERFECT }
}

/// All models, end to end, with people who take their time: the same digest every time, another with another
/// seed, and no sooner than people can be.
#[test]
fn every_model_pairs() {
    for (sc, expected, io, oob) in models() {
        let plan = with(sc, io, oob, careful());
        let [request, response] = [0, 1].map(|device| plan.devices[device].host.features());
        assert_eq!(model(&request, &response), expected);
        let mut sim = Sim::new(&plan);
        let mut keys = SharedSecret::new();
        let mut digests = Vec::new();
        for seed in 0..8 {
            let record = sim.run(&plan, 1, seed, &mut keys, &mut NoTrace).unwrap();
            let what = format!("{sc} {expected:?} seed {seed}: {record:?}");
            // Sometimes somebody takes longer than the Security Manager waits; the policy tries again.
            assert_eq!(record.outcome, Outcome::Secured, "{what}");
            assert_eq!(record.digest, run(&plan, 1, seed).digest, "{what}");
            let least = match expected {
                Model::JustWorks | Model::OutOfBand => 0,
                Model::NumericComparison => 1_000_000,
                Model::PasskeyInitiatorDisplays
                | Model::PasskeyResponderDisplays
                | Model::PasskeyBothInput => 5_000_000,
            };
            assert!(record.time_us > least, "{what}");
            digests.push(record.digest);
        }
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), 8);
    }
}

/// Connection events of a pairing on a clean link, one PDU each way per event, with users who take no time:
/// until the central is encrypted, and until the last key has come over. Enumerated from the protocol apart
/// from this code.
#[test]
fn event_counts_with_people() {
    for (sc, model, io, oob) in models() {
        let expected = match (sc, model) {
            (false, _) => (11, 19),
            (true, Model::JustWorks | Model::NumericComparison) => (18, 22),
            // Neither side commits on the link: one PDU less.
            (true, Model::OutOfBand) => (17, 21),
            (
                true,
                Model::PasskeyInitiatorDisplays | Model::PasskeyResponderDisplays | Model::PasskeyBothInput,
            ) => (95, 99),
        };
        let mut seen = Seen::default();
        let record = run_seen(&with(sc, io, oob, User::PERFECT), 0, 7, &mut seen);
        assert_eq!(record.outcome, Outcome::Secured);
        let found = (seen.events(seen.encrypted), seen.events(seen.last_data));
        assert_eq!(found, expected, "{sc} {model:?} {io:?} {oob:?}");
    }
}

/// Mean connection events of Passkey Entry under loss: 46 PDUs that the other side answers take 1/(1-p)
/// events each, 53 others 1/(1-p)^2, and the 45 answers of the peripheral p/(1-p)^2 more, for its empty PDU
/// in the event of the question must be acknowledged before (Vol 6 Part B 4.5.9).
#[test]
fn passkey_entry_under_loss() {
    let mut plan = with(true, [IoCapability::KeyboardOnly, IoCapability::DisplayOnly], NO_OOB, User::PERFECT);
    plan.devices[0].host.link.supervision_timeout = 3_200;
    for percent in [10, 20] {
        plan.air.loss = Loss::Independent(Chance::ratio(percent, 100));
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let lost = percent as f64 / 100.0;
        let through = 1.0 - lost;
        let expected = 46.0 / through + (53.0 + 45.0 * lost) / (through * through);
        let mut sim = Sim::new(&plan);
        let (mut sum, mut squares, mut pairings) = (0.0, 0.0, 0.0);
        for seed in 0..300 {
            let mut seen = Seen::default();
            let record = sim.run(&plan, 0, seed, &mut SharedSecret::new(), &mut seen).unwrap();
            if record.outcome != Outcome::Secured || record.failures > 0 {
                continue;
            }
            let count = f64::from(u32::try_from(seen.events(Some(delivered(&seen)))).unwrap());
            (sum, squares, pairings) = (sum + count, squares + count * count, pairings + 1.0);
        }
        let mean: f64 = sum / pairings;
        let band = 2.576 * ((squares / pairings - mean * mean) / pairings).sqrt();
        assert!(pairings > 100.0);
        assert!((mean - expected).abs() < band, "{percent} %: {mean} against {expected} +- {band}");
    }
}

/// When the last key was sent for the last time.
fn delivered(seen: &Seen) -> Instant {
    seen.last_data.expect("keys were sent")
}

/// What people do wrong shows as the reason that belongs to it; a policy that tries again gives them another
/// chance.
#[test]
fn people_who_fail() {
    use IoCapability::{DisplayOnly, DisplayYesNo, KeyboardOnly};
    let always = Chance::ratio(1, 1);
    let (compare, passkey) = ([DisplayYesNo, DisplayYesNo], [DisplayOnly, KeyboardOnly]);
    let failed = Shown::PairingFailed;
    for (sc, io, user, shown) in [
        (
            true,
            compare,
            User { misjudges: always, ..User::PERFECT },
            failed(Reason::NUMERIC_COMPARISON_FAILED),
        ),
        (true, compare, User { cancels: always, ..User::PERFECT }, failed(Reason::NUMERIC_COMPARISON_FAILED)),
        (true, compare, User { walks_away: always, ..User::PERFECT }, Shown::SmpTimeout),
        (true, passkey, User { mistypes: always, ..User::PERFECT }, failed(Reason::CONFIRM_VALUE_FAILED)),
        (true, passkey, User { cancels: always, ..User::PERFECT }, failed(Reason::PASSKEY_ENTRY_FAILED)),
        (true, passkey, User { walks_away: always, ..User::PERFECT }, Shown::SmpTimeout),
        (false, passkey, User { mistypes: always, ..User::PERFECT }, failed(Reason::CONFIRM_VALUE_FAILED)),
        (false, passkey, User { cancels: always, ..User::PERFECT }, failed(Reason::PASSKEY_ENTRY_FAILED)),
        (false, passkey, User { walks_away: always, ..User::PERFECT }, Shown::SmpTimeout),
    ] {
        let mut plan = with(sc, io, NO_OOB, user);
        plan.limit = Span::from_secs(300);
        let record = run(&plan, 0, 3);
        assert_eq!(record.first_failure().map(|failure| failure.shown), Some(shown), "{sc} {io:?} {user:?}");
        assert_eq!((record.outcome, record.failures), (Outcome::GaveUp, 1));
        assert_eq!(run(&plan, 1, 3).failures, 4);
    }
    let mut plan = with(true, passkey, NO_OOB, User { mistypes: Chance::ratio(1, 2), ..User::PERFECT });
    plan.policies = vec![again(0), again(2)];
    let secured = |policy| (0..400).filter(|&seed| run(&plan, policy, seed).secured()).count();
    // One half, and one less an eighth, within four standard deviations.
    assert!((160..=240).contains(&secured(0)));
    assert!((324..=376).contains(&secured(1)));
}

/// A person does the same at the n-th prompt whatever the policy: the first answers of two policies are
/// alike, to the nanosecond after the prompt.
#[test]
fn people_are_a_field() {
    let io = [IoCapability::KeyboardOnly, IoCapability::DisplayOnly];
    let user = User { mistypes: Chance::ratio(1, 2), ..careful() };
    let mut plan = with(true, io, NO_OOB, user);
    plan.policies = vec![again(1), again(5)];
    for seed in 0..20 {
        let mut seen = [Seen::default(), Seen::default()];
        for (policy, seen) in seen.iter_mut().enumerate() {
            run_seen(&plan, policy, seed, seen);
        }
        let [few, many] = seen;
        assert!(few.answers.len() <= many.answers.len());
        assert_eq!(few.answers[..], many.answers[..few.answers.len()], "{seed}");
    }
}

/// Who is told of the keys pressed while a passkey is typed: eight notifications, over the time the typing
/// takes.
#[test]
fn keys_pressed() {
    let mut plan = with(true, [IoCapability::KeyboardOnly, IoCapability::DisplayOnly], NO_OOB, careful());
    for device in &mut plan.devices {
        device.host.auth = device.host.auth.with(AuthReq::KEYPRESS);
    }
    let mut seen = Seen::default();
    assert!(run_seen(&plan, 0, 1, &mut seen).secured());
    let pressed = seen.answers.iter().filter(|(.., answer)| matches!(answer, Answer::Keypress(_))).count();
    assert_eq!((pressed, seen.answers.len()), (8, 9));
    let typing = seen.answers[8].1.since(seen.answers[0].1);
    assert!(typing >= careful().types.least - Span::from_micros(1), "{typing}");
}

/// A host that hangs hears its user later; a device that loses power has forgotten what it asked, and asks
/// again.
#[test]
fn people_and_faults() {
    let io = [IoCapability::KeyboardOnly, IoCapability::DisplayOnly];
    let user = User { reads: Delay { least: Span::from_secs(5), mean_more: Span::ZERO }, ..User::PERFECT };
    let fault = |effect, device| {
        let at = Span::from_secs(3);
        let trigger = Trigger::Between(at, at);
        vec![FaultPlan { effect, device, trigger, chance: Chance::ratio(1, 1) }]
    };
    let mut plan = with(true, io, NO_OOB, user);
    plan.faults = fault(Effect::HostSilent(Span::from_secs(10)), 0);
    let mut seen = Seen::default();
    assert!(run_seen(&plan, 1, 1, &mut seen).secured());
    assert_eq!(seen.answers.len(), 1);
    assert_eq!(seen.answers[0].1, Instant::ZERO + Span::from_secs(13));
    for device in [0, 1] {
        plan.faults = fault(Effect::PowerCut(Span::from_secs(1)), device);
        let mut seen = Seen::default();
        assert!(run_seen(&plan, 1, 1, &mut seen).secured(), "{device}");
        let asked = seen.prompts.iter().filter(|(_, prompt)| *prompt == Prompt::EnterPasskey).count();
        assert_eq!(asked, 2, "{device}");
    }
}

/// Out-of-band data are gone with the power of who made them or had them, and the pairing says so.
#[test]
fn out_of_band_and_power() {
    let io = [IoCapability::NoInputNoOutput; 2];
    for (oob, cut, reason) in [
        ([true, false], 1, Reason::CONFIRM_VALUE_FAILED),
        ([false, true], 1, Reason::OOB_NOT_AVAILABLE),
        ([true, true], 1, Reason::CONFIRM_VALUE_FAILED),
    ] {
        let mut plan = with(true, io, oob, User::PERFECT);
        let effect = Effect::PowerCut(Span::from_millis(500));
        let trigger = Trigger::Entering(Step::Connected, 1);
        plan.faults = vec![FaultPlan { effect, device: cut, trigger, chance: Chance::ratio(1, 1) }];
        // Once for the lost connection, and no more: the two refusals cross.
        plan.policies = vec![again(1)];
        let record = run(&plan, 0, 5);
        let last = record.last_failure().map(|failure| failure.shown);
        assert_eq!(last, Some(Shown::PairingFailed(reason)), "{oob:?} {record:?}");
    }
}

/// A device that asks for level 4 gets it, or nothing (Vol 3 Part C 10.2.1).
#[test]
fn level_four_or_nothing() {
    for (io, secured) in [(IoCapability::DisplayYesNo, true), (IoCapability::NoInputNoOutput, false)] {
        let mut plan = with(true, [io, IoCapability::DisplayYesNo], NO_OOB, User::USUAL);
        plan.devices[1].host.security = Security { level: Level::Four, ..Security::PLAIN };
        let record = (0..5).map(|seed| run(&plan, 1, seed)).find(|record| record.secured() == secured);
        assert!(record.is_some(), "{io:?}");
    }
}

/// Somebody who mistypes, a lock that makes the phone wait after that, and a phone that asks again at once:
/// it meets Repeated Attempts until the wait is over; only a policy that waits long enough never does
/// (Vol 3 Part H 2.3.6).
#[test]
fn a_lock_that_makes_phones_wait() {
    let io = [IoCapability::DisplayOnly, IoCapability::KeyboardOnly];
    let mut plan = with(true, io, NO_OOB, User { mistypes: Chance::ratio(1, 1), ..User::PERFECT });
    let (first, cap) = (Span::from_secs(4), Span::from_secs(64));
    let rule = RepeatedAttempts { first, cap, reward: Span::from_secs(10) };
    plan.devices[1].host.security.repeated_attempts = Some(rule);
    let wait = |seconds| {
        let actions = [Action::Wait(Wait::fixed(Span::from_secs(seconds))), Action::Again];
        Program { rules: [rule_of((1, 3), &actions)].into(), ..Program::passive("waits") }
    };
    plan.policies = vec![again(1), wait(3), wait(5), wait(9), wait(17)];
    let refused = Shown::PairingFailed(Reason::REPEATED_ATTEMPTS);
    let wrong = Shown::PairingFailed(Reason::CONFIRM_VALUE_FAILED);
    // Waits of 4, 8 and 16 s after failures that are not far apart; after 17 s all is forgiven.
    for (policy, last) in [(0, refused), (1, refused), (2, wrong), (3, refused), (4, wrong)] {
        let record = run(&plan, policy, 2);
        assert_eq!(record.first_failure().map(|failure| failure.shown), Some(wrong));
        assert_eq!(record.last_failure().map(|failure| failure.shown), Some(last), "{policy} {record:?}");
    }
}

/// A lock that asks for security at once races the phone's own pairing: on every seed the link is secured,
/// and nobody shows a failure (Vol 3 Part H 2.4.6).
#[test]
fn a_lock_that_asks_for_security() {
    for (sc, _, io, oob) in models() {
        let mut plan = with(sc, io, oob, User::PERFECT);
        for after in [0, 1, 40, 100, 300] {
            plan.devices[1].host.security.requests = Some(Span::from_millis(after));
            for seed in 0..4 {
                let record = run(&plan, 0, seed);
                assert!(record.secured() && record.failures == 0, "{sc} {io:?} {after}: {record:?}");
            }
        }
    }
}

/// A phone that wants more than its old Just Works bond gives pairs anew instead of using it, with people;
/// one that is content uses it, without (Vol 3 Part C 10.3.1).
#[test]
fn a_bond_that_gives_too_little() {
    for (sc, level) in [(true, Level::Two), (true, Level::Four), (false, Level::Two), (false, Level::Three)] {
        let mut plan =
            with(sc, [IoCapability::DisplayOnly, IoCapability::KeyboardOnly], NO_OOB, User::PERFECT);
        plan.history = History::BondedByJustWorks { secure_connections: sc };
        plan.devices[0].host.security.level = level;
        for seed in 0..5 {
            let mut seen = Seen::default();
            let record = run_seen(&plan, 0, seed, &mut seen);
            assert!(record.secured() && record.failures == 0, "{sc} {level:?} {record:?}");
            assert_eq!(seen.prompts.is_empty(), level == Level::Two);
        }
        plan.history = History::Bonded { secure_connections: sc };
        let mut seen = Seen::default();
        assert!(run_seen(&plan, 0, 0, &mut seen).secured() && seen.prompts.is_empty());
    }
}

/// A lock whose old Just Works bond gives less than it wants asks for more: the phone pairs again over the encrypted
/// link, which goes on under a new key, and no connection is lost for it (Vol 3 Part H 2.4.6, Vol 6 Part B 5.1.3.2).
#[test]
fn a_level_is_raised_over_the_air() {
    for sc in [true, false] {
        let io = [IoCapability::DisplayOnly, IoCapability::KeyboardOnly];
        let mut plan = with(sc, io, NO_OOB, User::PERFECT);
        plan.history = History::BondedByJustWorks { secure_connections: sc };
        for device in &mut plan.devices {
            device.host.auth = device.host.auth.without(AuthReq::MITM);
        }
        let security = &mut plan.devices[1].host.security;
        (security.level, security.requests) = (Level::Three, Some(Span::ZERO));
        for (percent, seed) in [0, 5].into_iter().flat_map(|percent| (0..20).map(move |seed| (percent, seed)))
        {
            plan.air.loss = Loss::Independent(Chance::ratio(percent, 100));
            let mut seen = Seen::default();
            let record = run_seen(&plan, 1, seed, &mut seen);
            assert!(record.secured() && !seen.prompts.is_empty(), "{sc} {percent} {record:?}");
            assert!(percent > 0 || record.failures == 0 && record.connections == 1, "{sc} {record:?}");
        }
    }
}
