//! Pairing Requests: whether the peer may pair, and on what terms.
//!
//! Invariant: a request is answered once or not at all, by the first reason against it.

use crate::config::BrEdr;
use crate::host::Host;
use crate::io::{Context, Note, Port, Prompt, Role, Step};
use crate::quirk::Quirk;
use crate::recovery::{BondedPeer, OldBondDies, Question};
use crate::session::{Asked, Link};
use crate::smp::terms::model;
use blesim_packet::smp::{PairingFeatures, Reason};

/// What becomes of a Pairing Request.
enum Verdict {
    Accept,
    Refuse(Reason),
    Ignore,
    Ask,
}

impl Host {
    /// The peer asks for a pairing.
    pub(crate) fn pairing_request(&mut self, request: PairingFeatures, cx: &mut Context<'_, impl Port>) {
        if !matches!(*self.peer(cx).link, Link::Up { .. }) || self.peer(cx).smp.closed() {
            return;
        }
        if self.config.quirks.ignores_pairing_request {
            return cx.note(Note::Departs(Quirk::IgnoresPairingRequest));
        }
        cx.step(Step::PairingFeatures);
        match self.judge(request, cx) {
            Verdict::Accept => self.accept(request, cx),
            Verdict::Refuse(reason) => self.smp(cx, |smp, wire| smp.refuse(reason, wire)),
            Verdict::Ignore => {}
            Verdict::Ask => {
                let before = self.peer(cx).asked.replace(Asked::Pairing(request));
                if !matches!(before, Some(Asked::Pairing(_))) {
                    self.peer(cx).waits_until = None;
                    self.peer(cx).engine.stop();
                    cx.prompt(Prompt::Ask(Question::PairAgain));
                }
            }
        }
    }

    fn judge(&mut self, request: PairingFeatures, cx: &Context<'_, impl Port>) -> Verdict {
        let security = self.config.security;
        // Only a peripheral responds (Vol 3 Part H 2.3).
        if self.config.role == Role::Central {
            return Verdict::Refuse(Reason::COMMAND_NOT_SUPPORTED);
        }
        if security.refuses_pairing {
            return Verdict::Refuse(Reason::PAIRING_NOT_SUPPORTED);
        }
        if security.br_edr == BrEdr::Pairing {
            return Verdict::Refuse(Reason::BR_EDR_PAIRING_IN_PROGRESS);
        }
        if self.peer(cx).smp.busy() {
            return Verdict::Refuse(Reason::UNSPECIFIED_REASON);
        }
        if self.has_to_wait(cx) {
            return Verdict::Refuse(Reason::REPEATED_ATTEMPTS);
        }
        if self.bond(cx).is_none() {
            return Verdict::Accept;
        }
        let response = self.config.response_to(&request);
        match cx.program.bonded_peer_pairs() {
            BondedPeer::Reject(reason) => Verdict::Refuse(reason),
            BondedPeer::Ignore => Verdict::Ignore,
            answer @ (BondedPeer::Accept | BondedPeer::Ask) => {
                match (self.weaker((request, response), cx), answer) {
                    (Some(reason), _) => Verdict::Refuse(reason),
                    (None, BondedPeer::Ask) => Verdict::Ask,
                    (None, _) => Verdict::Accept,
                }
            }
        }
    }

    /// Pairs as responder: the peer has the initiative, and what the program was about to do is overtaken.
    pub(crate) fn accept(&mut self, request: PairingFeatures, cx: &mut Context<'_, impl Port>) {
        self.overtaken(cx);
        if self.bond(cx).is_some() && cx.program.old_bond_dies() == OldBondDies::OnRequest {
            self.delete_bond(cx);
        }
        let response = self.config.response_to(&request);
        self.smp(cx, |smp, wire| smp.respond(request, response, wire));
    }

    /// Why the policy has nothing to do with the pairing that this response leads to, if so.
    pub(crate) fn refuses_response<P>(
        &self,
        response: PairingFeatures,
        cx: &Context<'_, P>,
    ) -> Option<Reason> {
        let request = *self.peers[cx.peer].smp.requested()?;
        self.weaker((request, response), cx)
    }

    /// The policy's answer to a pairing that gives less than the bond with the peer does.
    fn weaker<P>(
        &self,
        (request, response): (PairingFeatures, PairingFeatures),
        cx: &Context<'_, P>,
    ) -> Option<Reason> {
        let bond = self.bond(cx)?;
        let secure_connections = request.auth.sc() && response.auth.sc();
        let authenticated = model(&request, &response).authenticated();
        let key_size = request.max_key_size.min(response.max_key_size);
        cx.program.refusals().refuses(bond, secure_connections, authenticated, key_size)
    }

    /// Whether the peer has failed too often of late (Vol 3 Part H 2.3.6).
    pub(crate) fn has_to_wait(&mut self, cx: &Context<'_, impl Port>) -> bool {
        let rule = self.config.security.repeated_attempts;
        if rule.is_some_and(|rule| self.peer(cx).limiter.waits(rule, cx.now)) {
            return true;
        }
        if self.penalties.is_empty() {
            return false;
        }
        let (Some(penalty), Some(who)) = (cx.program.penalty(), self.whom(cx)) else { return false };
        self.penalties.waits(penalty, who, cx.now)
    }
}
