//! A device loses power: what it was sending breaks off, what it knew is gone, the bonds that are written stay.

use crate::device::{Device, Power};
use crate::shared::{Happening, RANK_POWER, Shared, controller_actor, host_actor};
use blesim_kernel::Span;

pub(super) fn strike(device: usize, off: Span, devices: &mut [Device], shared: &mut Shared) {
    let host = host_actor(device);
    switch_off(device, devices, shared);
    let back = shared.agenda.now() + off;
    shared.agenda.post(back, RANK_POWER, host, host, Happening::PowerOn);
}

/// Takes the power away, without a word about its return.
pub(crate) fn switch_off(device: usize, devices: &mut [Device], shared: &mut Shared) {
    let (controller, host) = (controller_actor(device), host_actor(device));
    shared.air.cut(device, shared.agenda.now());
    shared.pipes.lose(device);
    shared.people.forget(device);
    shared.efforts.forget(device, shared.agenda.now());
    shared.agenda.retain(|actor, event| {
        let own = actor == controller || actor == host;
        !(own && matches!(event, Happening::ToHost | Happening::ToController | Happening::PowerOn))
    });
    devices[device].power = Power::Off;
    devices[device].host.power_lost(shared.agenda.now());
    devices[device].controller.reset();
    shared.agenda.wake(controller, None);
    shared.agenda.wake(host, None);
}
