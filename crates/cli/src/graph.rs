//! `blesim graph`: a policy as a picture, with the counts of a run if one is wanted.
//!
//! Invariant: the sessions are the ones that `run` counts, bit for bit, one after the other.

use crate::args::{GraphArgs, GraphFormat};
use crate::catalogue::source;
use crate::edges;
use crate::failure::Failure;
use crate::output::{to_file, to_stdout};
use crate::select;
use blesim_capture::{PolicyPlace, PolicyTrace};
use blesim_host::recovery::Program;
use blesim_report::flow::write_svg;
use blesim_scenario::glossary::did_you_mean;
use blesim_scenario::policy::{self, Folder, Picture, PolicySource, Spot};
use std::fmt::Write;
use std::path::Path;

pub(crate) fn graph(args: &GraphArgs) -> Result<(), Failure> {
    let dot = match (args.format, &args.output) {
        (Some(format), _) => format == GraphFormat::Dot,
        (None, Some(path)) => {
            path.extension().is_some_and(|extension| extension == "dot" || extension == "gv")
        }
        (None, None) => false,
    };
    if args.states && !dot {
        return Err(Failure::Usage(
            "`--states` draws every state that is proved: add `--format dot`".to_owned(),
        ));
    }
    let (picture, program, caption) = match &args.scenario {
        Some(scenario) => counted(args, scenario)?,
        None => plain(args)?,
    };
    let text = match (dot, args.states) {
        (true, true) => policy::dot(&program),
        (true, false) => picture.dot(),
        (false, _) => write_svg(&picture, &caption),
    };
    match &args.output {
        Some(path) => to_file(path, |sink| sink.write_all(text.as_bytes())),
        None => to_stdout(|sink| sink.write_all(text.as_bytes())),
    }
}

/// The policy alone.
fn plain(args: &GraphArgs) -> Result<(Picture, Program, String), Failure> {
    let from = source(&args.folder);
    let found = policy::load(&args.policy, &from)?.ok_or_else(|| unknown(&args.policy, &from))?;
    let facts = found.facts.sentences().join("; ");
    Ok((Picture::of(&found.program), found.program, facts))
}

fn unknown(name: &str, from: &Folder) -> Failure {
    let known = from.names();
    let meant = did_you_mean(name, known.iter().map(String::as_str));
    let meant = meant.map_or(String::new(), |word| format!("; did you mean {word}?"));
    Failure::Usage(format!("there is no policy \"{name}\"{meant}\n  the policies are: {}", known.join(", ")))
}

/// The policy with how often sessions of a scenario took each arrow.
fn counted(args: &GraphArgs, scenario: &Path) -> Result<(Picture, Program, String), Failure> {
    let from = Folder::beside(scenario);
    if !from.names().contains(&args.policy) {
        return Err(unknown(&args.policy, &from));
    }
    let plan = select::scenario(scenario, std::slice::from_ref(&args.policy))?.plan;
    let device = &plan.devices[plan.varied];
    if device.host.peers.iter().count() > 1 {
        let what = format!("{} has several peers, and a policy goes its way with each of them", device.name);
        return Err(Failure::Usage(format!("{what}: only scenarios in which it has one can be counted")));
    }
    let mut trace = PolicyTrace::new(plan.varied);
    let seeds = edges::run((scenario, args.seeds), &plan, &mut trace, |_| {})?;
    let program = plan.policies[0].clone();
    let mut picture = Picture::of(&program);
    let counts: Vec<_> = trace.steps().map(|((from, to), count)| ((spot(from), spot(to)), count)).collect();
    let mut caption = format!("{seeds} sessions of {}, {}", plan.name, device.name);
    for ((from, to), count) in picture.count(&counts) {
        let _ = write!(caption, "; {} {count} times", besides(from, to));
    }
    Ok((picture, program, caption))
}

/// What happens beside the policy: the link that it has secured is lost, or its peer comes before it.
fn besides(from: Spot, to: Spot) -> String {
    match (from, to) {
        (Spot::Secured, Spot::Failure) => "a secured link failed".to_owned(),
        (Spot::Rule(rule), Spot::Secured) => format!("the peer secured the link during rule {}", rule + 1),
        (Spot::Rule(rule), _) => format!("rule {} was broken off", rule + 1),
        (Spot::Secured, Spot::Secured) => "the link was secured anew".to_owned(),
        (Spot::GaveUp, Spot::Secured) => "the peer secured the link after it was given up".to_owned(),
        (from, to) => format!("{from:?} led to {to:?}"),
    }
}

fn spot(place: PolicyPlace) -> Spot {
    match place {
        PolicyPlace::Attempt => Spot::Attempt,
        PolicyPlace::Failure => Spot::Failure,
        PolicyPlace::Rule(rule) => Spot::Rule(usize::from(rule)),
        PolicyPlace::Secured => Spot::Secured,
        PolicyPlace::GaveUp => Spot::GaveUp,
    }
}
