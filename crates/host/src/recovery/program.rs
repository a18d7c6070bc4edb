//! The flat program that a policy file is lowered to.

use crate::failure::{Failure, Procedure, Shown};
use blesim_kernel::Span;
use blesim_packet::smp::Reason;

/// A recovery policy, ready to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    /// The policy's name.
    pub name: String,
    /// Tried in order; the first that matches is taken. No match means giving up.
    pub rules: Box<[Rule]>,
    /// The time after the first failure at which no rule is tried any more.
    pub patience: Option<Span>,
    /// What the host does when the peer starts.
    pub responder: Responder,
}

/// One rule: when it applies and what it does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Any of these procedures; empty stands for all.
    pub procedures: Box<[Procedure]>,
    /// Any of these codes; empty stands for all.
    pub errors: Box<[Shown]>,
    /// The first and the last failure of the episode it applies to, counted from one.
    pub attempts: (u16, u16),
    /// What is done, in order.
    pub actions: Box<[Action]>,
}

/// One verb of a policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Ends the link (0x13) and waits until it is gone; nothing if it is.
    Disconnect,
    /// Does nothing for a time.
    Wait(Wait),
    /// Makes a connection; nothing if there is one.
    Reconnect,
    /// Encrypts with the bond's key; fails as missing if there is no bond.
    Encrypt,
    /// Pairs, whether there is a bond or not.
    Pair,
    /// Connects if there is no link, then encrypts if there is a bond and pairs if there is none.
    Again,
    /// Deletes the bond with the peer.
    DeleteBond,
    /// Tells the user that it failed.
    Notify,
    /// Ends the episode.
    GiveUp,
}

/// A waiting time: `first`, then longer with every failure, up to `cap`, less a random part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wait {
    /// After the first failure.
    pub first: Span,
    /// Times this for every failure more, 32.32 fixed point; 2^32 keeps it constant.
    pub growth_q32: u64,
    /// Never longer than this.
    pub cap: Span,
    /// Up to this part of it is taken away at random, 32.32 fixed point below one.
    pub jitter_q32: u64,
}

impl Wait {
    /// A constant time.
    #[must_use]
    pub const fn fixed(span: Span) -> Self {
        Self { first: span, growth_q32: 1 << 32, cap: span, jitter_q32: 0 }
    }

    /// The longest this can take after failure `attempt`, counted from one.
    #[must_use]
    pub fn longest(self, attempt: u16) -> Span {
        let mut span = self.first.min(self.cap);
        for _ in 1..attempt {
            if span >= self.cap || self.growth_q32 <= 1 << 32 {
                break;
            }
            span = span.scale_q32(self.growth_q32).min(self.cap);
        }
        span
    }

    /// The time after failure `attempt`, with a uniform 64-bit `draw` for the jitter.
    ///
    /// # Panics
    /// If the jitter is above one.
    #[must_use]
    pub fn span(self, attempt: u16, draw: u64) -> Span {
        let longest = self.longest(attempt);
        let part = (u128::from(self.jitter_q32) * u128::from(draw >> 32)) >> 32;
        longest - longest.scale_q32(u64::try_from(part).expect("a part of one in 32 bits"))
    }
}

/// What the host does when the peer starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Responder {
    /// On a Pairing Request from a peer it has a bond with.
    pub bonded_peer_pairs: BondedPeer,
    /// When the old bond goes in such a pairing.
    pub old_bond_dies: OldBondDies,
}

impl Default for Responder {
    fn default() -> Self {
        Self { bonded_peer_pairs: BondedPeer::Accept, old_bond_dies: OldBondDies::OnComplete }
    }
}

/// The answer to a Pairing Request from a bonded peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BondedPeer {
    /// Pairs.
    Accept,
    /// Answers Pairing Failed with this reason.
    Reject(Reason),
    /// Says nothing at all.
    Ignore,
}

/// When the old bond is deleted while a bonded peer pairs again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OldBondDies {
    /// As soon as the request is there.
    OnRequest,
    /// When the link is encrypted with the new key.
    OnEncrypted,
    /// When the new bond takes its place.
    OnComplete,
}

impl Program {
    /// The program that gives up at once and accepts every pairing.
    #[must_use]
    pub fn passive(name: &str) -> Self {
        Self { name: name.to_owned(), rules: Box::new([]), patience: None, responder: Responder::default() }
    }

    /// The index of the first rule that matches failure number `attempt` of an episode.
    #[must_use]
    pub fn rule_for(&self, failure: Failure, attempt: u16) -> Option<usize> {
        self.rules.iter().position(|rule| rule.matches(failure, attempt))
    }
}

impl Rule {
    /// Whether the rule applies to failure number `attempt`.
    #[must_use]
    pub fn matches(&self, failure: Failure, attempt: u16) -> bool {
        let (first, last) = self.attempts;
        (self.procedures.is_empty() || self.procedures.contains(&failure.procedure))
            && (self.errors.is_empty() || self.errors.contains(&failure.shown))
            && (first..=last).contains(&attempt)
    }
}
