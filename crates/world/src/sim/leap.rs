//! Rounds of a link at rest that repeat themselves are gone through in one step.
//!
//! Invariant: a leap is as good as the events in it. Both sides are what they were a round before, but later;
//! the air is clean for as long; nobody has an appointment meanwhile: then every round is like the one before.

use crate::energy::Usage;
use crate::plan::Pair;
use crate::shared::Shared;
use blesim_controller::{AtRest, Mark, Round};
use blesim_kernel::{Instant, Span};

/// Events that both sides attend after which a round that has not come back is not waited for any more: the
/// sequence numbers, one bit each, take two.
const PATIENCE: u8 = 4;
/// Rounds of one leap at the most; the frames in them stay far below 2^32.
const FARTHEST: u64 = 1 << 20;

/// Both sides and their accounts after an event.
#[derive(Clone, Copy)]
struct Start {
    marks: (Mark, Mark),
    usage: [Usage; 2],
    went: (u32, u64),
    /// Both have hopped alike since.
    together: bool,
}

/// Looks for a round, leaps once, and looks no more.
pub(super) struct Leaper {
    pair: Pair,
    horizon: Instant,
    start: Option<Start>,
    patience: u8,
}

impl Leaper {
    pub(super) fn new(pair: Pair, horizon: Instant) -> Self {
        Self { pair, horizon, start: None, patience: PATIENCE }
    }

    /// Whether it is still worth asking.
    pub(super) fn looks(&self) -> bool {
        self.patience > 0
    }

    /// After an event: leaps if both sides are as they were. `heard` tells whether both have heard each
    /// other, `together` whether they knew they met in it; `went` are frames and happenings up to here.
    pub(super) fn look(
        &mut self,
        (central, peripheral): (&mut AtRest<'_>, &mut AtRest<'_>),
        heard: bool,
        together: bool,
        went: &mut (u32, u64),
        shared: &mut Shared,
    ) {
        if !heard {
            return;
        }
        self.patience -= 1;
        if let Some(start) = &self.start {
            let rounds = (central.round(&start.marks.0), peripheral.round(&start.marks.1));
            if let (Some(round), true) = (rounds.0, rounds.0 == rounds.1 && start.together && together) {
                self.patience = 0;
                let times = self.times((central, peripheral), round, shared);
                central.repeat(round, times);
                peripheral.repeat(round, times);
                self.account(start, times, went, shared);
            }
            return;
        }
        let usage = self.usage(shared);
        let marks = central.mark().zip(peripheral.mark());
        self.start = marks.map(|marks| Start { marks, usage, went: *went, together });
    }

    /// How often a round can be repeated before something else may happen.
    fn times(&self, sides: (&AtRest<'_>, &AtRest<'_>), round: Round, shared: &mut Shared) -> u64 {
        let (central, peripheral) = sides;
        let (_, _, down, up) = central.place();
        let (over, Pair { central: first, peripheral: second, .. }) = (central.heard(), self.pair);
        let clean = shared.weather.clean_until(first, second, down, over);
        let clean = clean.min(shared.weather.clean_until(second, first, up, over));
        let until = clean.min(self.horizon).min(central.appointment()).min(peripheral.appointment());
        let left = until.saturating_sub(Span::from_nanos(1)).max(over).since(over);
        (left.as_nanos() / round.span.as_nanos()).min(FARTHEST)
    }

    fn usage(&self, shared: &mut Shared) -> [Usage; 2] {
        [self.pair.central, self.pair.peripheral].map(|device| *shared.accounts[device].now())
    }

    /// Adds what a round has used and counted as often.
    fn account(&self, start: &Start, times: u64, went: &mut (u32, u64), shared: &mut Shared) {
        let frames = u32::try_from(times).expect("it is at most the farthest leap");
        went.0 += (went.0 - start.went.0) * frames;
        went.1 += (went.1 - start.went.1) * times;
        for (device, before) in [self.pair.central, self.pair.peripheral].into_iter().zip(start.usage) {
            let account = shared.accounts[device].now();
            account.transmit += (account.transmit - before.transmit) * times;
            account.receive += (account.receive - before.receive) * times;
        }
    }
}
