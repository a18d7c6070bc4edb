//! The chart as a document: what it says, that it is well formed, and what it refuses.
//!
//! Invariant: structure is compared, not bytes, because text placement may differ between builds of the
//! drawing library.

use super::*;

/// A chart whose alternative text is its title.
fn say<'a>(title: &'a str, caption: &'a str) -> Texts<'a> {
    Texts { title, caption, alt: title }
}

fn bar(name: &str, [low, success, high]: [f64; 3], p50_us: Option<u64>, p95_us: Option<u64>) -> PolicyBar {
    PolicyBar { name: name.to_owned(), success, low, high, p50_us, p95_us }
}

fn three() -> Vec<PolicyBar> {
    vec![
        bar("never-retry", [0.30, 0.31, 0.32], None, None),
        bar("naive-immediate-retry", [0.86, 0.87, 0.88], Some(430_000), None),
        bar("delete-bond-and-repair", [0.999, 0.9997, 1.0], Some(520_000), Some(2_310_000)),
    ]
}

/// The texts of the document in order, with entities resolved; fails where the XML is not well formed.
///
/// Only what an SVG of ours can hold is accepted: elements, quoted attributes, text, the five entities.
fn texts(svg: &str) -> Vec<String> {
    let (mut open, mut found, mut rest) = (Vec::new(), Vec::new(), svg);
    while let Some(start) = rest.find('<') {
        let text = rest[..start].trim();
        if !text.is_empty() {
            assert_eq!(open.last(), Some(&"text"), "stray text {text:?}");
            found.push(resolved(text));
        }
        let end = start + rest[start..].find('>').expect("a tag is closed");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "closed another element than was open");
            continue;
        }
        let name = tag.split([' ', '/']).next().expect("split yields at least one part");
        let attributes = &tag[name.len()..].trim_end_matches('/');
        assert_eq!(attributes.matches('"').count() % 2, 0, "unbalanced quotes in {tag}");
        let _ = resolved(attributes);
        if !tag.ends_with('/') {
            assert!(!(open.is_empty() && name != "svg"), "root {name}");
            open.push(name);
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "left open: {open:?}, after the end: {rest:?}");
    found
}

/// Text with its entities resolved; a bare ampersand or an illegal character fails.
fn resolved(text: &str) -> String {
    assert!(!text.contains(|c: char| c == '<' || (c.is_control() && c != '\n')), "{text:?}");
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, tail) = part.split_once(';').expect("an ampersand begins an entity");
        let known = [("lt", '<'), ("gt", '>'), ("amp", '&'), ("quot", '"'), ("apos", '\'')];
        out.push(known.iter().find(|(name, _)| *name == entity).expect("one of the five entities").1);
        out.push_str(tail);
    }
    out
}

/// The words of a chart, in drawing order: question, caption, axes, headings, then each policy with its
/// numbers.
#[test]
fn says_what_it_was_given() {
    let svg = policy_comparison(&say("Which policy?", "n = 10 000, seeds 0..10000"), &three()).unwrap();
    let expected = [
        ["Which policy?", "n = 10 000, seeds 0..10000"].as_slice(),
        &["0 %", "25 %", "50 %", "75 %", "100 %", "500 ms", "1 s", "2 s"],
        &["Policy", "Success rate, 95 % interval", "Time to secure (log axis)", "p95", "p50"],
        &["never-retry", "31.0 %", "most sessions never get secure", "never"],
        &["naive-immediate-retry", "87.0 %", "430 ms – never"],
        &["delete-bond-and-repair", ">99.9 %", "520 ms – 2.31 s"],
    ];
    assert_eq!(texts(&svg), expected.concat());
}

/// Marks: a bar and a band a row, a whisker of three strokes, a dot a median, an arrow only where p95 is
/// never.
#[test]
fn draws_a_mark_for_every_number() {
    let svg = policy_comparison(&say("Which policy?", ""), &three()).unwrap();
    for (mark, expected) in [
        ("fill=\"#56B4E9\"", 3),
        ("stroke=\"#1A1A1A\"", 9),
        ("<circle", 3),
        ("<polygon", 1),
        ("fill=\"#F5F5F5\"", 2),
        ("fill=\"#FFFFFF\"", 1),
    ] {
        assert_eq!(svg.matches(mark).count(), expected, "{mark}");
    }
    assert_eq!(svg, policy_comparison(&say("Which policy?", ""), &three()).unwrap(), "the same bytes again");
}

/// Markup and control characters in names, title and caption stay text, and the document stays well formed.
#[test]
fn hostile_text_stays_text() {
    let hostile = "<b>&\"'a\u{0}";
    let svg =
        policy_comparison(&say(hostile, hostile), &[bar(hostile, [0.0, 0.5, 1.0], None, None)]).unwrap();
    let shown = texts(&svg).into_iter().filter(|text| text == "<b>&\"'a\u{fffd}").count();
    assert_eq!(shown, 3, "{svg}");
}

/// Extremes of size and value are drawn and well formed: many rows, long names, no time at all, times of
/// zero.
#[test]
fn extremes_are_well_formed() {
    let long = "a-policy-with-a-very-long-name-and-no-end-".repeat(5);
    for (rows, shares) in [(1, [0.0; 3]), (20, [1.0; 3]), (300, [0.0, 0.5, 1.0])] {
        for times in [(None, None), (Some(0), Some(0)), (Some(0), None), (Some(1), Some(u64::MAX))] {
            let bars = vec![bar(&long, shares, times.0, times.1); rows];
            let said = texts(&policy_comparison(&say(&long, &long), &bars).unwrap());
            assert_eq!(
                said.iter().filter(|text| text.starts_with("a-policy") && text.contains('…')).count(),
                rows + 2
            );
        }
    }
}

/// Numbers that contradict each other are refused by name, not drawn.
#[test]
fn contradictions_are_refused() {
    let shares = |shares| policy_comparison(&say("t", "c"), &[bar("p", shares, None, None)]);
    for bad in [[0.5, 0.4, 0.6], [0.3, 0.7, 0.6], [-0.1, 0.0, 0.1], [0.9, 1.0, 1.1], [0.0, f64::NAN, 1.0]] {
        assert_eq!(shares(bad), Err(ChartError::Numbers("p".to_owned())), "{bad:?}");
    }
    for (p50, p95) in [(Some(2), Some(1)), (None, Some(1))] {
        let got = policy_comparison(&say("t", "c"), &[bar("p", [0.5; 3], p50, p95)]);
        assert_eq!(got, Err(ChartError::Times("p".to_owned())), "{p50:?} {p95:?}");
    }
    assert_eq!(policy_comparison(&say("t", "c"), &[]), Err(ChartError::Empty));
}
