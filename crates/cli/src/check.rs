//! `blesim check`: what files mean, and what was proved about them.
//!
//! Invariant: every file is looked at, whatever is wrong with those before it.

use crate::args::CheckArgs;
use crate::failure::Failure;
use crate::output::to_stdout;
use blesim_report::chance;
use blesim_scenario::policy::{self, Basis, Checked, Folder, PolicyFacts};
use blesim_scenario::stack::{self, Profile};
use blesim_scenario::{Problems, Scenario};
use std::fmt::Write;
use std::path::Path;

pub(crate) fn check(args: &CheckArgs) -> Result<(), Failure> {
    let mut text = String::new();
    let mut wrong = Problems::default();
    for path in &args.files {
        match told(path) {
            Ok(good) => text.push_str(&good),
            Err(problems) => wrong.append(problems),
        }
    }
    to_stdout(|sink| sink.write_all(text.as_bytes()))?;
    if wrong.is_empty() { Ok(()) } else { Err(wrong.into()) }
}

/// What is to be said about a file that is right.
fn told(path: &Path) -> Result<String, Problems> {
    let scenario = match blesim_scenario::load(path) {
        Ok(scenario) => {
            if scenario.sweep.is_some() {
                // Each of its points is a scenario too.
                blesim_scenario::load_grid(path)?;
            }
            return Ok(about_scenario(path, &scenario));
        }
        Err(problems) => problems,
    };
    let policy = match policy::load_file(path) {
        Ok(policy) => return Ok(fine(path, &about_policy(&policy))),
        Err(problems) => problems,
    };
    let stack = match stack::load_file(path, &policies_beside(path)) {
        Ok(stack) => return Ok(fine(path, &(about_stack(&stack) + "\n"))),
        Err(problems) => problems,
    };
    Err(match meant(path) {
        Some(Meant::Policy) => policy,
        Some(Meant::Stack) => stack,
        None => scenario,
    })
}

/// The policies of the scenarios whose folder has the folder of this stack.
fn policies_beside(stack: &Path) -> Folder {
    let folder = stack.parent().unwrap_or_else(|| Path::new(""));
    Folder(folder.with_file_name("policies"))
}

/// What a file that is wrong was meant as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Meant {
    /// It has rules.
    Policy,
    /// It has parts for roles.
    Stack,
}

/// Whether a file that is nothing that is right was meant as a policy or a stack, by its fields.
fn meant(path: &Path) -> Option<Meant> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let has = |line: &str, field: &str| {
        line.match_indices(field).any(|(at, _)| line[at + field.len()..].trim_start().starts_with(':'))
    };
    let (mut rules, mut parts, mut devices) = (false, false, false);
    for line in code {
        rules |= has(line, "rules");
        parts |= ["both", "central", "peripheral"].into_iter().any(|part| has(line, part));
        devices |= has(line, "devices") || has(line, "compare");
    }
    match (rules, parts, devices) {
        (true, _, false) => Some(Meant::Policy),
        (false, true, false) => Some(Meant::Stack),
        _ => None,
    }
}

fn about_scenario(path: &Path, scenario: &Scenario) -> String {
    let plan = &scenario.plan;
    let mut text = headline(path, "scenario", &plan.name, &scenario.about);
    let devices: Vec<&str> = plan.devices.iter().map(|device| &device.name[..]).collect();
    let varied = devices.get(plan.varied).copied().unwrap_or_default();
    let _ = writeln!(text, "  devices: {}; the policy of {varied} varies", devices.join(", "));
    let faults: Vec<String> = plan
        .faults
        .iter()
        .map(|fault| {
            let who = devices.get(fault.device).copied().unwrap_or_default();
            format!("{} of {who} in {} of the sessions", fault.effect.name(), chance(fault.chance))
        })
        .collect();
    if !faults.is_empty() {
        let _ = writeln!(text, "  faults: {}", faults.join("; "));
    }
    if let Some(sweep) = &scenario.sweep {
        let axes: Vec<String> =
            sweep.axes.iter().map(|axis| format!("{} over {}", axis.what, axis.values.join(", "))).collect();
        let _ = writeln!(text, "  sweep: {}", axes.join("; "));
    }
    for facts in &scenario.policy_facts {
        let _ = writeln!(text, "  policy {}: {}", facts.name, facts.sentences().join("; "));
    }
    with_warnings(text, &scenario.warnings)
}

/// That a file is right, and what it means.
fn fine(path: &Path, about: &str) -> String {
    let (first, rest) = about.split_once('\n').unwrap_or((about, ""));
    format!("{}: {first}, fine\n{rest}", path.display())
}

/// What was proved of a policy, and what may not be meant as it is written.
pub(crate) fn about_policy(policy: &Checked) -> String {
    let PolicyFacts { name, basis, about, states, .. } = &policy.facts;
    let mut text = titled("policy", name, about, basis);
    for sentence in policy.facts.sentences() {
        let _ = writeln!(text, "  {sentence}");
    }
    let _ = writeln!(text, "  proved over {states} states");
    with_warnings(text, &policy.warnings)
}

/// What a stack rests on, and which policies it brings.
pub(crate) fn about_stack(stack: &Profile) -> String {
    let mut text = titled("stack", &stack.name, &stack.about, &stack.basis);
    for (role, policy) in ["central", "peripheral"].into_iter().zip(&stack.policies) {
        if let Some(policy) = policy {
            let _ = writeln!(text, "  policy of a {role}: {policy}");
        }
    }
    text
}

fn titled(kind: &str, name: &str, about: &str, basis: &Basis) -> String {
    let mut text = format!("{kind} \u{1b}[1m{name}\u{1b}[0m\n");
    if !about.is_empty() {
        let _ = writeln!(text, "  {about}");
    }
    let _ = match basis {
        Basis::Source(what) => writeln!(text, "  source: {what}"),
        Basis::Assumed(what) => writeln!(text, "  assumed: {what}"),
    };
    text
}

fn headline(path: &Path, kind: &str, name: &str, about: &str) -> String {
    let mut text = format!("{}: {kind} \u{1b}[1m{name}\u{1b}[0m, fine\n", path.display());
    if !about.is_empty() {
        let _ = writeln!(text, "  {about}");
    }
    text
}

fn with_warnings(mut text: String, warnings: &Problems) -> String {
    text.push('\n');
    text.push_str(&warnings.render(true));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file is taken for a policy or a stack by its fields, not by what its comments say.
    #[test]
    fn files_are_known_by_their_fields() {
        let home = tempfile::tempdir().unwrap();
        let check = |text: &str, expected: Option<Meant>| {
            let path = home.path().join("file.ron");
            std::fs::write(&path, text).unwrap();
            assert_eq!(meant(&path), expected, "{text}");
        };
        check("(name: \"x\", rules: [])", Some(Meant::Policy));
        check("( rules : [", Some(Meant::Policy));
        check("(devices: {}, // rules: []\n compare: ())", None);
        check("(name: \"x\", central: (", Some(Meant::Stack));
        check("(devices: {}, both: ())", None);
        check("the rules are", None);
        check("", None);
    }
}
