//! A device loses its bonds: a factory reset, a flash page gone bad, a firmware update that forgot them.

use crate::device::Device;

pub(super) fn strike(device: &mut Device) {
    device.host.bonds_mut().clear();
}
