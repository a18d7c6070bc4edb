//! Everything that is shipped loads, and what is proved about it is what it says of itself.

use blesim_host::recovery::Action;
use blesim_kernel::{Chance, Span};
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution};
use blesim_scenario::policy::{self, BuiltIn, PolicyFacts, PolicySource};
use blesim_scenario::{Scenario, load};
use blesim_world::fault::{Effect, Lost, Trigger};
use blesim_world::{ChannelSet, Harm, History, Loss, Rhythm, Sensitivity, Shadowing, Signal};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

fn scenario(name: &str) -> Scenario {
    load(&scenarios().join(name)).unwrap_or_else(|problems| panic!("{problems}"))
}

fn checked(name: &str) -> policy::Checked {
    let found = policy::load(name, &BuiltIn).unwrap_or_else(|problems| panic!("{problems}"));
    found.expect("it is built in")
}

/// Every scenario file of the project loads, without a warning about itself.
#[test]
fn every_scenario_loads() {
    let mut count = 0;
    for file in std::fs::read_dir(scenarios()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "ron") {
            let scenario = load(&path).unwrap_or_else(|problems| panic!("{problems}"));
            let own = scenario.warnings.iter().find(|warning| warning.code.starts_with('S'));
            assert!(own.is_none(), "{own:?}");
            assert!(!scenario.about.is_empty(), "{} says what it is about", path.display());
            count += 1;
        }
    }
    assert!(count >= 2, "the scenarios were not found");
    for file in std::fs::read_dir(scenarios().join("policies")).into_iter().flatten() {
        let path = file.unwrap().path();
        policy::load_file(&path).unwrap_or_else(|problems| panic!("{problems}"));
    }
}

/// The files of the built-in policies and the table of them are the same set.
#[test]
fn every_policy_file_is_built_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let mut names = BuiltIn.names();
    files.sort();
    names.sort();
    assert_eq!(files, names);
}

/// What is proved about each built-in policy: last failure, all waits together in seconds, deletes a bond.
#[test]
fn facts_of_the_built_in_policies() {
    let check = |name: &str, failures: Option<u16>, waits: u64, deletes: bool| {
        let PolicyFacts { most_failures, longest_wait, deletes_bond, about, .. } = checked(name).facts;
        let expected = (failures, Span::from_secs(waits), deletes);
        assert_eq!((most_failures, longest_wait, deletes_bond), expected, "{name}");
        assert!(!about.is_empty(), "{name} says what it does");
    };
    check("never-retry", Some(1), 0, false);
    check("naive-immediate-retry", Some(6), 0, false);
    check("reconnect-then-retry", Some(4), 6, false);
    check("exponential-backoff", None, 60 + 32, false);
    check("delete-bond-and-repair", Some(4), 6, true);
    check("passive", Some(1), 0, false);
}

/// What is proved of each built-in policy and warned of, and whom its rules fit: a stack's preset carries the warnings
/// that its stack has earned.
#[test]
fn every_built_in_policy() {
    let mut text = String::new();
    for (name, _) in policy::builtin() {
        let checked = checked(name);
        let codes: Vec<_> = checked.warnings.iter().map(|warning| warning.code).collect();
        let facts = checked.facts;
        writeln!(text, "{name}: {}; {} states; {codes:?}", facts.sentences().join("; "), facts.states)
            .unwrap();
    }
    insta::assert_snapshot!("built_in_policies", text);
}

/// Every preset runs on both ends, but for those that say `Reconnect` or `Pair` to either.
#[test]
fn presets_of_either_end() {
    let quickstart = std::fs::read_to_string(scenarios().join("quickstart.ron")).unwrap();
    let (before, after) = quickstart.split_once("compare: (").unwrap();
    let (_, after) = after.split_once("),").unwrap();
    let (after, _) = after.split_once("expect:").unwrap();
    let one_way = ["reconnect-then-retry", "exponential-backoff", "delete-bond-and-repair"];
    for (name, _) in policy::builtin() {
        for who in ["phone", "lock"] {
            let compare = format!("compare: (who: \"{who}\", policies: [\"{name}\"]),");
            let problems =
                blesim_scenario::parse("both.ron", &format!("{before}{compare}{after})"), &BuiltIn).err();
            let codes: Vec<_> = problems.iter().flatten().map(|problem| problem.code).collect();
            let expected: &[&str] = if who == "lock" && one_way.contains(name) { &["S165"] } else { &[] };
            assert_eq!(codes, expected, "{name} {who}");
        }
    }
}

/// One side against each policy of its peers: every pair is a column with a name, which expectations know.
#[test]
fn policies_against_peers() {
    let quickstart = std::fs::read_to_string(scenarios().join("quickstart.ron")).unwrap();
    let (before, after) = quickstart.split_once("compare: (").unwrap();
    let (_, after) = after.split_once("),").unwrap();
    let (limits, _) = after.split_once("expect:").unwrap();
    let compare = "compare: (who: \"lock\", policies: [\"passive\", \"nordic-pm-default\"], \
                   against: [\"android-15\", \"bluez\", \"apple-central\"]),";
    let expect = "expect: [(policy: \"passive vs bluez\", secured_at_least: percent(1))],";
    let text = format!("{before}{compare}{limits}{expect})");
    let scenario =
        blesim_scenario::parse("against.ron", &text, &BuiltIn).unwrap_or_else(|told| panic!("{told}"));
    let plan = &scenario.plan;
    let names: Vec<_> = plan.policies.iter().map(|program| program.name.as_str()).collect();
    let expected = [
        "passive vs android-15",
        "passive vs bluez",
        "passive vs apple-central",
        "nordic-pm-default vs android-15",
        "nordic-pm-default vs bluez",
        "nordic-pm-default vs apple-central",
    ];
    assert_eq!(names, expected);
    assert_eq!(plan.program(0, 4).name, "bluez");
    assert_eq!(plan.program(1, 4).name, expected[4]);
    assert_eq!(scenario.policy_facts.len(), 2, "what is proved is told once a policy");
}

/// The graph of a policy as a picture: a person can follow it from the first attempt to every end.
#[test]
fn a_graph_as_dot() {
    insta::assert_snapshot!("dot_naive", policy::dot(&checked("naive-immediate-retry").program));
    insta::assert_snapshot!("dot_backoff", policy::dot(&checked("exponential-backoff").program));
}

/// What `check` prints, one sentence a fact.
#[test]
fn facts_as_sentences() {
    let told = |name: &str| checked(name).facts.sentences().join("\n");
    insta::assert_snapshot!(
        "sentences",
        ["exponential-backoff", "delete-bond-and-repair"].map(told).join("\n\n")
    );
}

/// The quickstart is what its comments say.
#[test]
fn the_quickstart() {
    let plan = scenario("quickstart.ron").plan;
    assert_eq!(plan.devices.iter().map(|device| device.name.as_str()).collect::<Vec<_>>(), ["phone", "lock"]);
    assert_eq!((plan.varied, plan.limit), (0, Span::from_secs(120)));
    assert_eq!(plan.history, History::Bonded { secure_connections: true });
    assert!(matches!(plan.air.loss, Loss::Burst { .. }));
    assert_eq!(plan.policies.len(), 5);
    let forget = plan.faults[0];
    assert_eq!((forget.effect, forget.device), (Effect::ForgetBond(Lost::All), 1));
    assert_eq!(forget.chance, Chance::ratio(30, 100));
    assert_eq!(forget.trigger, Trigger::Between(Span::ZERO, Span::ZERO));
    let link = plan.devices[0].host.link;
    assert_eq!((link.interval, link.latency, link.supervision_timeout), (24, 0, 400));
    assert_eq!(plan.devices[0].host.peers[..], [plan.devices[1].host.address]);
    assert_eq!(plan.devices[1].host.peers[..], [plan.devices[0].host.address]);
}

/// The bursts that tell two supervision timeouts apart: the numbers that the world's own test counts with.
#[test]
fn the_bursts_of_the_timeout() {
    let plan = scenario("burst-timeout.ron").plan;
    let expected = Loss::Burst {
        good: Chance::ratio(2, 1_000),
        bad: Chance::ALWAYS,
        mean_good: Span::from_secs(20),
        mean_bad: Span::from_millis(80),
    };
    let link = plan.devices[0].host.link;
    assert_eq!((plan.air.loss, link.interval, link.supervision_timeout), (expected, 39, 42));
}

/// Every field of an air becomes the exact number it stands for.
#[test]
fn the_air_of_the_office() {
    let plan = scenario("busy-office.ron").plan;
    let wifi = plan.air.interferers[0];
    assert!(wifi.channels.iter().map(|channel| channel.0).eq(11..=20));
    // 1.2 ms of every 1.2 / 0.35 ms.
    let off = Span::from_nanos(2_228_571);
    assert_eq!(wifi.rhythm, Rhythm::Bursts { on: Span::from_micros(1_200), off });
    assert_eq!(wifi.harm, Harm::Power(-5_500));
    let headset = Rhythm::Hops { interval: Span::from_millis(10), airtime: Span::from_micros(2_500) };
    assert_eq!(
        (plan.air.interferers[3].rhythm, plan.air.interferers[3].channels),
        (headset, ChannelSet::DATA)
    );
    let shadowing = Some(Shadowing { sigma: 600, coherence: Span::from_secs(1) });
    let signal = Signal { loss_at_1m: 4_020, exponent: 320, shadowing, co_channel: 2_100 };
    assert_eq!(plan.air.signal, Some(signal));
    let badge = &plan.devices[1].radio;
    let Sensitivity { le_1m, le_2m, coded_s2, coded_s8 } = badge.sensitivity;
    assert_eq!((badge.power, le_1m, le_2m, coded_s2, coded_s8), (-400, -9_300, -9_300, -9_800, -10_500));
    assert_eq!((badge.path[0].x, badge.path[0].y), (19_000, 5_000));
    let walk: Vec<_> = scenario("coming-home.ron").plan.devices[0].radio.path.clone();
    assert_eq!((walk.len(), walk[1].at.as_nanos(), walk[1].x), (2, 40_000_000_000, 1_000));
}

/// The recorded pairing: addresses, features, key masks and values of the capture.
#[test]
fn the_recorded_failure() {
    let plan = scenario("rpi-unspecified-reason.ron").plan;
    let [central, peripheral] = &plan.devices[..] else { panic!("two devices") };
    assert_eq!(central.host.address.to_string(), "B8:27:EB:15:50:70");
    assert_eq!(peripheral.host.address.to_string(), "D2:A7:4C:76:F3:E0");
    assert!(peripheral.host.address.is_static_random());
    let enc_sign = KeyDistribution::ENC_KEY.with(KeyDistribution::SIGN);
    assert_eq!((central.host.initiator_keys, central.host.responder_keys), (enc_sign, enc_sign));
    let granted = (KeyDistribution::SIGN, KeyDistribution::ENC_KEY);
    assert_eq!((peripheral.host.initiator_keys, peripheral.host.responder_keys), granted);
    assert_eq!(central.host.auth, AuthReq::BONDING.with(AuthReq::MITM));
    assert_eq!(peripheral.host.auth, AuthReq::BONDING);
    assert_eq!(central.host.io, IoCapability::KeyboardOnly);
    assert_eq!(central.host.quirks.distributes_unnegotiated, KeyDistribution::ENC_KEY);
    assert!(peripheral.host.quirks.refuses_unnegotiated);
    assert_eq!(central.given.rand, Some(0x8877_6655_4433_2211));
    assert_eq!(peripheral.given.ediv, Some(0x02EE));
    // As the log prints it, the octets the other way round.
    let logged = 0x2549_8f1c_c873_d745_0460_df3b_5ce2_ab7e_u128;
    assert_eq!(central.given.pairing_random, Some(logged.swap_bytes()));
    let logged = 0x9e77_69ac_f6f4_c197_06f9_abde_25d4_749f_u128;
    assert_eq!(peripheral.given.pairing_random, Some(logged.swap_bytes()));
    // The recorded host did not end the link: the peer did.
    let acts = plan.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.actions);
    assert!(!acts.copied().any(|action| action == Action::Disconnect));
}

/// A policy beside the scenario is found, comes before a built-in one, and cannot be reached by a path.
#[test]
fn policies_beside_a_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(scenarios().join("quickstart.ron")).unwrap();
    let file = folder.path().join("mine.ron");
    std::fs::create_dir(folder.path().join("policies")).unwrap();
    let own = "(name: \"gentle\", basis: Assumed(\"a test\"), rules: [(do: [Notify, GiveUp])])";
    std::fs::write(folder.path().join("policies/gentle.ron"), own).unwrap();
    let with = |policy: &str| {
        std::fs::write(&file, text.replace("\"naive-immediate-retry\"", &format!("\"{policy}\""))).unwrap();
        load(&file)
    };
    assert_eq!(with("gentle").unwrap().plan.policies[1].rules[0].actions.len(), 2);
    let codes = |policy: &str| {
        let problems = with(policy).unwrap_err();
        problems.iter().map(|problem| problem.code).collect::<Vec<_>>()
    };
    assert_eq!(codes("../policies/gentle"), ["S162"]);
    assert_eq!(codes("gentel"), ["S162"]);
    // A name that does not fit its file would make results lie.
    std::fs::write(folder.path().join("policies/other.ron"), own).unwrap();
    assert_eq!(codes("other"), ["P001"]);
    std::fs::write(folder.path().join("policies/never-retry.ron"), own.replace("gentle", "never-retry"))
        .unwrap();
    assert_eq!(with("gentle").unwrap().plan.policies[0].rules[0].actions.len(), 2);
}

/// The digest of a scenario moves with its text and with the text of a policy, and with nothing else.
#[test]
fn the_digest_is_of_the_texts() {
    let text = std::fs::read_to_string(scenarios().join("quickstart.ron")).unwrap();
    let digest = |name: &str, text: &str| blesim_scenario::parse(name, text, &BuiltIn).unwrap().digest;
    assert_eq!(digest("a", &text), digest("b", &text));
    assert_ne!(digest("a", &text), digest("a", &text.replace("percent(30)", "percent(31)")));
}
