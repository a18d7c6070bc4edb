//! Proofs on the graph of a policy: it ends, no loop is free, the worst case has a duration, every rule
//! counts.
//!
//! Invariant: attempts are taken to fail, all of them and in any way; luck proves nothing.

use super::facts::PolicyFacts;
use super::graph::{Edge, State, graph, sights, takes_time};
use super::habits;
use super::spec::PolicySpec;
use crate::cx::Cx;
use crate::locate::Path;
use blesim_host::recovery::{Action, Program};
use blesim_kernel::Span;
use petgraph::Direction::Incoming;
use petgraph::algo::{tarjan_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, EdgeFiltered, EdgeRef, NodeFiltered, Reversed};
use std::collections::BTreeSet;

pub(super) type Graph = DiGraph<State, Edge>;

/// Proves what there is to prove; what cannot be proved is an error of `cx`.
pub(super) fn prove(spec: &PolicySpec, program: &Program, cx: &mut Cx) -> PolicyFacts {
    let graph = graph(program);
    let rules = Path::root().field("rules");
    unreachable_rules(program, &graph, &rules, cx);
    loops(program, &graph, &rules, cx);
    habits::told(program, &graph, &rules, cx);
    let deletes_bond = acts(&graph).any(|(_, _, action)| habits::deletes(action));
    PolicyFacts {
        name: program.name.clone(),
        basis: spec.basis.clone(),
        about: spec.about.clone(),
        states: graph.node_count(),
        most_failures: most_failures(&graph),
        longest_wait: longest_wait(program, &graph),
        patience: program.patience,
        deletes_bond,
        asks_first: habits::unasked(program, &graph).is_empty(),
    }
}

/// The actions of a graph: failures so far, rule, action.
fn acts(graph: &Graph) -> impl Iterator<Item = (u16, usize, Action)> {
    graph.node_weights().filter_map(|state| match *state {
        State::Act { failure, rule, action, .. } => Some((failure, rule, action)),
        State::Attempt(_) | State::Failure(_) | State::Secured | State::GaveUp => None,
    })
}

/// Rules that no session gets to, with the reason.
fn unreachable_rules(program: &Program, graph: &Graph, rules: &Path, cx: &mut Cx) {
    let used: BTreeSet<usize> = acts(graph).map(|(_, rule, _)| rule).collect();
    let numbers: Vec<u16> = graph
        .node_weights()
        .filter_map(|state| if let State::Failure(number) = state { Some(*number) } else { None })
        .collect();
    let kinds = sights(program);
    for (index, rule) in program.rules.iter().enumerate().filter(|(index, _)| !used.contains(index)) {
        let mut shadows = BTreeSet::new();
        for number in &numbers {
            for kind in kinds.iter().filter(|kind| rule.matches(**kind, *number)) {
                shadows.extend(program.rule_for(*kind, *number));
            }
        }
        let place = rules.index(index);
        if shadows.is_empty() {
            let last = numbers.iter().max().copied().unwrap_or(1);
            let title =
                format!("rule {} is never reached: no session gets to a failure it is for", index + 1);
            let note =
                format!("whatever happens, the policy has given up after failure {last} at the latest");
            cx.error(
                cx.at("P100", &place, title).note(note).help("remove it, or let a rule before try again"),
            );
        } else {
            let names: Vec<_> = shadows.iter().map(|rule| (rule + 1).to_string()).collect();
            let one = names.len() == 1;
            let by = format!("{} {}", if one { "rule" } else { "rules" }, names.join(" and "));
            let (comes, matches) = if one { ("comes", "matches") } else { ("come", "together match") };
            let title = format!("rule {} is never reached: {by} {comes} first", index + 1);
            let note =
                format!("the first rule that matches is taken, and {by} {matches} all that this one does");
            cx.error(cx.at("P101", &place, title).note(note).help("put the narrower rule first"));
        }
    }
}

/// The graph without luck: no attempt succeeds.
fn without_luck(graph: &Graph) -> impl Fn(petgraph::graph::EdgeReference<'_, Edge>) -> bool + use<'_> {
    let _ = graph;
    |edge| *edge.weight() != Edge::Succeeds
}

/// Loops: none without an end, none without a wait, none without a worst case.
fn loops(program: &Program, graph: &Graph, rules: &Path, cx: &mut Cx) {
    if let Some(rule) = endless(graph) {
        let title = format!("this policy can never end: after rule {} nothing leads to giving up", rule + 1);
        let note = "if every attempt fails in a way that this rule matches, it goes on for ever".to_owned();
        let problem = cx.at("P102", &rules.index(rule), title).note(note);
        cx.error(problem.help("bound it with `attempt: UpTo(5)`, or give the policy `patience: s(60)`"));
        return;
    }
    let costly = NodeFiltered::from_fn(graph, |node| match graph[node] {
        State::Act { failure, action, .. } => !takes_time(action, failure),
        State::Attempt(_) | State::Failure(_) | State::Secured | State::GaveUp => true,
    });
    if let Some(rule) = looping_rule(graph, tarjan_scc(&costly)) {
        let title = format!("rule {} goes round for ever without any wait", rule + 1);
        let note = "an attempt can fail at once, so time may stand still and no patience ends it".to_owned();
        let problem = cx.at("P103", &rules.index(rule), title).note(note);
        cx.error(problem.help("add a `Wait(..)` or a `Backoff(..)`, or bound it with `attempt: UpTo(5)`"));
        return;
    }
    if program.patience.is_none()
        && let Some(rule) = looping_rule(graph, tarjan_scc(graph))
    {
        let title = format!("rule {} has no worst case: nothing bounds how often it is taken", rule + 1);
        let note = "some failures end this policy, but there are others for which it goes on".to_owned();
        let problem = cx.at("P104", &rules.index(rule), title).note(note);
        cx.error(problem.help("bound it with `attempt: UpTo(5)`, or give the policy `patience: s(60)`"));
    }
}

/// A rule from which no end can be reached without luck.
fn endless(graph: &Graph) -> Option<usize> {
    let real = EdgeFiltered::from_fn(graph, without_luck(graph));
    let end = graph.node_indices().find(|node| graph[*node] == State::GaveUp);
    let mut ends = BTreeSet::new();
    if let Some(end) = end {
        let backwards = Reversed(&real);
        let mut search = Dfs::new(&backwards, end);
        while let Some(node) = search.next(&backwards) {
            ends.insert(node);
        }
    }
    let stuck = graph.node_indices().filter(|node| !ends.contains(node));
    stuck.filter_map(|node| rule_of(graph, node)).min()
}

/// A rule on a loop, given the strongly connected parts of a graph.
fn looping_rule(graph: &Graph, parts: Vec<Vec<NodeIndex>>) -> Option<usize> {
    // A state never leads straight to itself: a loop has an action, an attempt or a failure between.
    let loops = parts.into_iter().filter(|part| part.len() > 1);
    loops.flatten().filter_map(|node| rule_of(graph, node)).min()
}

fn rule_of(graph: &Graph, node: NodeIndex) -> Option<usize> {
    if let State::Act { rule, .. } = graph[node] { Some(rule) } else { None }
}

/// The last failure there can be, if it is bounded by the rules alone.
fn most_failures(graph: &Graph) -> Option<u16> {
    toposort(graph, None).ok()?;
    let numbers = graph
        .node_weights()
        .filter_map(|state| if let State::Failure(number) = state { Some(*number) } else { None });
    numbers.max()
}

/// All waits of one episode together, at their longest.
fn longest_wait(program: &Program, graph: &Graph) -> Span {
    let by_patience = program.patience.map(|patience| {
        // A wait that was begun in time is not cut short.
        let rules = program.rules.iter().map(|rule| {
            let waits = rule.actions.iter().map(|action| waited(*action, u16::MAX));
            waits.fold(Span::ZERO, |sum, wait| sum + wait)
        });
        patience + rules.max().unwrap_or(Span::ZERO)
    });
    let by_rules = toposort(graph, None).ok().map(|order| {
        let mut until = vec![Span::ZERO; graph.node_count()];
        for node in order {
            let before = graph.edges_directed(node, Incoming).map(|edge| until[edge.source().index()]);
            let own = match graph[node] {
                State::Act { failure, action, .. } => waited(action, failure),
                State::Attempt(_) | State::Failure(_) | State::Secured | State::GaveUp => Span::ZERO,
            };
            until[node.index()] = before.max().unwrap_or(Span::ZERO) + own;
        }
        until.into_iter().max().unwrap_or(Span::ZERO)
    });
    match (by_patience, by_rules) {
        (Some(patience), Some(rules)) => patience.min(rules),
        (one, other) => one.or(other).unwrap_or(Span::ZERO),
    }
}

fn waited(action: Action, failure: u16) -> Span {
    match action {
        Action::Wait(wait) => wait.longest(failure),
        Action::Ask(_, within) => within,
        _ => Span::ZERO,
    }
}
