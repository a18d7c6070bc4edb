//! From the file as it is written to a plan that can run: names become indices, quantities exact numbers.
//!
//! Invariant: every rule that is broken is told, with the rule and the nearest legal value; a plan leaves
//! here only if none is.

mod air;
mod application;
mod asks;
mod attackers;
mod compare;
mod device;
mod discovery;
mod expect;
mod fault;
mod hardware;
mod keeping;
mod link;
mod link_layer;
mod pairing;
mod peers;
mod people;
mod privacy;
mod quirks;
mod radio;
mod range;
mod script;
mod stacks;
mod sweep;

pub(crate) use device::{distribution, io as io_capability};
pub(crate) use keeping::when_full;
pub(crate) use stacks::check_stack;

use crate::cx::Cx;
use crate::locate::Path;
use crate::policy::{PolicyFacts, PolicySource};
use crate::problem::Problems;
use crate::scenario::{Expectation, Scenario};
use crate::source::Source;
use crate::spec::ScenarioSpec;
use crate::unit::written;
use blesim_kernel::{Digest, Span};
use blesim_world::Plan;
use std::sync::Arc;

/// The longest session.
const LONGEST_SESSION: Span = Span::from_secs(3_600);
/// The usual one.
const USUAL_SESSION: Span = Span::from_secs(120);

/// What the policies of a scenario have come to.
#[derive(Default)]
struct Policies {
    facts: Vec<PolicyFacts>,
    digest: Digest,
    /// Problems of the policy files themselves.
    errors: Problems,
    warnings: Problems,
}

/// Resolves a scenario.
pub(crate) fn resolve(
    source: &Arc<Source>,
    mut spec: ScenarioSpec,
    from: &dyn PolicySource,
) -> Result<Scenario, Problems> {
    let mut cx = Cx::new(source);
    let mut policies = Policies::default();
    policies.digest.octets(source.text.as_bytes());
    if spec.name.trim().is_empty() {
        cx.error(cx.at("S103", &Path::root().field("name"), "a scenario needs a name"));
    }
    let links = stacks::fill(&mut spec, from, &mut policies, &mut cx);
    let spec = &spec;
    let Some(mut devices) = device::resolve(spec, &links, &mut cx) else {
        // Without the right devices no name can be judged.
        return Err(cx.finish().err().unwrap_or_default());
    };
    let attackers = attackers::resolve(spec, &devices, &mut cx);
    let everybody: Vec<_> = devices.iter().chain(&attackers).cloned().collect();
    let air = air::resolve(spec, &everybody, links.first, &mut cx);
    let history = air::history(spec.history.as_ref(), &devices, &mut cx);
    let compared = compare::resolve(spec, &devices, from, &mut policies, &mut cx);
    compare::own_policies(spec, &mut devices, from, &mut policies, &mut cx);
    let (limit, stay) = limits(spec, &mut cx);
    let faults = fault::resolve(&spec.faults, &devices, limit, &mut cx);
    let script = script::resolve(spec, &devices, stay, &mut cx);
    pairing::check(spec, &devices, history, &mut cx);
    let expectations: Vec<Expectation> = expect::resolve(spec, &mut cx);
    let sweep = spec.sweep.as_ref().map(|spec| sweep::resolve(spec, &mut cx));

    let Policies { facts, digest, errors, warnings } = policies;
    match cx.finish() {
        Ok(mut all_warnings) if errors.is_empty() => {
            all_warnings.append(warnings);
            let varied = devices.iter().position(|device| device.name == spec.compare.who);
            let devices: Vec<_> = devices.into_iter().chain(attackers).map(|device| device.plan).collect();
            let plan = Plan {
                name: spec.name.clone(),
                pairs: blesim_world::pairs(&devices),
                devices,
                air,
                history,
                faults,
                policies: compared,
                varied: varied.expect("an unknown device is an error"),
                limit,
                stay,
                script,
            };
            let (about, text, digest) = (spec.about.clone(), source.text.clone(), digest.value());
            Ok(Scenario {
                plan,
                about,
                text,
                expectations,
                warnings: all_warnings,
                policy_facts: facts,
                sweep,
                digest,
            })
        }
        Ok(_) => Err(errors),
        Err(mut all) => {
            all.append(errors);
            Err(all)
        }
    }
}

/// The longest session, and how long a secured link is to stay.
fn limits(spec: &ScenarioSpec, cx: &mut Cx) -> (Span, Span) {
    let path = Path::root().field("limits");
    let limits = spec.limits.as_ref();
    let stay =
        limits.and_then(|limits| limits.stay).map_or(Span::ZERO, |stay| cx.span(stay, &path.field("stay")));
    let Some(time) = limits.and_then(|limits| limits.session) else { return (USUAL_SESSION + stay, stay) };
    let path = path.field("session");
    let limit = cx.span(time, &path);
    if (limit.is_zero() && time.span().is_ok()) || limit > LONGEST_SESSION {
        let nearest = if limit.is_zero() { USUAL_SESSION } else { LONGEST_SESSION };
        let problem = cx.at("S104", &path, "a session lasts more than nothing and at most an hour");
        cx.error(problem.write("for example", written(nearest)));
        return (USUAL_SESSION, stay);
    }
    if !stay.is_zero() && limit <= stay {
        let title = "a session is longer than the time its link is to stay";
        cx.error(cx.at("S107", &path, title).write("for example", written(stay + USUAL_SESSION)));
    }
    (limit, stay)
}
