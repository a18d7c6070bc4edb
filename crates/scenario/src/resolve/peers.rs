//! Who is to have a link with whom.
//!
//! Invariant: a peripheral belongs to one central; with one central in the file, all of them to it.

use super::device::Resolved;
use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::{RoleWord, ScenarioSpec};
use crate::words::did_you_mean;
use blesim_host::Role;

/// Gives centrals and peripherals their peers.
pub(super) fn resolve(spec: &ScenarioSpec, devices: &mut [Resolved], cx: &mut Cx) {
    let root = Path::root().field("devices");
    let centrals = devices.iter().filter(|device| device.plan.host.role == Role::Central).count();
    for (name, device) in &spec.devices.0 {
        let path = root.field(name).field("connects_to");
        let groups = match (&device.connects_to, device.role) {
            (None, RoleWord::Peripheral) => continue,
            (Some(_), RoleWord::Peripheral) => {
                let title = "a peripheral is connected to; only a central connects";
                cx.error(cx.at("S181", &path, title).help("remove `connects_to` here"));
                continue;
            }
            (Some(names), RoleWord::Central) => names.clone(),
            (None, RoleWord::Central) if centrals == 1 => peripherals(spec).map(str::to_owned).collect(),
            (None, RoleWord::Central) => {
                let title = format!("\"{name}\" is one of several centrals: which peripherals are its own?");
                let names: Vec<_> = peripherals(spec).collect();
                let problem = cx.at("S180", &root.field(name), title);
                cx.error(problem.help(format!("add `connects_to: [..]` with some of: {}", names.join(", "))));
                continue;
            }
        };
        for (index, group) in groups.iter().enumerate() {
            connect(spec, name, group, devices, &path.index(index), cx);
        }
    }
    for device in devices.iter().filter(|device| device.plan.host.peers.iter().next().is_none()) {
        let title = format!("\"{}\" has no peer: nobody is to have a link with it", device.name);
        cx.warn(cx.at("S184", &root.field(&device.group), title));
    }
}

fn peripherals(spec: &ScenarioSpec) -> impl Iterator<Item = &str> {
    let all = spec.devices.0.iter().filter(|(_, device)| device.role == RoleWord::Peripheral);
    all.map(|(name, _)| name.as_str())
}

/// Makes the devices of `group` peers of the central `name`, each of its copies of all of theirs.
fn connect(spec: &ScenarioSpec, name: &str, group: &str, devices: &mut [Resolved], path: &Path, cx: &mut Cx) {
    if !peripherals(spec).any(|known| known == group) {
        let problem = cx.at("S182", path, format!("there is no peripheral \"{group}\""));
        cx.error(match did_you_mean(group, peripherals(spec)) {
            Some(word) => problem.write("did you mean this?", format!("\"{word}\"")),
            None => problem,
        });
        return;
    }
    let Some(central) = devices.iter().position(|device| device.group == name) else { return };
    for peripheral in 0..devices.len() {
        if devices[peripheral].group != group {
            continue;
        }
        if devices[peripheral].plan.host.peers.iter().next().is_some() {
            let title = format!("\"{group}\" is another central's already");
            cx.error(cx.at("S183", path, title).note("a peripheral has one link at a time".to_owned()));
            return;
        }
        devices[peripheral].plan.host.peers = devices[central].plan.host.address.into();
        let address = devices[peripheral].plan.host.address;
        devices[central].plan.host.peers.push(address);
        devices[central].plan.controller.max_links += 1;
    }
}
