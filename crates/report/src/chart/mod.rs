//! Charts: each answers the question that is its title, and says below on how many sessions and seeds it rests.
//!
//! Invariant: a picture shows what it is given and nothing else, in one look ([`theme`]), with a unit on every axis;
//! what contradicts itself is refused, not drawn. The same input gives the same octets.
//! Must never know: sessions, policies' rules, files.
//!
//! | question | function |
//! |---|---|
//! | which policy secures the link, and how soon? | [`policy_comparison`] |
//! | how far apart are they, or what does each cost? | [`dots`] |
//! | how many are secured by then? | [`curves`] |
//! | how much of one thing at each of two others? | [`heat`] |
//! | which is not beaten in everything? | [`tradeoff`] |
//! | which error led to which end? | [`paths`] |
//! | how does it change along an axis? | [`lines`] |
//! | what does each verdict recover? | [`verdict_matrix`] |
//! | what happened in one session? | [`sequence`] |

mod curves;
mod dots;
mod frame;
mod heat;
mod labels;
mod lines;
mod matrix;
mod panel;
mod paths;
mod scale;
mod sequence;
mod sheet;
mod success;
mod text;
mod theme;
mod tradeoff;

#[cfg(test)]
mod tests;

pub use curves::{Curve, curves};
pub use dots::{Dot, DotPanel, DotRow, dots};
pub use heat::{HeatCell, HeatRow, heat};
pub use lines::{Line, LinePoint, lines};
pub use matrix::{MatrixCell, MatrixLine, verdict_matrix};
pub use paths::{PathGroup, PathWay, paths};
pub(crate) use scale::micros;
pub use sequence::{SequenceKind, SequenceLane, SequenceRow, sequence};
pub use success::{PolicyBar, policy_comparison};
pub use theme::dark;
pub use tradeoff::{TradePoint, tradeoff};

use std::fmt;

/// What is said around a chart.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a> {
    /// The question that it answers.
    pub title: &'a str,
    /// On how many sessions it rests, which seeds, and how its marks are to be read.
    pub caption: &'a str,
    /// What it says, for those who do not see it.
    pub alt: &'a str,
}

/// Why there is no chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartError {
    /// There is nothing to draw.
    Empty,
    /// The numbers of the named row contradict each other: an interval without its estimate, a share above one.
    Numbers(String),
    /// The 95th percentile of the named policy lies below its median.
    Times(String),
    /// The drawing library refused, with its own words.
    Drawing(String),
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "a chart needs at least one row"),
            Self::Numbers(name) => write!(f, "`{name}`: its numbers contradict each other"),
            Self::Times(name) => {
                write!(f, "policy `{name}`: the p95 time to secure lies below the p50")
            }
            Self::Drawing(why) => write!(f, "the chart could not be drawn: {why}"),
        }
    }
}

impl std::error::Error for ChartError {}
