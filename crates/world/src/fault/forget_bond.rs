//! A device loses bonds: a factory reset, a flash page gone bad, a firmware update that forgot them, or a bug that
//! overwrote them in RAM, to be mended by the next restart.

use super::Lost;
use crate::device::Device;

pub(super) fn strike(device: usize, lost: Lost, devices: &mut [Device]) {
    match lost {
        Lost::All => devices[device].host.bonds_mut().clear(),
        Lost::With(peer) => {
            let identity = devices[peer].host.identity_address();
            devices[device].host.bonds_mut().delete(identity);
        }
        Lost::InRam => devices[device].host.bonds_mut().forget_in_ram(),
    }
}
