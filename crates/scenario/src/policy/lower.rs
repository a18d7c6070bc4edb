//! From the policy file as it is written to the flat program: words become codes, quantities exact numbers.

use super::action::{self, LevelWord, verb};
use super::responder;
use super::spec::{AttemptSpec, BondWord, Code, PolicySpec, ProcedureWord, RuleSpec};
use crate::cx::Cx;
use crate::locate::{Path, locate};
use crate::problem::Problems;
use crate::spec::RoleWord;
use crate::syntax;
use crate::unit::Time;
use blesim_host::recovery::{Levels, Program, Rule};
use blesim_host::{Level, Procedure, Role};
use blesim_kernel::Span;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::collections::BTreeSet;

/// Bounds that keep every proof small; no policy of a person comes near.
const MOST_RULES: usize = 64;
const MOST_ACTIONS: usize = 16;
/// A loop that is meant to be longer is meant to have no end.
const MOST_ATTEMPTS: u16 = 100;
/// The longest wait and the greatest patience.
const LONGEST: Span = Span::from_secs(3_600);

/// The bounds of a whole number, with the code of the problem and the rule that sets them.
pub(super) struct Bounds {
    pub(super) code: &'static str,
    pub(super) least: u8,
    pub(super) most: i64,
    pub(super) rule: &'static str,
}

impl Bounds {
    /// The number, or the nearest one with an error.
    pub(super) fn whole(&self, value: i64, name: &str, path: &Path, cx: &mut Cx) -> u8 {
        let nearest = value.clamp(i64::from(self.least), self.most);
        if value != nearest {
            let title = format!("{name} lies between {} and {}", self.least, self.most);
            let mut problem = cx.at(self.code, path, title);
            if !self.rule.is_empty() {
                problem = problem.note(self.rule.to_owned());
            }
            cx.error(problem.write("the nearest legal value is", nearest.to_string()));
        }
        u8::try_from(nearest).expect("the bounds are within an octet")
    }
}

/// Lowers a policy; an `Err` is an error in the form of a part that is read in a second step.
pub(super) fn lower(spec: &PolicySpec, cx: &mut Cx) -> Result<Program, Problems> {
    let root = Path::root();
    if spec.name.trim().is_empty() {
        cx.error(cx.at("P002", &root.field("name"), "a policy needs a name"));
    }
    let patience = spec.patience.map(|time| wait(time, &root.field("patience"), "patience", cx));
    let at = root.field("rules");
    if spec.rules.len() > MOST_RULES {
        cx.error(cx.at("P003", &at.index(MOST_RULES), format!("a policy has at most {MOST_RULES} rules")));
    }
    let mut rules = Vec::new();
    for (index, rule) in spec.rules.iter().take(MOST_RULES).enumerate() {
        rules.push(lower_rule(rule, &at.index(index), cx)?);
    }
    Ok(Program {
        name: spec.name.clone(),
        rules: rules.into_boxed_slice(),
        patience,
        probes_bonds: spec.probes_bonds,
        raises_level: spec.raises_level,
        responder: responder::lower(spec.responder.as_ref(), &root.field("responder"), cx),
        worst: None,
        against: None,
    })
}

fn lower_rule(spec: &RuleSpec, path: &Path, cx: &mut Cx) -> Result<Rule, Problems> {
    let procedures = one_or_many::<ProcedureWord>(spec.procedure, &path.field("procedure"), cx)?;
    let errors = one_or_many::<Code>(spec.error, &path.field("error"), cx)?;
    let levels = one_or_many::<LevelWord>(spec.level, &path.field("level"), cx)?;
    let attempts = attempts(spec.attempt, &path.field("attempt"), cx);
    let at = path.field("do");
    if spec.actions.is_empty() {
        let problem = cx.at("P004", &at, "this rule does nothing");
        cx.error(problem.write("to end here, write", "[GiveUp]"));
    }
    if spec.actions.len() > MOST_ACTIONS {
        cx.error(cx.at(
            "P003",
            &at.index(MOST_ACTIONS),
            format!("a rule has at most {MOST_ACTIONS} actions"),
        ));
    }
    let count = spec.actions.len().min(MOST_ACTIONS);
    let actions: Vec<_> =
        (0..count).map(|index| action::lower(&at.index(index), cx)).collect::<Result<_, _>>()?;
    // The host leaves the rule when it starts an attempt or gives up.
    let last = actions.iter().position(|action| action.ends_rule());
    if let Some(last) = last.filter(|last| last + 1 < actions.len()) {
        let name = verb(actions[last]);
        let title = format!("nothing after `{name}` in the same rule is ever done");
        let note = "a failure of the attempt goes through the rules again, from the first".to_owned();
        cx.error(cx.at("P005", &at.index(last + 1), title).note(note).help("remove what follows"));
    }
    Ok(Rule {
        role: spec.role.map(|role| match role {
            RoleWord::Central => Role::Central,
            RoleWord::Peripheral => Role::Peripheral,
        }),
        procedures: once(procedures.into_iter().map(Procedure::from)),
        errors: once(errors.into_iter().map(|Code(shown)| shown)),
        attempts,
        bonded: spec.bond.map(|bond| matches!(bond, BondWord::Held)),
        levels: if levels.is_empty() {
            Levels::ALL
        } else {
            Levels::of(&levels.into_iter().map(Level::from).collect::<Vec<_>>())
        },
        actions: actions.into_boxed_slice(),
    })
}

/// Each value once, in their order.
fn once<T: Ord>(values: impl Iterator<Item = T>) -> Box<[T]> {
    values.collect::<BTreeSet<_>>().into_iter().collect()
}

/// One value or a list of them; the parser's data model does not keep the words of an enum, so the field is
/// passed over first and then read from its own text, as the one or the other.
fn one_or_many<T: DeserializeOwned>(
    written: Option<IgnoredAny>,
    path: &Path,
    cx: &mut Cx,
) -> Result<Vec<T>, Problems> {
    if written.is_none() {
        return Ok(Vec::new());
    }
    let span = locate(&cx.source, path);
    let text = &cx.source.text[span.clone()];
    let within = path.to_string();
    if !text.starts_with('[') {
        return Ok(vec![syntax::parse_part(&cx.source, text, span.start, &within)?]);
    }
    let many: Vec<T> = syntax::parse_part(&cx.source, text, span.start, &within)?;
    if many.is_empty() {
        let problem = cx.at("P006", path, "an empty list matches nothing");
        cx.error(problem.help("leave the field out to match everything"));
    }
    Ok(many)
}

fn attempts(spec: Option<AttemptSpec>, path: &Path, cx: &mut Cx) -> (u16, u16) {
    let (first, last) = match spec {
        None => return (1, u16::MAX),
        Some(AttemptSpec::Only(only)) => (only, Some(only)),
        Some(AttemptSpec::From(first)) => (first, None),
        Some(AttemptSpec::UpTo(last)) => (1, Some(last)),
        Some(AttemptSpec::FromTo(first, last)) => (first, Some(last)),
    };
    if first < 1 || last.is_some_and(|last| last < 1) {
        let note = "attempt is the number of failures so far, and the first failure has number 1".to_owned();
        let problem = cx.at("P010", path, "attempts are counted from 1").note(note);
        cx.error(match spec {
            Some(AttemptSpec::Only(_)) => problem.write("the first is", "Only(1)"),
            Some(AttemptSpec::From(_)) => problem.write("the first is", "From(1)"),
            _ => problem,
        });
        return (1, u16::MAX);
    }
    if last.is_some_and(|last| last < first) {
        let problem = cx.at("P011", path, "this stretch of attempts ends before it begins");
        let turned = format!("FromTo({}, {first})", last.unwrap_or(first));
        cx.error(problem.write("turned round", turned));
        return (1, u16::MAX);
    }
    if first.max(last.unwrap_or(first)) > i64::from(MOST_ATTEMPTS) {
        let problem = cx.at("P012", path, format!("attempts are counted up to {MOST_ATTEMPTS}"));
        cx.error(problem.help("for a loop without a number use `From(..)` and give the policy `patience`"));
        return (1, u16::MAX);
    }
    let number = |value: i64| u16::try_from(value).expect("it is at most a hundred");
    (number(first), last.map_or(u16::MAX, number))
}

/// A wait or a patience: more than nothing, at most an hour.
pub(super) fn wait(time: Time, path: &Path, name: &str, cx: &mut Cx) -> Span {
    let span = cx.span(time, path);
    if time.span().is_ok() && (span.is_zero() || span > LONGEST) {
        let problem = cx.at("P020", path, format!("a {name} lasts more than nothing and at most an hour"));
        cx.error(if span.is_zero() { problem.help("leave it out") } else { problem });
    }
    span.min(LONGEST)
}
