//! Each shipped exposure shows what it is named for under a bad policy or setting, and not under a good one.

use crate::root;
use blesim_scenario::parse;
use blesim_scenario::policy::Folder;
use blesim_study::session;
use blesim_world::{NoTrace, Record};
use std::fs;

/// Sessions of each.
const SEEDS: u64 = 12;

/// In how many sessions there is some of what `of` counts: of the scenario whose name begins so, with `swap` made in
/// its text, under this policy of it.
fn sessions(scenario: &str, swap: (&str, &str), policy: usize, of: fn(&Record) -> u64) -> u64 {
    let folder = root().join("scenarios/exposure");
    let path = folder.join(format!("{scenario}.ron"));
    let text = fs::read_to_string(&path).expect("it is shipped");
    assert!(text.contains(swap.0), "{scenario}: {}", swap.0);
    let loaded = parse(scenario, &text.replace(swap.0, swap.1), &Folder::beside(&path));
    let plan = loaded.expect("it is a scenario").plan;
    let count = |seed| {
        let record = session(&plan, seed, policy, &mut NoTrace).expect("no bug");
        u64::from(of(&record) > 0)
    };
    (0..SEEDS).map(count).sum()
}

/// Bad and good, side by side; a swap says what makes the difference where it is not the policy.
#[test]
fn exposures_are_opened_and_closed() {
    let bad = |scenario, swap, policy, of| {
        let found = sessions(scenario, swap, policy, of);
        assert!(found >= SEEDS * 3 / 4, "{scenario} {swap:?} {policy}: only {found} of {SEEDS}");
    };
    let good = |scenario, swap, policy, of| {
        assert_eq!(sessions(scenario, swap, policy, of), 0, "{scenario} {swap:?}");
    };
    let (won, none): (fn(&Record) -> u64, _) = (|e| u64::from(e.exposure.attacker_won), ("", ""));
    let lost: fn(&Record) -> u64 = |e| u64::from(e.exposure.good_bonds_destroyed);
    bad("s01-spoofed-lock", none, 2, won);
    good("s01-spoofed-lock", none, 0, won);
    good("s01-spoofed-lock", none, 1, lost);
    bad("s02-plaintext", none, 1, |e| u64::from(e.exposure.octets_read.min(e.exposure.plaintext_octets)));
    good("s02-plaintext", none, 0, |e| u64::from(e.exposure.octets_read + e.exposure.plaintext_octets));
    good("s02-plaintext", ("needs_level: 1", "needs_level: 2"), 1, |e| u64::from(e.exposure.octets_read));
    bad("s03-eviction", none, 0, lost);
    good("s03-eviction", ("old-bond-dies-on-request", "passive"), 0, lost);
    good("s03-eviction", ("old-bond-dies-on-request", "bonded-peers-do-not-pair"), 0, lost);
    bad("s04-wiped-by-failure", none, 2, lost);
    good("s04-wiped-by-failure", none, 1, lost);
    bad("s05-erase-all", none, 2, lost);
    good("s05-erase-all", none, 1, lost);
    bad("s06-table-flooding", none, 0, lost);
    good("s06-table-flooding", ("EvictOldest", "PairWithoutBond"), 0, lost);
    bad("s07-passkey-guessing", none, 0, won);
    good("s07-passkey-guessing", ("quirks: [FixedPasskey(707_447)]", "quirks: []"), 0, won);
    let slowed =
        ("io: DisplayOnly,", "io: DisplayOnly, repeated_attempts: (first: s(4), cap: s(64), reward: s(10)),");
    good("s07-passkey-guessing", slowed, 0, won);
    bad("s08-address-rotation", none, 0, won);
    let for_all =
        ("policy: \"waits-by-address\"", "repeated_attempts: (first: s(4), cap: s(64), reward: s(10))");
    good("s08-address-rotation", for_all, 0, won);
    bad("s10-listener", none, 0, |e| u64::from(e.exposure.octets_read));
    good("s10-listener", ("secure_connections: false,", ""), 0, |e| u64::from(e.exposure.octets_read));
    bad("s10-downgrade", none, 1, |e| u64::from(e.exposure.octets_read));
    good("s10-downgrade", none, 0, |e| u64::from(e.exposure.octets_read));
    bad("s11-method-confusion", none, 0, won);
    good("s11-method-confusion", ("percent(90)", "percent(0)"), 0, won);
    bad("s12-key-size", none, 1, |e| u64::from(e.exposure.key_octets_short));
    good("s12-key-size", none, 0, |e| u64::from(e.exposure.key_octets_short));
    bad("s13-key-reuse", none, 1, |e| u64::from(e.exposure.key_pairs_reused > 8));
    good("s13-key-reuse", none, 0, |e| u64::from(e.exposure.key_pairs_reused));
    good("s13-key-reuse", ("quirks: [ReusesKeyPair]", "quirks: []"), 1, |e| {
        u64::from(e.exposure.key_pairs_reused)
    });
    bad("s15-other-transport", none, 0, |e| u64::from(e.exposure.link_keys_taken));
    good("s15-other-transport", ("br_edr: Silent", "br_edr: GuardsItsKeys"), 0, |e| {
        u64::from(e.exposure.link_keys_taken)
    });
    bad("s17-silent-pairing", none, 0, won);
    good("s17-silent-pairing", none, 0, |e| u64::from(e.effort.prompts));
    good("s17-silent-pairing", ("pairable: true", "pairable: false"), 0, won);
    bad("s14-forged-security-request", none, 1, won);
    good("s14-forged-security-request", none, 0, won);
    bad("s16-prompts", none, 0, won);
    let refuses = ("role: Peripheral,", "role: Peripheral, policy: \"bonded-peers-do-not-pair\",");
    good("s16-prompts", refuses, 0, |e| u64::from(e.effort.prompts));
}

/// S9 and S18: a phone that is kept out for as long as the attacker is there, and one that tries for ever.
#[test]
fn lockouts_and_storms() {
    let failures = |scenario: &str, policy| {
        let plan = blesim_scenario::load(&root().join(format!("scenarios/exposure/{scenario}.ron")))
            .expect("it is a scenario")
            .plan;
        let failures = |seed| session(&plan, seed, policy, &mut NoTrace).expect("no bug").failures;
        (0..SEEDS).map(failures).map(u32::from).sum::<u32>()
    };
    assert_eq!(failures("s09-lockout", 0), 12, "each is refused once, and gives up");
    let (backs_off, storms) = (failures("s18-storm", 0), failures("s18-storm", 1));
    assert!(storms > 3 * backs_off, "{storms} {backs_off}");
}
