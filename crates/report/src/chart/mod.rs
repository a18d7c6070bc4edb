//! The policy comparison chart: one row a policy, success on the left, time to secure on the right.
//!
//! Invariant: the picture shows what it is given and nothing else: bars start at zero, a share is never
//! rounded to 0 % or 100 % when it is neither, and a quantile that is never reached is drawn as an arrow, not
//! left out. The same input gives the same bytes.
//! Must never know: sessions, seeds, policies' rules, files.

mod draw;
mod layout;
mod matrix;
mod scale;
mod text;

#[cfg(test)]
mod tests;

pub use matrix::{MatrixCell, MatrixLine, verdict_matrix};

use std::fmt;

/// One policy's row.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyBar {
    /// The policy's name, in full; it is shortened to fit.
    pub name: String,
    /// The share of sessions that ended secure, 0 to 1.
    pub success: f64,
    /// The lower end of the share's interval, 0 to `success`.
    pub low: f64,
    /// The upper end of the share's interval, `success` to 1.
    pub high: f64,
    /// The median time to secure over all sessions, in microseconds; `None` when it is never reached.
    pub p50_us: Option<u64>,
    /// The 95th percentile of the same, not below the median; `None` when it is never reached.
    pub p95_us: Option<u64>,
}

/// Why there is no chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartError {
    /// There is no policy to draw.
    Empty,
    /// The shares of the named policy do not satisfy `0 <= low <= success <= high <= 1`.
    Shares(String),
    /// The 95th percentile of the named policy lies below its median.
    Times(String),
    /// The drawing library refused, with its own words.
    Drawing(String),
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "a comparison chart needs at least one policy"),
            Self::Shares(name) => {
                write!(f, "policy `{name}`: the chart needs 0 <= low <= success <= high <= 1")
            }
            Self::Times(name) => {
                write!(f, "policy `{name}`: the p95 time to secure lies below the p50")
            }
            Self::Drawing(why) => write!(f, "the chart could not be drawn: {why}"),
        }
    }
}

impl std::error::Error for ChartError {}

/// Draws the chart as a standalone SVG document (UTF-8, white background, no fonts embedded).
///
/// `title` is the question that the chart answers; `caption` tells how many sessions stand behind it and
/// which seeds. Rows keep the order of `bars`.
///
/// # Errors
/// [`ChartError`] when there is no bar, when a bar contradicts itself, or when drawing fails.
pub fn policy_comparison(title: &str, caption: &str, bars: &[PolicyBar]) -> Result<String, ChartError> {
    if bars.is_empty() {
        return Err(ChartError::Empty);
    }
    bars.iter().try_for_each(consistent)?;
    draw::document(title, caption, bars).map_err(ChartError::Drawing)
}

/// Refuses a bar whose numbers contradict each other; a NaN contradicts everything.
fn consistent(bar: &PolicyBar) -> Result<(), ChartError> {
    let ordered = [0.0, bar.low, bar.success, bar.high, 1.0].is_sorted();
    if !ordered {
        return Err(ChartError::Shares(bar.name.clone()));
    }
    let never = |time: Option<u64>| time.unwrap_or(u64::MAX);
    if never(bar.p95_us) < never(bar.p50_us) {
        return Err(ChartError::Times(bar.name.clone()));
    }
    Ok(())
}
