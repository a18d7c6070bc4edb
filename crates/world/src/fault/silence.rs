//! A host does nothing for a time: a blocked thread, a garbage collection, a debugger.

use crate::device::Device;
use crate::shared::Shared;
use blesim_kernel::Span;

pub(super) fn strike(device: usize, span: Span, devices: &mut [Device], shared: &mut Shared) {
    let until = shared.agenda.now() + span;
    let silent = &mut devices[device].silent_until;
    *silent = (*silent).max(until);
}
