//! From the policy file as it is written to the flat program: words become codes, quantities exact numbers.

use super::spec::{
    ActionSpec, AttemptSpec, BondedPeerSpec, Code, OldBondDiesWord, PolicySpec, ProcedureWord, RuleSpec,
};
use crate::cx::Cx;
use crate::locate::{Path, locate};
use crate::problem::Problems;
use crate::syntax;
use crate::unit::{Percent, Time, truncate};
use blesim_host::recovery::{Action, BondedPeer, OldBondDies, Program, Responder, Rule, Wait};
use blesim_host::{Procedure, Shown};
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
/// One as a 32.32 fixed-point number.
const ONE: u64 = 1 << 32;

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
        responder: responder(spec, &root.field("responder"), cx),
    })
}

fn lower_rule(spec: &RuleSpec, path: &Path, cx: &mut Cx) -> Result<Rule, Problems> {
    let procedures = one_or_many::<ProcedureWord>(spec.procedure, &path.field("procedure"), cx)?;
    let errors = one_or_many::<Code>(spec.error, &path.field("error"), cx)?;
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
    let actions: Vec<_> = (spec.actions.iter().take(MOST_ACTIONS).enumerate())
        .map(|(index, action)| lower_action(*action, &at.index(index), cx))
        .collect();
    // The host leaves the rule when it starts an attempt or gives up.
    let last = actions
        .iter()
        .position(|action| matches!(action, Action::Encrypt | Action::Pair | Action::Again | Action::GiveUp));
    if let Some(last) = last.filter(|last| last + 1 < actions.len()) {
        let name = verb(actions[last]);
        let title = format!("nothing after `{name}` in the same rule is ever done");
        let note = "a failure of the attempt goes through the rules again, from the first".to_owned();
        cx.error(cx.at("P005", &at.index(last + 1), title).note(note).help("remove what follows"));
    }
    Ok(Rule {
        procedures: once(procedures.into_iter().map(Procedure::from)),
        errors: once(errors.into_iter().map(|Code(shown)| shown)),
        attempts,
        actions: actions.into_boxed_slice(),
    })
}

/// Each value once, in their order.
fn once<T: Ord>(values: impl Iterator<Item = T>) -> Box<[T]> {
    values.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The verb as a policy writes it.
pub(super) fn verb(action: Action) -> &'static str {
    match action {
        Action::Disconnect => "Disconnect",
        Action::Wait(_) => "Wait",
        Action::Reconnect => "Reconnect",
        Action::Encrypt => "Encrypt",
        Action::Pair => "Pair",
        Action::Again => "Again",
        Action::DeleteBond => "DeleteBond",
        Action::Notify => "Notify",
        Action::GiveUp => "GiveUp",
    }
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

fn lower_action(spec: ActionSpec, path: &Path, cx: &mut Cx) -> Action {
    match spec {
        ActionSpec::Disconnect => Action::Disconnect,
        ActionSpec::Wait(time) => Action::Wait(Wait::fixed(wait(time, path, "wait", cx))),
        ActionSpec::Backoff { first, factor, cap, jitter } => {
            backoff((first, cap), factor.unwrap_or(2.0), jitter, path, cx)
        }
        ActionSpec::Reconnect => Action::Reconnect,
        ActionSpec::Encrypt => Action::Encrypt,
        ActionSpec::Pair => Action::Pair,
        ActionSpec::Again => Action::Again,
        ActionSpec::DeleteBond => Action::DeleteBond,
        ActionSpec::Notify => Action::Notify,
        ActionSpec::GiveUp => Action::GiveUp,
    }
}

/// A wait or a patience: more than nothing, at most an hour.
fn wait(time: Time, path: &Path, name: &str, cx: &mut Cx) -> Span {
    let span = cx.span(time, path);
    if time.span().is_ok() && (span.is_zero() || span > LONGEST) {
        let problem = cx.at("P020", path, format!("a {name} lasts more than nothing and at most an hour"));
        cx.error(if span.is_zero() { problem.help("leave it out") } else { problem });
    }
    span.min(LONGEST)
}

fn backoff(
    (first, cap): (Time, Time),
    factor: f64,
    jitter: Option<Percent>,
    path: &Path,
    cx: &mut Cx,
) -> Action {
    let first = wait(first, &path.field("first"), "wait", cx);
    let cap = wait(cap, &path.field("cap"), "wait", cx);
    if cap < first {
        let problem = cx.at("P021", &path.field("cap"), "the cap is below the first wait");
        cx.error(problem.help("a backoff goes from `first` up to `cap`"));
    }
    let jitter_q32 = jitter.map_or(0, |percent| {
        let fits = percent.chance().is_ok();
        cx.chance(percent, &path.field("jitter"));
        // Just below one, so that something is left of the wait.
        if fits { q32(percent.value() / 100.0).min(ONE - 1) } else { 0 }
    });
    if !(1.0..=1000.0).contains(&factor) {
        let problem = cx.at("P022", &path.field("factor"), "a factor lies between 1 and 1000");
        cx.error(problem.write("the usual one is", "2.0"));
        return Action::Wait(Wait::fixed(first));
    }
    Action::Wait(Wait { first, growth_q32: q32(factor), cap, jitter_q32 })
}

/// A number in 32.32 fixed point, rounded.
fn q32(value: f64) -> u64 {
    truncate((value * 4_294_967_296.0).round())
}

fn responder(spec: &PolicySpec, path: &Path, cx: &mut Cx) -> Responder {
    let mut responder = Responder::default();
    let Some(spec) = &spec.responder else { return responder };
    match spec.bonded_peer_pairs {
        None => {}
        Some(BondedPeerSpec::Accept) => responder.bonded_peer_pairs = BondedPeer::Accept,
        Some(BondedPeerSpec::Ignore) => responder.bonded_peer_pairs = BondedPeer::Ignore,
        Some(BondedPeerSpec::Reject(Code(Shown::PairingFailed(reason)))) => {
            responder.bonded_peer_pairs = BondedPeer::Reject(reason);
        }
        Some(BondedPeerSpec::Reject(_)) => {
            let at = path.field("bonded_peer_pairs");
            let problem = cx.at("P030", &at, "a Pairing Request is rejected with a reason of Pairing Failed");
            let rule = "Vol 3 Part H 3.5.5".to_owned();
            cx.error(problem.note(rule).write("the usual one is", "Reject(PairingNotSupported)"));
        }
    }
    match spec.old_bond_dies {
        None => {}
        Some(OldBondDiesWord::OnRequest) => responder.old_bond_dies = OldBondDies::OnRequest,
        Some(OldBondDiesWord::OnEncrypted) => responder.old_bond_dies = OldBondDies::OnEncrypted,
        Some(OldBondDiesWord::OnComplete) => responder.old_bond_dies = OldBondDies::OnComplete,
    }
    responder
}
