//! The sessions as the page's script reads them: every one of a run of a moderate size, of a larger one the failing
//! ones as far as they have room.
//!
//! Invariant: a session takes two digits of 64 for the way it went, and one that failed four more for its time in ms.
//! Markup cannot end the block that holds them. Must never know: how they are shown.

use crate::Report;
use crate::figures::acts_words;
use crate::words::{count, thousands};
use blesim_study::Cause;
use blesim_world::{Acts, Outcome, Record};
use serde::Serialize;
use std::collections::HashMap;
use std::io;

/// The most sessions that a page holds one by one.
const MOST_SESSIONS: usize = 200_000;
/// The most failing ones that it holds of a larger run.
const MOST_FAILING: usize = 20_000;
/// Ways that two digits can name.
const MOST_WAYS: usize = 64 * 64 - 1;
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What a session shows: its first failure, what was done, how and why it ended.
type Key = (u32, Acts, Outcome, u32);

/// A way in words: the first error, what was done, the outcome, the same with its cause, and 1 if it is a failure.
type Words = (String, String, &'static str, String, u8);

#[derive(Serialize)]
pub(super) struct Data<'a> {
    policies: &'a [String],
    first: String,
    seeds: u64,
    ways: Vec<Words>,
    replay: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    ways_of_all: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing: Option<String>,
    #[serde(skip)]
    all_failing: usize,
    #[serde(skip)]
    held: usize,
}

impl<'a> Data<'a> {
    pub(super) fn of(report: &'a Report<'_>) -> Self {
        let table = report.table;
        let (rows, policies) = (table.rows(), table.policies());
        let seeds = table.seeds();
        let mut data = Self {
            policies,
            first: seeds.first().to_string(),
            seeds: seeds.count(),
            ways: Vec::new(),
            replay: &report.commands.replay,
            ways_of_all: None,
            times: None,
            failing: None,
            all_failing: rows.iter().filter(|record| !record.secured()).count(),
            held: 0,
        };
        let mut known = HashMap::new();
        if rows.len() <= MOST_SESSIONS {
            let (mut ways, mut times) = (String::with_capacity(rows.len() * 2), String::new());
            for record in rows {
                digits(&mut ways, data.way(&mut known, record), 2);
                if !record.secured() {
                    digits(&mut times, record.time_us / 1_000, 4);
                }
            }
            (data.ways_of_all, data.times, data.held) = (Some(ways), Some(times), data.all_failing);
        } else {
            let mut failing = String::new();
            let sessions = rows.iter().enumerate().filter(|(_, record)| !record.secured());
            for (place, record) in sessions.take(MOST_FAILING) {
                digits(&mut failing, (place / policies.len()) as u64, 5);
                digits(&mut failing, (place % policies.len()) as u64, 1);
                digits(&mut failing, data.way(&mut known, record), 2);
                digits(&mut failing, record.time_us / 1_000, 4);
                data.held += 1;
            }
            data.failing = Some(failing);
        }
        data
    }

    /// The number of the way that a session went, which gets one if it is new.
    fn way(&mut self, known: &mut HashMap<Key, u64>, record: &Record) -> u64 {
        let why = if record.secured() { 0 } else { record.last_failure };
        let key = (record.first_failure, record.acts, record.outcome, why);
        let ways = &mut self.ways;
        *known.entry(key).or_insert_with(|| {
            if ways.len() < MOST_WAYS {
                ways.push(words(record));
            } else if ways.len() == MOST_WAYS {
                let other = || "another".to_owned();
                ways.push((other(), other(), "another", other(), 1));
            }
            (ways.len() - 1) as u64
        })
    }

    /// Whether every session is in it.
    pub(super) fn is_whole(&self) -> bool {
        self.ways_of_all.is_some()
    }

    /// What is listed, in words.
    pub(super) fn listed(&self) -> String {
        let all = count(self.all_failing as u64, "session");
        match (self.all_failing, self.held) {
            (0, _) => "No session failed.".to_owned(),
            (every, held) if every == held => format!("All {all} without a secured link, by seed."),
            (_, held) => {
                format!("The first {} of {all} without a secured link, by seed.", thousands(held as u64))
            }
        }
    }

    /// As JSON that no markup in a name can end.
    pub(super) fn json(&self) -> io::Result<String> {
        Ok(serde_json::to_string(self)?.replace('<', "\\u003c"))
    }
}

fn words(record: &Record) -> Words {
    let first = record.first_failure().map_or("no error".to_owned(), |failure| failure.to_string());
    let end = record.outcome.name();
    let why = match Cause::of(record) {
        Some(Cause::Shown(failure)) => format!("{end}: {failure}"),
        Some(Cause::Ended(_)) | None => end.to_owned(),
    };
    (first, acts_words(record.acts), end, why, u8::from(!record.secured()))
}

/// A number in so many digits of 64, the highest first; one that is too large as the largest.
fn digits(text: &mut String, number: u64, width: u32) {
    let number = number.min((1 << (6 * width)) - 1);
    for place in (0..width).rev() {
        let digit = usize::try_from(number >> (6 * place) & 63).expect("a digit of 64 is below 64");
        text.push(char::from(DIGITS[digit]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers are written with the highest digit first and never wider than their place.
    #[test]
    fn numbers_have_their_width() {
        let check = |number, width, expected: &str| {
            let mut text = String::new();
            digits(&mut text, number, width);
            assert_eq!(text, expected, "{number} in {width}");
        };
        check(0, 2, "AA");
        check(63, 1, "_");
        check(64, 2, "BA");
        check(4_095, 2, "__");
        check(1 << 40, 4, "____");
    }
}
