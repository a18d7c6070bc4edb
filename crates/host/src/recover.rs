//! Recovering: a failure is shown to the program, and what its rule says is carried out.
//!
//! Invariant: every failure is shown to the program once, and every rule ends in an attempt or in giving up.

use crate::failure::{Failure, Procedure, Shown};
use crate::host::Host;
use crate::io::{Answer, Context, Draw, Note, Port, Prompt, Role};
use crate::recovery::{Action, Sight};
use crate::session::{Asked, Attempt, Episode, Link};
use blesim_packet::Address;
use blesim_packet::hci::{Command, ErrorCode};
use blesim_packet::smp::Reason;

/// Whether a rule goes on at once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Action,
    Later,
}

impl Host {
    /// Whether the host looks at failures: a peripheral without rules leaves them to the central.
    pub(crate) fn is_attentive<P>(&self, cx: &Context<'_, P>) -> bool {
        self.config.role == Role::Central || cx.program.has_rules() || cx.program.penalty().is_some()
    }

    /// The peer's address on the link, or the one it is known by, and who it is.
    pub(crate) fn whom<P>(&self, cx: &Context<'_, P>) -> Option<(Address, Option<Address>)> {
        let peer = &self.peers[cx.peer];
        let address = match *peer.link {
            Link::Up { peer, .. } => Some(peer),
            Link::Down | Link::Connecting { .. } | Link::Cancelling | Link::Ending => peer.address,
        }?;
        Some((address, self.identity(cx)))
    }

    /// Shows a failure to the program and follows its answer. A peripheral without rules waits for what the
    /// central does next.
    pub(crate) fn failed(&mut self, failure: Failure, cx: &mut Context<'_, impl Port>) {
        let whom = self.whom(cx);
        let bonded = self.bond(cx).is_some();
        let sight = Sight { role: self.config.role, failure, bonded, level: self.peer(cx).level };
        let peer = self.peer(cx);
        (peer.attempt, peer.altered) = (Attempt::None, None);
        let lost = !matches!(*peer.link, Link::Up { .. });
        cx.note(Note::Failed(failure));
        if let (Some(penalty), Some(whom)) = (cx.program.penalty(), whom) {
            self.penalties.failed(penalty, (failure, lost), whom, cx.now);
        }
        let passive = self.config.role == Role::Peripheral && !cx.program.has_rules();
        if passive || matches!(*self.peer(cx).episode, Episode::GaveUp(_)) {
            return;
        }
        // A secured link that is lost or taken back is to be secured again.
        self.overtaken(cx);
        *self.peer(cx).episode = Episode::Open;
        let rule = self.peer(cx).engine.failed(cx.program.rules(), sight, cx.now);
        cx.note(Note::Rule(rule.map(|index| index + 1), self.peer(cx).engine.failures()));
        self.recover(cx);
    }

    /// Something else has come in between what the program was about to do.
    pub(crate) fn overtaken(&mut self, cx: &mut Context<'_, impl Port>) {
        let peer = self.peer(cx);
        peer.waits_until = None;
        peer.engine.stop();
        if peer.asked.take().is_some() {
            cx.prompt(Prompt::Dismissed);
        }
    }

    /// The time of a wait, or for an answer of the user, is over.
    pub(crate) fn waited(&mut self, cx: &mut Context<'_, impl Port>) {
        self.peer(cx).waits_until = None;
        if self.peer(cx).asked.is_some() {
            return self.give_up(cx);
        }
        self.recover(cx);
    }

    /// The user has been asked and says something; what is no answer to that is ignored.
    pub(crate) fn consents(&mut self, answer: Answer, cx: &mut Context<'_, impl Port>) {
        let yes = match answer {
            Answer::Yes => true,
            Answer::No | Answer::Cancel => false,
            Answer::Passkey(_) | Answer::Keypress(_) => return,
        };
        match (self.peer(cx).asked.take(), yes) {
            (None, _) => {}
            (Some(Asked::Rule), true) => {
                self.peer(cx).waits_until = None;
                self.recover(cx);
            }
            (Some(Asked::Rule), false) => {
                self.peer(cx).waits_until = None;
                self.give_up(cx);
            }
            (Some(Asked::Pairing(request)), true) => self.accept(request, cx),
            (Some(Asked::Pairing(_)), false) => {
                self.smp(cx, |smp, wire| smp.refuse(Reason::UNSPECIFIED_REASON, wire));
            }
        }
    }

    /// The link that this side has ended is gone: a rule that waits for that goes on.
    pub(crate) fn resume(&mut self, cx: &mut Context<'_, impl Port>) {
        if self.peer(cx).engine.running() {
            self.recover(cx);
        }
    }

    /// Carries out the program's actions up to one that takes time.
    pub(crate) fn recover(&mut self, cx: &mut Context<'_, impl Port>) {
        if *self.peer(cx).episode != Episode::Open || self.peer(cx).waits_until.is_some() {
            return;
        }
        loop {
            let action = self.peer(cx).engine.next(cx.program.rules());
            cx.note(Note::Acts(action));
            if self.act(action, cx) == Next::Later {
                return;
            }
        }
    }

    fn act(&mut self, action: Action, cx: &mut Context<'_, impl Port>) -> Next {
        let peripheral = self.config.role == Role::Peripheral;
        match action {
            Action::Disconnect => return self.leave(ErrorCode::REMOTE_USER_TERMINATED_CONNECTION, cx),
            Action::DisconnectWith(reason) => return self.leave(reason, cx),
            Action::Wait(wait) => {
                let draw = cx.draw(Draw::Jitter);
                let draw = u64::try_from(draw & u128::from(u64::MAX)).expect("it is masked");
                let span = wait.span(self.peer(cx).engine.failures(), draw);
                cx.note(Note::Waits(span));
                self.peer(cx).waits_until = Some(cx.now + span);
                return Next::Later;
            }
            Action::Ask(question, within) => {
                let peer = self.peer(cx);
                (peer.asked, peer.waits_until) = (Some(Asked::Rule), Some(cx.now + within));
                cx.prompt(Prompt::Ask(question));
                return Next::Later;
            }
            Action::Reconnect => {
                if *self.peer(cx).link == Link::Down && !peripheral {
                    self.connect(cx);
                    return Next::Later;
                }
            }
            Action::Encrypt | Action::Pair | Action::PairWith(_) | Action::Again if peripheral => {
                self.ask_for_security(cx);
                return Next::Later;
            }
            Action::RequestSecurity if peripheral => {
                self.peer(cx).owes_request = !matches!(*self.peer(cx).link, Link::Up { .. });
                self.ask_for_security(cx);
                return Next::Later;
            }
            Action::Encrypt => return self.start(cx, Self::encrypt),
            Action::Pair => return self.start(cx, Self::pair),
            Action::PairWith(changes) => {
                return self.start(cx, |host, cx| host.pair_with(Some(changes), cx));
            }
            Action::Again | Action::RequestSecurity => {
                if *self.peer(cx).link == Link::Down {
                    self.peer(cx).engine.stop();
                    self.connect(cx);
                    return Next::Later;
                }
                return self.start(cx, Self::secure);
            }
            Action::DeleteBond => self.delete_bond(cx),
            Action::DeleteAllBonds => self.delete_all_bonds(cx),
            Action::ForgetKey => {
                self.peer(cx).forgotten = self.identity(cx);
                cx.note(Note::KeyForgotten);
            }
            Action::Notify => {}
            Action::GiveUp => {
                self.give_up(cx);
                return Next::Later;
            }
        }
        Next::Action
    }

    fn give_up(&mut self, cx: &mut Context<'_, impl Port>) {
        self.overtaken(cx);
        *self.peer(cx).episode = Episode::GaveUp(cx.now);
        cx.note(Note::GaveUp);
    }

    /// Starts a procedure on the link; without one it fails as a lost connection does.
    fn start<P: Port>(
        &mut self,
        cx: &mut Context<'_, P>,
        procedure: impl FnOnce(&mut Self, &mut Context<'_, P>),
    ) -> Next {
        self.peer(cx).engine.stop();
        if matches!(*self.peer(cx).link, Link::Up { .. }) {
            procedure(self, cx);
        } else {
            let shown = Shown::Hci(ErrorCode::CONNECTION_TIMEOUT);
            self.failed(Failure { procedure: Procedure::Connection, shown }, cx);
        }
        Next::Later
    }

    /// A peripheral's way to try again: it asks the central, and can do nothing without a link but advertise.
    fn ask_for_security(&mut self, cx: &mut Context<'_, impl Port>) {
        self.peer(cx).engine.stop();
        if !matches!(*self.peer(cx).link, Link::Up { .. }) {
            return;
        }
        if self.peer(cx).smp.closed() {
            // As for a pairing: the stack says at once that nothing can be said on this link.
            return self.procedure_failed(Shown::SmpTimeout, cx);
        }
        self.request_due(cx);
    }

    /// Ends the link; a rule goes on when it is gone.
    fn leave(&mut self, reason: ErrorCode, cx: &mut Context<'_, impl Port>) -> Next {
        if self.end_link(reason, cx) { Next::Later } else { Next::Action }
    }

    /// Asks for the end of the link; false if there is none.
    pub(crate) fn end_link(&mut self, reason: ErrorCode, cx: &mut Context<'_, impl Port>) -> bool {
        let Link::Up { handle, .. } = *self.peer(cx).link else {
            return *self.peer(cx).link == Link::Ending;
        };
        *self.peer(cx).link = Link::Ending;
        self.commands.send(Command::Disconnect { handle, reason }, cx);
        true
    }
}
