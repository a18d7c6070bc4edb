//! The values of options: what they may be, and what is said where they are not.
//!
//! Invariant: a value that leaves here makes sense by itself.

use blesim_study::{Seeds, Shard};
use std::num::NonZeroUsize;

/// A whole number, its digits grouped by `_` if wanted.
pub(super) fn number(text: &str) -> Result<u64, String> {
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    if !plain {
        return Err("this is not a whole number".to_owned());
    }
    digits.parse().map_err(|_| format!("the largest number is {}", u64::MAX))
}

pub(super) fn seeds(text: &str) -> Result<Seeds, String> {
    let Some((first, end)) = text.split_once("..") else {
        let nothing = "no seed is nothing to run: write a number from 1 on, or a range like 500..600";
        return Seeds::new(0, number(text)?).ok_or_else(|| nothing.to_owned());
    };
    if end.starts_with('=') {
        return Err("the end of a range is not included: write A..B without `=`".to_owned());
    }
    let (first, end) = (number(first)?, number(end)?);
    Seeds::new(first, end.saturating_sub(first))
        .ok_or_else(|| format!("the range is empty: {end} is not above {first}"))
}

pub(super) fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    const MOST: u64 = 1024;
    let number = number(text)?;
    let jobs = usize::try_from(number).ok().and_then(NonZeroUsize::new);
    jobs.filter(|_| number <= MOST).ok_or_else(|| format!("from 1 to {MOST} threads can run"))
}

/// One in so many.
pub(super) fn fraction(text: &str) -> Result<u64, String> {
    let number = number(text)?;
    if number > 0 {
        Ok(number)
    } else {
        Err("one trial in 1 is all of them, and the most there is".to_owned())
    }
}

/// Which part of a study to run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// This one.
    Given(Shard),
    /// That which the environment names, of so many if they are given.
    Auto(Option<u64>),
}

pub(super) fn part(text: &str) -> Result<Part, String> {
    let form = "write K/N, from 1/N to N/N; or auto, or auto/N, where a scheduler numbers the jobs";
    let (number_text, of) = match text.split_once('/') {
        None if text == "auto" => return Ok(Part::Auto(None)),
        None => return Err(form.to_owned()),
        Some((number, of)) => (number, shards(of)?),
    };
    if number_text == "auto" {
        return Ok(Part::Auto(Some(of)));
    }
    let shard = Shard::new(number(number_text)?, of);
    shard.map(Part::Given).ok_or_else(|| format!("there is no part {number_text} of {of}: {form}"))
}

/// The most parts of one study.
const MOST_SHARDS: u64 = 1_000_000;

pub(super) fn shards(text: &str) -> Result<u64, String> {
    let shards = number(text)?;
    if (1..=MOST_SHARDS).contains(&shards) {
        Ok(shards)
    } else {
        Err(format!("a study has from 1 to {MOST_SHARDS} parts"))
    }
}

/// How far an interval may reach to either side, as it was written and as a share.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Precision {
    /// As it was written.
    pub(crate) text: String,
    /// As a share.
    pub(crate) share: f64,
}

pub(super) fn precision(text: &str) -> Result<Precision, String> {
    let points = text.strip_suffix("pp").and_then(|points| points.parse::<f64>().ok());
    let points = points.filter(|points| (0.01..=50.0).contains(points));
    let points = points.ok_or("write points to either side, from 0.01pp to 50pp, such as 0.5pp")?;
    Ok(Precision { text: text.to_owned(), share: points / 100.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seeds are a number or a half-open range; all else is refused with a word of help.
    #[test]
    fn seeds_are_a_number_or_a_range() {
        let check = |text: &str, expected: Result<(u64, u64), &str>| match (seeds(text), expected) {
            (Ok(seeds), Ok(expected)) => assert_eq!((seeds.first(), seeds.count()), expected, "{text}"),
            (Err(error), Err(part)) => assert!(error.contains(part), "{text}: {error}"),
            (got, _) => panic!("{text}: {got:?}"),
        };
        check("10000", Ok((0, 10_000)));
        check("10_000", Ok((0, 10_000)));
        check("5..8", Ok((5, 3)));
        check("0..1", Ok((0, 1)));
        check("18446744073709551614..18446744073709551615", Ok((u64::MAX - 1, 1)));
        check("0", Err("nothing to run"));
        check("8..5", Err("empty"));
        check("5..5", Err("empty"));
        check("5..=8", Err("not included"));
        check("-1", Err("whole number"));
        check("1e4", Err("whole number"));
        check("", Err("whole number"));
        check("_", Err("whole number"));
        check("..5", Err("whole number"));
        check("18446744073709551616", Err("largest"));
    }

    /// Threads are counted from one and are not without bound.
    #[test]
    fn jobs_are_bounded() {
        assert_eq!(jobs("2").unwrap().get(), 2);
        for text in ["0", "1025", "99999999999999999999", "two"] {
            assert!(jobs(text).is_err(), "{text}");
        }
    }

    /// A part is one of those there are; all else is refused with a word of help.
    #[test]
    fn parts_are_counted_from_one() {
        let shard = |number, of| Ok(Part::Given(Shard::new(number, of).unwrap()));
        let check = |text: &str, expected: Result<Part, &str>| match (part(text), expected) {
            (Ok(got), Ok(expected)) => assert_eq!(got, expected, "{text}"),
            (Err(error), Err(part)) => assert!(error.contains(part), "{text}: {error}"),
            (got, _) => panic!("{text}: {got:?}"),
        };
        check("1/4", shard(1, 4));
        check("4/4", shard(4, 4));
        check("auto", Ok(Part::Auto(None)));
        check("auto/16", Ok(Part::Auto(Some(16))));
        check("0/4", Err("no part 0 of 4"));
        check("5/4", Err("no part 5 of 4"));
        check("1/0", Err("from 1 to"));
        check("auto/0", Err("from 1 to"));
        check("3", Err("K/N"));
        check("-1/4", Err("whole number"));
        check("1/4/2", Err("whole number"));
        check("", Err("K/N"));
    }

    /// A precision has its unit and lies within reason.
    #[test]
    fn precision_is_in_points() {
        assert!((precision("0.5pp").unwrap().share - 0.005).abs() < 1e-15);
        for text in ["0.5", "0.5%", "0pp", "-1pp", "51pp", "NaNpp", "infpp", "pp", ""] {
            assert!(precision(text).unwrap_err().contains("0.5pp"), "{text}");
        }
    }
}
