//! `blesim diagnose` and `blesim fit` on captures whose truth is known: the recorded failure in all its forms, sessions
//! of scenarios, and files that are none.

use crate::root;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

#[path = "../../examples/confusion/score.rs"]
mod score;
#[path = "../../examples/confusion/truth.rs"]
mod truth;

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_blesim"))
        .current_dir(root())
        .args(args)
        .output()
        .expect("the binary runs")
}

fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).expect("text")
}

/// The recording in its forms.
const FORMS: [&str; 4] = ["btsnoop", "h4.btsnoop", "btmon.txt", "quoted.btmon.txt"];

fn recording(form: &str) -> String {
    format!("crates/capture/tests/data/rpi-unspecified-reason.{form}")
}

/// The recorded failure, whichever form it comes in: what is proved, what breaks a rule, what is inferred, and what to
/// do; with the packet of each.
#[test]
fn the_recorded_failure_is_diagnosed_in_every_form() {
    for form in FORMS {
        let output = run(&["diagnose", &recording(form), "--format", "json"]);
        assert_eq!(output.status.code(), Some(1), "{form}");
        let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        // The monitor's file has a record more in front.
        let shift = u64::from(form == "btsnoop");
        let has = |kind: &str, packet: u64, words: &str| {
            let findings = found["findings"].as_array().expect("a list");
            let is = |finding: &&Value| {
                finding["kind"] == kind
                    && finding["packet"] == packet + shift
                    && finding["text"].as_str().is_some_and(|text| text.contains(words))
            };
            assert!(
                findings.iter().any(|finding| is(&finding)),
                "{form}: {kind} {packet} {words}: {findings:#?}"
            );
        };
        has("verified", 24, "central's confirm value is c1 of its random value with TK 0");
        has("verified", 26, "peripheral's confirm value is c1 of its random value with TK 0");
        has("verified", 29, "is the STK");
        has("verified", 31, "encrypted with the STK");
        has("violation", 35, "Encryption Information and Central Identification, which was not negotiated");
        has("violation", 35, "the response leaves it only Sign");
        has("violation", 35, "LTK, 00112233445566778899aabbccddeeff, is not random");
        has("violation", 36, "Rand, 0x8877665544332211, is not random");
        has("violation", 37, "CSRK, 00112233445566778899aabbccddeeff, is not random");
        has("violation", 37, "CSRK equals the LTK");
        has("inference", 38, "most likely answers the keys that were not negotiated");
        assert_eq!(found["procedure"], "Bonding");
        let failure = &found["failures"][0];
        assert_eq!((&failure["packet"], &failure["code"]), (&Value::from(38 + shift), &Value::from(8)));
        assert_eq!(
            (&failure["found_by"], &failure["name"]),
            (&"peripheral".into(), &"Pairing Failed: Unspecified Reason (0x08)".into())
        );
        assert_eq!(failure["stacks"]["Android"], "88 (SMP_PAIR_FAIL_UNKNOWN), UNBOND_REASON_AUTH_FAILED");
        let events = found["connections"][0]["events"].as_array().expect("a list");
        let last = events.last().expect("an end");
        assert_eq!(
            (&last["packet"], &last["text"]),
            (&Value::from(41 + shift), &"the link is gone: Remote User Terminated Connection (0x13)".into())
        );
        let mend = found["advice"]["mend"].to_string();
        assert!(mend.contains("honour the negotiated key distribution"), "{mend}");
        assert!(mend.contains("random number generator"), "{mend}");
        assert_eq!(found["advice"]["verdict"], "X");
    }
}

/// The text for people is a snapshot.
#[test]
fn a_diagnosis_reads_like_an_answer() {
    let output = run(&["diagnose", &recording("quoted.btmon.txt")]);
    // The command is printed as it was called.
    let said = text(&output.stdout).replace(env!("CARGO_BIN_EXE_blesim"), "blesim");
    insta::assert_snapshot!("diagnose-rpi-unspecified-reason", said);
}

/// The generated scenario of the recorded failure shows it again, with the same values: the randoms, the STK, the keys.
#[test]
fn the_generated_scenario_shows_the_recorded_failure() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for form in FORMS {
        let path = folder.path().join(format!("{form}.ron"));
        let path = path.to_str().expect("temporary paths are UTF-8");
        let output = run(&["diagnose", &recording(form), "--scenario", path]);
        assert_eq!(output.status.code(), Some(1), "{form}: {}", text(&output.stderr));
        let check = run(&["check", path]);
        assert!(check.status.success(), "{form}: {}", text(&check.stderr));
        let trace = text(&run(&["trace", path, "--seed", "0"]).stdout);
        for words in [
            "FAILED Bonding / Pairing Failed: Unspecified Reason (0x08)",
            "Pairing Random 7eabe25c3bdf600445d773c81c8f4925",
            "Pairing Random 9f74d425deabf90697c1f4f6ac69779e",
            "f68d6805787c2c4fb2371537b5a68976",
            "00112233445566778899aabbccddeeff",
        ] {
            assert!(trace.contains(words), "{form}: {words}:\n{trace}");
        }
    }
}

/// Captures of scenarios, diagnosed alone: nothing is wrong, and a scenario made of nearly each shows its failure.
#[test]
fn captures_of_scenarios_are_diagnosed_to_what_struck() {
    let scores: Vec<score::Score> = score::draws(0, 81).iter().flat_map(score::score).collect();
    let of = |grade: score::Grade| scores.iter().filter(|score| score.grade == grade).count();
    let table = score::table(&scores);
    assert_eq!(of(score::Grade::Wrong), 0, "{table}");
    assert!(of(score::Grade::Right) * 100 > scores.len() * 85, "{table}");
    // The air alone leaves more untold.
    let unknown = |alone: bool| {
        let of_form = scores.iter().filter(|score| (score.form == "pcap") == alone);
        let unknown = of_form.clone().filter(|score| score.grade == score::Grade::Unknown).count();
        unknown * 100 / of_form.count().max(1)
    };
    assert!(unknown(false) < 3 && unknown(true) < 25, "{table}");
    let failed = scores.iter().filter(|score| score.again.is_some()).count();
    let again = scores.iter().filter(|score| score.again == Some(true)).count();
    assert!(again * 100 >= failed * 97, "{again} of {failed}");
    assert!(score::csv(&scores).lines().count() == scores.len() + 1);
}

/// Notes and comments of a file change nothing: what is said is said of its packets.
#[test]
fn remarks_in_a_capture_are_not_looked_at() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let noted = folder.path().join("noted.btsnoop");
    let noted = noted.to_str().expect("temporary paths are UTF-8");
    let scenario = "scenarios/field/q-plain-retry.ron";
    assert!(run(&["trace", scenario, "--seed", "4", "--format", "monitor", "-o", noted]).status.success());
    let file = fs::read(noted).expect("it was written");
    let (mut plain, mut at) = (file[..16].to_vec(), 16);
    while at < file.len() {
        let length = u32::from_be_bytes(file[at + 4..at + 8].try_into().expect("four octets"));
        let end = at + 24 + usize::try_from(length).expect("it fits");
        // Opcode 12 is a note.
        if file[at + 11] != 12 {
            plain.extend(&file[at..end]);
        }
        at = end;
    }
    assert!(plain.len() < file.len(), "there are notes");
    let without = folder.path().join("plain.btsnoop");
    fs::write(&without, plain).expect("there is room");
    let said = |path: &Path| {
        let path = path.to_str().expect("temporary paths are UTF-8");
        let output = run(&["diagnose", path, "--format", "json"]);
        let mut found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (found["causes"].take(), found["failures"][0]["name"].take())
    };
    assert_eq!(said(Path::new(noted)), said(&without));
}

/// A known loss, known bursts and a known delay are within the intervals that are estimated, and what is estimated is
/// taken by a scenario.
#[test]
fn a_fit_finds_what_is_known() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("temporary paths are UTF-8").to_owned();
    let scenario = |loss: &str, link: &str, more: &str| {
        format!(
            "(name: \"known\", devices: {{\"phone\": (role: Central, io: DisplayYesNo, mitm: true, \
             application: (every: ms(50)), {more}), \"lock\": (role: Peripheral, io: DisplayYesNo, mitm: true)}}, \
             {link} {loss} limits: (stay: s(60)), compare: (who: \"phone\", policies: [\"exponential-backoff\"]))"
        )
    };
    let link = "link: (interval: ms(45), supervision_timeout: s(4)),";
    for (loss, seed, known) in [
        ("air: (loss: Independent(percent(10))),", "1", [("packets lost", 10.0)].as_slice()),
        ("air: (loss: Independent(percent(3))),", "3", &[("packets lost", 3.0)]),
        (
            "air: (loss: Slots(worsens: percent(4), recovers: percent(35))),",
            "1",
            &[("an event worsens", 4.0), ("bursts last", 1.0 / 0.35)],
        ),
    ] {
        fs::write(at("known.ron"), scenario(loss, link, "")).expect("there is room");
        let capture = at("known.pcapng");
        assert!(
            run(&["trace", &at("known.ron"), "--seed", seed, "--format", "pcapng", "-o", &capture])
                .status
                .success()
        );
        let fitted = text(&run(&["fit", &capture]).stdout);
        for (words, expected) in known {
            let said = fitted
                .lines()
                .find(|line| line.contains(words))
                .unwrap_or_else(|| panic!("{words}:\n{fitted}"));
            let bounds =
                said.split_once('[').and_then(|(_, rest)| rest.split_once(']')).expect("an interval").0;
            let (low, high) = bounds.split_once(", ").expect("two bounds");
            let number = |text: &str| text.parse::<f64>().expect("a number");
            assert!((number(low)..=number(high)).contains(expected), "{loss}: {said}");
        }
        // The host takes 300 us, and so does the transport.
        assert!(fitted.contains("mean of [us(600), us(600)]"), "{fitted}");
        let section = |from: &str| {
            let lines = fitted.lines().skip_while(|line| !line.starts_with(from)).skip(1);
            let lines = lines.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("//"));
            lines.collect::<Vec<_>>().join("\n")
        };
        let pasted = scenario(
            "",
            &section("// Into the scenario"),
            &section("// Into the device that is the central"),
        );
        fs::write(at("pasted.ron"), &pasted).expect("there is room");
        let check = run(&["check", &at("pasted.ron")]);
        assert!(check.status.success(), "{pasted}\n{}", text(&check.stderr));
    }
}

/// Files that are no captures, and captures that break off: a code, and words that help.
#[test]
fn unreadable_files_say_what_they_are() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let recorded = fs::read(root().join(recording("btsnoop"))).expect("the recording");
    let check = |octets: &[u8], code: i32, words: &str| {
        let path = folder.path().join("capture");
        fs::write(&path, octets).expect("there is room");
        let path = path.to_str().expect("temporary paths are UTF-8");
        let output = run(&["diagnose", path]);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words), "{said}");
        let fit = run(&["fit", path]);
        assert_eq!(fit.status.code(), Some(if code == 2 { 2 } else { 0 }), "{}", text(&fit.stderr));
    };
    check(b"", 2, "the file is empty");
    check(b"PK\x03\x04", 2, "a zip archive");
    check(b"just a letter\n", 2, "no packet begins in 1 lines of text");
    check(&recorded[..16], 1, "no attempt to secure a link is visible");
    check(&recorded[..recorded.len() - 10], 1, "reading stopped after packet");
    check(&[0, 1, 2, 3, 4, 5, 6, 7], 2, "no capture that is known");
    let folder = run(&["diagnose", "scenarios"]);
    assert_eq!(folder.status.code(), Some(2), "a folder is no capture");
    assert_eq!(run(&["diagnose", "nowhere.btsnoop"]).status.code(), Some(2));
}

/// A link that was secured ends with 0, and there is no scenario to be made of it.
#[test]
fn a_secured_link_ends_well() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("fine.btsnoop");
    let path = path.to_str().expect("temporary paths are UTF-8");
    let scenario = "scenarios/private-address.ron";
    let secured = (0..20).find(|seed| {
        let seed = seed.to_string();
        assert!(
            run(&["trace", scenario, "--seed", &seed, "--format", "monitor", "-o", path]).status.success()
        );
        run(&["diagnose", path]).status.code() == Some(0)
    });
    assert!(secured.is_some(), "one of twenty sessions is secured at once");
    assert!(text(&run(&["diagnose", path]).stdout).starts_with("secured"));
    let output = run(&["diagnose", path, "--scenario", "same.ron"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("nothing failed"), "{}", text(&output.stderr));
}

/// A session with these devices, and more fields of the scenario; the first seed in which a finding of this kind has
/// these words.
fn found(devices: [&str; 2], more: &str, kind: &str, words: &str) -> bool {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("temporary paths are UTF-8").to_owned();
    let calm = "user: (cancels: percent(0), walks_away: percent(0), misjudges: percent(0)";
    let [phone, lock] = devices.map(|device| {
        if device.contains("user:") {
            device.replace("user: (", &format!("{calm}, "))
        } else {
            format!("{device} {calm}, mistypes: percent(0)),")
        }
    });
    let scenario = format!(
        "(name: \"made\", devices: {{\"phone\": (role: Central, {phone}), \"lock\": (role: Peripheral, {lock})}}, {more} \
         compare: (who: \"phone\", policies: [\"naive-immediate-retry\"]))"
    );
    fs::write(at("made.ron"), &scenario).expect("there is room");
    let capture = at("made.btsnoop");
    let output = run(&["trace", &at("made.ron"), "--seed", "3", "--format", "monitor", "-o", &capture]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let output = run(&["diagnose", &capture, "--format", "json"]);
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let findings = found["findings"].as_array().expect("a list");
    let is = |finding: &Value| {
        finding["kind"] == kind && finding["text"].as_str().is_some_and(|text| text.contains(words))
    };
    if !findings.iter().any(is) {
        let texts: Vec<_> =
            findings.iter().map(|finding| (finding["kind"].clone(), finding["text"].clone())).collect();
        panic!("{scenario}: {kind} {words}: {texts:#?}");
    }
    true
}

/// The cryptography of a pairing is computed wherever the capture holds its inputs.
#[test]
fn the_cryptography_is_verified() {
    let types = ["io: KeyboardOnly, mitm: true,", "io: DisplayOnly, mitm: true,"];
    let compares = ["io: DisplayYesNo, mitm: true,", "io: DisplayYesNo, mitm: true,"];
    let legacy = "secure_connections: false, initiator_keys: [EncKey], responder_keys: [EncKey],";
    let legacy_types = types.map(|device| format!("{device} {legacy}"));
    let legacy_types = [&legacy_types[0][..], &legacy_types[1]];
    let debug = ["debug_keys: Used,", "debug_keys: Accepted,"];
    let mistypes = "user: (mistypes: percent(100)),";
    let rows: &[([&str; 2], &str, &str, &str)] = &[
        // Secure Connections: r = 0, bits of a passkey, the number that is compared.
        (["", ""], "", "verified", "confirm value is f4 of its random value with r = 0"),
        (types, "", "verified", "20 of 20 bits of the passkey are revealed"),
        (compares, "", "verified", "both sides have to show"),
        ([&format!("{} {mistypes}", types[0]), types[1]], "", "verified", "the passkeys differ"),
        (
            [&format!("{} {legacy} {mistypes}", types[0]), &format!("{} {legacy}", types[1])],
            "",
            "verified",
            "with the passkey",
        ),
        // Legacy: the passkey is found among a million, the STK follows.
        (legacy_types, "", "verified", "confirm value is c1 of its random value with the passkey"),
        (legacy_types, "", "verified", "is the STK"),
        // A debug key gives everything.
        (debug, "", "verified", "uses the debug key pair"),
        (debug, "", "verified", "central's DHKey check is right (f6)"),
        (debug, "", "verified", "peripheral's DHKey check is right (f6)"),
        (debug, "", "verified", "is the LTK of this pairing (f5)"),
        (
            ["debug_keys: Used,", "debug_keys: Accepted, quirks: [Sends(\"DHKey check\", Wrong)],"],
            "",
            "violation",
            "peripheral's DHKey check is wrong (f6",
        ),
        (
            ["", "quirks: [Sends(\"confirm\", Wrong)],"],
            "",
            "violation",
            "confirm value does not fit its random value",
        ),
        (["", "quirks: [ReflectsPublicKey],"], "", "violation", "sends the central's own public key back"),
    ];
    let all = rows.iter().filter(|(devices, more, kind, words)| found(*devices, more, kind, words)).count();
    assert_eq!(all, rows.len());
}

/// Keys that differ, are the same again, or are no random numbers, and PDUs that break a rule.
#[test]
fn keys_and_rules_are_looked_at() {
    let rows: &[([&str; 2], &str, &str, &str)] = &[
        (["", ""], "", "verified", "both hosts gave their controllers the same key"),
        (
            ["", ""],
            "script: [Pair, Disconnect, Reconnect()],",
            "verified",
            "the key is the one that was made in packet",
        ),
        (
            ["", ""],
            "history: MismatchedKeys(secure_connections: true),",
            "verified",
            "the two hosts have different keys",
        ),
        (
            ["", "quirks: [CountingKeys(48)],"],
            "",
            "violation",
            "IRK, 303132333435363738393a3b3c3d3e3f, is not random",
        ),
        (["quirks: [DistributesUnnegotiated([Sign])],", ""], "", "violation", "which was not negotiated"),
        (
            ["", "quirks: [ReusesKeyPair, Sends(\"DHKey check\", Wrong)],"],
            "",
            "inference",
            "a key pair should serve one pairing",
        ),
        (
            ["", ""],
            "faults: [(what: CorruptFrame, who: \"lock\", when: Frame(6))],",
            "verified",
            "arrives changed",
        ),
        (["", "quirks: [Sends(\"random\", Short)],"], "", "violation", "breaks its format"),
        (
            ["", "requests_security_after: ms(0), quirks: [PairsAsPeripheral],"],
            "",
            "violation",
            "only the central may",
        ),
    ];
    let all = rows.iter().filter(|(devices, more, kind, words)| found(*devices, more, kind, words)).count();
    assert_eq!(all, rows.len());
}
