//! The weather: stretches of good and bad air as a timeline drawn from its own stream.
//!
//! Invariant: what the air is like at an instant depends on the seed alone, not on who asks or how often.

use crate::chance::WEATHER;
use crate::plan::Loss;
use blesim_kernel::chance::exponential_q32;
use blesim_kernel::{Chance, Instant, Span, Stream, StreamName, Streams};

/// The alternation of good and bad air over time.
#[derive(Clone, Debug)]
pub struct Weather {
    loss: Loss,
    stream: Option<Stream>,
    /// The ends of the stretches so far; the first stretch is bad if `first_bad`.
    ends: Vec<Instant>,
    first_bad: bool,
    /// The stretch asked about last: questions move forward.
    cursor: usize,
}

impl Weather {
    /// The weather of a session.
    #[must_use]
    pub fn new(loss: Loss, streams: Streams) -> Self {
        let mut weather =
            Self { loss, stream: None, ends: Vec::with_capacity(1024), first_bad: false, cursor: 0 };
        weather.restart(loss, streams);
        weather
    }

    /// Starts over for another session, keeping the memory.
    pub fn restart(&mut self, loss: Loss, streams: Streams) {
        (self.loss, self.cursor, self.first_bad, self.stream) = (loss, 0, false, None);
        self.ends.clear();
        if let Loss::Burst { mean_good, mean_bad, .. } = loss {
            let mut stream = streams.stream(StreamName::new(WEATHER, 0));
            // Begins in its long-run state: bad for the share of time that is bad.
            let (good, bad) = (mean_good.as_nanos(), mean_bad.as_nanos());
            self.first_bad = Chance::ratio(bad, good + bad).hits(stream.next_u64());
            self.stream = Some(stream);
        }
    }

    /// The chance that a packet sent at `at` is lost.
    #[must_use]
    pub fn loss(&mut self, at: Instant) -> Chance {
        match self.loss {
            Loss::Independent(chance) => chance,
            Loss::Burst { good, bad, mean_good, mean_bad } => {
                if self.is_bad(at, mean_good, mean_bad) {
                    bad
                } else {
                    good
                }
            }
        }
    }

    fn is_bad(&mut self, at: Instant, mean_good: Span, mean_bad: Span) -> bool {
        let bad = |index: usize, first_bad: bool| index.is_multiple_of(2) == first_bad;
        while self.ends.last().is_none_or(|&end| end <= at) {
            let mean = if bad(self.ends.len(), self.first_bad) { mean_bad } else { mean_good };
            let stream = self.stream.as_mut().expect("a burst has a stream");
            let length = mean.scale_q32(exponential_q32(stream.next_u64())).max(Span::from_nanos(1));
            let from = self.ends.last().copied().unwrap_or_default();
            self.ends.push(from + length);
        }
        if self.cursor > 0 && self.ends[self.cursor - 1] > at {
            self.cursor = 0;
        }
        while self.ends[self.cursor] <= at {
            self.cursor += 1;
        }
        bad(self.cursor, self.first_bad)
    }

    /// The stretches up to `until`, as (end, bad), for a look at the world itself.
    pub fn stretches(&mut self, until: Instant) -> Vec<(Instant, bool)> {
        let Loss::Burst { mean_good, mean_bad, .. } = self.loss else { return Vec::new() };
        self.is_bad(until, mean_good, mean_bad);
        let first_bad = self.first_bad;
        self.ends
            .iter()
            .enumerate()
            .map(|(index, &end)| (end, index.is_multiple_of(2) == first_bad))
            .collect()
    }
}
