//! Securing the link, and recovering when that fails.
//!
//! Invariant: every procedure the host starts ends in exactly one of secured and failed, and every failure is
//! shown to the recovery program once.

use crate::bond::Bond;
use crate::config::{BrEdr, Level};
use crate::failure::{Failure, Procedure, Shown};
use crate::host::Host;
use crate::io::{Context, Draw, Note, Port, Role, Step};
use crate::quirk::Quirk;
use crate::recovery::{Action, BondedPeer, OldBondDies};
use crate::session::{Attempt, Episode, Link};
use crate::smp::Outcome;
use crate::smp::proof::LinkEncrypted;
use blesim_packet::hci::{Command, ErrorCode};
use blesim_packet::smp::{PairingFeatures, Reason};

impl Host {
    /// Encrypts if there is a bond that is good enough, pairs if there is none.
    pub(crate) fn secure(&mut self, cx: &mut Context<'_, impl Port>) {
        // A key that does not give what is asked for is of no use (Vol 3 Part C 10.3.1).
        if self.bond(cx).is_some_and(|bond| bond.level() >= self.config.security.level) {
            self.encrypt(cx);
        } else {
            self.pair(cx);
        }
    }

    /// Encrypts with the bond's key (Vol 3 Part H 2.4.4.1).
    pub(crate) fn encrypt(&mut self, cx: &mut Context<'_, impl Port>) {
        let Link::Up { handle, .. } = self.peer(cx).link else { return };
        let Some(bond) = self.bond(cx).copied() else {
            let shown = Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING);
            return self.failed(Failure { procedure: Procedure::Encryption, shown }, cx);
        };
        self.peer(cx).attempt = Attempt::Encryption;
        self.enable(handle, (bond.rand, bond.ediv, bond.ltk), cx);
    }

    fn enable(&mut self, handle: u16, (rand, ediv, ltk): (u64, u16, u128), cx: &mut Context<'_, impl Port>) {
        self.peer(cx).offered_key = Some(ltk);
        cx.step(Step::EncryptionStart);
        self.commands.send(Command::LeEnableEncryption { handle, rand, ediv, ltk }, cx);
    }

    pub(crate) fn pair(&mut self, cx: &mut Context<'_, impl Port>) {
        self.peer(cx).attempt = Attempt::Pairing;
        let request = self.config.features();
        let Some((smp, wire)) = self.wire(cx) else { return };
        if !smp.initiate(request, wire) {
            // The stack knows that the Security Manager is closed on this link, and says so at once.
            self.procedure_failed(Shown::SmpTimeout, cx);
        }
    }

    /// The peer asks for a pairing.
    pub(crate) fn pairing_request(&mut self, request: PairingFeatures, cx: &mut Context<'_, impl Port>) {
        if !matches!(self.peer(cx).link, Link::Up { .. }) || self.peer(cx).smp.closed() {
            return;
        }
        if self.config.quirks.ignores_pairing_request {
            return cx.note(Note::Departs(Quirk::IgnoresPairingRequest));
        }
        cx.step(Step::PairingFeatures);
        let bonded = self.bond(cx).is_some();
        let refusal = match cx.program.responder.bonded_peer_pairs {
            // Only a peripheral responds (Vol 3 Part H 2.3).
            _ if self.config.role == Role::Central => Some(Some(Reason::COMMAND_NOT_SUPPORTED)),
            _ if self.config.security.refuses_pairing => Some(Some(Reason::PAIRING_NOT_SUPPORTED)),
            _ if self.config.security.br_edr == BrEdr::Pairing => {
                Some(Some(Reason::BR_EDR_PAIRING_IN_PROGRESS))
            }
            _ if self.peer(cx).smp.busy() => Some(Some(Reason::UNSPECIFIED_REASON)),
            _ if self.has_to_wait(cx) => Some(Some(Reason::REPEATED_ATTEMPTS)),
            BondedPeer::Reject(reason) if bonded => Some(Some(reason)),
            BondedPeer::Ignore if bonded => Some(None),
            BondedPeer::Accept | BondedPeer::Reject(_) | BondedPeer::Ignore => None,
        };
        match refusal {
            None => {
                if bonded && cx.program.responder.old_bond_dies == OldBondDies::OnRequest {
                    self.delete_bond(cx);
                }
                let response = self.config.response_to(&request);
                self.smp(cx, |smp, wire| smp.respond(request, response, wire));
            }
            Some(Some(reason)) => self.smp(cx, |smp, wire| smp.refuse(reason, wire)),
            Some(None) => {}
        }
    }

    /// Whether the peer has failed too often of late (Vol 3 Part H 2.3.6).
    pub(crate) fn has_to_wait(&mut self, cx: &Context<'_, impl Port>) -> bool {
        let rule = self.config.security.repeated_attempts;
        rule.is_some_and(|rule| self.peer(cx).limiter.waits(rule, cx.now))
    }

    /// A step of the Security Manager asks something of the host.
    pub(crate) fn paired(&mut self, outcome: Outcome, cx: &mut Context<'_, impl Port>) {
        match outcome {
            Outcome::Continues => {}
            Outcome::Encrypt(key) => {
                if let Link::Up { handle, .. } = self.peer(cx).link {
                    // EDIV and Rand are zero for a key of this pairing (Vol 3 Part H 2.4.4.1).
                    self.enable(handle, (0, 0, key), cx);
                }
            }
            Outcome::Complete(bond, level) => {
                if let Some(bond) = bond {
                    self.keep_bond(bond, cx);
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

    /// Encryption was switched on, or could not be (Vol 4 Part E 7.7.8).
    pub(crate) fn encryption_change(
        &mut self,
        status: ErrorCode,
        enabled: u8,
        cx: &mut Context<'_, impl Port>,
    ) {
        let offered = self.peer(cx).offered_key.take();
        let Link::Up { key, .. } = &mut self.peer(cx).link else { return };
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
            let dies = cx.program.responder.old_bond_dies == OldBondDies::OnEncrypted;
            if self.config.role == Role::Peripheral && dies {
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
        if !matches!(self.peer(cx).link, Link::Up { .. }) {
            return;
        }
        cx.step(Step::EncryptionStart);
        let pairing = self.peer(cx).smp.link_key().filter(|_| rand == 0 && ediv == 0);
        let bonded = || {
            let bond = self.bond(cx)?;
            (bond.rand == rand && bond.ediv == ediv).then_some(bond.ltk)
        };
        let key = pairing.or_else(bonded);
        self.peer(cx).offered_key = key;
        let answer = match key {
            Some(ltk) => Command::LeLongTermKeyRequestReply { handle, ltk },
            None => Command::LeLongTermKeyRequestNegativeReply { handle },
        };
        self.commands.send(answer, cx);
    }

    /// The link is encrypted with a key that gives this level; one that is too low ends it, as a stack
    /// without another way out does (Vol 3 Part C 10.3.1).
    fn secured(&mut self, level: Level, cx: &mut Context<'_, impl Port>) {
        self.peer(cx).level = level;
        cx.note(Note::Level(level));
        self.plan_sending(cx);
        if level < self.config.security.level {
            // A peripheral that asks for security asks for more (Vol 3 Part H 2.4.6).
            let may_ask = self.config.security.requests.is_some() && !self.peer(cx).smp.closed();
            if self.config.role == Role::Peripheral && may_ask {
                return self.request(cx);
            }
            self.end_link(ErrorCode::AUTHENTICATION_FAILURE, cx);
            return self.procedure_failed(Shown::Hci(ErrorCode::AUTHENTICATION_FAILURE), cx);
        }
        self.peer(cx).secured_by = self.procedure(cx);
        self.peer(cx).attempt = Attempt::None;
        self.peer(cx).engine.stop();
        self.peer(cx).episode = Episode::Secured(cx.now);
        cx.note(Note::Secured);
    }

    /// The procedure under way has failed.
    pub(crate) fn procedure_failed(&mut self, shown: Shown, cx: &mut Context<'_, impl Port>) {
        let not_established = Shown::Hci(ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED);
        let procedure = if shown == not_established { Procedure::Connection } else { self.procedure(cx) };
        self.failed(Failure { procedure, shown }, cx);
    }

    /// The procedure under way, or the one that secured the link.
    fn procedure<P>(&self, cx: &Context<'_, P>) -> Procedure {
        let peer = &self.peers[cx.peer];
        match peer.attempt {
            Attempt::Encryption => Procedure::Encryption,
            Attempt::None if matches!(peer.episode, Episode::Secured(_)) => peer.secured_by,
            Attempt::None | Attempt::Pairing => self.pairing_procedure(),
        }
    }

    /// Shows a failure to the program and follows its answer. Only a central recovers by itself; a
    /// peripheral waits for what the central does next.
    pub(crate) fn failed(&mut self, failure: Failure, cx: &mut Context<'_, impl Port>) {
        self.peer(cx).attempt = Attempt::None;
        cx.note(Note::Failed(failure));
        if self.config.role == Role::Peripheral || matches!(self.peer(cx).episode, Episode::GaveUp(_)) {
            return;
        }
        // A secured link that is lost or taken back is to be secured again.
        self.peer(cx).episode = Episode::Open;
        let rule = self.peer(cx).engine.failed(cx.program, failure, cx.now);
        cx.note(Note::Rule(rule.map(|index| index + 1), self.peer(cx).engine.failures()));
        self.peer(cx).waits_until = None;
        self.recover(cx);
    }

    /// Carries out the program's actions up to one that takes time.
    pub(crate) fn recover(&mut self, cx: &mut Context<'_, impl Port>) {
        if self.peer(cx).episode != Episode::Open || self.peer(cx).waits_until.is_some() {
            return;
        }
        loop {
            let action = self.peer(cx).engine.next(cx.program);
            cx.note(Note::Acts(action));
            match action {
                Action::Disconnect => {
                    if self.end_link(ErrorCode::REMOTE_USER_TERMINATED_CONNECTION, cx) {
                        return;
                    }
                }
                Action::Wait(wait) => {
                    let draw = cx.draw(Draw::Jitter);
                    let draw = u64::try_from(draw & u128::from(u64::MAX)).expect("it is masked");
                    let span = wait.span(self.peer(cx).engine.failures(), draw);
                    cx.note(Note::Waits(span));
                    self.peer(cx).waits_until = Some(cx.now + span);
                    return;
                }
                Action::Reconnect => {
                    if self.peer(cx).link == Link::Down {
                        return self.connect(cx);
                    }
                }
                Action::Encrypt => return self.start(cx, Self::encrypt),
                Action::Pair => return self.start(cx, Self::pair),
                Action::Again => {
                    if self.peer(cx).link == Link::Down {
                        self.peer(cx).engine.stop();
                        return self.connect(cx);
                    }
                    return self.start(cx, Self::secure);
                }
                Action::DeleteBond => self.delete_bond(cx),
                Action::Notify => {}
                Action::GiveUp => {
                    self.peer(cx).engine.stop();
                    self.peer(cx).episode = Episode::GaveUp(cx.now);
                    cx.note(Note::GaveUp);
                    return;
                }
            }
        }
    }

    /// Starts a procedure on the link; without one it fails as a lost connection does.
    fn start<P: Port>(
        &mut self,
        cx: &mut Context<'_, P>,
        procedure: impl FnOnce(&mut Self, &mut Context<'_, P>),
    ) {
        self.peer(cx).engine.stop();
        if matches!(self.peer(cx).link, Link::Up { .. }) {
            procedure(self, cx);
        } else {
            let shown = Shown::Hci(ErrorCode::CONNECTION_TIMEOUT);
            self.failed(Failure { procedure: Procedure::Connection, shown }, cx);
        }
    }

    /// Asks for the end of the link; false if there is none.
    pub(crate) fn end_link(&mut self, reason: ErrorCode, cx: &mut Context<'_, impl Port>) -> bool {
        let Link::Up { handle, .. } = self.peer(cx).link else {
            return self.peer(cx).link == Link::Ending;
        };
        self.peer(cx).link = Link::Ending;
        self.commands.send(Command::Disconnect { handle, reason }, cx);
        true
    }
}
