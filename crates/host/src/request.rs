//! Security Requests: a peripheral's wish for a secured link, and what a central does about it,
//! Vol 3 Part H 2.4.6.
//!
//! Invariant: a central that is at it already, or has a pairing under way, is not disturbed.

use crate::config::Level;
use crate::host::Host;
use crate::io::{Context, Port, Role};
use crate::recovery::{OnSecurityRequest, SecurityRequests, lacks};
use crate::session::{Attempt, Episode, Link};
use blesim_kernel::Span;
use blesim_packet::smp::{AuthReq, Reason};

impl Host {
    /// A peripheral that asks for security has a new link: it does so after a while.
    pub(crate) fn plan_request(&mut self, cx: &Context<'_, impl Port>) {
        let owed = core::mem::take(&mut self.peer(cx).owes_request).then_some(Span::ZERO);
        let after = owed.or(self.config.security.requests);
        let after = after.filter(|_| self.config.role == Role::Peripheral);
        self.peer(cx).requests_at = after.map(|after| cx.now + after);
    }

    /// The time to ask has come; what the central has begun meanwhile makes it needless.
    pub(crate) fn request_due(&mut self, cx: &mut Context<'_, impl Port>) {
        let least = self.config.security.level;
        let peer = self.peer(cx);
        peer.requests_at = None;
        let secure = peer.link.key().is_some() && peer.level >= least;
        let under_way = peer.offered_key.is_some();
        // Who makes the peer wait doesn't ask it either (Vol 3 Part H 2.3.6).
        if !secure && !under_way && !self.has_to_wait(cx) {
            self.request(cx);
        }
    }

    /// Asks the central for security.
    pub(crate) fn request(&mut self, cx: &mut Context<'_, impl Port>) {
        let auth = self.config.features().auth;
        if let Some((smp, wire)) = self.wire(cx) {
            smp.request(auth, wire);
        }
    }

    /// The peer asks for security: encrypts if the bond gives what is asked for, pairs otherwise.
    pub(crate) fn security_request(&mut self, auth: AuthReq, cx: &mut Context<'_, impl Port>) {
        if !matches!(*self.peer(cx).link, Link::Up { .. }) {
            return;
        }
        if self.config.role == Role::Peripheral {
            // Only a peripheral asks, and only a central is asked (Vol 3 Part H 2.4.6).
            return self.smp(cx, |smp, wire| smp.refuse(Reason::COMMAND_NOT_SUPPORTED, wire));
        }
        let SecurityRequests { answer, on_encrypted_link } = cx.program.security_requests();
        let asked = if auth.mitm() { Level::Three } else { Level::Two };
        let least = asked.max(self.config.security.level);
        let lacks = lacks(self.bond(cx), auth);
        let peer = self.peer(cx);
        let encrypted = peer.link.key().is_some();
        let at_it = peer.smp.busy() || peer.attempt != Attempt::None;
        let over = peer.smp.closed() || matches!(*peer.episode, Episode::GaveUp(_));
        let forced = answer == OnSecurityRequest::ForcesRepairing && encrypted && lacks;
        let ignored = answer == OnSecurityRequest::Ignore || encrypted && !on_encrypted_link;
        if at_it || over || ignored || peer.level >= asked && !forced {
            return;
        }
        let bonded = !forced && self.key(cx).is_some_and(|bond| bond.level() >= least);
        if !bonded && answer == OnSecurityRequest::EncryptOnly {
            return;
        }
        if !bonded && self.config.security.refuses_pairing {
            return self.smp(cx, |smp, wire| smp.refuse(Reason::PAIRING_NOT_SUPPORTED, wire));
        }
        self.overtaken(cx);
        *self.peer(cx).episode = Episode::Open;
        if bonded { self.encrypt(cx) } else { self.pair(cx) }
    }
}
