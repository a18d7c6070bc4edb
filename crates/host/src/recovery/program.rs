//! The flat program that a policy file is lowered to.

use super::changes::Changes;
use super::responder::Responder;
use super::sight::{Levels, Sight};
use crate::failure::{Procedure, Shown};
use crate::io::Role;
use blesim_kernel::Span;
use blesim_packet::hci::ErrorCode;
use std::sync::Arc;

/// A recovery policy, ready to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    /// The policy's name.
    pub name: String,
    /// Tried in order; the first that matches is taken. No match means giving up.
    pub rules: Box<[Rule]>,
    /// The time after the first failure at which no rule is tried any more.
    pub patience: Option<Span>,
    /// Whether a central that has bonded trusts the bond only after it has encrypted with it on another link.
    pub probes_bonds: bool,
    /// Whether a central raises the link's security when a peer refuses a write for too little of it.
    pub raises_level: bool,
    /// What the host does when the peer starts.
    pub responder: Responder,
    /// The longest an episode can be, where that is proved.
    pub worst: Option<Worst>,
    /// What the peer runs meanwhile, where a policy is tried against several.
    pub against: Option<Arc<Self>>,
}

/// The longest that an episode of a program can be: its waits, and how many attempts it makes besides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Worst {
    /// All waits together, those for an answer of the user included.
    pub waits: Span,
    /// The number of failures after which it is over; none if that is a matter of its patience, which is then
    /// part of the waits.
    pub failures: Option<u16>,
}

/// One rule: when it applies and what it does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// This side's role; `None` stands for both.
    pub role: Option<Role>,
    /// Any of these procedures; empty stands for all.
    pub procedures: Box<[Procedure]>,
    /// Any of these codes; empty stands for all.
    pub errors: Box<[Shown]>,
    /// The first and the last failure of the episode it applies to, counted from one.
    pub attempts: (u16, u16),
    /// Whether this side holds a bond with the peer; `None` stands for both.
    pub bonded: Option<bool>,
    /// What the link had reached.
    pub levels: Levels,
    /// What is done, in order.
    pub actions: Box<[Action]>,
}

/// One verb of a policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Ends the link (0x13) and waits until it is gone; nothing if it is.
    Disconnect,
    /// The same with another reason (Vol 4 Part E 7.1.6).
    DisconnectWith(ErrorCode),
    /// Does nothing for a time.
    Wait(Wait),
    /// Asks the user, and goes on if the answer is yes; ends the episode if it is no or does not come in time.
    Ask(Question, Span),
    /// Makes a connection; nothing if there is one, or for a peripheral, which advertises.
    Reconnect,
    /// Encrypts with the bond's key; fails as missing if there is no bond. A peripheral asks for it.
    Encrypt,
    /// Pairs, whether there is a bond or not. A peripheral asks for it.
    Pair,
    /// Pairs with changed parameters. A peripheral asks for a pairing by its own.
    PairWith(Changes),
    /// A central connects if there is no link, then encrypts if there is a bond and pairs if there is none; a
    /// peripheral asks for security if there is a link, and goes on advertising if there is none.
    Again,
    /// A peripheral asks for security, on the next link if there is none. For a central it is [`Action::Again`].
    RequestSecurity,
    /// Deletes the bond with the peer.
    DeleteBond,
    /// Deletes every bond.
    DeleteAllBonds,
    /// Goes on as if there were no key of the peer until power is lost or they pair; the bond stays stored.
    ForgetKey,
    /// Tells the user that it failed.
    Notify,
    /// Ends the episode.
    GiveUp,
}

impl Action {
    /// Whether a rule is over with it, for what follows is up to the attempt or nothing.
    #[must_use]
    pub const fn ends_rule(self) -> bool {
        matches!(
            self,
            Self::Encrypt
                | Self::Pair
                | Self::PairWith(_)
                | Self::Again
                | Self::RequestSecurity
                | Self::GiveUp
        )
    }
}

/// What a policy asks the user.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Question {
    /// Whether to delete the bond.
    DeleteBond,
    /// Whether to try again.
    TryAgain,
    /// Whether a bonded peer may pair anew.
    PairAgain,
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

impl Program {
    /// The program that gives up at once and accepts every pairing.
    #[must_use]
    pub fn passive(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            rules: Box::new([]),
            patience: None,
            probes_bonds: false,
            raises_level: false,
            responder: Responder::default(),
            worst: None,
            against: None,
        }
    }

    /// The index of the first rule that matches failure number `attempt` of an episode.
    #[must_use]
    pub fn rule_for(&self, sight: Sight, attempt: u16) -> Option<usize> {
        self.rules.iter().position(|rule| rule.matches(sight, attempt))
    }
}

impl Default for Rule {
    /// For every failure, with nothing to do.
    fn default() -> Self {
        Self {
            role: None,
            procedures: Box::new([]),
            errors: Box::new([]),
            attempts: (1, u16::MAX),
            bonded: None,
            levels: Levels::ALL,
            actions: Box::new([]),
        }
    }
}

impl Rule {
    /// Whether the rule applies to failure number `attempt`.
    #[must_use]
    pub fn matches(&self, sight: Sight, attempt: u16) -> bool {
        let Sight { role, failure, bonded, level } = sight;
        let (first, last) = self.attempts;
        (self.procedures.is_empty() || self.procedures.contains(&failure.procedure))
            && (self.errors.is_empty() || self.errors.contains(&failure.shown))
            && (first..=last).contains(&attempt)
            && self.role.is_none_or(|only| only == role)
            && self.bonded.is_none_or(|only| only == bonded)
            && self.levels.contains(level)
    }
}
