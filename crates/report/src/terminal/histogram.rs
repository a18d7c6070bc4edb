//! When sessions are secured: a small histogram a policy, on one logarithmic axis for all.
//!
//! Invariant: a bar is as high as the share of all sessions that are secured in its stretch of time, by one measure for
//! all policies, and a stretch with any session has a bar. What never is secured is a number beside it.

use super::{BOLD, Look};
use crate::chart::micros;
use crate::words::{percent, plain, seconds};
use blesim_study::{PolicySummary, Summary};
use std::fmt::Write;

/// Eighths of a bar.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The columns that an axis gets, and the least with which it is worth its lines.
const WIDTH: (usize, usize) = (48, 12);

/// The histograms; nothing if no session is secured.
pub(super) fn times(summary: &Summary, look: Look) -> String {
    let all =
        || summary.policies.iter().flat_map(|policy| policy.survival.steps().iter().map(|step| step.time));
    let (Some(least), Some(most)) = (all().min(), all().max()) else { return String::new() };
    let name = summary.policies.iter().map(|policy| plain(&policy.name).chars().count()).max().unwrap_or(0);
    let name = name.max("policy".len());
    let room = look.width.map_or(WIDTH.0, |width| usize::from(width).saturating_sub(name + 2 + 16));
    let columns = room.min(WIDTH.0);
    if columns < WIDTH.1 {
        return String::new();
    }
    let axis = Axis::new(least, most, columns);
    let shares: Vec<Vec<f64>> = summary.policies.iter().map(|policy| axis.shares(policy)).collect();
    let highest = shares.iter().flatten().copied().fold(0.0, f64::max);
    let head = format!("{:name$}  {:columns$}  never", "policy", "secured when (log axis)");
    let mut text = format!("\n{}\n", look.paint(BOLD, &head));
    for (policy, shares) in summary.policies.iter().zip(&shares) {
        let bars: String = shares.iter().map(|&share| bar(share, highest)).collect();
        let never = percent(1.0 - policy.success.rate);
        let _ = writeln!(text, "{:name$}  {bars}  {never:>6}", plain(&policy.name));
    }
    let ends = [seconds(Some(least)), seconds(Some(most))];
    let gap = columns.saturating_sub(ends[0].chars().count());
    let _ = writeln!(text, "{:name$}  {}{:>gap$}", "", ends[0], ends[1]);
    text
}

/// Stretches of time, each longer than the one before by the same factor.
struct Axis {
    least: f64,
    factor: f64,
    columns: usize,
}

impl Axis {
    fn new(least: u64, most: u64, columns: usize) -> Self {
        let (least, most) = (micros(least), micros(most));
        let wide = (most / least).ln().max(1e-9);
        #[expect(clippy::cast_precision_loss, reason = "a terminal has a few hundred columns")]
        let factor = wide / columns as f64;
        Self { least, factor, columns }
    }

    /// The column of a time.
    fn column(&self, time: u64) -> usize {
        let place = (micros(time) / self.least).ln() / self.factor;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is held to the columns"
        )]
        let column = place.max(0.0) as usize;
        column.min(self.columns - 1)
    }

    /// The share of a policy's sessions that are secured in each stretch.
    fn shares(&self, policy: &PolicySummary) -> Vec<f64> {
        let mut shares = vec![0.0; self.columns];
        let mut before = 1.0;
        for step in policy.survival.steps() {
            shares[self.column(step.time)] += before - step.survival;
            before = step.survival;
        }
        shares
    }
}

fn bar(share: f64, highest: f64) -> char {
    if share <= 0.0 {
        return ' ';
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 1 and 8")]
    let eighths = (share / highest * 8.0).ceil().clamp(1.0, 8.0) as usize;
    BARS[eighths - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bar is never higher than the highest, and nothing has none while little has one.
    #[test]
    fn bars_are_honest() {
        let drawn: String = [0.0, 0.000_1, 0.25, 0.5, 1.0].into_iter().map(|share| bar(share, 1.0)).collect();
        assert_eq!(drawn, " ▁▂▄█");
        let axis = Axis::new(100, 100_000, 30);
        assert_eq!([100, 1_000, 100_000].map(|time| axis.column(time)), [0, 10, 29]);
    }
}
