//! Which policy secures the link, and how soon.

use super::{Draft, Figure, names, rests_on};
use crate::Report;
use crate::chart::{ChartError, Curve, PolicyBar, curves, policy_comparison};
use crate::words::{percent, plain, seconds};
use blesim_study::stats::level_of;
use blesim_study::{PolicySummary, Share};

pub(super) fn policies(report: &Report<'_>) -> Result<Option<Figure>, ChartError> {
    let bar = |policy: &PolicySummary| PolicyBar {
        name: plain(&policy.name),
        success: policy.success.rate,
        low: policy.success.interval.low,
        high: policy.success.interval.high,
        p50_us: policy.p50_us.at,
        p95_us: policy.p95_us.at,
    };
    let bars: Vec<PolicyBar> = report.summary.policies.iter().map(bar).collect();
    let said = report.summary.policies.iter().map(|policy| {
        let (name, share) = (plain(&policy.name), percent(policy.success.rate));
        format!("{name} {share}, median {}", seconds(policy.p50_us.at))
    });
    let said: Vec<String> = said.collect();
    let draft = Draft {
        name: "policies",
        title: format!("Which policy of the {} secures the link, and how soon?", plain(report.devices[0])),
        caption: format!(
            "Bars with 95 % Wilson intervals; times over all sessions, failures counting as never. {}",
            rests_on(report)
        ),
        alt: format!("{}.", said.join("; ")),
    };
    draft.drawn(|texts| policy_comparison(texts, &bars))
}

pub(super) fn times(report: &Report<'_>) -> Result<Option<Figure>, ChartError> {
    let curve = |(policy, name): (&PolicySummary, String)| {
        let points = policy.survival.steps().iter().map(|step| (step.time, 1.0 - step.survival));
        Curve { name, points: points.collect() }
    };
    let all: Vec<Curve> = report.summary.policies.iter().zip(names(report)).map(curve).collect();
    let level = level_of(report.summary.looks);
    let widest = report.summary.policies.iter().flat_map(|policy| {
        let steps = policy.survival.steps().iter();
        steps.map(move |step| {
            let interval = policy.survival.of_step(step, level).interval;
            (interval.high - interval.low) / 2.0
        })
    });
    let widest = widest.fold(0.0, f64::max) * 100.0;
    let said = report.summary.policies.iter().map(|policy| {
        let Share { rate, .. } = policy.success;
        format!("{} ends at {}", plain(&policy.name), percent(rate))
    });
    let draft = Draft {
        name: "time",
        title: "How soon is the link secured?".to_owned(),
        caption: format!(
            "One minus the Kaplan-Meier curve; a session that fails is never secured, so each curve ends at the \
             success rate. Pointwise 95 % intervals reach at most {widest:.1} points to either side. {}",
            rests_on(report)
        ),
        alt: format!("{}.", said.collect::<Vec<String>>().join("; ")),
    };
    draft.drawn(|texts| curves(texts, &all))
}
