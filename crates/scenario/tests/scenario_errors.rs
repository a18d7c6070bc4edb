//! What a writer of a scenario is told: one snapshot for each way to get it wrong.

use blesim_scenario::policy::BuiltIn;
use blesim_scenario::{load, parse};
use std::path::Path;

/// A small scenario without a fault in it.
const GOOD: &str = r#"(
    name: "small",
    devices: {
        "phone": (role: Central, scan: (interval: ms(60), window: ms(30))),
        "lock": (role: Peripheral, io: NoInputNoOutput),
    },
    link: (interval: ms(30), latency: 0, supervision_timeout: s(4)),
    air: (loss: Burst(good: percent(0.2), bad: percent(60), mean_good: ms(800), mean_bad: ms(40))),
    history: Bonded(secure_connections: true),
    faults: [
        (what: ForgetBond, who: "lock", when: At(s(0)), chance: percent(30)),
        (what: PowerCut(s(3)), who: "lock", when: Entering("key distribution"), chance: percent(2)),
    ],
    compare: (who: "phone", policies: ["never-retry", "exponential-backoff"]),
    limits: (session: s(60)),
    expect: [(policy: "never-retry", secured_at_least: percent(50))],
)
"#;

/// Name of the snapshot, what is taken out of [`GOOD`], and what is put in its place.
const SWAPS: &[(&str, &str, &str)] = &[
    // The form.
    ("unknown_field", "history:", "histroy:"),
    ("unknown_field_of_a_device", "io: NoInput", "io_caps: NoInput"),
    ("field_twice", "latency: 0", "interval: ms(30)"),
    ("missing_field", "role: Peripheral, ", ""),
    ("unknown_value", "NoInputNoOutput", "NoInputNoOutptu"),
    ("unknown_role", "Peripheral", "slave"),
    ("wrong_unit", "session: s(60)", "session: sec(60)"),
    ("missing_unit", "interval: ms(30)", "interval: 30"),
    ("unit_in_the_number", "interval: ms(30)", "interval: 30ms"),
    ("time_as_text", "interval: ms(30)", "interval: \"30 ms\""),
    ("missing_percent", "chance: percent(30)", "chance: 0.3"),
    ("nested_missing_unit", "PowerCut(s(3))", "PowerCut(3)"),
    ("missing_value", "PowerCut(s(3))", "PowerCut"),
    ("value_too_many", "ForgetBond", "ForgetBond(3)"),
    ("number_for_text", "name: \"small\"", "name: 5"),
    ("text_for_word", "role: Central", "role: \"Central\""),
    ("fraction_for_whole", "latency: 0", "latency: 0.5"),
    ("truth_of_another_language", "secure_connections: true", "secure_connections: True"),
    ("group_for_map", "devices: {", "devices: ("),
    ("missing_comma", "latency: 0,", "latency: 0"),
    ("missing_comma_at_the_end_of_a_line", "s(60)),", "s(60))"),
    ("named_group", "(\n    name", "Scenario(\n    name"),
    ("text_after_the_end", "\n)\n", "\n)\nhello\n"),
    ("no_end", "percent(50))],\n)\n", "percent(50))],\n"),
    // Bonds and private addresses.
    ("too_many_other_bonds", "io: NoInputNoOutput", "bonds: (capacity: 2, others: 3)"),
    ("writing_to_ram", "io: NoInputNoOutput", "bonds: (kept: Ram, write_time: ms(5))"),
    ("unknown_rule_for_a_full_table", "io: NoInputNoOutput", "bonds: (when_full: EvictOldst)"),
    ("no_room_time_without_unit", "io: NoInputNoOutput", "bonds: (write_time: 85)"),
    ("rotation_too_fast", "io: NoInputNoOutput", "privacy: (local: Resolvable, rotates_every: ms(500))"),
    ("rotation_of_an_identity_address", "io: NoInputNoOutput", "privacy: (rotates_every: min(15))"),
    ("late_resolution_by_a_central", "role: Central", "role: Central, privacy: (resolves_late: ms(5))"),
    (
        "directed_and_private",
        "io: NoInputNoOutput",
        "privacy: (local: Resolvable), advertising: Directed(high_duty: false)",
    ),
    (
        "lost_by_nobody",
        "Bonded(secure_connections: true)",
        "HalfBonded(secure_connections: true, lost_by: \"lok\")",
    ),
    ("bond_with_nobody", "ForgetBond", "ForgetBondWith(\"phon\")"),
    // Faults and scripts.
    ("pdu_fault_without_pdu", "ForgetBond", "LosePdu"),
    (
        "pdu_of_no_step",
        "ForgetBond, who: \"lock\", when: At(s(0))",
        "LosePdu, who: \"lock\", when: Pdu(\"encrypted\", 0)",
    ),
    ("after_an_unknown_step", "when: At(s(0))", "when: After(\"conected\", s(2))"),
    ("after_each_without_a_unit", "when: At(s(0))", "when: AfterEach(\"connected\", 10)"),
    ("radio_stops_for_nothing", "ForgetBond", "RadioStops(s(0))"),
    ("rest_without_a_unit", "io: NoInputNoOutput", "quirks: [NeedsRest(2)]"),
    ("script_without_a_pairing", "limits:", "script: [Disconnect, Reconnect()],\n    limits:"),
    ("script_of_nobody", "limits:", "script: [Pair, Forget(\"fone\")],\n    limits:"),
    ("script_without_end", "limits:", "script: [Pair, Reconnect(times: 1000)],\n    limits:"),
    ("script_and_stay", "limits: (", "script: [Pair],\n    limits: (stay: s(5), "),
    ("script_with_an_unknown_act", "limits:", "script: [Pair, Unplug(\"lock\")],\n    limits:"),
    // Ranges, steps and rules.
    ("interval_between_steps", "interval: ms(30), l", "interval: ms(31), l"),
    ("interval_too_short", "interval: ms(30), l", "interval: ms(5), l"),
    ("latency_too_large", "latency: 0", "latency: 500"),
    ("timeout_too_long", "supervision_timeout: s(4)", "supervision_timeout: s(40)"),
    ("timeout_too_short_for_interval", "latency: 0, supervision_timeout: s(4)", "latency: 80"),
    ("window_above_interval", "window: ms(30)", "window: ms(70)"),
    ("negative_time", "session: s(60)", "session: s(-60)"),
    ("session_too_long", "session: s(60)", "session: min(90)"),
    ("key_size", "io: NoInputNoOutput", "max_key_size: 17, min_key_size: 5"),
    ("not_an_address", "io: NoInputNoOutput", "address: Static(\"C0-00-00-00-00-01\")"),
    ("not_static", "io: NoInputNoOutput", "address: Static(\"12:00:00:00:00:01\")"),
    ("same_address", "io: NoInputNoOutput", "address: Public(\"00:00:5E:00:53:01\")"),
    ("key_too_short", "io: NoInputNoOutput", "given: (ltk: \"1234\")"),
    ("chance_above_all", "chance: percent(30)", "chance: percent(130)"),
    ("good_worse_than_bad", "bad: percent(60)", "bad: percent(0.1)"),
    // The link layer, its host's wishes, discovery.
    ("octets_of_a_packet", "io: NoInputNoOutput", "link_layer: (max_data_octets: 252)"),
    ("time_of_a_packet", "io: NoInputNoOutput", "link_layer: (max_data_time: us(327))"),
    (
        "length_without_the_feature",
        "io: NoInputNoOutput",
        "link_layer: (without: [DataLength], max_data_octets: 60)",
    ),
    ("phy_without_support", "io: NoInputNoOutput", "link_layer: (without: [Coded], phys: [Coded])"),
    (
        "asked_for_a_phy_without_support",
        "io: NoInputNoOutput",
        "link_layer: (without: [Le2M]), asks_for: [Phy(after: Secured, transmit: [Le1M, Le2M])]",
    ),
    ("unknown_procedure", "io: NoInputNoOutput", "asks_for: [PhyUpdate(after: Secured)]"),
    ("unknown_feature", "io: NoInputNoOutput", "link_layer: (without: [Le2m])"),
    ("after_without_a_unit", "io: NoInputNoOutput", "asks_for: [Version(after: 30)]"),
    ("asked_interval", "io: NoInputNoOutput", "asks_for: [ConnectionUpdate(after: s(1), interval: ms(5))]"),
    (
        "asked_timeout_too_short",
        "io: NoInputNoOutput",
        "asks_for: [ConnectionUpdate(after: s(1), latency: 100)]",
    ),
    (
        "central_asks_by_l2cap",
        "role: Central,",
        "role: Central, asks_for: [ConnectionUpdate(after: s(1), by: L2cap)],",
    ),
    (
        "peripheral_decides_on_channels",
        "io: NoInputNoOutput",
        "asks_for: [ChannelMap(after: s(1), unused: [0])]",
    ),
    ("channel_that_is_none", "latency: 0,", "unused_channels: [37],"),
    (
        "accepts_nothing",
        "io: NoInputNoOutput",
        "accepts: (shortest_interval: ms(50), longest_interval: ms(40))",
    ),
    ("preset_and_times", "scan: (interval", "scan: (preset: AndroidBalanced, interval"),
    ("unknown_preset", "scan: (interval: ms(60), window: ms(30))", "scan: (preset: Android)"),
    ("advertising_on_le_2m", "io: NoInputNoOutput", "advertising: Extended(primary: Le2M)"),
    ("central_advertises", "role: Central,", "role: Central, advertising: Legacy,"),
    // Attackers.
    ("attacker_of_nobody", "link: (", "attackers: {\"eve\": (kind: Impostor(of: \"lokc\"))}, link: ("),
    ("attacker_with_a_taken_name", "link: (", "attackers: {\"lock\": (kind: Listener)}, link: ("),
    ("stranger_to_a_central", "link: (", "attackers: {\"eve\": (kind: Stranger(to: \"phone\"))}, link: ("),
    (
        "in_the_middle_of_nothing",
        "link: (",
        "attackers: {\"eve\": (kind: Middle(of: \"lock\", to: \"lock\"))}, link: (",
    ),
    ("no_kind_of_attacker", "link: (", "attackers: {\"eve\": (kind: Imposter(of: \"lock\"))}, link: ("),
    ("no_tries", "link: (", "attackers: {\"eve\": (kind: Impostor(of: \"lock\"), tries: 0)}, link: ("),
    ("application_too_often", "io: NoInputNoOutput", "application: (every: us(10))"),
    ("application_too_long", "io: NoInputNoOutput", "application: (every: ms(10), octets: 21)"),
    ("peripheral_comes", "io: NoInputNoOutput", "comes_after: s(1)"),
    // Names and what fits together.
    ("unknown_device", "who: \"lock\", when: At", "who: \"locke\", when: At"),
    ("unknown_step", "\"key distribution\"", "\"key distrbution\""),
    ("unknown_policy", "\"exponential-backoff\"]", "\"exponential-backof\"]"),
    ("unknown_expectation", "policy: \"never-retry\"", "policy: \"never-retri\""),
    (
        "policy_of_the_other_role",
        "who: \"phone\", policies: [\"never-retry\",",
        "who: \"lock\", against: [\"passiv\", \"passive\", \"passive\"], policies: [\"naive-immediate-retry\",",
    ),
    (
        "expectation_without_the_peer",
        "policies: [\"never-retry\",",
        "against: [\"passive\"], policies: [\"never-retry\",",
    ),
    ("policy_twice", "\"exponential-backoff\"]", "\"never-retry\"]"),
    ("device_twice", "\"lock\": (role", "\"phone\": (role"),
    ("two_centrals", "Peripheral", "Central"),
    ("peripheral_varies", "who: \"phone\"", "who: \"lock\""),
    ("policy_of_the_varied", "role: Central", "role: Central, policy: \"passive\""),
    ("frame_fault_without_frame", "ForgetBond", "LoseFrame"),
    ("device_fault_with_frame", "At(s(0))", "Frame(3)"),
    ("frame_zero", "ForgetBond, who: \"lock\", when: At(s(0))", "LoseFrame, who: \"lock\", when: Frame(0)"),
    ("between_reversed", "At(s(0))", "Between(s(2), s(1))"),
    ("nothing_expected", ", secured_at_least: percent(50)", ""),
    ("level_out_of_reach", DEVICES, OTHER_DEVICES),
    ("central_asks_for_security", "role: Central", "role: Central, requests_security_after: ms(5)"),
    ("level_unknown", "io: NoInputNoOutput", "security_level: 5"),
    ("habit_of_another_kind", "io: NoInputNoOutput", "user: (mistypes: s(3))"),
    ("delay_of_one_number", "io: NoInputNoOutput", "user: (types: s(3))"),
    ("passkey_too_long", "io: NoInputNoOutput", "quirks: [FixedPasskey(1234567)]"),
    ("constant_key_too_short", "io: NoInputNoOutput", "quirks: [ConstantKeys(\"0011\")]"),
    ("malformed_step_unknown", "io: NoInputNoOutput", "quirks: [Sends(\"confrim\", Short)]"),
    ("malformed_step_without_pdu", "io: NoInputNoOutput", "quirks: [Sends(\"encrypted\", Short)]"),
    ("no_common_history", "io: NoInputNoOutput", "secure_connections: false"),
];

/// A scenario whose air has everything that an air can have.
const AIR: &str = r#"(
    name: "busy",
    devices: {
        "phone": (role: Central, radio: (power: dBm(4), place: (m(0), m(0)))),
        "lock": (
            role: Peripheral,
            radio: (
                sensitivity: (le_1m: dBm(-95), le_2m: dBm(-92)),
                path: [(s(0), m(2), m(0)), (s(10), m(12.5), m(-3))],
            ),
        ),
    },
    air: (
        loss: Slots(worsens: percent(0.5), recovers: percent(50), slot: ms(30)),
        pairs: [
            (from: "phone", to: "lock", both_ways: false, loss: Independent(percent(2)), lost_packet: BadCrc),
        ],
        interferers: [
            WiFi(channel: 6, width: Mhz20, duty: percent(30), mean_burst: ms(1), breaks: percent(90)),
            BleLink(interval: ms(30), airtime: us(700), channels: [0, 7, 36], power: dBm(-60)),
            Noise(channels: [37, 38], duty: percent(5), mean_burst: us(300)),
        ],
        outages: [(begins: s(1), lasts: ms(300), from: "lock", both_ways: false)],
        signal: (
            exponent: 2.5,
            loss_at_1m: dB(40.2),
            shadowing: (sigma: dB(4), coherence: ms(500)),
            co_channel: dB(21),
        ),
    ),
    compare: (who: "phone", policies: ["never-retry"]),
)
"#;

const SIGNAL: &str = r"        signal: (
            exponent: 2.5,
            loss_at_1m: dB(40.2),
            shadowing: (sigma: dB(4), coherence: ms(500)),
            co_channel: dB(21),
        ),
";

/// Name of the snapshot, what is taken out of [`AIR`], and what is put in its place.
const AIR_SWAPS: &[(&str, &str, &str)] = &[
    // The form.
    ("air_missing_unit_of_level", "sigma: dB(4)", "sigma: 4"),
    ("air_missing_unit_of_power", "power: dBm(-60)", "power: -60"),
    ("air_wrong_unit_of_power", "power: dBm(4)", "power: mW(4)"),
    ("air_missing_unit_of_place", "place: (m(0), m(0))", "place: (0, 0)"),
    ("air_unknown_interferer", "WiFi(", "Wlan("),
    ("air_unknown_loss", "Slots(", "GilbertElliott("),
    ("air_unknown_field_of_an_interferer", "duty: percent(30)", "duty_cycle: percent(30)"),
    ("air_missing_field_of_an_outage", "lasts: ms(300), ", ""),
    ("air_unknown_field", "signal: (", "signals: ("),
    ("air_width_as_number", "width: Mhz20", "width: 20"),
    // Ranges.
    ("air_wifi_channel", "channel: 6", "channel: 15"),
    ("air_wifi_channel_of_40_mhz", "channel: 6, width: Mhz20", "channel: 2, width: Mhz40Below"),
    ("air_duty_of_nothing", "duty: percent(30)", "duty: percent(0)"),
    ("air_duty_above_all", "duty: percent(30)", "duty: percent(130)"),
    ("air_burst_too_short", "mean_burst: us(300)", "mean_burst: us(3)"),
    ("air_channel_too_high", "[0, 7, 36]", "[0, 40]"),
    ("air_channel_twice", "[37, 38]", "[37, 38, 37]"),
    ("air_no_channel", "[37, 38]", "[]"),
    ("air_interval_too_short", "interval: ms(30)", "interval: ms(5)"),
    ("air_airtime_too_long", "airtime: us(700)", "airtime: ms(31)"),
    ("air_slot_too_short", "slot: ms(30)", "slot: us(30)"),
    ("air_good_slots_worse", "slot: ms(30)", "good: percent(50), bad: percent(5)"),
    ("air_chance_above_all", "recovers: percent(50)", "recovers: percent(150)"),
    ("air_exponent", "exponent: 2.5", "exponent: 0.5"),
    ("air_loss_at_1m", "loss_at_1m: dB(40.2)", "loss_at_1m: dB(-3)"),
    ("air_sigma", "sigma: dB(4)", "sigma: dB(40)"),
    ("air_coherence", "coherence: ms(500)", "coherence: us(500)"),
    ("air_co_channel", "co_channel: dB(21)", "co_channel: dB(50.5)"),
    ("air_power", "power: dBm(4)", "power: dBm(30)"),
    ("air_power_of_an_interferer", "power: dBm(-60)", "power: dBm(60)"),
    ("air_sensitivity", "le_1m: dBm(-95), ", "le_1m: dBm(-60), "),
    ("air_place_too_far", "place: (m(0), m(0))", "place: (m(0), m(20000))"),
    ("air_outage_of_no_length", "lasts: ms(300)", "lasts: ms(0)"),
    // Names and what fits together.
    ("air_unknown_device_of_a_pair", "to: \"lock\", both", "to: \"door\", both"),
    ("air_pair_with_itself", "to: \"lock\", both", "to: \"phone\", both"),
    ("air_unknown_device_of_an_outage", "from: \"lock\", both", "from: \"locks\", both"),
    ("air_breaks_and_power", "power: dBm(-60)", "power: dBm(-60), breaks: percent(5)"),
    ("air_power_without_signal", SIGNAL, ""),
    ("air_place_and_path", "place: (m(0), m(0))", "place: (m(0), m(0)), path: []"),
    ("air_device_without_place", ", place: (m(0), m(0))", ""),
    ("air_path_backwards", "(s(10), m(12.5)", "(s(0), m(12.5)"),
];

const DEVICES: &str = r#""phone": (role: Central, scan: (interval: ms(60), window: ms(30))),
        "lock": (role: Peripheral, io: NoInputNoOutput),"#;
const OTHER_DEVICES: &str = r#""phone": (role: Central, io: DisplayYesNo),
        "lock": (role: Peripheral, io: DisplayOnly, security_level: 3),"#;

fn render(text: &str) -> String {
    match parse("small.ron", text, &BuiltIn) {
        Ok(scenario) => format!("no error; warnings:\n{}", scenario.warnings),
        Err(problems) => problems.render(false),
    }
}

/// The text that every row starts from has no problem at all.
#[test]
fn the_small_scenario_is_good() {
    assert_eq!(render(GOOD), "no error; warnings:\n");
}

/// Each mistake is told at its line and column, with the rule and what to write instead.
#[test]
fn every_mistake_is_told() {
    for (name, out, in_its_place) in SWAPS {
        assert!(GOOD.contains(out), "{name}: `{out}` is not in the text");
        insta::assert_snapshot!(*name, render(&GOOD.replacen(out, in_its_place, 1)));
    }
    let most: Vec<_> = (0..36).map(|channel| channel.to_string()).collect();
    let most = format!("unused_channels: [{}],", most.join(", "));
    insta::assert_snapshot!("one_channel_left", render(&GOOD.replacen("latency: 0,", &most, 1)));
}

/// The busy scenario has no problem, and each mistake in its air and radios is told as the others are.
#[test]
fn every_mistake_about_the_air_is_told() {
    assert_eq!(render(AIR), "no error; warnings:\n");
    for (name, out, in_its_place) in AIR_SWAPS {
        assert!(AIR.contains(out), "{name}: `{out}` is not in the text");
        insta::assert_snapshot!(*name, render(&AIR.replacen(out, in_its_place, 1)));
    }
    let long = "(begins: s(1), lasts: ms(300)), ".repeat(65);
    insta::assert_snapshot!(
        "air_too_many_outages",
        render(&AIR.replace("outages: [", &format!("outages: [{long}")))
    );
    let placed = GOOD.replace("io: NoInputNoOutput", "radio: (place: (m(1), m(1)))");
    insta::assert_snapshot!("air_radio_without_signal", render(&placed));
}

/// Problems of sense are told all together, in the order of the lines.
#[test]
fn all_problems_of_sense_at_once() {
    let text = GOOD
        .replace("ms(30), latency", "ms(31), latency")
        .replace("chance: percent(2)", "chance: percent(200)")
        .replace("who: \"lock\", when: At", "who: \"door\", when: At")
        .replace("policy: \"never-retry\"", "policy: \"always\"");
    insta::assert_snapshot!("all_at_once", render(&text));
}

/// What is no scenario at all: other texts, and files that cannot be read.
#[test]
fn files_that_are_no_scenario() {
    for (name, text) in [
        ("empty", ""),
        ("blank", " \n\n"),
        ("json", "{\"name\": \"x\"}"),
        ("prose", "A phone comes back to a lock."),
        ("umlaut", "(\n    näme: \"µ\", öl: 3,\n)"),
    ] {
        insta::assert_snapshot!(name, render(text));
    }
    let folder = tempfile::tempdir().unwrap();
    let told = |octets: &[u8]| {
        let file = folder.path().join("file.ron");
        std::fs::write(&file, octets).unwrap();
        load(&file).unwrap_err().render(false).replace(&folder.path().display().to_string(), "FOLDER")
    };
    insta::assert_snapshot!("random_bytes", told(&[0x28, 0x0A, 0xFF, 0x00, 0x9C, 0xC3]));
    insta::assert_snapshot!("null_bytes", told(&[0; 64]));
    insta::assert_snapshot!("huge", told(&vec![b' '; (1 << 20) + 1]));
    insta::assert_snapshot!("missing_file", load(Path::new("no/such.ron")).unwrap_err().render(false));
    let told = load(folder.path()).unwrap_err();
    insta::assert_snapshot!("a_folder", told.0[0].title.clone());
}
