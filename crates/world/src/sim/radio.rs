//! Frames from their first bit to their last: who hears them, and how.
//!
//! Invariant: the fate of a frame is settled when it begins, for every receiver by itself.

use super::{Run, Sim};
use crate::air::{Flight, Reception};
use crate::fault;
use crate::plan::LossMode;
use crate::shared::{Happening, RANK_FRAME, controller_actor};
use crate::trace::{Entry, Trace};
use arrayvec::ArrayVec;
use blesim_controller::{AirPdu, Frame, Input};
use blesim_crypto::KeyAgreement;
use blesim_kernel::{Instant, Span};
use blesim_packet::ll::{Phy, airtime_us};

impl Sim {
    /// Puts a frame on the air: decides for everybody who listens whether and how it arrives.
    pub(super) fn launch<K: KeyAgreement, T: Trace>(
        &mut self,
        from: usize,
        frame: Frame,
        run: &mut Run<'_, K, T>,
    ) {
        let now = self.shared.agenda.now();
        let octets = frame.pdu.payload_len();
        let end = now + Span::from_micros(u64::from(airtime_us(Phy::Le1M, octets)));
        self.shared.tally.frames += 1;
        let planned = fault::on_frame(from, &frame, &mut self.shared, run.trace);
        if let AirPdu::Data(pdu) = &frame.pdu
            && !pdu.payload.is_empty()
        {
            self.shared.seal(now, from, 0, &pdu.payload);
        }
        let mut receivers = ArrayVec::new();
        for to in 0..self.devices.len() {
            let Some(listening) = self.devices[to].controller.listening(now) else { continue };
            if to == from
                || listening.channel != frame.channel
                || listening.access_address != frame.access_address
            {
                continue;
            }
            let reception = planned.unwrap_or_else(|| self.fate(from, to, &frame, now, run.plan.loss_mode));
            receivers.push((to, reception));
            if reception != Reception::Lost {
                self.controller(to, Input::Sync { end }, run);
            }
        }
        self.checks.on_frame(from, &frame);
        if T::ON {
            run.trace.entry(now, &Entry::Frame { from, frame: &frame, receivers: &receivers });
        }
        receivers.retain(|&mut (_, reception)| reception != Reception::Lost);
        if receivers.is_empty() {
            return;
        }
        let slot = self.shared.air.launch(Flight { from, start: now, frame, receivers, cut: false });
        let (to, by) = (controller_actor(from), controller_actor(from));
        self.shared.agenda.post(end, RANK_FRAME, to, by, Happening::FrameEnds(slot));
    }

    fn fate(&mut self, from: usize, to: usize, frame: &Frame, now: Instant, mode: LossMode) -> Reception {
        let loss = self.shared.weather.loss(now);
        if loss.is_never() || !loss.hits(self.shared.chance.frame(from, to, frame.channel.0, now)) {
            return Reception::Whole;
        }
        match mode {
            LossMode::Sync => Reception::Lost,
            LossMode::Crc => Reception::CrcError,
        }
    }

    /// A frame ends: its receivers get it.
    pub(super) fn land<K: KeyAgreement, T: Trace>(&mut self, slot: u8, run: &mut Run<'_, K, T>) {
        let flight = self.shared.air.land(slot);
        for &(to, reception) in &flight.receivers {
            let mut pdu = flight.frame.pdu;
            if reception == Reception::Corrupted
                && let AirPdu::Data(data) = &mut pdu
                && let Some(last) = data.payload.last_mut()
            {
                *last ^= 1;
            }
            let crc_ok = reception != Reception::CrcError && !flight.cut;
            self.controller(to, Input::Frame { start: flight.start, pdu: &pdu, crc_ok }, run);
        }
    }
}
