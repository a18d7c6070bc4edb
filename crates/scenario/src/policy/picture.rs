//! A policy as a picture: its graph with the failures of an episode folded together, and a rule's actions in one box.
//!
//! Invariant: every box and every arrow is in the graph that is proved, and nothing of that graph is left out.

use super::action::verb;
use super::graph::{Edge, State, graph};
use blesim_host::recovery::{Action, Levels, Program, Rule};
use blesim_host::{Level, Procedure, Role, SHOWN};
use petgraph::dot::Dot;
use petgraph::graph::DiGraph;
use petgraph::visit::EdgeRef;

/// Where a policy is, as far as a picture tells one place from another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Spot {
    /// Connecting and securing.
    Attempt,
    /// A failure has been shown.
    Failure,
    /// The actions of this rule, counted from zero, are carried out.
    Rule(usize),
    /// The link is secured.
    Secured,
    /// The policy has given up.
    GaveUp,
}

/// A box.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// What it stands for.
    pub spot: Spot,
    /// What is written in it, line by line.
    pub lines: Vec<String>,
}

/// An arrow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrow {
    /// Where it begins.
    pub from: Spot,
    /// Where it ends.
    pub to: Spot,
    /// When it is taken.
    pub words: String,
    /// How often it was taken, if that was counted.
    pub count: Option<u64>,
}

/// Boxes and arrows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Picture {
    /// The policy's name.
    pub name: String,
    /// Sorted by what they stand for.
    pub nodes: Vec<Node>,
    /// Sorted by where they begin and end.
    pub arrows: Vec<Arrow>,
}

impl Picture {
    /// The picture of a program.
    #[must_use]
    pub fn of(program: &Program) -> Self {
        let graph = graph(program);
        let mut spots: Vec<Spot> = graph.node_weights().map(spot).collect();
        spots.sort_unstable();
        spots.dedup();
        let mut steps: Vec<(Spot, Spot, Edge)> = graph
            .edge_references()
            .map(|edge| (spot(&graph[edge.source()]), spot(&graph[edge.target()]), *edge.weight()))
            .filter(|(from, to, _)| from != to)
            .collect();
        steps.sort_unstable_by_key(|(from, to, edge)| (*from, *to, edge.to_string()));
        steps.dedup();
        let mut arrows: Vec<Arrow> = Vec::new();
        for (from, to, edge) in steps {
            let words = words(program, to, edge);
            match arrows.last_mut().filter(|last| (last.from, last.to) == (from, to)) {
                Some(last) if last.words != words => last.words = format!("{}, {words}", last.words),
                Some(_) => {}
                None => arrows.push(Arrow { from, to, words, count: None }),
            }
        }
        let nodes = spots.into_iter().map(|spot| Node { spot, lines: lines(program, spot) }).collect();
        Self { name: program.name.clone(), nodes, arrows }
    }

    /// Puts a count on every arrow; what was counted between places that no arrow joins comes back.
    pub fn count(&mut self, counts: &[((Spot, Spot), u64)]) -> Vec<((Spot, Spot), u64)> {
        for arrow in &mut self.arrows {
            let found = counts.iter().find(|(ends, _)| *ends == (arrow.from, arrow.to));
            arrow.count = Some(found.map_or(0, |(_, count)| *count));
        }
        let known = |ends: &(Spot, Spot)| self.arrows.iter().any(|arrow| (arrow.from, arrow.to) == *ends);
        counts.iter().filter(|(ends, _)| !known(ends)).copied().collect()
    }

    /// In the DOT language.
    #[must_use]
    pub fn dot(&self) -> String {
        let mut graph: DiGraph<String, String> = DiGraph::new();
        let places: Vec<_> =
            self.nodes.iter().map(|node| (node.spot, graph.add_node(node.lines.join("\n")))).collect();
        let place = |spot: Spot| places.iter().find(|(known, _)| *known == spot).map(|(_, place)| *place);
        for arrow in &self.arrows {
            let count = arrow.count.map_or(String::new(), |count| format!("\n{count}"));
            if let (Some(from), Some(to)) = (place(arrow.from), place(arrow.to)) {
                graph.add_edge(from, to, format!("{}{count}", arrow.words));
            }
        }
        Dot::new(&graph).to_string()
    }
}

fn spot(state: &State) -> Spot {
    match state {
        State::Attempt(_) => Spot::Attempt,
        State::Failure(_) => Spot::Failure,
        State::Act { rule, .. } => Spot::Rule(*rule),
        State::Secured => Spot::Secured,
        State::GaveUp => Spot::GaveUp,
    }
}

fn lines(program: &Program, spot: Spot) -> Vec<String> {
    match spot {
        Spot::Attempt => vec!["connect and secure".to_owned()],
        Spot::Failure => vec!["failure".to_owned()],
        Spot::Secured => vec!["secured".to_owned()],
        Spot::GaveUp => vec!["gave up".to_owned()],
        Spot::Rule(rule) => {
            let actions = program.rules.get(rule).map_or(&[][..], |rule| &rule.actions);
            let title = std::iter::once(format!("rule {}", rule + 1));
            title.chain(actions.iter().map(|action| told(*action))).collect()
        }
    }
}

fn told(action: Action) -> String {
    match action {
        Action::Wait(wait) if wait.first == wait.cap => format!("Wait {}", wait.cap),
        Action::Wait(wait) => format!("Wait {} to {}", wait.first, wait.cap),
        Action::Ask(question, _) => format!("Ask: {question:?}"),
        Action::DisconnectWith(reason) => format!("Disconnect: {reason}"),
        Action::PairWith(_) => "Pair with changes".to_owned(),
        action => verb(action).to_owned(),
    }
}

/// When an arrow to `to` is taken.
fn words(program: &Program, to: Spot, edge: Edge) -> String {
    match (edge, to) {
        (Edge::Matches, Spot::Rule(rule)) => {
            program.rules.get(rule).map_or(String::new(), |found| condition(found, rule > 0))
        }
        (Edge::Then, Spot::GaveUp) => "gives up".to_owned(),
        (Edge::Then, _) => "tries again".to_owned(),
        (Edge::Declines, _) => "the user does not agree".to_owned(),
        (Edge::Fails, Spot::Failure) => "fails".to_owned(),
        (edge, _) => edge.to_string(),
    }
}

/// The failures that a rule is for.
fn condition(rule: &Rule, other: bool) -> String {
    let mut parts: Vec<String> = Vec::new();
    match rule.role {
        Some(Role::Central) => parts.push("central".to_owned()),
        Some(Role::Peripheral) => parts.push("peripheral".to_owned()),
        None => {}
    }
    if !rule.procedures.is_empty() {
        let names: Vec<&str> = rule.procedures.iter().map(|procedure: &Procedure| procedure.name()).collect();
        parts.push(names.join(", "));
    }
    if !rule.errors.is_empty() {
        let name = |error| SHOWN.iter().find(|(_, shown)| shown == error).map(|(name, _)| (*name).to_owned());
        let names: Vec<String> =
            rule.errors.iter().map(|error| name(error).unwrap_or_else(|| error.to_string())).collect();
        parts.push(names.join(", "));
    }
    match rule.bonded {
        Some(true) => parts.push("bond held".to_owned()),
        Some(false) => parts.push("no bond".to_owned()),
        None => {}
    }
    if rule.levels != Levels::ALL {
        let levels = [Level::One, Level::Two, Level::Three, Level::Four].into_iter();
        let names: Vec<String> =
            levels.filter(|level| rule.levels.contains(*level)).map(|level| format!("{level:?}")).collect();
        parts.push(format!("level {}", names.join(", ")));
    }
    if parts.is_empty() {
        parts.push(if other { "any other" } else { "any" }.to_owned());
    }
    match rule.attempts {
        (0 | 1, u16::MAX) => {}
        (first, u16::MAX) => parts.push(format!("from failure {first}")),
        (first, last) if first == last => parts.push(format!("failure {first}")),
        (first, last) => parts.push(format!("failures {} to {last}", first.max(1))),
    }
    parts.join("; ")
}
