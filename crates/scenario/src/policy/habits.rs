//! Habits that are allowed and may not be meant: bonds that go without consent, rules without an end.
//!
//! Invariant: a deletion counts as asked for only if every way to it leads over the question whether to delete,
//! or if its rule is for links whose peer had been authenticated before.

use super::action::verb;
use super::graph::State;
use super::prove::Graph;
use crate::cx::Cx;
use crate::locate::Path;
use blesim_host::recovery::{Action, OldBondDies, Program, Question, Rule};
use blesim_host::{Failure, Level, Procedure, Role, Shown};
use blesim_packet::hci::ErrorCode;
use petgraph::algo::dominators;
use petgraph::graph::NodeIndex;
use std::collections::BTreeSet;

/// Whether an action takes bonds away.
pub(super) fn deletes(action: Action) -> bool {
    matches!(action, Action::DeleteBond | Action::DeleteAllBonds)
}

/// The deletions that are not dominated by the user's consent or by evidence: rule and step, from zero.
pub(super) fn unasked(program: &Program, graph: &Graph) -> BTreeSet<(usize, usize)> {
    let Some(root) = graph.node_indices().next() else { return BTreeSet::new() };
    let dominators = dominators::simple_fast(graph, root);
    let asks = |node: NodeIndex| {
        matches!(graph[node], State::Act { action: Action::Ask(Question::DeleteBond, _), .. })
    };
    let mut found = BTreeSet::new();
    for node in graph.node_indices() {
        let State::Act { rule, step, action, .. } = graph[node] else { continue };
        let levels = program.rules[rule].levels;
        let evidence = !levels.contains(Level::One) && !levels.contains(Level::Two);
        let asked = || dominators.strict_dominators(node).is_some_and(|mut all| all.any(asks));
        if deletes(action) && !evidence && !asked() {
            found.insert((rule, step));
        }
    }
    found
}

/// What a deletion in this rule lets a stranger do.
fn exposure(rule: &Rule, action: Action) -> String {
    let matches = |procedure, shown| {
        let failure = Failure { procedure, shown };
        (rule.procedures.is_empty() || rule.procedures.contains(&failure.procedure))
            && (rule.errors.is_empty() || rule.errors.contains(&failure.shown))
    };
    let missing = matches(Procedure::Encryption, Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING));
    let pairing = rule.errors.is_empty()
        || rule.errors.iter().any(|shown| matches!(shown, Shown::PairingFailed(_) | Shown::SmpTimeout));
    let pairing = pairing
        && (rule.procedures.is_empty()
            || rule.procedures.iter().any(|at| matches!(at, Procedure::Pairing | Procedure::Bonding)));
    let mut all = Vec::new();
    if action == Action::DeleteAllBonds {
        all.push("S5: one failure takes away the bonds with everybody");
    }
    if missing {
        all.push(
            "S1: an answer of \"key missing\" is not authenticated: a device that only claims to be the peer \
             gets a fresh pairing, and the true bond is lost",
        );
    }
    if pairing {
        all.push("S4: whoever fails a pairing under the peer's address takes the true bond away");
    }
    if all.is_empty() {
        all.push("S4: a failure that anybody can bring about takes the true bond away");
    }
    all.join("; ")
}

/// Warns of what may not be meant.
pub(super) fn told(program: &Program, graph: &Graph, rules: &Path, cx: &mut Cx) {
    for (index, rule) in program.rules.iter().enumerate() {
        let place = rules.index(index);
        if !rule.actions.iter().any(|action| action.ends_rule()) {
            let title = format!("rule {} neither tries again nor gives up: it gives up", index + 1);
            cx.warn(cx.at("P110", &place, title).help("say so with `GiveUp`, or add `Again`"));
        }
        let position = |wanted: fn(&Action) -> bool| rule.actions.iter().position(wanted);
        let left = position(|action| matches!(action, Action::Disconnect | Action::DisconnectWith(_)));
        let back = position(|action| matches!(action, Action::Reconnect | Action::Again));
        let uses = position(|action| matches!(action, Action::Encrypt | Action::Pair | Action::PairWith(_)));
        if let (Some(left), Some(uses), None) = (left, uses, back)
            && left < uses
            && rule.role != Some(Role::Peripheral)
        {
            let title = "this always fails: there is no link after `Disconnect`";
            cx.warn(cx.at("P111", &place.field("do").index(uses), title).help("add `Reconnect` before it"));
        }
    }
    for (rule, step) in unasked(program, graph) {
        let action = program.rules[rule].actions[step];
        let title = match action {
            Action::DeleteAllBonds => "all bonds are deleted without asking anybody",
            _ => "the bond is deleted without asking anybody",
        };
        let problem = cx.at("P112", &rules.index(rule).field("do").index(step), title);
        let help = format!("put `Ask(DeleteBond)` before `{}`", verb(action));
        cx.warn(problem.note(exposure(&program.rules[rule], action)).help(help));
    }
    if program.responder.old_bond_dies == OldBondDies::OnRequest {
        let at = Path::root().field("responder").field("old_bond_dies");
        let note = "S3: one Pairing Request from a stranger who uses the peer's address is enough".to_owned();
        cx.warn(cx.at("P113", &at, "a bond dies before the peer has proved anything").note(note));
    }
}
