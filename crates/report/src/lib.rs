//! Tables, files and charts of a study.
//!
//! Invariant: every form of a report says the same, and is a function of scenario, seeds and policies alone:
//! no clock, no thread, no terminal leaves a mark on it. It must never know how a session runs.

pub mod chart;
mod csv;
mod family;
mod figures;
mod files;
pub mod flow;
mod gate;
mod grid;
mod json;
mod markdown;
mod page;
#[cfg(feature = "parquet")]
mod parquet;
pub mod part;
#[cfg(feature = "png")]
mod png;
mod rows;
mod survival;
mod terminal;
mod words;

pub use csv::{write_csv, write_ndjson};
pub use family::{Family, FamilyScenario};
pub use figures::{Figure, figures, grid_figures};
pub use files::{Folder, ROWS, Written, part_file};
pub use gate::{Gate, Wish};
pub use grid::{Grid, GridRow, Kept, write_point_csv, write_point_ndjson};
pub use json::write_json;
pub use markdown::{write_grid_markdown, write_markdown};
pub use page::{ASSUMPTIONS, NOT_MODELLED, sentences, write_page};
#[cfg(feature = "png")]
pub use png::png;
pub use survival::write_survival;
pub use terminal::{Look, gates as gate_lines, text};
pub use words::{chance, thousands};

use blesim_study::{Summary, Table};
use part::Header;

/// Everything that a report is made of.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// The scenario's name.
    pub scenario: &'a str,
    /// The device whose policy varies, and the one against it.
    pub devices: [&'a str; 2],
    /// The records.
    pub table: &'a Table,
    /// What they say.
    pub summary: &'a Summary,
    /// What the scenario expects, judged.
    pub gates: &'a [Gate],
    /// What ended the run, for one that may end early.
    pub ended: Option<&'a str>,
    /// What can be done next.
    pub commands: &'a Commands,
    /// What it is a run of.
    pub header: &'a Header,
}

/// The commands that a report ends with, ready to be pasted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commands {
    /// Repeats the run.
    pub reproduce: String,
    /// Shows one session that failed; `None` if none did.
    pub see: Option<String>,
    /// For each policy what shows a session of it, up to the seed.
    pub replay: Vec<String>,
}

#[cfg(test)]
mod made_up;
