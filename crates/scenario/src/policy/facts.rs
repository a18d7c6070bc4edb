//! What was proved about a policy, for a person to read.

use super::spec::Basis;
use blesim_kernel::Span;

/// What holds in every session that runs a policy, whatever the world does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyFacts {
    /// The policy's name.
    pub name: String,
    /// What it rests on.
    pub basis: Basis,
    /// Why it is as it is, in the writer's words.
    pub about: String,
    /// States of its graph.
    pub states: usize,
    /// The number of failures after which it has given up for certain, or `None` if only its patience ends
    /// it.
    pub most_failures: Option<u16>,
    /// The longest time it waits by itself in one episode, all waits together.
    pub longest_wait: Span,
    /// The time after the first failure at which no rule is tried any more.
    pub patience: Option<Span>,
    /// Whether some rule deletes the bond.
    pub deletes_bond: bool,
    /// Whether it does so only after the user agreed, or on a link that was authenticated before.
    pub asks_first: bool,
}

impl PolicyFacts {
    /// One sentence a fact.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let end = match self.most_failures {
            Some(1) => "ends in every case: gives up after the first failure".to_owned(),
            Some(most) => format!("ends in every case: gives up after failure {most} at the latest"),
            None => "ends in every case: when its patience is over".to_owned(),
        };
        let wait = if self.longest_wait.is_zero() {
            "never waits".to_owned()
        } else {
            format!("waits at most {} in all", self.longest_wait)
        };
        let bond = match (self.deletes_bond, self.asks_first) {
            (false, _) => "never deletes a bond",
            (true, true) => {
                "deletes the bond only where the user agrees or the peer has proved itself before"
            }
            (true, false) => "deletes the bond without asking anybody",
        };
        let mut all = vec![end, wait, bond.to_owned()];
        if let Some(patience) = self.patience {
            all.push(format!("starts no rule later than {patience} after the first failure"));
        }
        all
    }
}
