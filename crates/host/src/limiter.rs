//! Repeated attempts: the wait after a pairing that failed, which grows with each and decays with time,
//! Vol 3 Part H 2.3.6.
//!
//! Invariant: time alone shortens a wait; a pairing that succeeds leaves what the failures before it have
//! cost.

use crate::config::RepeatedAttempts;
use crate::recovery::Wait;
use blesim_kernel::{Instant, Span};

/// Growth ends here, whatever the cap: it is the first wait's to this power.
const MOST_LEVELS: u8 = 16;

/// How waits begin, grow and decay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Pace {
    /// The wait by the number of failures.
    pub(crate) wait: Wait,
    /// The quiet time that takes one failure back.
    pub(crate) reward: Span,
    /// The failure with which the waits begin, counted from one.
    pub(crate) after: u8,
}

impl From<RepeatedAttempts> for Pace {
    fn from(rule: RepeatedAttempts) -> Self {
        let RepeatedAttempts { first, cap, reward } = rule;
        Self { wait: Wait { first, growth_q32: 2 << 32, cap, jitter_q32: 0 }, reward, after: 1 }
    }
}

/// What one peer's failures have cost it.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Limiter {
    /// Failures that have cost nothing yet.
    free: u8,
    /// Failures that still count.
    level: u8,
    /// When the wait after the last of them is over.
    until: Option<Instant>,
}

impl Limiter {
    /// A pairing with the peer has failed.
    pub(crate) fn failed(&mut self, pace: impl Into<Pace>, now: Instant) {
        let pace = pace.into();
        self.decay(pace, now);
        if self.free + 1 < pace.after {
            self.free += 1;
            return;
        }
        self.level = (self.level + 1).min(MOST_LEVELS + 1);
        self.until = Some(now + pace.wait.longest(u16::from(self.level)));
        self.level = self.level.min(MOST_LEVELS);
    }

    /// Whether the peer has to wait still.
    pub(crate) fn waits(&mut self, pace: impl Into<Pace>, now: Instant) -> bool {
        self.decay(pace.into(), now);
        self.until.is_some_and(|until| now < until)
    }

    /// Whether nothing is left of what the failures have cost.
    pub(crate) fn is_clear(mut self, pace: impl Into<Pace>, now: Instant) -> bool {
        self.decay(pace.into(), now);
        self.level == 0 && self.free == 0
    }

    /// Takes a level away for every period without a failure after the wait.
    fn decay(&mut self, pace: Pace, now: Instant) {
        let period = pace.reward.max(Span::from_nanos(1));
        while let Some(until) = self.until.filter(|&until| self.level > 0 && now >= until + period) {
            self.level -= 1;
            self.until = (self.level > 0).then_some(until + period);
            if self.level == 0 {
                self.free = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: RepeatedAttempts =
        RepeatedAttempts { first: Span::from_secs(4), cap: Span::from_secs(64), reward: Span::from_secs(10) };

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Span::from_secs(seconds)
    }

    /// Failures one right after the other wait 4, 8, 16, 32, 64 and again 64 seconds, to the second.
    #[test]
    fn grows_to_the_cap() {
        let mut limiter = Limiter::default();
        let mut now = 0;
        assert!(!limiter.waits(RULE, at(now)));
        for wait in [4, 8, 16, 32, 64, 64, 64] {
            limiter.failed(RULE, at(now));
            assert!(limiter.waits(RULE, at(now + wait - 1)), "{wait}");
            now += wait;
            assert!(!limiter.waits(RULE, at(now)), "{wait}");
        }
    }

    /// Ten quiet seconds after the wait take one level away, ten more the next, and none is left in the end.
    #[test]
    fn decays_with_time() {
        // Failures without a pause, quiet time after the last wait, and the next wait.
        for (failures, quiet, next) in
            [(1, 0, 8), (1, 10, 4), (2, 0, 16), (2, 9, 16), (2, 10, 8), (2, 20, 4), (3, 20, 8), (5, 1_000, 4)]
        {
            let mut limiter = Limiter::default();
            let mut now = 0;
            for failure in 0..failures {
                limiter.failed(RULE, at(now));
                now += (4 << failure).min(64);
            }
            now += quiet;
            limiter.failed(RULE, at(now));
            assert!(limiter.waits(RULE, at(now + next - 1)), "{failures} {quiet}");
            assert!(!limiter.waits(RULE, at(now + next)), "{failures} {quiet}");
        }
    }

    /// No numbers break it: no time at all, and the longest.
    #[test]
    fn extremes() {
        let none = RepeatedAttempts { first: Span::ZERO, cap: Span::ZERO, reward: Span::ZERO };
        let mut limiter = Limiter::default();
        (0..300).for_each(|_| limiter.failed(none, at(5)));
        assert!(!limiter.waits(none, at(5)));
        let long = Span::from_secs(3_600);
        let rule = RepeatedAttempts { first: long, cap: long + long, reward: long };
        (0..300).for_each(|_| limiter.failed(rule, at(5)));
        assert!(limiter.waits(rule, at(7_204)) && !limiter.waits(rule, at(7_205)));
    }
}
