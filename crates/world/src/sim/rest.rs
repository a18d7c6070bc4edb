//! Stretches in which a link only exchanges empty packets are gone through at once.
//!
//! Invariant: every result is what it is without this, to the bit: the fate of each packet is asked of the same
//! weather, and the first that is not whole, like everything else that happens, is left to the loop. It must
//! never be used while somebody looks on.

use super::Sim;
use super::leap::Leaper;
use crate::air::Reception;
use crate::plan::{Pair, Plan};
use crate::shared::{Shared, controller_actor};
use blesim_controller::AtRest;
use blesim_kernel::{Instant, Span};
use blesim_packet::ll::{T_IFS_US, airtime_us};

/// Frames and happenings of an event in which both sides send: the anchor, the answer, and two frames' ends.
const BOTH: (u32, u64) = (2, 4);
/// Of an event that the peripheral sleeps through: the anchor, and the end of the central's window.
const CENTRAL_ALONE: (u32, u64) = (1, 2);
/// Fewer events than this are not worth the look.
const WORTH: u64 = 2;

impl Sim {
    /// Goes through the events of a pair's link in which nothing can happen, up to the next thing that does.
    pub(super) fn rest(&mut self, pair: Pair, plan: &Plan) {
        let actors = [pair.central, pair.peripheral].map(controller_actor);
        let interval = Span::from_micros(1_250) * u64::from(plan.devices[pair.central].host.link.interval);
        let now = self.shared.agenda.now();
        let horizon = self.shared.agenda.next_but(actors).min(self.verdict(plan));
        if horizon < now + interval * WORTH || self.shared.air.busy_until() > now {
            return;
        }
        let both = self.devices.get_disjoint_mut([pair.central, pair.peripheral]);
        let [first, second] = both.expect("a pair is two devices");
        let (Some(mut first), Some(mut second)) =
            (first.controller.at_rest(now), second.controller.at_rest(now))
        else {
            return;
        };
        let mut went = (0, 0);
        let mut leaper = Leaper::new(pair, horizon);
        loop {
            let together = leaper.looks() && first.hops_with(&second);
            let Some((frames, happenings)) = event(&mut first, &mut second, pair, horizon, &mut self.shared)
            else {
                break;
            };
            went = (went.0 + frames, went.1 + happenings);
            if leaper.looks() {
                let heard = (frames, happenings) == BOTH;
                leaper.look((&mut first, &mut second), heard, together, &mut went, &mut self.shared);
            }
        }
        first.resume();
        second.resume();
        if went.0 > 0 {
            self.shared.tally.frames += went.0;
            self.shared.agenda.passed(went.1);
            self.checks.forget([pair.central, pair.peripheral]);
            self.renew_controller_wake(pair.central);
            self.renew_controller_wake(pair.peripheral);
        }
    }

    /// The pair whose central has just heard the frame at this place, if it has no other.
    pub(super) fn pair_at(&self, place: u8, plan: &Plan) -> Option<Pair> {
        let &(to, _) = self.shared.air.flight(place).receivers.first()?;
        let mut pairs = plan.pairs.iter().filter(|pair| pair.central == to);
        let first = pairs.next()?;
        pairs.next().is_none().then_some(*first)
    }
}

/// Goes through one event, if it is over before `horizon` and every packet in it is whole: the frames that were
/// sent and the happenings there would have been.
fn event(
    central: &mut AtRest<'_>,
    peripheral: &mut AtRest<'_>,
    pair: Pair,
    horizon: Instant,
    shared: &mut Shared,
) -> Option<(u32, u64)> {
    let (channel, access_address, sends, receives) = central.place();
    let anchor = central.anchor();
    let sent = anchor + Span::from_micros(u64::from(airtime_us(sends, 0)));
    let answer = sent + Span::from_micros(u64::from(T_IFS_US));
    // A window that nobody answers in closes well before a whole answer would have ended.
    let over = answer + Span::from_micros(u64::from(airtime_us(receives, 0)));
    let (opens, closes) = peripheral.window();
    if over >= horizon.min(central.timer()).min(peripheral.timer()) || anchor >= closes {
        return None;
    }
    if anchor < opens {
        let account = shared.accounts[pair.central].now();
        account.transmit += sent.since(anchor);
        account.receive += central.listened(anchor, None);
        central.send();
        central.close(false);
        return Some(CENTRAL_ALONE);
    }
    if peripheral.place() != (channel, access_address, receives, sends) {
        return None;
    }
    let mut whole =
        |from, to, phy, at| shared.weather.fate(from, to, channel, phy, 0, at) == Reception::Whole;
    if !whole(pair.central, pair.peripheral, sends, anchor)
        || !whole(pair.peripheral, pair.central, receives, answer)
    {
        return None;
    }
    let header = central.send();
    peripheral.hear(header, anchor, sent);
    let header = peripheral.send();
    central.hear(header, answer, over);
    let account = shared.accounts[pair.central].now();
    account.transmit += sent.since(anchor);
    account.receive += central.listened(anchor, Some(over));
    let account = shared.accounts[pair.peripheral].now();
    account.transmit += over.since(answer);
    account.receive += sent.since(opens);
    central.close(true);
    peripheral.close(true);
    Some(BOTH)
}
