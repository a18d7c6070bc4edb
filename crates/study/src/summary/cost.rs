//! What a secured link costs: the charge of all sessions, those that failed included, for each link that got secured.
//!
//! Invariant: a policy that secures nothing has no such cost, however little it spends. Must never know: what drew
//! the charge.

use super::real;
use crate::stats::{Estimate, Interval, two_sided_z};
use blesim_world::Record;

/// The charge of the central and of the peripheral for each secured link, in microcoulomb; `None` if there is no
/// such link.
///
/// The interval is that of a ratio of means by the delta method: with ratio R and shares s, the variance of R is
/// about the mean square of (charge - R * secured), divided by n and by the square of s ("Sampling
/// Techniques", 1977, section 2.11).
pub(super) fn per_link(records: &[&Record], level: f64) -> Option<[Estimate; 2]> {
    let secured = records.iter().filter(|record| record.secured()).count() as u64;
    if secured == 0 {
        return None;
    }
    let side = |side: usize| {
        let sum: u64 = records.iter().map(|record| u64::from(record.charge_uc[side])).sum();
        let at = real(sum) / real(secured);
        let off = |record: &Record| {
            real(u64::from(record.charge_uc[side])) - if record.secured() { at } else { 0.0 }
        };
        let squares: f64 = records.iter().map(|record| off(record).powi(2)).sum();
        let reach = two_sided_z(level) * squares.sqrt() / real(secured);
        Estimate { at, interval: Interval { low: (at - reach).max(0.0), high: at + reach } }
    };
    Some([side(0), side(1)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::made_up;
    use blesim_world::Outcome;

    /// What failed sessions spend is paid by the links that got secured; the interval by hand.
    #[test]
    fn failures_are_paid_for() {
        let record = |seed, outcome, charge| Record { outcome, charge_uc: [charge, 0], ..made_up(seed, 0) };
        let (good, bad) = (Outcome::Secured, Outcome::GaveUp);
        let records = [record(0, good, 100), record(1, bad, 50), record(2, good, 130), record(3, bad, 20)];
        let [central, peripheral] = per_link(&records.each_ref(), 0.95).unwrap();
        assert!((central.at - 150.0).abs() < 1e-9 && peripheral.at.abs() < 1e-9);
        // Off by -50, 50, -20 and 20: a root of 5800 over two links, times 1.96.
        let reach = 1.959_963_985 * 5_800f64.sqrt() / 2.0;
        assert!((central.interval.high - 150.0 - reach).abs() < 1e-6, "{central:?}");
        assert_eq!(per_link(&[&record(0, bad, 9)], 0.95), None);
    }
}
