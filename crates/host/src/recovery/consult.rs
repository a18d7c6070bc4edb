//! A program as the host reads it, and what of it a session came to need.
//!
//! Invariant: the host reads its program here and nowhere else. So two programs that agree on all that was read
//! would have led to the very same session, and whoever compares many of them need not run it twice.

use super::penalty::Penalty;
use super::program::Program;
use super::responder::{BondedPeer, OldBondDies, Responder, SecurityRequests};
use crate::bond::WhenFull;
use core::cell::Cell;

/// The parts of a program that were read, a bit each.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Consulted(u16);

/// The rules and the patience.
const RULES: u16 = 1;
/// Whether there are rules.
const HAS_RULES: u16 = 1 << 1;
const PENALTY: u16 = 1 << 2;
const BONDED_PEER: u16 = 1 << 3;
const OLD_BOND: u16 = 1 << 4;
const REFUSALS: u16 = 1 << 5;
const WHEN_FULL: u16 = 1 << 6;
const REQUESTS: u16 = 1 << 7;
const PROBES: u16 = 1 << 8;
const RAISES: u16 = 1 << 9;

impl Consulted {
    /// Whether two programs agree on all of it.
    #[must_use]
    pub fn agree(self, one: &Program, other: &Program) -> bool {
        let refusals = |responder: &Responder| (responder.refuses_weaker, responder.refuses_just_works_again);
        let (a, b) = (&one.responder, &other.responder);
        let agrees = |part| match part {
            RULES => one.rules == other.rules && one.patience == other.patience,
            HAS_RULES => one.rules.is_empty() == other.rules.is_empty(),
            PENALTY => a.penalty == b.penalty,
            BONDED_PEER => a.bonded_peer_pairs == b.bonded_peer_pairs,
            OLD_BOND => a.old_bond_dies == b.old_bond_dies,
            REFUSALS => refusals(a) == refusals(b),
            WHEN_FULL => a.when_full == b.when_full,
            REQUESTS => a.security_requests == b.security_requests,
            PROBES => one.probes_bonds == other.probes_bonds,
            RAISES => one.raises_level == other.raises_level,
            _ => unreachable!("a part is one bit of ten"),
        };
        (0..u16::BITS).map(|bit| 1 << bit).all(|part| self.0 & part == 0 || agrees(part))
    }
}

/// The program of a host, with a note of what is read of it.
#[derive(Clone, Copy)]
pub(crate) struct Consult<'a> {
    program: &'a Program,
    read: &'a Cell<Consulted>,
}

impl<'a> Consult<'a> {
    pub(crate) fn new(program: &'a Program, read: &'a Cell<Consulted>) -> Self {
        Self { program, read }
    }

    fn part(self, part: u16) -> &'a Program {
        self.read.set(Consulted(self.read.get().0 | part));
        self.program
    }

    /// All of it that is about failures.
    pub(crate) fn rules(self) -> &'a Program {
        self.part(RULES)
    }

    pub(crate) fn has_rules(self) -> bool {
        !self.part(HAS_RULES).rules.is_empty()
    }

    pub(crate) fn penalty(self) -> Option<&'a Penalty> {
        self.part(PENALTY).responder.penalty.as_ref()
    }

    pub(crate) fn bonded_peer_pairs(self) -> BondedPeer {
        self.part(BONDED_PEER).responder.bonded_peer_pairs
    }

    pub(crate) fn old_bond_dies(self) -> OldBondDies {
        self.part(OLD_BOND).responder.old_bond_dies
    }

    /// What of pairings it refuses: the responder's part for [`Responder::refuses`].
    pub(crate) fn refusals(self) -> &'a Responder {
        &self.part(REFUSALS).responder
    }

    pub(crate) fn when_full(self) -> Option<WhenFull> {
        self.part(WHEN_FULL).responder.when_full
    }

    pub(crate) fn raises_level(self) -> bool {
        self.part(RAISES).raises_level
    }

    pub(crate) fn probes_bonds(self) -> bool {
        self.part(PROBES).probes_bonds
    }

    pub(crate) fn security_requests(self) -> SecurityRequests {
        self.part(REQUESTS).responder.security_requests
    }
}
