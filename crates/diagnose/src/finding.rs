//! What is found in a capture: proved, against a rule, or only likely.
//!
//! Invariant: every finding names the packet that shows it. Must never know: how findings are shown.

use crate::cause::Cause;
use crate::step::Moment;

/// How sure a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// Computed from values of the capture, or read in it.
    Verified,
    /// A rule of the specification that was broken, cited.
    Violation,
    /// What the capture suggests and does not prove.
    Inference,
}

impl Kind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Violation => "violation",
            Self::Inference => "inference",
        }
    }
}

/// Something that is found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// How sure.
    pub kind: Kind,
    /// The packet.
    pub at: Moment,
    /// In words.
    pub text: String,
    /// The cause of a failure that it speaks for.
    pub cause: Option<Cause>,
}

/// Findings that come together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Findings {
    /// In the order in which they were found.
    pub list: Vec<Finding>,
    /// What could not be looked into, and why.
    pub not_visible: Vec<String>,
}

impl Findings {
    pub(crate) fn verified(&mut self, at: Moment, text: impl Into<String>) {
        self.push(Kind::Verified, at, text, None);
    }

    pub(crate) fn proves(&mut self, at: Moment, cause: Cause, text: impl Into<String>) {
        self.push(Kind::Verified, at, text, Some(cause));
    }

    pub(crate) fn violation(&mut self, at: Moment, cause: Option<Cause>, text: impl Into<String>) {
        self.push(Kind::Violation, at, text, cause);
    }

    pub(crate) fn infers(&mut self, at: Moment, cause: Cause, text: impl Into<String>) {
        self.push(Kind::Inference, at, text, Some(cause));
    }

    pub(crate) fn suggests(&mut self, at: Moment, text: impl Into<String>) {
        self.push(Kind::Inference, at, text, None);
    }

    pub(crate) fn hidden(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.not_visible.contains(&text) {
            self.not_visible.push(text);
        }
    }

    fn push(&mut self, kind: Kind, at: Moment, text: impl Into<String>, cause: Option<Cause>) {
        let finding = Finding { kind, at, text: text.into(), cause };
        if !self.list.contains(&finding) {
            self.list.push(finding);
        }
    }

    /// Whether something speaks for this cause.
    #[must_use]
    pub fn speaks_for(&self, cause: Cause) -> bool {
        self.list.iter().any(|finding| finding.cause == Some(cause))
    }
}

/// 128 bits as they are written out, most significant octet first.
pub(crate) fn hex(value: u128) -> String {
    format!("{value:032x}")
}
