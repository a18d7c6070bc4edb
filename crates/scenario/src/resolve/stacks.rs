//! The stacks of a scenario's devices: what a device leaves open is its stack's.
//!
//! Invariant: what a device or the scenario has written goes before the profile, the profile before what is usual.

use super::link::{self, Link};
use super::{Policies, device};
use crate::cx::Cx;
use crate::locate::Path;
use crate::policy::PolicySource;
use crate::spec::{DeviceSpec, LinkSpec, RoleWord, ScenarioSpec, StackSpec};
use crate::stack::{self, suggest};

/// The links that centrals ask for: each device's, and that of the first central.
#[derive(Clone, Debug)]
pub(super) struct Links {
    pub(super) first: Link,
    own: Vec<(String, Link)>,
}

impl Links {
    /// Of the device with this name.
    pub(super) fn of(&self, name: &str) -> Link {
        self.own.iter().find(|(known, _)| known == name).map_or(self.first, |(_, link)| *link)
    }
}

/// Fills the devices of a scenario from their stacks.
pub(super) fn fill(
    spec: &mut ScenarioSpec,
    from: &dyn PolicySource,
    policies: &mut Policies,
    cx: &mut Cx,
) -> Links {
    let varied = &spec.compare.who;
    let devices = &mut spec.devices.0;
    let varied_role = devices.iter().find(|(name, _)| name == varied).map(|(_, device)| device.role);
    let mut wishes: Vec<(String, LinkSpec)> = Vec::new();
    for (name, device) in devices {
        let path = Path::root().field("devices").field(name).field("stack");
        let profile = device.stack.clone().and_then(|stack| find(&stack, &path, from, policies, cx));
        if device.role == RoleWord::Central {
            wishes.push((name.clone(), profile.as_ref().map(StackSpec::link).unwrap_or_default()));
        }
        let Some(profile) = profile else { continue };
        profile.fill(device);
        // The policies of a device that varies are those that are compared.
        let opposite = !spec.compare.against.is_empty() && Some(device.role) != varied_role;
        if name != varied && !opposite && device.policy.is_none() {
            device.policy = profile.policy(device.role).cloned();
        }
    }
    links(spec.link.as_ref(), &wishes, cx)
}

/// What the scenario has written goes before what a central's stack wishes.
fn links(written: Option<&LinkSpec>, wishes: &[(String, LinkSpec)], cx: &mut Cx) -> Links {
    let none = LinkSpec::default();
    let path = Path::root().field("link");
    let mut resolved = |wish: &LinkSpec| {
        let usual = link::parameters(wish, link::USUAL, &path, cx);
        link::parameters(written.unwrap_or(&none), usual, &path, cx)
    };
    let first = resolved(wishes.first().map_or(&none, |(_, wish)| wish));
    // One that is like the first would only tell the same problems again.
    let others: Vec<_> = wishes.iter().skip(1).filter(|(_, wish)| *wish != wishes[0].1).collect();
    let own = others.into_iter().map(|(name, wish)| (name.clone(), resolved(wish))).collect();
    Links { first, own }
}

/// The profile `name`, or says at `path` why it cannot be had.
fn find(
    name: &str,
    path: &Path,
    from: &dyn PolicySource,
    policies: &mut Policies,
    cx: &mut Cx,
) -> Option<StackSpec> {
    match stack::load(name, from) {
        Ok(Some(profile)) => {
            policies.digest.octets(profile.source.text.as_bytes());
            Some(profile.spec)
        }
        Ok(None) => {
            let known = from.stack_names();
            let problem = cx
                .at("S210", path, format!("there is no stack \"{name}\""))
                .note(format!("the stacks are: {}", known.join(", ")))
                .note("a stack of your own is a file `stacks/NAME.ron` beside the scenario".to_owned());
            cx.error(suggest(problem, name, &known));
            None
        }
        Err(problems) => {
            policies.errors.append(problems);
            None
        }
    }
}

/// Tells what of a profile no device can have: first of each part by itself, then of the parts together.
pub(crate) fn check_stack(spec: &StackSpec, cx: &mut Cx) {
    let roles = [RoleWord::Central, RoleWord::Peripheral];
    let root = Path::root();
    let link = link::parameters(&spec.link(), link::USUAL, &root.field("central").field("link"), cx);
    for (field, part, fits) in [
        ("both", &spec.both, &roles[..]),
        ("central", &spec.central, &roles[..1]),
        ("peripheral", &spec.peripheral, &roles[1..]),
    ] {
        for &role in fits {
            let mut device = DeviceSpec { role, ..DeviceSpec::default() };
            part.fill(&mut device);
            if cx.errors.is_empty() {
                device::check(&device, link, &root.field(field), cx);
            }
        }
    }
    for (role, field) in roles.into_iter().zip(["central", "peripheral"]) {
        let mut device = DeviceSpec { role, ..DeviceSpec::default() };
        spec.fill(&mut device);
        if cx.errors.is_empty() {
            device::check(&device, link, &root.field(field), cx);
        }
    }
    // What may not be meant as it is written is told of the devices.
    cx.warnings.0.clear();
}
