//! The page of made-up studies: what it says, what it may do, and that no name breaks out of its place.

use super::*;
use crate::made_up::{self, with_report};
use crate::part::Header;
use blesim_kernel::Span;
use blesim_study::{Seeds, Summary, Table};
use blesim_world::Outcome;

fn page(report: &Report<'_>) -> String {
    let mut octets = Vec::new();
    write_page(report, &mut octets).expect("memory takes it");
    String::from_utf8(octets).expect("a page is text")
}

/// A page of `table`, with a header that says the same.
fn page_of(table: &Table, change: impl FnOnce(&mut Header)) -> String {
    let summary = Summary::of(table, Span::from_secs(60), 1);
    let mut header = made_up::header();
    header.study.policies = table.policies().to_vec();
    change(&mut header);
    let replay: Vec<String> = table.policies().iter().map(|name| format!("show {name} ")).collect();
    let commands = crate::Commands { reproduce: "again".to_owned(), see: None, replay };
    let devices = [&header.study.devices[0][..], &header.study.devices[1]];
    page(&Report {
        scenario: &header.study.scenario,
        devices,
        table,
        summary: &summary,
        gates: &[],
        ended: None,
        commands: &commands,
        header: &header,
    })
}

/// `seeds` sessions of each of these policies, all ending so.
fn all(policies: &[&str], seeds: u64, outcome: Outcome) -> Table {
    let one = made_up::table().rows()[0];
    let rows = (0..seeds).flat_map(|seed| policies.iter().map(move |_| seed));
    let rows = rows.map(|seed| blesim_world::Record { seed, outcome, ..one }).collect();
    let names = policies.iter().map(|name| (*name).to_owned()).collect();
    Table::new(Seeds::new(0, seeds).expect("a few seeds"), names, rows)
}

/// The number of a figure's SVG documents.
fn pictures(page: &str) -> usize {
    page.matches("<figure").count()
}

/// Nothing outside is named: no address, no resource, and only what has its hash may run.
#[test]
fn nothing_is_loaded() {
    let page = with_report(page);
    assert!(
        page.contains("content=\"default-src &#39;none&#39;; script-src &#39;sha256-"),
        "{}",
        &page[..900]
    );
    let addresses = page.matches("http").count();
    let names = page.matches("http://www.w3.org/2000/svg").count() + page.matches("http-equiv").count();
    assert_eq!(addresses, names, "an address of something outside");
    for never in ["src=", "@import", "url(", "<iframe", "style=\"", "onclick", "<link"] {
        assert!(!page.contains(never), "{never}");
    }
    assert_eq!(page.matches("<script").count(), 2, "the data and the script");
}

/// A script tag in every string of a study stays text, wherever it is shown.
#[test]
fn markup_stays_text() {
    let evil = "</script><script>alert(1)</script><img src=x>\"'&";
    let page = page_of(&all(&[evil, "<b>"], 3, Outcome::GaveUp), |header| {
        let study = &mut header.study;
        for field in [&mut study.path, &mut study.scenario, &mut study.about, &mut study.text] {
            evil.clone_into(field);
        }
        study.devices = [evil, evil].map(str::to_owned);
        study.facts = vec![[evil, evil].map(str::to_owned)];
    });
    assert!(page.contains("alert(1)") && !page.contains("<img") && !page.contains("<b>"));
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
}

/// One policy, nothing secured, everything secured: a page that makes sense, and the pictures that mean something.
#[test]
fn extremes_have_a_page() {
    use Outcome::{GaveUp, Secured};
    let check = |table: &Table, sentence: &str, expected: usize| {
        let page = page_of(table, |_| {});
        assert!(page.contains(sentence), "{sentence}");
        assert_eq!(pictures(&page), expected, "{sentence}");
        let shown = page.split("<script").next().unwrap_or_default();
        assert!(!["NaN", ">inf", "inf "].iter().any(|none| shown.contains(none)), "{sentence}");
    };
    check(&all(&["a"], 1, Secured), "a secures all of 1 session;", 2);
    check(&all(&["a", "b"], 5, Secured), "All 2 policies secure all of their 5 sessions;", 4);
    check(&all(&["a"], 5, GaveUp), "a does not secure a single one of 5 sessions.", 3);
    check(&all(&["a", "b"], 5, GaveUp), "None of 2 policies secures a single one of its 5 sessions.", 5);
}

/// Beyond two hundred thousand sessions the failing ones alone are there, and the page says so.
#[test]
fn large_runs_are_cut() {
    let policies: Vec<String> = (0..10).map(|number| format!("p{number}")).collect();
    let names: Vec<&str> = policies.iter().map(String::as_str).collect();
    let check = |seeds, listed: &str, whole: bool| {
        let page = page_of(&all(&names, seeds, Outcome::GaveUp), |_| {});
        assert!(page.contains(listed), "{listed}");
        assert_eq!(page.contains("id=\"world\""), whole);
    };
    check(20_000, "All 200,000 sessions without a secured link, by seed.", true);
    check(20_001, "The first 20,000 of 200,010 sessions without a secured link, by seed.", false);
}
