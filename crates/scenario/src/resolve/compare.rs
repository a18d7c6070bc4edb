//! The policies: those that are compared, and those of the devices that do not vary.

use super::Policies;
use super::device::Resolved;
use super::fault::who;
use crate::cx::Cx;
use crate::locate::Path;
use crate::policy::{self, PolicySource};
use crate::spec::{RoleWord, ScenarioSpec};
use crate::words::did_you_mean;
use blesim_host::recovery::Program;

/// The most policies of one scenario.
const MOST: usize = 64;

pub(super) fn resolve(
    spec: &ScenarioSpec,
    from: &dyn PolicySource,
    policies: &mut Policies,
    cx: &mut Cx,
) -> Vec<Program> {
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
        programs.extend(find(name, &path, from, policies, cx));
    }
    programs
}

/// Reads and checks the policy `name`, or says at `path` why it cannot be had.
fn find(
    name: &str,
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
    for (name, device) in &spec.devices.0 {
        let path = root.field(name).field("policy");
        if name == varied && device.role == RoleWord::Peripheral {
            let problem = cx.at("S163", &at, "the policies of a peripheral cannot be compared yet");
            let central = spec.devices.0.iter().find(|(_, device)| device.role == RoleWord::Central);
            let problem =
                problem.note("a peripheral waits for what the central does; the central recovers".into());
            cx.error(match central {
                Some((central, _)) => problem.write("compare those of the central", format!("\"{central}\"")),
                None => problem,
            });
        }
        let Some(own) = &device.policy else { continue };
        if name == varied {
            let title = "this device varies: its policies are those in `compare`";
            cx.error(cx.at("S164", &path, title).help("remove `policy` here"));
            continue;
        }
        let facts = policies.facts.len();
        let program = find(own, &path, from, policies, cx);
        // What is proved for the compared ones is told; a fixed policy is no candidate.
        policies.facts.truncate(facts);
        if let Some(program) = program {
            let same = devices.iter_mut().filter(|device| device.group == *name);
            same.for_each(|device| device.plan.program.clone_from(&program));
        }
    }
}
