//! Outages: stretches of time, given exactly, in which nothing gets through.

use crate::air::{Outage, Reception, damage};
use blesim_kernel::Instant;

fn concerns(outage: &Outage, (from, to): (usize, usize)) -> bool {
    let fits = |said: Option<usize>, is: usize| said.is_none_or(|said| said == is);
    (fits(outage.from, from) && fits(outage.to, to))
        || (outage.both_ways && fits(outage.from, to) && fits(outage.to, from))
}

/// What becomes of a frame that is found at `found` and ends at `end`.
pub(super) fn fate(
    outages: &[Outage],
    way: (usize, usize),
    start: Instant,
    found: Instant,
    end: Instant,
) -> Reception {
    let during = |until: Instant| {
        let overlaps = |outage: &&Outage| outage.begins < until && outage.ends > start;
        outages.iter().filter(overlaps).any(|outage| concerns(outage, way))
    };
    damage(during(found), during(end))
}

/// The first instant from `at` on at which an outage is under way; `at` if one is.
pub(super) fn next(outages: &[Outage], way: (usize, usize), at: Instant) -> Instant {
    let ahead = outages.iter().filter(|outage| outage.ends > at && outage.begins < outage.ends);
    let begins = ahead.filter(|outage| concerns(outage, way)).map(|outage| outage.begins.max(at));
    begins.min().unwrap_or(Instant::MAX)
}
