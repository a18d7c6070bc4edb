//! What every check is handed: the text, and where to put what it finds.

use crate::locate::{Path, locate};
use crate::problem::{Problem, Problems};
use crate::source::Source;
use crate::unit::{Percent, Time, Unfit};
use blesim_kernel::{Chance, Span};
use std::sync::Arc;

/// The most problems of one file that are told.
const ENOUGH: usize = 50;

/// The checking of one file.
pub(crate) struct Cx {
    pub(crate) source: Arc<Source>,
    pub(crate) errors: Problems,
    pub(crate) warnings: Problems,
}

impl Cx {
    pub(crate) fn new(source: &Arc<Source>) -> Self {
        Self { source: Arc::clone(source), errors: Problems::default(), warnings: Problems::default() }
    }

    /// A problem of the value at `path`.
    pub(crate) fn at(&self, code: &'static str, path: &Path, title: impl Into<String>) -> Problem {
        // The place of a problem that is not told any more need not be looked for.
        let enough = self.errors.len() >= ENOUGH || self.warnings.len() >= ENOUGH;
        let span = if enough { 0..0 } else { locate(&self.source, path) };
        Problem::at(code, &self.source, span, title.into())
    }

    pub(crate) fn error(&mut self, problem: Problem) {
        if self.errors.len() < ENOUGH {
            self.errors.0.push(problem);
        }
    }

    pub(crate) fn warn(&mut self, problem: Problem) {
        if self.warnings.len() < ENOUGH {
            self.warnings.0.push(problem.warning());
        }
    }

    /// The span of a time; zero, with an error, if it is none.
    pub(crate) fn span(&mut self, time: Time, path: &Path) -> Span {
        time.span().unwrap_or_else(|unfit| {
            self.error(self.at("S101", path, unfit.of_time()));
            Span::ZERO
        })
    }

    /// The chance of a percentage; never, with an error, if it is none.
    pub(crate) fn chance(&mut self, percent: Percent, path: &Path) -> Chance {
        percent.chance().unwrap_or_else(|unfit| {
            let nearest = if unfit == Unfit::TooMuch { "percent(100)" } else { "percent(0)" };
            let problem = self.at("S102", path, "a chance lies between 0 and 100 percent");
            self.error(problem.write("the nearest is", nearest));
            Chance::NEVER
        })
    }

    /// The errors if there are any, the warnings otherwise.
    pub(crate) fn finish(mut self) -> Result<Problems, Problems> {
        self.errors.sort();
        self.warnings.sort();
        if self.errors.is_empty() { Ok(self.warnings) } else { Err(self.errors) }
    }

    /// A key or another value of 128 bits, or none if it is not written as one.
    pub(crate) fn key(&mut self, text: &str, path: &Path) -> Option<u128> {
        let digits = text.len() == 32 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !digits {
            let problem = self.at("S128", path, "a key or random value has 32 hexadecimal digits");
            let order = "most significant octet first; btmon prints the least significant first".to_owned();
            self.error(problem.note(order));
        }
        u128::from_str_radix(text, 16).ok().filter(|_| digits)
    }
}
