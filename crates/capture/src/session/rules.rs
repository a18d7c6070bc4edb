//! Which ways through its policy a device takes, and how often.
//!
//! Invariant: a step is counted when the host says that it took it; nothing is inferred.

use blesim_host::Note;
use blesim_host::recovery::Action;
use blesim_kernel::Instant;
use blesim_world::{Entry, Trace};
use std::collections::BTreeMap;

/// Where a device is in its policy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PolicyPlace {
    /// Connecting and securing.
    Attempt,
    /// A failure has been shown.
    Failure,
    /// The actions of this rule, counted from zero, are carried out.
    Rule(u16),
    /// The link is secured.
    Secured,
    /// The policy has given up.
    GaveUp,
}

/// Counts the steps of one device with one peer, over one session or many.
#[derive(Clone, Debug)]
pub struct PolicyTrace {
    device: usize,
    at: PolicyPlace,
    steps: BTreeMap<(PolicyPlace, PolicyPlace), u64>,
}

impl PolicyTrace {
    /// Nothing counted yet of this device of the plan.
    #[must_use]
    pub fn new(device: usize) -> Self {
        Self { device, at: PolicyPlace::Attempt, steps: BTreeMap::new() }
    }

    /// From where to where, and how often, in the order of the places.
    pub fn steps(&self) -> impl Iterator<Item = ((PolicyPlace, PolicyPlace), u64)> {
        self.steps.iter().map(|(ends, count)| (*ends, *count))
    }

    fn goes(&mut self, to: PolicyPlace) {
        *self.steps.entry((self.at, to)).or_default() += 1;
        self.at = to;
    }

    fn note(&mut self, note: Note) {
        match note {
            Note::Rule(rule, _) => {
                self.goes(PolicyPlace::Failure);
                if let Some(number) = rule {
                    self.goes(PolicyPlace::Rule(number.saturating_sub(1)));
                }
            }
            Note::Acts(
                Action::Encrypt
                | Action::Pair
                | Action::PairWith(_)
                | Action::Again
                | Action::RequestSecurity,
            ) => self.goes(PolicyPlace::Attempt),
            Note::Secured => self.goes(PolicyPlace::Secured),
            Note::GaveUp => self.goes(PolicyPlace::GaveUp),
            _ => {}
        }
    }
}

impl Trace for PolicyTrace {
    const ON: bool = true;

    fn entry(&mut self, _: Instant, entry: &Entry<'_>) {
        match *entry {
            Entry::Host { device, note } if device == self.device => self.note(note),
            Entry::PowerOn { device } if device == self.device => self.at = PolicyPlace::Attempt,
            _ => {}
        }
    }
}
