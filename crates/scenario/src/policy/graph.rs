//! A program as a graph: every state it can be in while attempts fail, and what leads from one to the next.
//!
//! Invariant: any failure that the host can show may follow any attempt, so whatever holds on the graph holds
//! in every session. From [`saturation`] on all failures are one state, for no rule tells them apart.

use super::action::verb;
use blesim_host::recovery::{Action, Levels, Program, Rule, Sight};
use blesim_host::{Failure, Level, Procedure, Role, SHOWN, Shown};
use blesim_packet::hci::ErrorCode;
use petgraph::dot::Dot;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::HashMap;
use std::fmt;

/// A state of a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Connecting and securing, with so many failures behind it.
    Attempt(u16),
    /// The n-th failure has happened; the greatest number stands for all from it on.
    Failure(u16),
    /// An action of a rule is carried out: failures so far, the rule and its action, both counted from zero.
    Act {
        /// Failures so far.
        failure: u16,
        /// The rule, from zero.
        rule: usize,
        /// The action of the rule, from zero.
        step: usize,
        /// What is done.
        action: Action,
    },
    /// The link is secured.
    Secured,
    /// The program has given up.
    GaveUp,
}

/// A state as a key of a map.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Key {
    Attempt(u16),
    Failure(u16),
    Act(u16, usize, usize),
    Secured,
    GaveUp,
}

/// What leads from one state to another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Edge {
    /// The attempt succeeds.
    Succeeds,
    /// The attempt or the connection fails.
    Fails,
    /// The rule is the first that matches for some failure.
    Matches,
    /// For some failure no rule matches.
    NoRule,
    /// The patience is over.
    Impatient,
    /// The user says no, or nothing.
    Declines,
    /// The next action.
    Then,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attempt(0) => f.write_str("first attempt"),
            Self::Attempt(failures) => write!(f, "attempt after {failures}"),
            Self::Failure(number) => write!(f, "failure {number}"),
            Self::Act { rule, action: Action::Wait(wait), .. } => {
                write!(f, "rule {}: Wait up to {}", rule + 1, wait.cap)
            }
            Self::Act { rule, action, .. } => write!(f, "rule {}: {}", rule + 1, verb(*action)),
            Self::Secured => f.write_str("secured"),
            Self::GaveUp => f.write_str("gave up"),
        }
    }
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Succeeds => "succeeds",
            Self::Fails => "fails",
            Self::Matches => "matches",
            Self::NoRule => "no rule",
            Self::Impatient => "patience over",
            Self::Declines => "no",
            Self::Then => "",
        })
    }
}

/// The number of the failure from which on no rule tells one from the next.
pub(super) fn saturation(program: &Program) -> u16 {
    let bounds = program.rules.iter().map(|rule| {
        let (first, last) = rule.attempts;
        if last == u16::MAX { first } else { last.saturating_add(1) }
    });
    // Patience is over after the second failure at the earliest: that sets the first one apart.
    let least = if program.patience.is_some() { 2 } else { 1 };
    bounds.max().unwrap_or(least).max(least)
}

/// One failure of each kind that the program can tell apart, and one that it has no name for; a distinction that
/// no rule makes is not made here.
pub(super) fn sights(program: &Program) -> Vec<Sight> {
    let mut codes: Vec<Shown> = SHOWN.iter().map(|(_, shown)| *shown).collect();
    codes.extend(program.rules.iter().flat_map(|rule| rule.errors.iter().copied()));
    codes.extend((0..=u8::MAX).map(|code| Shown::Hci(ErrorCode(code))).find(|code| !codes.contains(code)));
    codes.sort();
    codes.dedup();
    let levels = [Level::One, Level::Two, Level::Three, Level::Four];
    let made = |by: fn(&Rule) -> bool| program.rules.iter().any(by);
    let roles = if made(|rule| rule.role.is_some()) { 2 } else { 1 };
    let bonds = if made(|rule| rule.bonded.is_some()) { 2 } else { 1 };
    let levels = if made(|rule| rule.levels != Levels::ALL) { &levels[..] } else { &levels[..1] };
    let mut all = Vec::new();
    for procedure in Procedure::ALL {
        for &shown in &codes {
            for &role in &[Role::Central, Role::Peripheral][..roles] {
                for &bonded in &[false, true][..bonds] {
                    let failure = Failure { procedure, shown };
                    all.extend(levels.iter().map(|&level| Sight { role, failure, bonded, level }));
                }
            }
        }
    }
    all
}

/// The graph of a program, from its first attempt on.
#[must_use]
pub fn graph(program: &Program) -> DiGraph<State, Edge> {
    let mut builder = Builder {
        program,
        most: saturation(program),
        sights: sights(program),
        graph: DiGraph::new(),
        known: HashMap::new(),
        open: Vec::new(),
    };
    builder.node(State::Attempt(0));
    while let Some(at) = builder.open.pop() {
        builder.expand(at);
    }
    builder.graph
}

/// The graph in the DOT language.
#[must_use]
pub fn dot(program: &Program) -> String {
    format!("{}", Dot::new(&graph(program)))
}

struct Builder<'a> {
    program: &'a Program,
    most: u16,
    sights: Vec<Sight>,
    graph: DiGraph<State, Edge>,
    known: HashMap<Key, NodeIndex>,
    open: Vec<NodeIndex>,
}

impl Builder<'_> {
    fn node(&mut self, state: State) -> NodeIndex {
        let key = match state {
            State::Attempt(failures) => Key::Attempt(failures),
            State::Failure(number) => Key::Failure(number),
            State::Act { failure, rule, step, .. } => Key::Act(failure, rule, step),
            State::Secured => Key::Secured,
            State::GaveUp => Key::GaveUp,
        };
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let index = self.graph.add_node(state);
        self.known.insert(key, index);
        self.open.push(index);
        index
    }

    fn edge(&mut self, from: NodeIndex, to: State, edge: Edge) {
        let to = self.node(to);
        self.graph.update_edge(from, to, edge);
    }

    fn expand(&mut self, at: NodeIndex) {
        match self.graph[at] {
            State::Secured | State::GaveUp => {}
            State::Attempt(failures) => {
                self.edge(at, State::Secured, Edge::Succeeds);
                self.edge(at, self.after(failures), Edge::Fails);
            }
            State::Failure(number) => self.answer(at, number),
            State::Act { failure, rule, step, action } => match action {
                Action::GiveUp => self.edge(at, State::GaveUp, Edge::Then),
                Action::Encrypt
                | Action::Pair
                | Action::PairWith(_)
                | Action::Again
                | Action::RequestSecurity => {
                    self.edge(at, State::Attempt(failure), Edge::Then);
                }
                Action::Reconnect => {
                    self.edge(at, self.after(failure), Edge::Fails);
                    self.edge(at, self.act(failure, rule, step + 1), Edge::Then);
                }
                Action::Ask(..) => {
                    self.edge(at, State::GaveUp, Edge::Declines);
                    self.edge(at, self.act(failure, rule, step + 1), Edge::Then);
                }
                Action::Disconnect
                | Action::DisconnectWith(_)
                | Action::Wait(_)
                | Action::DeleteBond
                | Action::DeleteAllBonds
                | Action::ForgetKey
                | Action::Notify => {
                    self.edge(at, self.act(failure, rule, step + 1), Edge::Then);
                }
            },
        }
    }

    /// The state after one failure more.
    fn after(&self, failures: u16) -> State {
        State::Failure((failures + 1).min(self.most))
    }

    /// An action of a rule, or the end of the episode after the last.
    fn act(&self, failure: u16, rule: usize, step: usize) -> State {
        let action = self.program.rules[rule].actions.get(step);
        action.map_or(State::GaveUp, |&action| State::Act { failure, rule, step, action })
    }

    fn answer(&mut self, at: NodeIndex, number: u16) {
        for index in 0..self.sights.len() {
            match self.program.rule_for(self.sights[index], number) {
                Some(rule) => self.edge(at, self.act(number, rule, 0), Edge::Matches),
                None => self.edge(at, State::GaveUp, Edge::NoRule),
            }
        }
        // The first failure is always in time (its own moment is where the patience begins).
        if self.program.patience.is_some() && number > 1 {
            self.edge(at, State::GaveUp, Edge::Impatient);
        }
    }
}

/// True if an action lets time pass for certain.
pub(super) fn takes_time(action: Action, failure: u16) -> bool {
    match action {
        // The random part that is taken away is always less than all of it.
        Action::Wait(wait) => !wait.longest(failure).is_zero(),
        _ => false,
    }
}
