//! Policies nobody wrote: whatever passes the proofs ends, within what was proved, in a world that loses packets
//! and bonds.

use blesim_crypto::KeyBank;
use blesim_kernel::Span;
use blesim_scenario::parse;
use blesim_scenario::policy::{BuiltIn, PolicySource};
use blesim_scenario::{Problems, Source};
use blesim_world::{NoTrace, Outcome, Sim};
use proptest::prelude::*;
use std::sync::Arc;

/// One policy by the name "mine".
struct Mine(String);

impl PolicySource for Mine {
    fn find(&self, name: &str) -> Result<Option<Arc<Source>>, Problems> {
        if name == "mine" { Source::new("mine.ron", &self.0).map(Some) } else { BuiltIn.find(name) }
    }

    fn names(&self) -> Vec<String> {
        BuiltIn.names()
    }
}

const WORLD: &str = r#"(
    name: "generated",
    devices: {
        "phone": (role: Central, connect_timeout: s(2)OWN),
        "lock": (role: Peripheral, requests_security_after: s(3)),
    },
    link: (interval: ms(30), supervision_timeout: s(1)),
    air: (loss: Burst(good: percent(5), bad: percent(95), mean_good: ms(700), mean_bad: ms(300))),
    history: Bonded(secure_connections: true),
    faults: [
        (what: ForgetBond, who: "lock", when: At(s(0)), chance: percent(50)),
        (what: PowerCut(s(5)), who: "lock", when: Between(s(0), s(3)), chance: percent(50)),
        (what: HostSilent(s(35)), who: "lock", when: Between(s(0), s(3)), chance: percent(30)),
    ],
    compare: (who: "WHO", policies: ["mine"]),
    limits: (session: min(60)),
)
"#;

fn word(words: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(words)
}

fn rule(verbs: &'static [&'static str], ends: &'static [&'static str]) -> impl Strategy<Value = String> {
    let matches = word(&[
        "",
        "procedure: Encryption, ",
        "procedure: [Bonding, Connection], ",
        "error: PinOrKeyMissing, ",
        "error: [MicFailure, SmpTimeout, ConnectionTimeout], ",
        "bond: Held, ",
        "bond: Missing, ",
        "level: One, ",
        "level: [Two, Three], ",
        "role: Central, ",
        "role: Peripheral, ",
    ]);
    let attempt =
        word(&["", "attempt: UpTo(3), ", "attempt: Only(1), ", "attempt: From(2), ", "attempt: UpTo(2), "]);
    (matches, attempt, prop::collection::vec(word(verbs), 0..4), word(ends)).prop_map(
        |(matches, attempt, verbs, end)| {
            let actions: Vec<_> = verbs.into_iter().chain([end]).collect();
            format!("({matches}{attempt}do: [{}]),", actions.join(", "))
        },
    )
}

const SHARED: &[&str] = &[
    "Disconnect",
    "Disconnect(AuthenticationFailure)",
    "Wait(s(2))",
    "Backoff(first: s(1), cap: s(8), jitter: percent(100))",
    "Ask(DeleteBond)",
    "Ask(question: TryAgain, within: s(20))",
    "DeleteBond",
    "DeleteAllBonds",
    "ForgetKey",
    "Notify",
];

fn policy(central: bool) -> impl Strategy<Value = String> {
    let ends: &[&str] = if central {
        &["Again", "Encrypt", "Pair", "Pair(with: (secure_connections: false, keys: [EncKey]))", "GiveUp"]
    } else {
        &["Again", "RequestSecurity", "GiveUp"]
    };
    let rules = prop::collection::vec(rule(SHARED, ends), 1..5);
    let patience = word(&["", "patience: s(40),"]);
    let responder = word(&[
        "",
        "responder: (bonded_peer_pairs: Ask),",
        "responder: (bonded_peer_pairs: Ignore, security_request: ForcesRepairing),",
        "responder: (old_bond_dies: OnRequest, security_request: EncryptOnly),",
        "responder: (old_bond_dies: Never, weaker_than_bond: Refused(AuthenticationRequirements)),",
        "responder: (penalty: (base: s(4), cap: s(64), decay: s(10)), security_request: Ignore),",
    ]);
    (rules, patience, responder).prop_map(|(rules, patience, responder)| {
        let rules = rules.join(" ");
        format!("(name: \"mine\", basis: Assumed(\"chance\"), {patience} rules: [{rules}], {responder})")
    })
}

/// The world in which this device varies.
fn world(who: &str) -> String {
    let own = if who == "phone" { "" } else { ", policy: \"reconnect-then-retry\"" };
    WORLD.replace("WHO", who).replace("OWN", own)
}

/// Runs a policy that passes; false for one that does not.
fn ends(text: &str, who: &str, seed: u64) -> bool {
    let scenario = parse("generated.ron", &world(who), &Mine(text.to_owned()));
    let Ok(scenario) = scenario else { return false };
    let plan = &scenario.plan;
    let worst = plan.policies[0].worst.expect("it was proved");
    for seed in seed..seed + 2 {
        let record = Sim::new(plan).run(plan, 0, seed, &mut KeyBank::new(), &mut NoTrace);
        let record = record.unwrap_or_else(|bug| panic!("{bug}: {text}"));
        if who == "phone" {
            assert_ne!(record.outcome, Outcome::TimeLimit, "{text} {record:?}");
            // No attempt of this world takes longer than the Security Manager waits for the lock, twice over.
            let attempts = u64::from(record.failures) + 2;
            let most = worst.waits + Span::from_secs(90) * attempts + Span::from_secs(35);
            assert!(record.time_us <= most.as_micros(), "{most} {text} {record:?}");
            if let Some(failures) = worst.failures {
                // A failure more may come in between a rule and its end.
                assert!(record.failures <= failures + 2, "{text} {record:?}");
            }
        }
    }
    true
}

/// The generator is worth something: about as many policies pass the proofs as do not.
#[test]
fn many_pass() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let passes = (0..60).filter(|_| {
        let text = policy(true).new_tree(&mut runner).expect("nothing is filtered").current();
        parse("generated.ron", &world("phone"), &Mine(text)).is_ok()
    });
    let passes = passes.count();
    assert!((8..55).contains(&passes), "{passes}");
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        max_global_rejects: 20_000,
        ..ProptestConfig::with_cases(60)
    })]

    /// A central's.
    #[test]
    fn of_a_central(text in policy(true), seed in 0_u64..10_000) {
        prop_assume!(ends(&text, "phone", seed));
    }

    /// A peripheral's: the session ends with its central's, which gives up or goes on to the end of its time.
    #[test]
    fn of_a_peripheral(text in policy(false), seed in 0_u64..10_000) {
        prop_assume!(ends(&text, "lock", seed));
    }
}
