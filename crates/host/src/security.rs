//! Securing the link, and recovering when that fails.
//!
//! Invariant: every procedure the host starts ends in exactly one of secured and failed, and every failure is
//! shown to the recovery program once.

use crate::failure::{Failure, Procedure, Shown};
use crate::host::{Attempt, Episode, Host, Link};
use crate::io::{Context, Draw, Note, Port, Role, Step};
use crate::recovery::{Action, BondedPeer, OldBondDies, Program};
use crate::smp::proof::LinkEncrypted;
use crate::smp::{Outcome, Wire};
use blesim_packet::hci::{Command, ErrorCode};
use blesim_packet::smp::{PairingFeatures, Reason};

impl Host {
    /// Encrypts if there is a bond, pairs if there is none.
    pub(crate) fn secure(&mut self, program: &Program, cx: &mut Context<'_, impl Port>) {
        let Link::Up { peer, .. } = self.volatile.link else { return };
        if self.bonds.get(peer).is_some() {
            self.encrypt(program, cx);
        } else {
            self.pair(program, cx);
        }
    }

    /// Encrypts with the bond's key (Vol 3 Part H 2.4.4.1).
    fn encrypt(&mut self, program: &Program, cx: &mut Context<'_, impl Port>) {
        let Link::Up { handle, peer, .. } = self.volatile.link else { return };
        let Some(bond) = self.bonds.get(peer).copied() else {
            let shown = Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING);
            return self.failed(Failure { procedure: Procedure::Encryption, shown }, program, cx);
        };
        self.volatile.attempt = Attempt::Encryption;
        self.enable(handle, (bond.rand, bond.ediv, bond.ltk), cx);
    }

    fn enable(&mut self, handle: u16, (rand, ediv, ltk): (u64, u16, u128), cx: &mut Context<'_, impl Port>) {
        self.volatile.offered_key = Some(ltk);
        cx.port.step(Step::EncryptionStart);
        self.command(Command::LeEnableEncryption { handle, rand, ediv, ltk }, cx);
    }

    fn pair(&mut self, program: &Program, cx: &mut Context<'_, impl Port>) {
        let Link::Up { peer, .. } = self.volatile.link else { return };
        self.volatile.attempt = Attempt::Pairing;
        let request = self.features(None);
        let inner = Context { now: cx.now, port: &mut *cx.port };
        let wire = Wire::new(inner, &mut self.volatile.acl, &self.config, peer);
        if !self.volatile.smp.initiate(request, wire) {
            // The stack knows that the Security Manager is closed on this link, and says so at once.
            self.procedure_failed(Shown::SmpTimeout, program, cx);
        }
    }

    /// The peer asks for a pairing.
    pub(crate) fn pairing_request(
        &mut self,
        request: PairingFeatures,
        program: &Program,
        cx: &mut Context<'_, impl Port>,
    ) {
        let Link::Up { peer, .. } = self.volatile.link else { return };
        if self.volatile.smp.closed() {
            return;
        }
        cx.port.step(Step::PairingFeatures);
        let bonded = self.bonds.get(peer).is_some();
        let refusal = match program.responder.bonded_peer_pairs {
            // Only a peripheral responds (Vol 3 Part H 2.3).
            _ if self.config.role == Role::Central => Some(Some(Reason::COMMAND_NOT_SUPPORTED)),
            _ if self.volatile.smp.busy() => Some(Some(Reason::UNSPECIFIED_REASON)),
            BondedPeer::Reject(reason) if bonded => Some(Some(reason)),
            BondedPeer::Ignore if bonded => Some(None),
            BondedPeer::Accept | BondedPeer::Reject(_) | BondedPeer::Ignore => None,
        };
        match refusal {
            None => {
                if bonded && program.responder.old_bond_dies == OldBondDies::OnRequest {
                    self.delete_bond(cx);
                }
                let response = self.features(Some(&request));
                self.smp(program, cx, |smp, wire| smp.respond(request, response, wire));
            }
            Some(Some(reason)) => self.smp(program, cx, |smp, wire| smp.refuse(reason, wire)),
            Some(None) => {}
        }
    }

    /// A step of the Security Manager asks something of the host.
    pub(crate) fn paired(&mut self, outcome: Outcome, program: &Program, cx: &mut Context<'_, impl Port>) {
        match outcome {
            Outcome::Continues => {}
            Outcome::Encrypt(key) => {
                if let Link::Up { handle, .. } = self.volatile.link {
                    // EDIV and Rand are zero for a key of this pairing (Vol 3 Part H 2.4.4.1).
                    self.enable(handle, (0, 0, key), cx);
                }
            }
            Outcome::Complete(bond) => {
                if let Some(bond) = bond {
                    let stored = self.bonds.put(bond);
                    if stored {
                        cx.port.note(Note::BondStored);
                        cx.port.step(Step::Bonded);
                    } else {
                        cx.port.note(Note::BondTableFull);
                    }
                }
                self.secured(cx);
            }
            Outcome::Failed(shown) => {
                if self.config.quirks.refuses_unnegotiated
                    && shown == Shown::PairingFailed(Reason::UNSPECIFIED_REASON)
                {
                    self.end_link(cx);
                }
                self.procedure_failed(shown, program, cx);
            }
        }
    }

    /// Encryption was switched on, or could not be (Vol 4 Part E 7.7.8).
    pub(crate) fn encryption_change(
        &mut self,
        status: ErrorCode,
        enabled: u8,
        program: &Program,
        cx: &mut Context<'_, impl Port>,
    ) {
        let offered = self.volatile.offered_key.take();
        let Link::Up { key, peer, .. } = &mut self.volatile.link else { return };
        let Some(proof) = LinkEncrypted::from_event(status.0, enabled) else {
            self.volatile.smp.abort();
            return self.procedure_failed(Shown::Hci(status), program, cx);
        };
        *key = offered;
        let peer = *peer;
        cx.port.step(Step::Encrypted);
        // A pairing waits for the link to be encrypted with its own key; with an older one it goes on waiting.
        if offered.is_some() && offered == self.volatile.smp.link_key() {
            let dies = program.responder.old_bond_dies == OldBondDies::OnEncrypted;
            if self.config.role == Role::Peripheral && dies && self.bonds.get(peer).is_some() {
                self.delete_bond(cx);
            }
            self.smp(program, cx, |smp, wire| smp.encrypted(proof, wire));
        } else if !self.volatile.smp.busy() {
            self.secured(cx);
        }
    }

    /// The central asks for encryption with this key's name (Vol 3 Part H 2.4.4.1).
    pub(crate) fn key_request(&mut self, handle: u16, rand: u64, ediv: u16, cx: &mut Context<'_, impl Port>) {
        let Link::Up { peer, .. } = self.volatile.link else { return };
        cx.port.step(Step::EncryptionStart);
        let pairing = self.volatile.smp.link_key().filter(|_| rand == 0 && ediv == 0);
        let bonded = || {
            let bond = self.bonds.get(peer)?;
            (bond.rand == rand && bond.ediv == ediv).then_some(bond.ltk)
        };
        let key = pairing.or_else(bonded);
        self.volatile.offered_key = key;
        let answer = match key {
            Some(ltk) => Command::LeLongTermKeyRequestReply { handle, ltk },
            None => Command::LeLongTermKeyRequestNegativeReply { handle },
        };
        self.command(answer, cx);
    }

    fn secured(&mut self, cx: &mut Context<'_, impl Port>) {
        self.volatile.secured_by = self.procedure();
        self.volatile.attempt = Attempt::None;
        self.volatile.engine.stop();
        self.episode = Episode::Secured(cx.now);
        cx.port.note(Note::Secured);
    }

    /// The procedure under way has failed.
    pub(crate) fn procedure_failed(
        &mut self,
        shown: Shown,
        program: &Program,
        cx: &mut Context<'_, impl Port>,
    ) {
        let not_established = Shown::Hci(ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED);
        let procedure = if shown == not_established { Procedure::Connection } else { self.procedure() };
        self.failed(Failure { procedure, shown }, program, cx);
    }

    /// The procedure under way, or the one that secured the link.
    fn procedure(&self) -> Procedure {
        match self.volatile.attempt {
            Attempt::Encryption => Procedure::Encryption,
            Attempt::None if matches!(self.episode, Episode::Secured(_)) => self.volatile.secured_by,
            Attempt::None | Attempt::Pairing => self.pairing_procedure(),
        }
    }

    /// Shows a failure to the program and follows its answer. Only a central recovers by itself; a
    /// peripheral waits for what the central does next.
    pub(crate) fn failed(&mut self, failure: Failure, program: &Program, cx: &mut Context<'_, impl Port>) {
        self.volatile.attempt = Attempt::None;
        cx.port.note(Note::Failed(failure));
        if self.config.role == Role::Peripheral || matches!(self.episode, Episode::GaveUp(_)) {
            return;
        }
        // A secured link that is lost or taken back is to be secured again.
        self.episode = Episode::Open;
        let rule = self.volatile.engine.failed(program, failure, cx.now);
        cx.port.note(Note::Rule(rule.map(|index| index + 1), self.volatile.engine.failures()));
        self.volatile.waits_until = None;
        self.recover(program, cx);
    }

    /// Carries out the program's actions up to one that takes time.
    pub(crate) fn recover(&mut self, program: &Program, cx: &mut Context<'_, impl Port>) {
        if self.episode != Episode::Open || self.volatile.waits_until.is_some() {
            return;
        }
        loop {
            let action = self.volatile.engine.next(program);
            cx.port.note(Note::Acts(action));
            match action {
                Action::Disconnect => {
                    if self.end_link(cx) {
                        return;
                    }
                }
                Action::Wait(wait) => {
                    let draw = cx.port.draw(Draw::Jitter);
                    let draw = u64::try_from(draw & u128::from(u64::MAX)).expect("it is masked");
                    let span = wait.span(self.volatile.engine.failures(), draw);
                    cx.port.note(Note::Waits(span));
                    self.volatile.waits_until = Some(cx.now + span);
                    return;
                }
                Action::Reconnect => {
                    if self.volatile.link == Link::Down {
                        return self.connect(cx);
                    }
                }
                Action::Encrypt => return self.start(program, cx, Self::encrypt),
                Action::Pair => return self.start(program, cx, Self::pair),
                Action::Again => {
                    if self.volatile.link == Link::Down {
                        self.volatile.engine.stop();
                        return self.connect(cx);
                    }
                    return self.start(program, cx, Self::secure);
                }
                Action::DeleteBond => self.delete_bond(cx),
                Action::Notify => {}
                Action::GiveUp => {
                    self.volatile.engine.stop();
                    self.episode = Episode::GaveUp(cx.now);
                    cx.port.note(Note::GaveUp);
                    return;
                }
            }
        }
    }

    /// Starts a procedure on the link; without one it fails as a lost connection does.
    fn start<P: Port>(
        &mut self,
        program: &Program,
        cx: &mut Context<'_, P>,
        procedure: impl FnOnce(&mut Self, &Program, &mut Context<'_, P>),
    ) {
        self.volatile.engine.stop();
        if matches!(self.volatile.link, Link::Up { .. }) {
            procedure(self, program, cx);
        } else {
            let shown = Shown::Hci(ErrorCode::CONNECTION_TIMEOUT);
            self.failed(Failure { procedure: Procedure::Connection, shown }, program, cx);
        }
    }

    /// Asks for the end of the link; false if there is none.
    fn end_link(&mut self, cx: &mut Context<'_, impl Port>) -> bool {
        let Link::Up { handle, .. } = self.volatile.link else {
            return self.volatile.link == Link::Ending;
        };
        self.volatile.link = Link::Ending;
        let reason = ErrorCode::REMOTE_USER_TERMINATED_CONNECTION;
        self.command(Command::Disconnect { handle, reason }, cx);
        true
    }

    fn delete_bond(&mut self, cx: &mut Context<'_, impl Port>) {
        let peer = match self.volatile.link {
            Link::Up { peer, .. } => peer,
            Link::Down | Link::Connecting { .. } | Link::Cancelling | Link::Ending => self.config.peer,
        };
        if self.bonds.delete(peer) {
            cx.port.note(Note::BondDeleted);
        }
    }
}
