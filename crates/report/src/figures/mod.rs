//! The figures of a run: which charts there are, what each is given, and what is said around it.
//!
//! Invariant: a figure that would show nothing is left out: no comparison of one policy, no failures where none are.
//! Everything in it stands in the summary too. Must never know: how a chart is drawn.

mod compared;
mod failed;
mod secured;
mod swept;

pub use swept::grid_figures;

pub(crate) use compared::{best, exposure};
pub(crate) use failed::{acts_words, step_words};

use crate::Report;
use crate::chart::{ChartError, Texts};
use crate::words::{count, plain};

/// A chart with its words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Figure {
    /// The stem of its file's name.
    pub name: &'static str,
    /// The question that it answers.
    pub title: String,
    /// What it says, for those who do not see it.
    pub alt: String,
    /// The SVG document.
    pub svg: String,
}

/// All figures of a run.
///
/// # Errors
/// [`ChartError`], which only a bug of ours or of the drawing library can cause.
pub fn figures(report: &Report<'_>) -> Result<Vec<Figure>, ChartError> {
    let all = [
        secured::policies,
        compared::differences,
        secured::times,
        failed::places,
        failed::paths,
        compared::tradeoff,
        compared::charge,
    ];
    let drawn = all.into_iter().map(|draw| draw(report));
    drawn.filter_map(Result::transpose).collect()
}

/// What a figure is drawn from.
struct Draft {
    name: &'static str,
    title: String,
    caption: String,
    alt: String,
}

impl Draft {
    fn drawn(
        self,
        draw: impl FnOnce(&Texts<'_>) -> Result<String, ChartError>,
    ) -> Result<Option<Figure>, ChartError> {
        let Self { name, title, caption, alt } = self;
        let alt = format!("{title} {alt}");
        let svg = draw(&Texts { title: &title, caption: &caption, alt: &alt })?;
        Ok(Some(Figure { name, title, alt, svg }))
    }
}

/// What every caption ends with: on what it rests.
fn rests_on(report: &Report<'_>) -> String {
    let seeds = report.table.seeds();
    format!(
        "{} ({} to {}), the same for every policy. Scenario {}, digest {}.",
        count(seeds.count(), "seed"),
        seeds.first(),
        seeds.last(),
        plain(report.scenario),
        report.table.digest(),
    )
}

/// The names of the policies, in order.
fn names(report: &Report<'_>) -> Vec<String> {
    report.summary.policies.iter().map(|policy| plain(&policy.name)).collect()
}

#[cfg(test)]
mod tests;
