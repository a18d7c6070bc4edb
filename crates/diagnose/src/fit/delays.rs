//! How long hosts and people take, from the pairings that a host's log shows.
//!
//! Invariant: only waits whose end and beginning are packets of the same host are counted, and one of a person is never
//! taken for one of a host.

use crate::connection::Connection;
use crate::dialogue::Dialogue;
use crate::step::{Happening, Moment, Side, View};
use blesim_host::smp::terms::{Model, model};
use blesim_packet::smp::SmpPdu;

/// Waits of a side in microseconds.
#[derive(Clone, Debug, Default)]
pub struct Delays {
    /// From the air to the host.
    pub arrives: Vec<i64>,
    /// From a PDU to the host's answer.
    pub host: Vec<i64>,
    /// From the peer's public key to the first PDU that needs the DHKey, where nobody is asked.
    pub dh_key: Vec<i64>,
    /// Until somebody has read and answered.
    pub reads: Vec<i64>,
    /// Until somebody has typed.
    pub types: Vec<i64>,
}

/// How long PDUs take from the end of their packet on the air to the host, where the capture has both: what passes in
/// the controller, on the transport and in the host. Empty where the clocks do not agree.
#[must_use]
pub fn arrivals(connection: &Connection, side: Side) -> Vec<i64> {
    let (Some(air), Some(host)) = (&connection.air, connection.host(side)) else { return Vec::new() };
    let sent: Vec<_> = pdus(air, side.other());
    let got: Vec<_> = pdus(host, side.other());
    let waits: Vec<i64> = sent
        .iter()
        .zip(&got)
        .filter(|((_, a), (_, b))| a == b && a.len() <= ONE_PACKET)
        .map(|((at, pdu), (there, _))| there.since(*at) - airtime(pdu))
        .collect();
    // Fragments, retransmissions that a sniffer heard first, and clocks that are apart make waits that are none.
    if waits.iter().any(|wait| *wait < 0) {
        Vec::new()
    } else {
        waits.into_iter().filter(|wait| *wait < LOST_US).collect()
    }
}

/// The codes of PDUs with keys.
const KEYS: std::ops::RangeInclusive<u8> = 0x06..=0x0A;
/// The longest PDU that fits a packet of 27 octets with its L2CAP header.
const ONE_PACKET: usize = 23;
/// A packet that was lost and sent again comes an event later: at least 7.5 ms (Vol 6 Part B 4.5.1).
const LOST_US: i64 = 7_500;

/// A packet of LE 1M with a PDU of the Security Manager: preamble, access address, header, L2CAP header, CRC.
fn airtime(pdu: &[u8]) -> i64 {
    // Keys are distributed encrypted, with a MIC (Vol 3 Part H 3.6.1).
    let mic = if pdu.first().is_some_and(|code| KEYS.contains(code)) { 4 } else { 0 };
    8 * i64::try_from(1 + 4 + 2 + 4 + pdu.len() + mic + 3).unwrap_or(0)
}

fn pdus(view: &View, from: Side) -> Vec<(Moment, &[u8])> {
    let of = view.steps.iter().filter_map(|step| match &step.what {
        Happening::Smp { from: sender, octets, .. } if *sender == from => Some((step.at, octets.as_slice())),
        _ => None,
    });
    of.collect()
}

/// What a wait is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wait {
    Host,
    DhKey,
    Reads,
    Types,
}

impl Delays {
    /// Adds what a view of a host shows of its own side.
    pub fn add(&mut self, view: &View) {
        let Some(side) = view.side else { return };
        let models: Vec<Option<Model>> = Dialogue::all(view).iter().map(agreed).collect();
        let mut number = 0;
        let mut last = None;
        for step in &view.steps {
            let Happening::Smp { from, pdu: Ok(pdu), .. } = step.what else { continue };
            if matches!(pdu, SmpPdu::PairingRequest(_)) {
                number += 1;
                last = None;
            }
            if from == side {
                if let Some((at, got)) = last.take()
                    && number > 0
                    && let Some(wait) = wait(side, models.get(number - 1).copied().flatten(), got, pdu)
                {
                    self.of(wait).push(step.at.since(at));
                }
            } else {
                last = Some((step.at, pdu));
            }
        }
    }

    fn of(&mut self, wait: Wait) -> &mut Vec<i64> {
        match wait {
            Wait::Host => &mut self.host,
            Wait::DhKey => &mut self.dh_key,
            Wait::Reads => &mut self.reads,
            Wait::Types => &mut self.types,
        }
    }
}

fn agreed(dialogue: &Dialogue) -> Option<Model> {
    let ((_, request), (_, response)) = dialogue.request.zip(dialogue.response)?;
    Some(model(&request, &response))
}

/// What stands between a PDU that a side got and the next one that it sends.
fn wait(side: Side, model: Option<Model>, got: SmpPdu, sent: SmpPdu) -> Option<Wait> {
    let model = model?;
    let types = matches!(
        (model, side),
        (Model::PasskeyBothInput, _)
            | (Model::PasskeyInitiatorDisplays, Side::Peripheral)
            | (Model::PasskeyResponderDisplays, Side::Central)
    );
    let passkey = !matches!(model, Model::JustWorks | Model::NumericComparison | Model::OutOfBand);
    match (got, sent) {
        (_, SmpPdu::KeypressNotification(_) | SmpPdu::PairingFailed(_)) => None,
        // The first confirm value needs the passkey.
        (
            SmpPdu::PairingResponse(_) | SmpPdu::PairingPublicKey { .. } | SmpPdu::PairingConfirm(_),
            SmpPdu::PairingConfirm(_),
        ) if passkey => types.then_some(Wait::Types),
        (SmpPdu::PairingPublicKey { .. }, SmpPdu::PairingPublicKey { .. }) => Some(Wait::Host),
        (SmpPdu::PairingPublicKey { .. }, _) => Some(Wait::DhKey),
        (SmpPdu::PairingRandom(_), SmpPdu::PairingDhKeyCheck(_)) if model == Model::NumericComparison => {
            Some(Wait::Reads)
        }
        (SmpPdu::PairingDhKeyCheck(_), SmpPdu::PairingDhKeyCheck(_)) if model == Model::NumericComparison => {
            None
        }
        _ => Some(Wait::Host),
    }
}
