//! Problems: what is wrong with a file, where, and what to write instead.
//!
//! Invariant: a problem always names its file, and its line and column wherever it has a place.

use crate::source::Source;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// How bad a problem is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used; the writer may have meant something else.
    Warning,
}

/// Where in a text something is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The text.
    pub source: Arc<Source>,
    /// The octets.
    pub span: Range<usize>,
    /// The line, counted from one.
    pub line: usize,
    /// The column in characters, counted from one.
    pub column: usize,
}

/// What to do about a problem.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Help {
    /// In words.
    pub text: String,
    /// Octets of the text and what to put there instead.
    pub patch: Option<(Range<usize>, String)>,
}

/// One thing that is wrong with a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// A stable code: S0xx the form, S1xx the sense of a scenario, P1xx what was proved about a policy.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One line that says what is wrong.
    pub title: String,
    /// The file.
    pub file: String,
    /// The place in it, unless the problem is the file as a whole.
    pub place: Option<Place>,
    /// What is said at the place.
    pub label: String,
    /// Rules and reasons, with where they come from.
    pub notes: Vec<String>,
    /// What to do about it.
    pub help: Option<Help>,
}

impl Problem {
    /// A problem of a file as a whole.
    pub(crate) fn of_file(code: &'static str, file: &str, title: String) -> Self {
        let (severity, label, notes) = (Severity::Error, String::new(), Vec::new());
        Self { code, severity, title, file: file.to_owned(), place: None, label, notes, help: None }
    }

    /// A problem at a place.
    pub(crate) fn at(code: &'static str, source: &Arc<Source>, span: Range<usize>, title: String) -> Self {
        let span = source.first_line(span);
        let (line, column) = source.position(span.start);
        let place = Place { source: Arc::clone(source), span, line, column };
        Self { place: Some(place), ..Self::of_file(code, &source.name, title) }
    }

    /// Says something at the place.
    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds a rule or a reason.
    pub(crate) fn note(mut self, note: String) -> Self {
        self.notes.push(note);
        self
    }

    /// Says what to do.
    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(Help { text: text.into(), patch: None });
        self
    }

    /// Says what to write at the place instead.
    pub(crate) fn write(self, text: impl Into<String>, replacement: impl Into<String>) -> Self {
        let span = self.place.as_ref().map(|place| place.span.clone());
        match span {
            Some(span) => self.write_at(text, span, replacement),
            None => self.help(text),
        }
    }

    /// Says what to write in another place.
    pub(crate) fn write_at(
        mut self,
        text: impl Into<String>,
        span: Range<usize>,
        replacement: impl Into<String>,
    ) -> Self {
        self.help = Some(Help { text: text.into(), patch: Some((span, replacement.into())) });
        self
    }

    /// Makes it a warning.
    pub(crate) fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }
}

impl fmt::Display for Problem {
    /// `FILE:LINE:COLUMN: error[CODE]: TITLE`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(place) = &self.place {
            write!(f, ":{}:{}", place.line, place.column)?;
        }
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, ": {severity}[{}]: {}", self.code, self.title)
    }
}

/// Everything that is wrong with a file, in the order of its lines.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// True if nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// One after the other.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// Adds those of another file.
    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// Puts them into the order of their lines, file by file.
    pub(crate) fn sort(&mut self) {
        self.0.sort_by_key(|problem| {
            let start = problem.place.as_ref().map(|place| place.span.start);
            (problem.file.clone(), start)
        });
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    /// Without colour.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}
