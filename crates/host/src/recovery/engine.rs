//! The interpreter of a recovery program: which action comes next.
//!
//! Invariant: it only counts and points; the host carries the actions out.

use super::program::{Action, Program};
use super::sight::Sight;
use blesim_kernel::Instant;

/// Failures in one instant after which no rule is tried any more: a program that fails without time passing
/// would otherwise never end.
const MOST_IN_AN_INSTANT: u8 = 16;

/// Where a host is in its program.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Engine {
    /// Failures so far in this episode.
    failures: u16,
    first_failure: Option<Instant>,
    /// The last failure and how many came before it in the same instant.
    last_failure: Option<(Instant, u8)>,
    /// The rule being carried out and its next action.
    at: Option<(u16, u16)>,
}

impl Engine {
    /// Failures since power came on: a link that was secured and is lost goes on in the same episode.
    #[must_use]
    pub fn failures(&self) -> u16 {
        self.failures
    }

    /// True while a rule is being carried out.
    #[must_use]
    pub fn running(&self) -> bool {
        self.at.is_some()
    }

    /// Counts a failure and chooses the rule for it; `None` means that no rule is left.
    pub fn failed(&mut self, program: &Program, sight: Sight, now: Instant) -> Option<u16> {
        self.failures = self.failures.saturating_add(1);
        let first = *self.first_failure.get_or_insert(now);
        let before = match self.last_failure {
            Some((at, before)) if at == now => before.saturating_add(1),
            Some(_) | None => 0,
        };
        self.last_failure = Some((now, before));
        let patient = before < MOST_IN_AN_INSTANT
            && program.patience.is_none_or(|patience| now.since(first) < patience);
        let rule = if patient { program.rule_for(sight, self.failures) } else { None };
        let rule = rule.and_then(|index| u16::try_from(index).ok());
        self.at = rule.map(|rule| (rule, 0));
        rule
    }

    /// The next action of the rule; at its end the episode is over, as after [`Action::GiveUp`].
    pub fn next(&mut self, program: &Program) -> Action {
        let Some((rule, action)) = self.at else { return Action::GiveUp };
        let actions = program.rules.get(usize::from(rule)).map_or(&[][..], |rule| &rule.actions);
        match actions.get(usize::from(action)) {
            Some(&next) => {
                self.at = Some((rule, action + 1));
                next
            }
            None => Action::GiveUp,
        }
    }

    /// The rule is done with: what follows is up to the attempt it started, or nothing.
    pub fn stop(&mut self) {
        self.at = None;
    }
}
