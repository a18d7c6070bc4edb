//! Stretches in which a link only exchanges empty packets are gone through at once.
//!
//! Invariant: every result is what it is without this, to the bit: the fate of each packet is asked of the same
//! weather, and the first that is not whole, like everything else that happens, is left to the loop. It must
//! never be used while somebody looks on.

use super::Sim;
use crate::air::Reception;
use crate::plan::{Pair, Plan};
use crate::shared::controller_actor;
use crate::weather::Weather;
use blesim_kernel::Span;
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
        let (central, peripheral) = (controller_actor(pair.central), controller_actor(pair.peripheral));
        let interval = Span::from_micros(1_250) * u64::from(plan.devices[pair.central].host.link.interval);
        let now = self.shared.agenda.now();
        let horizon = self.shared.agenda.next_but([central, peripheral]).min(self.verdict(plan));
        if horizon < now + interval * WORTH || self.shared.air.busy_until() > now {
            return;
        }
        let [first, second] =
            self.devices.get_disjoint_mut([pair.central, pair.peripheral]).expect("a pair is two devices");
        let (Some(mut first), Some(mut second)) =
            (first.controller.at_rest(now), second.controller.at_rest(now))
        else {
            return;
        };
        let shared = &mut self.shared;
        let mut went = (0, 0);
        loop {
            let (channel, access_address, sends, receives) = first.place();
            let anchor = first.anchor();
            let sent = anchor + Span::from_micros(u64::from(airtime_us(sends, 0)));
            let answer = sent + Span::from_micros(u64::from(T_IFS_US));
            let over = answer + Span::from_micros(u64::from(airtime_us(receives, 0)));
            // A window that nobody answers in closes well before a whole answer would have ended.
            let busy = horizon.min(first.timer()).min(second.timer());
            let (opens, closes) = second.window();
            if over >= busy || anchor >= closes {
                break;
            }
            if anchor < opens {
                let listened = first.listened(anchor, None);
                first.send();
                first.close(false);
                let account = shared.accounts[pair.central].now();
                account.transmit += sent.since(anchor);
                account.receive += listened;
                went = (went.0 + CENTRAL_ALONE.0, went.1 + CENTRAL_ALONE.1);
                continue;
            }
            if second.place() != (channel, access_address, receives, sends) {
                break;
            }
            let (there, back) = ((pair.central, pair.peripheral), (pair.peripheral, pair.central));
            let whole = |weather: &mut Weather, (from, to), phy, at| {
                weather.fate(from, to, channel, phy, 0, at) == Reception::Whole
            };
            if !whole(&mut shared.weather, there, sends, anchor)
                || !whole(&mut shared.weather, back, receives, answer)
            {
                break;
            }
            let header = first.send();
            second.hear(header, anchor, sent);
            let header = second.send();
            first.hear(header, answer, over);
            let account = shared.accounts[pair.central].now();
            account.transmit += sent.since(anchor);
            account.receive += first.listened(anchor, Some(over));
            let account = shared.accounts[pair.peripheral].now();
            account.transmit += over.since(answer);
            account.receive += sent.since(opens);
            first.close(true);
            second.close(true);
            went = (went.0 + BOTH.0, went.1 + BOTH.1);
        }
        first.resume();
        second.resume();
        if went.0 > 0 {
            shared.tally.frames += went.0;
            shared.agenda.passed(went.1);
            self.checks.forget([pair.central, pair.peripheral]);
            for device in [pair.central, pair.peripheral] {
                self.renew_controller_wake(device);
            }
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
