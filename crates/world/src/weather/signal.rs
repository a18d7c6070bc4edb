//! How strong a signal is: transmit power less path loss over the distance of the moment, less what stands in
//! the way.
//!
//! Invariant: a level is a function of (seed, pair, time); the path is the same both ways.

use super::bits;
use super::fixed::{log2, normal_q16};
use super::loss::link_number;
use crate::air::{Radio, Reception, Shadowing, Signal};
use crate::chance::Fates;
use blesim_kernel::Instant;
use blesim_packet::ll::{ChannelIndex, Phy};

/// `log10(2)` with 32 fractional bits.
const LOG10_2_Q32: i128 = 1_292_913_986;
/// Nearer than a tenth of a metre the formula does not hold, so nothing is.
const NEAREST_MM: u64 = 100;
/// What rounding of places may move a level between two instants, in hundredths of a decibel.
const ROUNDING: i32 = 100;

/// All signals of one world.
#[derive(Clone, Debug)]
pub(super) struct Signals {
    plan: Signal,
    radios: Vec<Radio>,
    /// By number of the link: the shadowing worked out last, and for which period.
    shadows: Vec<Option<(u64, i32)>>,
}

impl Signals {
    pub(super) fn new(plan: Signal, radios: Vec<Radio>) -> Self {
        let links = radios.len() * radios.len().saturating_sub(1) / 2;
        Self { plan, radios, shadows: vec![None; links] }
    }

    pub(super) fn restart(&mut self) {
        self.shadows.fill(None);
    }

    /// The level at `to` of what `from` sends at `at`, in hundredths of dBm.
    pub(super) fn level(&mut self, fates: Fates, from: usize, to: usize, at: Instant) -> i32 {
        let (a, b) = (&self.radios[from], &self.radios[to]);
        let ((x1, y1), (x2, y2)) = (place(a, at), place(b, at));
        let square = |length: i64| length.unsigned_abs().saturating_mul(length.unsigned_abs());
        let loss = path_loss(self.plan, square(x1 - x2).saturating_add(square(y1 - y2)));
        a.power.saturating_sub(loss).saturating_sub(self.shadow(fates, from, to, at))
    }

    fn shadow(&mut self, fates: Fates, from: usize, to: usize, at: Instant) -> i32 {
        let Some(Shadowing { sigma, coherence }) = self.plan.shadowing else { return 0 };
        let period = at.as_nanos() / coherence.as_nanos().max(1);
        let link = link_number(from, to);
        let known = &mut self.shadows[link as usize];
        match *known {
            Some((of, value)) if of == period => value,
            _ => {
                let variate = normal_q16(|attempt| fates.shadow(link, period, attempt));
                let value = i32::try_from((variate * i64::from(sigma)) >> 16).unwrap_or(i32::MAX);
                *known = Some((period, value));
                value
            }
        }
    }

    /// What bit errors make of a packet.
    pub(super) fn fate(
        &mut self,
        fates: Fates,
        (from, to): (usize, usize),
        (channel, phy, len): (ChannelIndex, Phy, usize),
        start: Instant,
    ) -> Reception {
        let level = self.level(fates, from, to, start);
        let of = |phy| bits::bit_error(level.saturating_sub(self.radios[to].sensitivity.on(phy)));
        bits::fate(of(sync_phy(phy)), of(phy), len, || fates.bits(from, to, channel, start))
    }

    /// Until when no bit of what `from` sends to `to` from `at` on can be wrong.
    pub(super) fn clean_until(
        &mut self,
        fates: Fates,
        (from, to): (usize, usize),
        phy: Phy,
        at: Instant,
    ) -> Instant {
        let sensitivity = &self.radios[to].sensitivity;
        let needed = sensitivity.on(phy).max(sensitivity.on(sync_phy(phy))).saturating_add(ROUNDING);
        let mut until = Instant::MAX;
        if let Some(Shadowing { coherence, .. }) = self.plan.shadowing {
            let period = at.as_nanos() / coherence.as_nanos().max(1);
            until = Instant::from_nanos((period + 1).saturating_mul(coherence.as_nanos().max(1)));
        }
        for radio in [&self.radios[from], &self.radios[to]] {
            if let Some(next) = radio.path.iter().find(|waypoint| waypoint.at > at) {
                until = until.min(next.at);
            }
        }
        // Between two waypoints the distance is largest at an end; the last instant shares the shadow of the
        // first.
        let last = Instant::from_nanos(until.as_nanos() - 1);
        let clean = |level: i32| bits::bit_error(level.saturating_sub(needed)) == 0;
        let ends = [at, last].map(|at| self.level(fates, from, to, at));
        if ends.into_iter().all(clean) { until } else { at }
    }
}

/// The PHY whose sensitivity holds for the access address: that of LE Coded is coded with S = 8 whatever
/// follows (Vol 6 Part B 2.2.3).
const fn sync_phy(phy: Phy) -> Phy {
    match phy {
        Phy::Le1M | Phy::Le2M => phy,
        Phy::CodedS2 | Phy::CodedS8 => Phy::CodedS8,
    }
}

/// Where a radio is, in millimetres.
fn place(radio: &Radio, at: Instant) -> (i64, i64) {
    let after = radio.path.partition_point(|waypoint| waypoint.at <= at);
    let to = radio.path.get(after);
    let Some(from) = after.checked_sub(1).map(|before| radio.path[before]).or(to.copied()) else {
        return (0, 0);
    };
    let Some(to) = to.filter(|to| to.at > from.at) else {
        return (i64::from(from.x), i64::from(from.y));
    };
    let (gone, whole) = (at.since(from.at).as_nanos(), to.at.since(from.at).as_nanos());
    let way = |from: i32, end: i32| {
        let part = (i128::from(end) - i128::from(from)) * i128::from(gone) / i128::from(whole);
        i64::from(from) + i64::try_from(part).expect("it lies between the two")
    };
    (way(from.x, to.x), way(from.y, to.y))
}

/// Path loss in hundredths of a decibel over a distance whose square is given in square millimetres:
/// `PL(1 m) + 10 n log10(d / 1 m)`, rounded to the nearest.
fn path_loss(signal: Signal, square: u64) -> i32 {
    const METRE: i128 = log2(1_000_000, 32) as i128;
    let square = square.max(NEAREST_MM * NEAREST_MM);
    let metres = i128::from(log2(square, 32)) - METRE;
    // 10 n log10(d) = 5 n log10(d^2), with n and the result in hundredths.
    let loss = 5 * i128::from(signal.exponent) * metres * LOG10_2_Q32;
    let hundredths = (loss + (1 << 63)) >> 64;
    signal.loss_at_1m.saturating_add(i32::try_from(hundredths).unwrap_or(i32::MAX))
}
