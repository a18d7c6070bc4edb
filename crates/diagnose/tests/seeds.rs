//! The seeds of the fuzz targets, replayed: the recorded failure in every form that is read, and damage to each.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use blesim_diagnose::{Cause, Kind, Verdict, diagnose, fit::fit, scenario};
use proptest::prelude::*;
use std::fs;
use std::path::Path;

fn seeds() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())
        })
        .collect();
    all.sort();
    assert!(all.len() >= 12, "{} seeds", all.len());
    all
}

/// The recorded failure, from a host's log, from the monitor, from four sniffers, and from text: the same failure, from
/// the same side, for the same reason, with the same broken rules.
#[test]
fn the_recorded_failure_is_the_same_in_every_form() {
    let whole = |name: &str| !name.contains("cut") && !name.contains("passkey");
    let mut forms = 0;
    for (name, octets) in seeds().into_iter().filter(|(name, _)| whole(name)) {
        let found = diagnose(&octets[..]).unwrap();
        let (told, failed) = found.first().unwrap_or_else(|| panic!("{name}: nothing failed"));
        assert_eq!(
            failed.failure.to_string(),
            "Bonding / Pairing Failed: Unspecified Reason (0x08)",
            "{name}"
        );
        assert_eq!(told.causes.first(), Some(&Cause::KeysNotNegotiated), "{name}: {:#?}", told.findings);
        let of = |kind: Kind, words: &str| {
            let is =
                |finding: &&blesim_diagnose::Finding| finding.kind == kind && finding.text.contains(words);
            told.findings.iter().any(|finding| is(&finding))
        };
        assert!(of(Kind::Violation, "which was not negotiated"), "{name}: {:#?}", told.findings);
        assert!(of(Kind::Violation, "CSRK equals the LTK"), "{name}");
        // Without directions a log does not tell whose address is whose.
        if !name.contains("187") {
            assert!(of(Kind::Verified, "with TK 0 (Just Works)"), "{name}: {:#?}", told.findings);
            assert!(of(Kind::Verified, "the STK"), "{name}: {:#?}", told.findings);
        }
        forms += 1;
    }
    assert_eq!(forms, 10);
}

/// Every seed, and what is cut off anywhere, ends in a diagnosis or an error.
#[test]
fn seeds_and_their_beginnings_are_read() {
    for (name, octets) in seeds() {
        for length in (0..octets.len()).step_by(97) {
            let part = &octets[..length];
            match diagnose(part) {
                Ok(found) => {
                    let _written = scenario(&found, &name);
                    let _fitted = fit(part).map(|fit| fit.text(&name));
                    // Whoever has seen the beginning of a pairing does not know its end.
                    let half = length * 2 < octets.len();
                    assert!(!half || found.verdict() != Verdict::Secured, "{name} up to {length}");
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Damage to a capture ends in a diagnosis or an error, never in a panic, and a scenario can be written of it.
    #[test]
    fn damaged_captures_are_read(
        which in any::<prop::sample::Index>(),
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let seeds = seeds();
        let (name, mut octets) = seeds[which.index(seeds.len())].clone();
        for (place, octet) in places {
            let at = place.index(octets.len());
            octets[at] = octet;
        }
        if let Ok(found) = diagnose(&octets[..]) {
            let _written = scenario(&found, &name);
        }
        if let Ok(fit) = fit(&octets[..]) {
            prop_assert!(!fit.text(&name).is_empty());
        }
    }
}
