//! What a run of the scenario is expected to show.

use crate::cx::Cx;
use crate::locate::Path;
use crate::scenario::Expectation;
use crate::spec::ScenarioSpec;
use crate::words::did_you_mean;
use blesim_kernel::Span;

/// The most expectations of one scenario.
const MOST: usize = 256;

pub(super) fn resolve(spec: &ScenarioSpec, cx: &mut Cx) -> Vec<Expectation> {
    let mut all = Vec::new();
    if spec.expect.len() > MOST {
        let at = Path::root().field("expect").index(MOST);
        cx.error(cx.at("S142", &at, format!("a scenario has at most {MOST} expectations")));
    }
    for (index, expect) in spec.expect.iter().take(MOST).enumerate() {
        let path = Path::root().field("expect").index(index);
        let names = super::compare::names(spec);
        let known = names.iter().map(String::as_str);
        if !names.contains(&expect.policy) {
            let problem = cx
                .at("S140", &path.field("policy"), format!("\"{}\" is not compared here", expect.policy))
                .note(format!("the policies are: {}", names.join(", ")));
            cx.error(match did_you_mean(&expect.policy, known) {
                Some(word) => problem.write("did you mean this?", format!("\"{word}\"")),
                None => problem.help("add it to `compare`"),
            });
        }
        if expect.secured_at_least.is_none() && expect.p95_at_most.is_none() {
            let problem = cx.at("S141", &path, "this expects nothing");
            cx.error(problem.help("add `secured_at_least: percent(95)` or `p95_at_most: s(8)`"));
        }
        let secured_at_least = expect.secured_at_least.map(|percent| {
            cx.chance(percent, &path.field("secured_at_least"));
            percent.value() / 100.0
        });
        let p95_at_most: Option<Span> =
            expect.p95_at_most.map(|time| cx.span(time, &path.field("p95_at_most")));
        all.push(Expectation { policy: expect.policy.clone(), secured_at_least, p95_at_most });
    }
    all
}
