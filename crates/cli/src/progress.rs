//! The progress of a sweep, on standard error.
//!
//! Invariant: nothing is shown where nobody looks, and nothing stays on the screen but one line.

use blesim_report::thousands;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// What it looks like, and how long it has been so.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    before: u64,
    began: Instant,
}

impl Progress {
    /// The progress of `sessions` of which `done` are done already; silent if `quiet`, or if standard error
    /// is no terminal.
    pub(crate) fn new(sessions: u64, done: u64, quiet: bool) -> Self {
        let seen = !quiet && std::io::stderr().is_terminal();
        let target = if seen { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(sessions), target);
        let template = "{bar:20} {human_pos}/{human_len} sessions  {rate}  ETA {left}";
        let style = ProgressStyle::with_template(template).expect("the template is a constant");
        let style = style
            .with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
                let _ = write!(out, "{}/s", whole(state.per_sec()));
            })
            .with_key("left", |state: &ProgressState, out: &mut dyn Write| {
                let _ = write!(out, "{} s", thousands(state.eta().as_secs() + 1));
            });
        bar.set_style(style);
        // What was done before says nothing about the rate.
        let bar = bar.with_position(done);
        bar.reset_eta();
        Self { bar, before: done, began: Instant::now() }
    }

    /// So many sessions more are done.
    pub(crate) fn done(&self, sessions: u64) {
        self.bar.inc(sessions);
    }

    /// Takes it away; what is left is how fast it was.
    pub(crate) fn finish(self) {
        let sessions = self.bar.position().saturating_sub(self.before);
        let seen = !self.bar.is_hidden();
        self.bar.finish_and_clear();
        let took = self.began.elapsed();
        if seen && !took.is_zero() {
            anstream::eprintln!("{}", speed(sessions, took));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "the rate is shown without decimals")]
fn speed(sessions: u64, took: Duration) -> String {
    let rate = whole(sessions as f64 / took.as_secs_f64());
    format!("{} sessions in {:.1} s, {rate} sessions/s", thousands(sessions), took.as_secs_f64())
}

/// A rate without decimals.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate is positive and small")]
fn whole(rate: f64) -> String {
    thousands(rate.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line that stays has no decimals in its rate.
    #[test]
    fn speed_has_no_decimals() {
        let line = speed(50_000, Duration::from_millis(2_900));
        assert_eq!(line, "50,000 sessions in 2.9 s, 17,241 sessions/s");
    }
}
