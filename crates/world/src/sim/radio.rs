//! Frames from their first bit to their last: who hears them, and how.
//!
//! Invariant: the fate of a frame is settled when it begins, for every receiver by itself.

use super::{Run, Sim};
use crate::air::{Flight, Reception};
use crate::fault;
use crate::plan::LossMode;
use crate::shared::{Happening, RANK_FRAME, controller_actor, seal};
use crate::trace::{Entry, Trace};
use blesim_controller::{AirPdu, Frame, Input};
use blesim_crypto::KeyAgreement;
use blesim_kernel::{Instant, Span};
use blesim_packet::ll::{ChannelIndex, Phy, airtime_us};

impl Sim {
    /// A frame that `from` has put on the air: decides for everybody who listens whether and how it arrives.
    pub(super) fn launch<K: KeyAgreement, T: Trace>(
        &mut self,
        from: usize,
        place: u8,
        run: &mut Run<'_, K, T>,
    ) {
        let now = self.shared.agenda.now();
        let Frame { channel, access_address, phy, pdu } = &self.shared.air.flight(place).frame;
        let (channel, access_address, phy) = (*channel, *access_address, *phy);
        let end = now + Span::from_micros(u64::from(airtime_us(phy, pdu.payload_len())));
        self.shared.tally.frames += 1;
        self.shared.accounts[from].now().transmit += end.since(now);
        let mut planned = None;
        if let AirPdu::Data(pdu) = pdu
            && !pdu.payload.is_empty()
        {
            seal(&mut self.shared.digest, now, from, 0, &pdu.payload);
            planned = fault::on_frame(from, &mut self.shared, run.trace);
        }
        for to in 0..self.devices.len() {
            let Some(listening) = self.devices[to].controller.listening(now) else { continue };
            let heard = listening.channel == channel
                && listening.access_address == access_address
                && same_radio(listening.phy, phy);
            if to == from || !heard {
                continue;
            }
            let reception = planned.unwrap_or_else(|| self.fate(from, to, channel, now, run.plan.loss_mode));
            self.shared.air.flight_mut(place).receivers.push((to, reception));
            if reception != Reception::Lost {
                self.controller(to, Input::Sync { end }, run);
            }
        }
        let Flight { frame, receivers, .. } = self.shared.air.flight_mut(place);
        self.checks.on_frame(from, frame);
        if T::ON {
            run.trace.entry(now, &Entry::Frame { from, frame, receivers });
        }
        receivers.retain(|&mut (_, reception)| reception != Reception::Lost);
        if receivers.is_empty() {
            self.shared.air.land(place);
            return;
        }
        let (to, by) = (controller_actor(from), controller_actor(from));
        self.shared.agenda.post(end, RANK_FRAME, to, by, Happening::FrameEnds(place));
    }

    fn fate(
        &mut self,
        from: usize,
        to: usize,
        channel: ChannelIndex,
        now: Instant,
        mode: LossMode,
    ) -> Reception {
        let loss = self.shared.weather.loss(now);
        if loss.is_never() || !loss.hits(self.shared.chance.frame(from, to, channel.0, now)) {
            return Reception::Whole;
        }
        match mode {
            LossMode::Sync => Reception::Lost,
            LossMode::Crc => Reception::CrcError,
        }
    }

    /// A frame ends: its receivers get it.
    pub(super) fn land<K: KeyAgreement, T: Trace>(&mut self, place: u8, run: &mut Run<'_, K, T>) {
        self.shared.air.land(place);
        let Flight { start, cut, frame, receivers, .. } = self.shared.air.flight(place);
        // Whoever hears it may send at once and take its place.
        let (start, cut, pdu, receivers) = (*start, *cut, frame.pdu, receivers.clone());
        for &(to, reception) in &receivers {
            let crc_ok = reception != Reception::CrcError && !cut;
            if reception == Reception::Corrupted {
                let pdu = corrupted(pdu);
                self.controller(to, Input::Frame { start, pdu: &pdu, crc_ok }, run);
            } else {
                self.controller(to, Input::Frame { start, pdu: &pdu, crc_ok }, run);
            }
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
