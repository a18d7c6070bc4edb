//! The page that says what failures are called is what the code says.

use blesim_host::{Failure, Procedure, Shown, Side, Stack};
use blesim_packet::hci::ErrorCode;
use blesim_packet::smp::Reason;
use std::fmt::Write;
use std::{env, fs};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/FAILURES.md");

const HEAD: &str = "\
# What failures are called

One failure has as many names as there are stacks. The tables are made from `crates/host/src/failure/stacks.rs`;
`blesim trace` prints the same words under every failure. A reason of Pairing Failed is shown here as the side sees it
that found the fault; NimBLE counts from 0x500 instead of 0x400 where the peer said so. Each of `reasons/` is a
scenario that leads to one.
";

fn table(page: &mut String, title: &str, failures: &[Failure]) {
    let names: Vec<&str> = Stack::ALL.iter().map(|(_, name)| *name).collect();
    let _ = write!(page, "\n## {title}\n\n| shown | {} |\n|---|", names.join(" | "));
    page.push_str(&"---|".repeat(names.len()));
    for failure in failures {
        let side = if matches!(failure.shown, Shown::Hci(_)) { Side::Remote } else { Side::Local };
        let words: Vec<String> = Stack::ALL.iter().map(|(stack, _)| stack.words(*failure, side)).collect();
        let _ = write!(page, "\n| {} | {} |", failure.shown, words.join(" | "));
    }
    page.push('\n');
}

fn page() -> String {
    let all = |procedure, shown: &[Shown]| -> Vec<Failure> {
        shown.iter().map(|&shown| Failure { procedure, shown }).collect()
    };
    let reasons: Vec<Shown> = Reason::ALL.iter().map(|&reason| Shown::PairingFailed(reason)).collect();
    let lost = [
        ErrorCode::PIN_OR_KEY_MISSING,
        ErrorCode::MIC_FAILURE,
        ErrorCode::CONNECTION_TIMEOUT,
        ErrorCode::REMOTE_USER_TERMINATED_CONNECTION,
        ErrorCode::LL_RESPONSE_TIMEOUT,
        ErrorCode::AUTHENTICATION_FAILURE,
    ]
    .map(Shown::Hci);
    let not_there = [Shown::Hci(ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED), Shown::ConnectTimeout];
    let mut page = HEAD.to_owned();
    table(&mut page, "Pairing with a bond", &all(Procedure::Bonding, &reasons));
    table(
        &mut page,
        "Pairing that ends otherwise",
        &all(Procedure::Bonding, &[Shown::SmpTimeout, lost[2], lost[1]]),
    );
    table(&mut page, "Encryption with a bond's key", &all(Procedure::Encryption, &lost));
    table(&mut page, "Connection", &all(Procedure::Connection, &not_there));
    page
}

/// `BLESIM_RENEW=1 cargo test -p blesim-host --test pairing names` writes the page anew.
#[test]
fn the_page_of_names() {
    if env::var_os("BLESIM_RENEW").is_some() {
        fs::write(PAGE, page()).unwrap();
    }
    assert!(fs::read_to_string(PAGE).unwrap_or_default() == page(), "scenarios/FAILURES.md is out of date");
}
