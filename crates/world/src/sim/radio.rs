//! Frames from their first bit to their last: who hears them, and how.
//!
//! Invariants: who hears a frame is settled when it begins, for every receiver by itself, and so is what the
//! weather makes of it; a frame of another device that begins later can still break it, and nothing else can.

use super::{Run, Sim};
use crate::air::{Flight, Reception, worse};
use crate::fault;
use crate::shared::{Happening, RANK_FRAME, Reason, Shared, controller_actor, seal};
use crate::trace::{Entry, Trace};
use blesim_controller::{AirPdu, Frame, Input, Listening};
use blesim_crypto::KeyAgreement;
use blesim_kernel::{Instant, Span};
use blesim_packet::ll::{Phy, airtime_us};

impl Sim {
    /// A frame that `from` has put on the air: decides for everybody who listens whether and how it arrives.
    pub(super) fn launch<K: KeyAgreement, T: Trace>(
        &mut self,
        from: usize,
        place: u8,
        run: &mut Run<'_, K, T>,
    ) {
        let now = self.shared.agenda.now();
        let shared = &mut self.shared;
        let frame = shared.air.flight(place).frame();
        self.checks.on_frame(from, frame);
        let Frame { channel, access_address, phy, ref pdu } = *frame;
        let len = pdu.payload_len();
        let airtime = Span::from_micros(u64::from(airtime_us(phy, len)));
        let end = now + airtime;
        shared.tally.frames += 1;
        shared.accounts[from].now().transmit += airtime;
        let mut planned = None;
        if let AirPdu::Data(pdu) = pdu
            && !pdu.payload.is_empty()
        {
            seal(&mut shared.digest, now, from, 0, &pdu.payload);
            planned = fault::on_frame(from, shared, run.trace);
        }
        let among_others = shared.air.ends(place, end);
        if among_others {
            self.break_others(place, run);
        }
        let (mut heard, mut lost) = (false, false);
        for to in (0..self.devices.len()).filter(|&to| to != from) {
            let tuned = |listening: &Listening| {
                listening.channel == channel
                    && listening.access_address == access_address
                    && same_radio(listening.phy, phy)
            };
            if !self.devices[to].controller.listening(now).as_ref().is_some_and(tuned) {
                continue;
            }
            let weather = &mut self.shared.weather;
            let reception = planned.unwrap_or_else(|| weather.fate(from, to, channel, phy, len, now));
            let drowned = among_others && self.is_drowned(place, to);
            let reception = if drowned { Reception::Lost } else { reception };
            self.shared.air.flight_mut(place).receivers.push((to, reception));
            if reception == Reception::Lost {
                lost = true;
                continue;
            }
            heard = true;
            self.finds(to, end, run);
        }
        if !self.shared.attacks.listeners.is_empty() {
            self.overhear(place, run.plan);
        }
        if T::ON {
            let flight = self.shared.air.flight(place);
            let (frame, receivers) = (flight.frame(), &flight.receivers);
            run.trace.entry(now, &Entry::Frame { from, frame, receivers });
        }
        if lost {
            let receivers = &mut self.shared.air.flight_mut(place).receivers;
            receivers.retain(|&(_, reception)| reception != Reception::Lost);
        }
        if !heard {
            return self.shared.air.land(place);
        }
        let (to, by) = (controller_actor(from), controller_actor(from));
        self.shared.agenda.post(end, RANK_FRAME, to, by, Happening::FrameEnds(place));
    }

    /// A receiver has found the access address of the frame that begins now.
    #[inline]
    fn finds<K: KeyAgreement, T: Trace>(&mut self, to: usize, end: Instant, run: &mut Run<'_, K, T>) {
        if let Some(at) = self.devices[to].controller.sync_on_the_link() {
            self.checks.controller_touched(to);
            let at = at.max(self.shared.agenda.now());
            self.shared.agenda.wake(controller_actor(to), Some((at, Reason::Controller)));
        } else {
            self.controller(to, Input::Sync { end }, run);
        }
    }

    /// Whether `to` cannot find the access address of the frame that begins now, because it is receiving
    /// another one already, or something is on the channel from which it cannot tell the frame.
    fn is_drowned(&mut self, place: u8, to: usize) -> bool {
        let flight = self.shared.air.flight(place);
        let (from, start, channel, phy) =
            (flight.from, flight.start, flight.frame().channel, flight.frame().phy);
        let Shared { air, weather, .. } = &mut self.shared;
        air.places().any(|other| {
            air.sender(other, channel, start).is_some_and(|by| {
                let receives = || air.flight(other).receivers.iter().any(|&(device, _)| device == to);
                by != from && by != to && (receives() || !weather.captures(from, to, by, phy, start))
            })
        })
    }

    /// The frame that begins now breaks what others are receiving on its channel. They have found their
    /// frames when those began, so what they get is a CRC that does not match.
    fn break_others<K: KeyAgreement, T: Trace>(&mut self, place: u8, run: &mut Run<'_, K, T>) {
        let flight = self.shared.air.flight(place);
        let (by, now, channel) = (flight.from, flight.start, flight.frame().channel);
        for other in self.shared.air.places() {
            let Some(from) = self.shared.air.sender(other, channel, now).filter(|&from| from != by) else {
                continue;
            };
            let phy = self.shared.air.flight(other).frame().phy;
            for index in 0..self.shared.air.flight(other).receivers.len() {
                let (to, _) = self.shared.air.flight(other).receivers[index];
                if to == by || self.shared.weather.captures(from, to, by, phy, now) {
                    continue;
                }
                let (_, reception) = &mut self.shared.air.flight_mut(other).receivers[index];
                *reception = worse(*reception, Reception::CrcError);
                if T::ON {
                    run.trace.entry(now, &Entry::Collision { from, to, by });
                }
            }
        }
    }

    /// A frame ends: its receivers get it.
    pub(super) fn land<K: KeyAgreement, T: Trace>(&mut self, place: u8, run: &mut Run<'_, K, T>) {
        // Whoever hears it may send at once, so it keeps its place until all have heard it.
        let frame = self.shared.air.lift(place);
        let Flight { start, cut, ref receivers, .. } = *self.shared.air.flight(place);
        for index in 0..receivers.len() {
            let (to, reception) = self.shared.air.flight(place).receivers[index];
            let crc_ok = reception != Reception::CrcError && !cut;
            if reception == Reception::Corrupted {
                let pdu = corrupted(frame.pdu);
                self.controller(to, Input::Frame { start, pdu: &pdu, crc_ok }, run);
            } else {
                self.controller(to, Input::Frame { start, pdu: &frame.pdu, crc_ok }, run);
            }
        }
        let empty = matches!(&frame.pdu, AirPdu::Data(pdu) if pdu.payload.is_empty());
        self.shared.air.land_lifted(place, frame);
        let idle = !T::ON && empty && self.rests && !self.attacked;
        if idle && let Some(pair) = self.pair_at(place, run.plan) {
            self.rest(pair, run.plan);
        }
    }
}

/// Whether a receiver on `listening` makes out a frame sent on `sent`: both codings of LE Coded begin alike
/// (Vol 6 Part B 2.2.3).
const fn same_radio(listening: Phy, sent: Phy) -> bool {
    matches!(
        (listening, sent),
        (Phy::Le1M, Phy::Le1M)
            | (Phy::Le2M, Phy::Le2M)
            | (Phy::CodedS2 | Phy::CodedS8, Phy::CodedS2 | Phy::CodedS8)
    )
}

/// The same PDU with its last bit flipped.
fn corrupted(mut pdu: AirPdu) -> AirPdu {
    if let AirPdu::Data(data) = &mut pdu
        && let Some(last) = data.payload.last_mut()
    {
        *last ^= 1;
    }
    pdu
}
