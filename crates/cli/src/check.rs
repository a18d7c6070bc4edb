//! `blesim check`: what files mean, and what was proved about them.
//!
//! Invariant: every file is looked at, whatever is wrong with those before it.

use crate::args::CheckArgs;
use crate::failure::Failure;
use crate::output::to_stdout;
use blesim_report::chance;
use blesim_scenario::policy::{self, Checked, PolicyFacts};
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
                blesim_scenario::load_points(path)?;
            }
            return Ok(about_scenario(path, &scenario));
        }
        Err(problems) => problems,
    };
    match policy::load_file(path) {
        Ok(policy) => Ok(about_policy(path, &policy)),
        Err(problems) if is_policy(path) => Err(problems),
        Err(_) => Err(scenario),
    }
}

/// Whether a file that is neither a right scenario nor a right policy was meant as a policy, which has rules.
fn is_policy(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let has = |line: &str, field: &str| {
        line.match_indices(field).any(|(at, _)| line[at + field.len()..].trim_start().starts_with(':'))
    };
    let (mut rules, mut devices) = (false, false);
    for line in code {
        rules |= has(line, "rules");
        devices |= has(line, "devices") || has(line, "compare");
    }
    rules && !devices
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

fn about_policy(path: &Path, policy: &Checked) -> String {
    let PolicyFacts { name, about, states, .. } = &policy.facts;
    let mut text = headline(path, "policy", name, about);
    for sentence in policy.facts.sentences() {
        let _ = writeln!(text, "  {sentence}");
    }
    let _ = writeln!(text, "  proved over {states} states");
    with_warnings(text, &policy.warnings)
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

    /// A file is taken for a policy by its fields, not by what its comments say.
    #[test]
    fn a_policy_has_rules() {
        let home = tempfile::tempdir().unwrap();
        let check = |text: &str, expected: bool| {
            let path = home.path().join("file.ron");
            std::fs::write(&path, text).unwrap();
            assert_eq!(is_policy(&path), expected, "{text}");
        };
        check("(name: \"x\", rules: [])", true);
        check("( rules : [", true);
        check("(devices: {}, // rules: []\n compare: ())", false);
        check("the rules are", false);
        check("", false);
    }
}
