//! What a scenario needs to be like a capture: parameters, loss, delays, each with its interval.
//!
//! Invariant: what the capture does not show has no estimate. Must never know: how a scenario is read.

mod delays;
mod loss;
mod text;

use crate::connection::Connection;
use crate::follow::Follower;
use crate::step::{Parameters, Place, Side};
use blesim_capture::{CaptureReader, OpenError, What};
use blesim_study::stats::{Columns, Estimate, Interval, LEVEL, wilson};
pub use delays::{Delays, arrivals};
pub use loss::{CHANNELS, Count, Loss};
use std::io::BufRead;

/// What was estimated.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The parameters that connections had in the end, the most frequent first, with how many had them.
    pub parameters: Vec<(Parameters, u64)>,
    /// What was lost on the air; nothing without one.
    pub loss: Loss,
    /// Delays of either side, the central's first.
    pub delays: [Delays; 2],
    /// Where reading stopped before the end, and why.
    pub stopped: Option<String>,
}

/// A share with its interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Share {
    /// The share.
    pub at: f64,
    /// Its 95 % interval.
    pub interval: Interval,
}

/// How packets get lost.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Model {
    /// Each by itself.
    Independent(Share),
    /// In stretches of connection events.
    Slots {
        /// The chance that a lost event follows one that was not.
        worsens: Share,
        /// The chance that an event that was not follows a lost one: one over the mean length of a burst.
        recovers: Share,
    },
}

/// Reads a capture to its end, or as far as it can be read, and estimates.
///
/// # Errors
/// [`OpenError`] if nothing of it can be read.
pub fn fit(source: impl BufRead) -> Result<Fit, OpenError> {
    let mut reader = CaptureReader::new(source)?;
    let (mut follower, mut loss, mut stopped) = (Follower::new(), Loss::default(), None);
    for item in reader.by_ref() {
        match item {
            Ok(item) => {
                if let What::Air(packet) = &item.what {
                    loss.packet(item.time_us, packet);
                }
                follower.take(&item);
            }
            Err(error) => stopped = Some(error),
        }
    }
    let packets = reader.number();
    match stopped {
        Some(error) if packets == 0 => return Err(error),
        _ => {}
    }
    let stopped = stopped.map(|error| format!("reading stopped after packet {packets}: {error}"));
    let seen = follower.finish();
    let mut delays = [Delays::default(), Delays::default()];
    let mut parameters: Vec<(Parameters, u64)> = Vec::new();
    for view in &seen.views {
        if let (Place::Host(_), Some(side)) = (view.place, view.side) {
            delays[side.index()].add(view);
        }
        let Some(own) = view.parameters else { continue };
        match parameters.iter_mut().find(|(known, _)| *known == own) {
            Some((_, times)) => *times += 1,
            None => parameters.push((own, 1)),
        }
    }
    for connection in Connection::all(seen.views) {
        for side in Side::BOTH {
            delays[side.index()].arrives.extend(arrivals(&connection, side));
        }
    }
    parameters.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    Ok(Fit { parameters, loss, delays, stopped })
}

fn share(count: u64, of: u64) -> Option<Share> {
    (of > 0).then(|| Share { at: real(count) / real(of), interval: wilson(count, of, LEVEL) })
}

fn chances([kept, worsens, recovers, stays]: [u64; 4]) -> Option<(Share, Share)> {
    Some((share(worsens, kept + worsens)?, share(recovers, recovers + stays)?))
}

/// A count as a real number.
#[expect(clippy::cast_precision_loss, reason = "counts of packets are far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

impl Fit {
    /// The loss of all packets.
    #[must_use]
    pub fn all(&self) -> Option<Share> {
        let Count { sent, lost } = self.loss.all();
        share(lost, sent)
    }

    /// The loss on a data channel.
    #[must_use]
    pub fn channel(&self, channel: usize) -> Option<Share> {
        let Count { sent, lost } = *self.loss.channels.get(channel)?;
        share(lost, sent)
    }

    /// The chance that an event is lost after one that was not, and that one is not after one that was.
    #[must_use]
    pub fn chain(&self) -> Option<(Share, Share)> {
        chances(self.loss.chain)
    }

    /// The same for a data channel by itself.
    #[must_use]
    pub fn channel_chain(&self, channel: usize) -> Option<(Share, Share)> {
        chances(*self.loss.channel_chains.get(channel)?)
    }

    /// The model: bursts only if an event after a lost one is lost significantly more often than others.
    #[must_use]
    pub fn model(&self) -> Option<Model> {
        let all = self.all()?;
        match self.chain() {
            Some((worsens, recovers)) if 1.0 - recovers.interval.high > worsens.interval.high => {
                Some(Model::Slots { worsens, recovers })
            }
            _ => Some(Model::Independent(all)),
        }
    }

    /// The delays of a side.
    #[must_use]
    pub const fn delays(&self, side: Side) -> &Delays {
        &self.delays[side as usize]
    }

    /// What a scenario takes, as text.
    #[must_use]
    pub fn text(&self, title: &str) -> String {
        text::text(self, title)
    }
}

/// The mean of waits in microseconds with its interval, and the least; the interval is that of all waits where they are
/// too few to be drawn again.
#[must_use]
pub fn waits(waits: &[i64]) -> Option<(Estimate, i64)> {
    const FEW: usize = 5;
    let least = *waits.iter().min()?;
    let most = *waits.iter().max()?;
    let numbers: Vec<f64> = waits.iter().map(|wait| real(wait.unsigned_abs())).collect();
    if waits.len() < FEW {
        let at = numbers.iter().sum::<f64>() / real(waits.len() as u64);
        let interval = Interval { low: real(least.unsigned_abs()), high: real(most.unsigned_abs()) };
        return Some((Estimate { at, interval }, least));
    }
    let mut columns = Columns::new(numbers.len());
    columns.add(&numbers);
    Some((columns.means(0, LEVEL).first().copied()?, least))
}
