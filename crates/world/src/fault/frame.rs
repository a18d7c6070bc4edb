//! A single frame is lost, broken or corrupted.

use super::{Effect, When, note};
use crate::air::Reception;
use crate::shared::Shared;
use crate::trace::Trace;

/// What the plan has in store for the data channel PDU, not an empty one, that `device` sends now, if anything.
pub(crate) fn on_frame<T: Trace>(device: usize, shared: &mut Shared, trace: &mut T) -> Option<Reception> {
    let mut fate = None;
    for place in 0..shared.planned.len() {
        let planned = &mut shared.planned[place];
        let (index, effect) = (planned.index, planned.effect);
        if let (When::Frame(left), true) = (&mut planned.when, planned.device == device) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                planned.when = When::Past;
                if let Effect::Frame(reception) = effect {
                    fate = Some(reception);
                    note(index, effect, device, shared, trace);
                }
            }
        }
    }
    fate
}
