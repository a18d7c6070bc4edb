//! Securing the link.
//!
//! Invariant: every procedure the host starts ends in exactly one of secured and failed.

use crate::bond::Bond;
use crate::config::Level;
use crate::failure::{Failure, Procedure, Shown};
use crate::host::Host;
use crate::io::{Context, Note, Port, Role, Step};
use crate::recovery::{Changes, OldBondDies};
use crate::session::{Attempt, Episode, Leaves, Link};
use crate::smp::Outcome;
use crate::smp::proof::LinkEncrypted;
use blesim_packet::hci::{Command, ErrorCode};
use blesim_packet::smp::{AuthReq, Reason};

impl Host {
    /// Encrypts if there is a bond that is good enough, pairs if there is none.
    pub(crate) fn secure(&mut self, cx: &mut Context<'_, impl Port>) {
        self.secure_to(self.config.security.level, None, cx);
    }

    /// The same for this level, pairing with these changes if it comes to that.
    pub(crate) fn secure_to(
        &mut self,
        level: Level,
        changes: Option<Changes>,
        cx: &mut Context<'_, impl Port>,
    ) {
        // A key that does not give what is asked for is of no use (Vol 3 Part C 10.3.1).
        if self.key(cx).is_some_and(|bond| bond.level() >= level) {
            self.encrypt(cx);
        } else {
            self.pair_with(changes, cx);
        }
    }

    /// The bond with the peer, if its key is used.
    pub(crate) fn key<P>(&self, cx: &Context<'_, P>) -> Option<&Bond> {
        let forgotten = self.peers[cx.peer].forgotten;
        self.bond(cx).filter(|bond| forgotten != Some(bond.peer))
    }

    /// Encrypts with the bond's key (Vol 3 Part H 2.4.4.1).
    pub(crate) fn encrypt(&mut self, cx: &mut Context<'_, impl Port>) {
        let Link::Up { handle, .. } = *self.peer(cx).link else { return };
        let Some(bond) = self.key(cx).copied() else {
            let shown = Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING);
            return self.failed(Failure { procedure: Procedure::Encryption, shown }, cx);
        };
        self.peer(cx).attempt = Attempt::Encryption;
        self.enable(handle, (bond.rand, bond.ediv, bond.ltk), cx);
    }

    fn enable(&mut self, handle: u16, (rand, ediv, ltk): (u64, u16, u128), cx: &mut Context<'_, impl Port>) {
        self.peer(cx).offered_key = Some(ltk);
        cx.step(Step::EncryptionStart);
        let ltk = self.handed(ltk, cx);
        self.commands.send(Command::LeEnableEncryption { handle, rand, ediv, ltk }, cx);
    }

    pub(crate) fn pair(&mut self, cx: &mut Context<'_, impl Port>) {
        self.pair_with(None, cx);
    }

    /// Pairs, with changed parameters if there are any.
    pub(crate) fn pair_with(&mut self, changes: Option<Changes>, cx: &mut Context<'_, impl Port>) {
        let altered = changes.map(|changes| changes.apply(self.config));
        let request = altered.as_ref().unwrap_or(&self.config).features();
        let peer = self.peer(cx);
        (peer.attempt, peer.altered) = (Attempt::Pairing, altered);
        let Some((smp, wire)) = self.wire(cx) else { return };
        if !smp.initiate(request, wire) {
            // The stack knows that the Security Manager is closed on this link, and says so at once.
            self.procedure_failed(Shown::SmpTimeout, cx);
        }
    }

    /// A step of the Security Manager asks something of the host.
    pub(crate) fn paired(&mut self, outcome: Outcome, cx: &mut Context<'_, impl Port>) {
        match outcome {
            Outcome::Continues => {}
            Outcome::Encrypt(key) => {
                if let Link::Up { handle, .. } = *self.peer(cx).link {
                    // EDIV and Rand are zero for a key of this pairing (Vol 3 Part H 2.4.4.1).
                    self.enable(handle, (0, 0, key), cx);
                }
            }
            Outcome::Complete(bond, level) => {
                if let Some(bond) = bond {
                    let replaces = self.config.role == Role::Peripheral && self.bond(cx).is_some();
                    if replaces && cx.program.old_bond_dies() == OldBondDies::Never {
                        cx.note(Note::OldBondKept);
                        return self.secured(level, cx);
                    }
                    self.peer(cx).forgotten = None;
                    self.keep_bond(bond, cx);
                    if self.probes(level, cx) {
                        return;
                    }
                }
                self.secured(level, cx);
            }
            Outcome::Failed(shown) => {
                if let Some(rule) = self.config.security.repeated_attempts {
                    self.peer(cx).limiter.failed(rule, cx.now);
                }
                if self.config.quirks.refuses_unnegotiated
                    && shown == Shown::PairingFailed(Reason::UNSPECIFIED_REASON)
                {
                    self.end_link(ErrorCode::REMOTE_USER_TERMINATED_CONNECTION, cx);
                }
                self.procedure_failed(shown, cx);
            }
        }
    }

    /// A central that trusts no bond before it has been of use ends the link, and comes back to encrypt with it.
    fn probes(&mut self, level: Level, cx: &mut Context<'_, impl Port>) -> bool {
        let serves = level >= self.config.security.level && self.key(cx).is_some();
        if self.config.role == Role::Peripheral || !serves || !cx.program.probes_bonds() {
            return false;
        }
        self.overtaken(cx);
        let peer = self.peer(cx);
        (peer.attempt, peer.altered, peer.leaves) = (Attempt::None, None, Leaves::ToProbe);
        cx.note(Note::ProbesBond);
        self.end_link(ErrorCode::REMOTE_USER_TERMINATED_CONNECTION, cx)
    }

    /// Encryption was switched on, or could not be (Vol 4 Part E 7.7.8).
    pub(crate) fn encryption_change(
        &mut self,
        status: ErrorCode,
        enabled: u8,
        cx: &mut Context<'_, impl Port>,
    ) {
        let offered = self.peer(cx).offered_key.take();
        let Link::Up { key, .. } = &mut *self.peer(cx).link else { return };
        let Some(proof) = LinkEncrypted::from_event(status.0, enabled) else {
            self.peers[cx.peer].smp.abort(cx);
            return self.procedure_failed(Shown::Hci(status), cx);
        };
        *key = offered;
        self.peer(cx).smp.granted();
        cx.step(Step::Encrypted);
        // A pairing waits for the link to be encrypted with its own key; with an older one it goes on
        // waiting.
        if offered.is_some() && offered == self.peer(cx).smp.link_key() {
            let replaces = self.config.role == Role::Peripheral && self.bond(cx).is_some();
            if replaces && cx.program.old_bond_dies() == OldBondDies::OnEncrypted {
                self.delete_bond(cx);
            }
            if self.fails_for_room(cx) {
                cx.note(Note::BondTableFull);
                return self.smp(cx, |smp, wire| smp.refuse(Reason::UNSPECIFIED_REASON, wire));
            }
            self.smp(cx, |smp, wire| smp.encrypted(proof, wire));
        } else if !self.peer(cx).smp.busy() {
            let level = self.bond(cx).map_or(Level::Two, Bond::level);
            self.bond_used(cx);
            self.secured(level, cx);
        }
    }

    /// The central asks for encryption with this key's name (Vol 3 Part H 2.4.4.1).
    pub(crate) fn key_request(&mut self, handle: u16, rand: u64, ediv: u16, cx: &mut Context<'_, impl Port>) {
        if !matches!(*self.peer(cx).link, Link::Up { .. }) {
            return;
        }
        cx.step(Step::EncryptionStart);
        let pairing = self.peer(cx).smp.link_key().filter(|_| rand == 0 && ediv == 0);
        let bonded = || {
            let bond = self.key(cx)?;
            (bond.rand == rand && bond.ediv == ediv).then_some(bond.ltk)
        };
        let key = pairing.or_else(bonded);
        self.peer(cx).offered_key = key;
        let answer = match key {
            Some(ltk) => Command::LeLongTermKeyRequestReply { handle, ltk: self.handed(ltk, cx) },
            None => Command::LeLongTermKeyRequestNegativeReply { handle },
        };
        let pairs = self.peer(cx).smp.busy();
        self.commands.send(answer, cx);
        if key.is_none() && !pairs && self.config.role == Role::Peripheral && self.is_attentive(cx) {
            let shown = Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING);
            self.failed(Failure { procedure: Procedure::Encryption, shown }, cx);
        }
    }

    /// The link is encrypted with a key that gives this level; one that is too low ends it, as a stack
    /// without another way out does (Vol 3 Part C 10.3.1).
    fn secured(&mut self, level: Level, cx: &mut Context<'_, impl Port>) {
        self.peer(cx).level = level;
        cx.note(Note::Level(level));
        self.plan_sending(cx);
        let least = self.peer(cx).altered.map_or(self.config.security.level, |own| own.security.level);
        if level < least {
            // A peripheral that asks for security asks for more (Vol 3 Part H 2.4.6).
            let may_ask = self.config.security.requests.is_some() && !self.peer(cx).smp.closed();
            if self.config.role == Role::Peripheral && may_ask {
                return self.request(cx);
            }
            self.end_link(ErrorCode::AUTHENTICATION_FAILURE, cx);
            return self.procedure_failed(Shown::Hci(ErrorCode::AUTHENTICATION_FAILURE), cx);
        }
        self.peer(cx).secured_by = self.procedure(cx);
        self.overtaken(cx);
        let peer = self.peer(cx);
        (peer.attempt, peer.altered) = (Attempt::None, None);
        *peer.episode = Episode::Secured(cx.now);
        cx.note(Note::Secured);
    }

    /// The procedure under way has failed.
    pub(crate) fn procedure_failed(&mut self, shown: Shown, cx: &mut Context<'_, impl Port>) {
        let not_established = Shown::Hci(ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED);
        let procedure = if shown == not_established { Procedure::Connection } else { self.procedure(cx) };
        self.failed(Failure { procedure, shown }, cx);
    }

    /// The procedure under way, or the one that secured the link.
    pub(crate) fn procedure<P>(&self, cx: &Context<'_, P>) -> Procedure {
        let peer = &self.peers[cx.peer];
        let config = peer.altered.as_ref().unwrap_or(&self.config);
        let pairing =
            if config.auth.contains(AuthReq::BONDING) { Procedure::Bonding } else { Procedure::Pairing };
        match peer.attempt {
            Attempt::Encryption => Procedure::Encryption,
            Attempt::None if matches!(*peer.episode, Episode::Secured(_)) => peer.secured_by,
            Attempt::None | Attempt::Pairing => pairing,
        }
    }
}
