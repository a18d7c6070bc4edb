//! How long hosts and people take, from the pairings that a host's log shows.
//!
//! Invariant: only waits whose end and beginning are packets of the same host are counted, and one of a person is never
//! taken for one of a host.

use crate::dialogue::Dialogue;
use crate::step::{Happening, Side, View};
use blesim_host::smp::terms::{Model, model};
use blesim_packet::smp::SmpPdu;

/// Waits of a side in microseconds.
#[derive(Clone, Debug, Default)]
pub struct Delays {
    /// From a PDU to the host's answer.
    pub host: Vec<i64>,
    /// From the peer's public key to the first PDU that needs the DHKey, where nobody is asked.
    pub dh_key: Vec<i64>,
    /// Until somebody has read and answered.
    pub reads: Vec<i64>,
    /// Until somebody has typed.
    pub types: Vec<i64>,
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
