//! The verbs of a policy: how they are written, what they become, and which role can do them.
//!
//! Invariant: a verb that takes parameters or none is told apart by the parenthesis after it.

use super::lower::{Bounds, wait};
use super::spec::Code;
use crate::cx::Cx;
use crate::locate::{Path, locate};
use crate::problem::Problems;
use crate::resolve::{distribution, io_capability};
use crate::spec::{IoWord, KeyWord};
use crate::syntax;
use crate::unit::{Percent, Time, truncate};
use blesim_host::recovery::{Action, Changes, Program, Question, Rule, Wait};
use blesim_host::{Level, Role, Shown};
use blesim_kernel::Span;
use blesim_packet::hci::ErrorCode;
use serde::Deserialize;

/// One as a 32.32 fixed-point number.
const ONE: u64 = 1 << 32;
/// How long an answer of the user is waited for, unless the policy says.
const ANSWER: Span = Span::from_secs(60);
/// The reasons with which a host may end a link (Vol 4 Part E 7.1.6).
const REASONS: [u8; 7] = [0x05, 0x13, 0x14, 0x15, 0x1A, 0x29, 0x3B];

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum ActionSpec {
    Disconnect,
    Wait(Time),
    Backoff { first: Time, factor: Option<f64>, cap: Time, jitter: Option<Percent> },
    Reconnect,
    Encrypt,
    Pair,
    Again,
    RequestSecurity,
    Ask(QuestionWord),
    DeleteBond,
    DeleteAllBonds,
    ForgetKey,
    Notify,
    GiveUp,
}

/// The verbs that may have parameters and need not.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum DetailedSpec {
    Disconnect(Code),
    Pair { with: ChangesSpec },
    Ask { question: QuestionWord, within: Time },
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum QuestionWord {
    DeleteBond,
    TryAgain,
}

/// The levels of LE security mode 1.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum LevelWord {
    One,
    Two,
    Three,
    Four,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangesSpec {
    secure_connections: Option<bool>,
    mitm: Option<bool>,
    bonding: Option<bool>,
    oob: Option<bool>,
    io: Option<IoWord>,
    level: Option<LevelWord>,
    keys: Option<Vec<KeyWord>>,
    max_key_size: Option<i64>,
    min_key_size: Option<i64>,
}

impl From<LevelWord> for Level {
    fn from(word: LevelWord) -> Self {
        match word {
            LevelWord::One => Self::One,
            LevelWord::Two => Self::Two,
            LevelWord::Three => Self::Three,
            LevelWord::Four => Self::Four,
        }
    }
}

impl From<QuestionWord> for Question {
    fn from(word: QuestionWord) -> Self {
        match word {
            QuestionWord::DeleteBond => Self::DeleteBond,
            QuestionWord::TryAgain => Self::TryAgain,
        }
    }
}

/// The verb as a policy writes it.
pub(crate) fn verb(action: Action) -> &'static str {
    match action {
        Action::Disconnect | Action::DisconnectWith(_) => "Disconnect",
        Action::Wait(_) => "Wait",
        Action::Ask(..) => "Ask",
        Action::Reconnect => "Reconnect",
        Action::Encrypt => "Encrypt",
        Action::Pair | Action::PairWith(_) => "Pair",
        Action::Again => "Again",
        Action::RequestSecurity => "RequestSecurity",
        Action::DeleteBond => "DeleteBond",
        Action::DeleteAllBonds => "DeleteAllBonds",
        Action::ForgetKey => "ForgetKey",
        Action::Notify => "Notify",
        Action::GiveUp => "GiveUp",
    }
}

/// The first action of a program that a device of this role would have to take and cannot: the rule and the
/// action, and what to write instead.
pub(crate) fn unfit(program: &Program, role: Role) -> Option<(usize, Action, &'static str)> {
    let takes = |rule: &Rule| rule.role.is_none_or(|only| only == role);
    let rules = program.rules.iter().enumerate().filter(|(_, rule)| takes(rule));
    let mut actions = rules.flat_map(|(index, rule)| rule.actions.iter().map(move |action| (index, *action)));
    actions.find_map(|(rule, action)| {
        let instead = match (role, action) {
            (Role::Peripheral, Action::Reconnect) => "nothing: a peripheral advertises by itself",
            (Role::Peripheral, Action::Encrypt | Action::Pair | Action::PairWith(_)) => {
                "`RequestSecurity`, or `Again` for both roles"
            }
            (Role::Central, Action::RequestSecurity) => "`Encrypt`, `Pair`, or `Again` for both roles",
            _ => return None,
        };
        Some((rule, action, instead))
    })
}

/// Reads the action at `path`.
pub(super) fn lower(path: &Path, cx: &mut Cx) -> Result<Action, Problems> {
    let span = locate(&cx.source, path);
    let source = std::sync::Arc::clone(&cx.source);
    let text = &source.text[span.clone()];
    let within = path.to_string();
    let name_ends = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(name_ends);
    let rest = rest.trim_start();
    let detailed = match name {
        "Disconnect" | "Pair" => rest.starts_with('('),
        "Ask" => rest.contains(':'),
        _ => false,
    };
    if detailed {
        let spec = syntax::parse_part(&cx.source, text, span.start, &within)?;
        return Ok(lower_detailed(&spec, path, cx));
    }
    let spec = syntax::parse_part(&cx.source, text, span.start, &within)?;
    Ok(match spec {
        ActionSpec::Disconnect => Action::Disconnect,
        ActionSpec::Wait(time) => Action::Wait(Wait::fixed(wait(time, path, "wait", cx))),
        ActionSpec::Backoff { first, factor, cap, jitter } => {
            backoff((first, cap), factor.unwrap_or(2.0), jitter, path, cx)
        }
        ActionSpec::Reconnect => Action::Reconnect,
        ActionSpec::Encrypt => Action::Encrypt,
        ActionSpec::Pair => Action::Pair,
        ActionSpec::Again => Action::Again,
        ActionSpec::RequestSecurity => Action::RequestSecurity,
        ActionSpec::Ask(question) => Action::Ask(question.into(), ANSWER),
        ActionSpec::DeleteBond => Action::DeleteBond,
        ActionSpec::DeleteAllBonds => Action::DeleteAllBonds,
        ActionSpec::ForgetKey => Action::ForgetKey,
        ActionSpec::Notify => Action::Notify,
        ActionSpec::GiveUp => Action::GiveUp,
    })
}

fn lower_detailed(spec: &DetailedSpec, path: &Path, cx: &mut Cx) -> Action {
    match spec {
        DetailedSpec::Disconnect(Code(Shown::Hci(reason))) if REASONS.contains(&reason.0) => {
            Action::DisconnectWith(*reason)
        }
        DetailedSpec::Disconnect(_) => {
            let problem = cx.at("P031", path, "a host can't end a link with this reason");
            let known = REASONS.map(|reason| ErrorCode(reason).to_string());
            let rule = format!("Vol 4 Part E 7.1.6: {}", known.join(", "));
            cx.error(problem.note(rule).write("the usual one is", "Disconnect"));
            Action::Disconnect
        }
        DetailedSpec::Pair { with } => Action::PairWith(changes(with, &path.field("with"), cx)),
        DetailedSpec::Ask { question, within } => {
            Action::Ask((*question).into(), wait(*within, &path.field("within"), "wait for an answer", cx))
        }
    }
}

fn changes(spec: &ChangesSpec, path: &Path, cx: &mut Cx) -> Changes {
    let mut size = |value: Option<i64>, field: &str| {
        let bounds = Bounds { code: "P032", least: 7, most: 16, rule: "Vol 3 Part H 2.3.4" };
        value.map(|value| bounds.whole(value, "an encryption key size", &path.field(field), cx))
    };
    let (max_key_size, min_key_size) =
        (size(spec.max_key_size, "max_key_size"), size(spec.min_key_size, "min_key_size"));
    if let (Some(max), Some(min)) = (max_key_size, min_key_size)
        && min > max
    {
        let title = "the smallest key size is above the largest";
        let problem = cx.at("P032", &path.field("min_key_size"), title);
        cx.error(problem.write("the nearest legal value is", max.to_string()));
    }
    let changes = Changes {
        secure_connections: spec.secure_connections,
        mitm: spec.mitm,
        bonding: spec.bonding,
        oob: spec.oob,
        io: spec.io.map(|word| io_capability(Some(word))),
        level: spec.level.map(Level::from),
        keys: spec.keys.as_deref().map(distribution),
        max_key_size,
        min_key_size,
    };
    if changes == Changes::default() {
        cx.error(cx.at("P033", path, "nothing is changed").help("write `Pair` alone, or name a parameter"));
    }
    changes
}

fn backoff(
    (first, cap): (Time, Time),
    factor: f64,
    jitter: Option<Percent>,
    path: &Path,
    cx: &mut Cx,
) -> Action {
    let jitter_q32 = jitter.map_or(0, |percent| {
        let fits = percent.chance().is_ok();
        cx.chance(percent, &path.field("jitter"));
        // Just below one, so that something is left of the wait.
        if fits { q32(percent.value() / 100.0).min(ONE - 1) } else { 0 }
    });
    let wait = growing((first, cap), ("first", "factor"), factor, path, cx);
    Action::Wait(Wait { jitter_q32, ..wait })
}

/// A wait that grows by `factor` from the first up to the cap.
pub(super) fn growing(
    (first, cap): (Time, Time),
    (first_field, factor_field): (&str, &str),
    factor: f64,
    path: &Path,
    cx: &mut Cx,
) -> Wait {
    let first = wait(first, &path.field(first_field), "wait", cx);
    let cap = wait(cap, &path.field("cap"), "wait", cx);
    if cap < first {
        let problem = cx.at("P021", &path.field("cap"), "the cap is below the first wait");
        cx.error(problem.help(format!("a backoff goes from `{first_field}` up to `cap`")));
    }
    if !(1.0..=1000.0).contains(&factor) {
        let problem = cx.at("P022", &path.field(factor_field), "a factor lies between 1 and 1000");
        cx.error(problem.write("the usual one is", "2.0"));
        return Wait::fixed(first);
    }
    Wait { first, growth_q32: q32(factor), cap, jitter_q32: 0 }
}

/// A number in 32.32 fixed point, rounded.
fn q32(value: f64) -> u64 {
    truncate((value * 4_294_967_296.0).round())
}
