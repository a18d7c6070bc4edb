//! The policies: those that are compared, and those of the devices that do not vary.

use super::Policies;
use super::device::Resolved;
use super::fault::who;
use crate::cx::Cx;
use crate::locate::Path;
use crate::policy::{self, PolicySource};
use crate::spec::ScenarioSpec;
use crate::words::did_you_mean;
use blesim_host::Role;
use blesim_host::recovery::Program;
use std::sync::Arc;

/// The most policies of one scenario.
const MOST: usize = 64;

/// The names of what is compared: the policies, or each of them against each of its peers'.
pub(super) fn names(spec: &ScenarioSpec) -> Vec<String> {
    let (policies, against) = (&spec.compare.policies, &spec.compare.against);
    if against.is_empty() {
        return policies.clone();
    }
    policies.iter().flat_map(|own| against.iter().map(move |peer| format!("{own} vs {peer}"))).collect()
}

pub(super) fn resolve(
    spec: &ScenarioSpec,
    devices: &[Resolved],
    from: &dyn PolicySource,
    policies: &mut Policies,
    cx: &mut Cx,
) -> Vec<Program> {
    let varied = devices.iter().find(|device| device.name == spec.compare.who);
    let role = varied.map(|device| device.plan.host.role);
    let root = Path::root().field("compare");
    let names = &spec.compare.policies;
    if names.is_empty() {
        let problem = cx.at("S160", &root.field("policies"), "there is no policy to compare");
        cx.error(problem.write("for example", "[\"never-retry\", \"reconnect-then-retry\"]"));
    }
    if names.len() > MOST {
        let title = format!("a scenario compares at most {MOST} policies");
        cx.error(cx.at("S160", &root.field("policies").index(MOST), title));
    }
    let mut programs = Vec::new();
    for (index, name) in names.iter().enumerate().take(MOST) {
        let path = root.field("policies").index(index);
        if names[..index].contains(name) {
            cx.error(cx.at("S161", &path, format!("\"{name}\" is in the list twice")));
            continue;
        }
        programs.extend(find(name, role, &path, from, policies, cx));
    }
    against(spec, role, programs, from, policies, cx)
}

/// Each policy against each of those that its peers may run.
fn against(
    spec: &ScenarioSpec,
    role: Option<Role>,
    programs: Vec<Program>,
    from: &dyn PolicySource,
    policies: &mut Policies,
    cx: &mut Cx,
) -> Vec<Program> {
    let root = Path::root().field("compare").field("against");
    let names = &spec.compare.against;
    if names.is_empty() {
        return programs;
    }
    if programs.len() * names.len() > MOST {
        let title = format!("a scenario compares at most {MOST} policies, each against each peer's counted");
        cx.error(cx.at("S160", &root, title).help("leave some of them out"));
        return programs;
    }
    let opposite = role.map(|role| match role {
        Role::Central => Role::Peripheral,
        Role::Peripheral => Role::Central,
    });
    let facts = policies.facts.len();
    let mut peers = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let path = root.index(index);
        if names[..index].contains(name) {
            cx.error(cx.at("S161", &path, format!("\"{name}\" is in the list twice")));
            continue;
        }
        peers.extend(find(name, opposite, &path, from, policies, cx).map(Arc::new));
    }
    policies.facts.truncate(facts);
    let tried = |own: &Program, peer: &Arc<Program>| Program {
        name: format!("{} vs {}", own.name, peer.name),
        against: Some(Arc::clone(peer)),
        ..own.clone()
    };
    programs.iter().flat_map(|own| peers.iter().map(move |peer| tried(own, peer))).collect()
}

/// Reads and checks the policy `name` of a device with this role, or says at `path` why it cannot be had.
fn find(
    name: &str,
    role: Option<Role>,
    path: &Path,
    from: &dyn PolicySource,
    policies: &mut Policies,
    cx: &mut Cx,
) -> Option<Program> {
    match policy::load(name, from) {
        Ok(Some(checked)) => {
            policies.digest.octets(checked.source.text.as_bytes());
            policies.warnings.append(checked.warnings);
            policies.facts.push(checked.facts);
            if let Some(role) = role
                && let Some((rule, action, instead)) = policy::unfit(&checked.program, role)
            {
                let (own, other) = match role {
                    Role::Central => ("central", "Peripheral"),
                    Role::Peripheral => ("peripheral", "Central"),
                };
                let title = format!(
                    "\"{name}\" is no policy of a {own}: its rule {} says `{}`",
                    rule + 1,
                    policy::verb(action)
                );
                let help = format!("in a rule of a {own} write {instead}; or give that rule `role: {other}`");
                cx.error(cx.at("S165", path, title).help(help));
            }
            Some(checked.program)
        }
        Ok(None) => {
            let known = from.names();
            let problem = cx
                .at("S162", path, format!("there is no policy \"{name}\""))
                .note(format!("the policies are: {}", known.join(", ")))
                .note("a policy of your own is a file `policies/NAME.ron` beside the scenario".to_owned());
            cx.error(match did_you_mean(name, known.iter().map(String::as_str)) {
                Some(word) => problem.write("did you mean this?", format!("\"{word}\"")),
                None => problem,
            });
            None
        }
        Err(problems) => {
            policies.errors.append(problems);
            None
        }
    }
}

/// The policies of the devices that do not vary, and whether the right one does.
pub(super) fn own_policies(
    spec: &ScenarioSpec,
    devices: &mut [Resolved],
    from: &dyn PolicySource,
    policies: &mut Policies,
    cx: &mut Cx,
) {
    let varied = &spec.compare.who;
    let at = Path::root().field("compare").field("who");
    let root = Path::root().field("devices");
    who(varied, devices, &at, cx);
    let varied_role = spec.devices.0.iter().find(|(name, _)| name == varied).map(|(_, device)| device.role);
    for (name, device) in &spec.devices.0 {
        let path = root.field(name).field("policy");
        let Some(own) = &device.policy else { continue };
        if name == varied {
            let title = "this device varies: its policies are those in `compare`";
            cx.error(cx.at("S164", &path, title).help("remove `policy` here"));
            continue;
        }
        if !spec.compare.against.is_empty() && Some(device.role) != varied_role {
            let title = "this device varies too: its policies are those in `against`";
            cx.error(cx.at("S164", &path, title).help("remove `policy` here"));
            continue;
        }
        let role = Some(super::device::role(device.role));
        let facts = policies.facts.len();
        let program = find(own, role, &path, from, policies, cx);
        // What is proved for the compared ones is told; a fixed policy is no candidate.
        policies.facts.truncate(facts);
        if let Some(program) = program {
            let same = devices.iter_mut().filter(|device| device.group == *name);
            same.for_each(|device| device.plan.program.clone_from(&program));
        }
    }
}
