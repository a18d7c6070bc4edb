//! The policies against the first, in words: which differences are real, which are too small to tell, and how
//! long the secured link takes.
//!
//! Invariant: nothing is called real that the adjusted p value does not carry, and what is not settled comes
//! with what would settle it. Must never know: how anything was computed.

use super::{Look, grid};
use crate::words::{count, difference, mean_seconds, p_value, plain, sooner};
use blesim_study::{Comparison, Summary, Verdict};
use std::fmt::Write;

/// How often each policy secures the link, against the first.
pub(super) fn shares(summary: &Summary) -> String {
    let comparisons = &summary.comparisons;
    let Some(first) = comparisons.first() else { return String::new() };
    let holm =
        if comparisons.len() > 1 { format!(", Holm over {}", comparisons.len()) } else { String::new() };
    let names: Vec<String> = comparisons.iter().map(|comparison| plain(&comparison.a)).collect();
    let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut text = format!("\nOn the same seeds, against {} (exact McNemar test{holm}):\n", plain(&first.b));
    for (comparison, name) in comparisons.iter().zip(&names) {
        let (words, p) = (difference(comparison.difference), p_value(comparison.p_holm));
        let _ = writeln!(text, "  {name:widest$}  secures {words}, {p}");
    }
    text.push_str(&verdicts(comparisons, &names));
    if summary.looks > 1 {
        let looks = summary.looks;
        let _ = writeln!(
            text,
            "Intervals and p values allow for {looks} looks at the run; they cover at any end of it."
        );
    }
    text
}

/// What is real and what is too small to tell.
fn verdicts(comparisons: &[Comparison], names: &[String]) -> String {
    let real = comparisons.iter().filter(|one| one.verdict == Verdict::Real).count();
    let mut text = match (real, comparisons.len()) {
        (1, 1) => "This difference is real.\n".to_owned(),
        (real, all) if real == all => format!("All {all} differences are real.\n"),
        (0, _) => String::new(),
        (real, all) => {
            format!("{real} of {all} differences {} real.\n", if real == 1 { "is" } else { "are" })
        }
    };
    for (comparison, name) in comparisons.iter().zip(names) {
        if let Verdict::TooSmall { seeds } = comparison.verdict {
            let remedy = match seeds {
                Some(seeds) => format!("about {} would settle it", count(rounded(seeds), "seed")),
                None => "no number of seeds can be named".to_owned(),
            };
            let _ = writeln!(text, "Too small to tell: {name}; {remedy}.");
        }
    }
    text
}

/// Two digits of a number: a plan promises no more.
fn rounded(number: u64) -> u64 {
    let grain = 10u64.pow(number.max(1).ilog10().saturating_sub(1));
    number.div_ceil(grain).saturating_mul(grain)
}

/// The mean time to the secured link, and how it differs from that of the first policy.
pub(super) fn times(summary: &Summary, look: Look) -> String {
    let mut head = vec!["policy".to_owned(), "mean time".to_owned(), "95% interval".to_owned()];
    if let Some(first) = summary.comparisons.first() {
        head.push(format!("against {}", plain(&first.b)));
        head.push("log-rank".to_owned());
    }
    let compared = |one: &Comparison| [sooner(one.slower_us), p_value(one.log_rank_holm)];
    let blank = || [String::new(), String::new()];
    let against = std::iter::once(blank()).chain(summary.comparisons.iter().map(compared));
    let rows = summary.policies.iter().zip(against).map(|(policy, against)| {
        let row = [plain(&policy.name)].into_iter().chain(mean_seconds(policy.mean_us));
        row.chain(against).take(head.len()).collect::<Vec<String>>()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let caveat = match summary.comparisons.len() {
        0 => "",
        _ => "Log-rank takes samples for independent: on shared seeds it finds too little.\n",
    };
    let limit = summary.limit;
    format!(
        "\nTime to the secured link, a session that fails counting as {limit}:\n{}{caveat}",
        grid(&head, &rows, &[0, 3], look)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plan is rounded up to two digits.
    #[test]
    fn plans_have_two_digits() {
        for (number, expected) in [(0, 0), (1, 1), (99, 99), (101, 110), (61_234, 62_000), (60_000, 60_000)] {
            assert_eq!(rounded(number), expected, "{number}");
        }
    }

    /// What is said of none, one and several differences, real or not.
    #[test]
    fn verdicts_have_words() {
        let comparison = crate::made_up::summary().comparisons.remove(0);
        let check = |verdicts_given: &[Verdict], expected: &str| {
            let all: Vec<Comparison> =
                verdicts_given.iter().map(|&verdict| Comparison { verdict, ..comparison.clone() }).collect();
            let names: Vec<String> = (0..all.len()).map(|number| format!("p{number}")).collect();
            assert_eq!(verdicts(&all, &names), expected);
        };
        let small = Verdict::TooSmall { seeds: Some(61_234) };
        let even = Verdict::TooSmall { seeds: None };
        check(&[Verdict::Real], "This difference is real.\n");
        check(&[Verdict::Real, Verdict::Real], "All 2 differences are real.\n");
        check(&[small], "Too small to tell: p0; about 62,000 seeds would settle it.\n");
        let mixed = "1 of 2 differences is real.\nToo small to tell: p1; no number of seeds can be named.\n";
        check(&[Verdict::Real, even], mixed);
    }
}
