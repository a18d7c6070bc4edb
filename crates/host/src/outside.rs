//! What comes from outside the stack: an application that loses patience, a user who begins anew, a link that is
//! not trusted any more, and a link that comes too soon.
//!
//! Invariant: each of them ends in a failure that the recovery program is shown, or in a new episode.

use crate::failure::{Failure, Procedure, Shown};
use crate::host::Host;
use crate::io::{Context, Note, Port, Role};
use crate::quirk::Quirk;
use crate::recovery::Engine;
use crate::session::{Episode, Leaves, Link};
use blesim_packet::hci::ErrorCode;

impl Host {
    /// The application has waited long enough for a secured link: ends what there is of one.
    pub(crate) fn abandon(&mut self, cx: &mut Context<'_, impl Port>) {
        if !matches!(*self.peer(cx).episode, Episode::Secured(_)) {
            self.end_as_failure(cx);
        }
    }

    /// No packet with a MIC has come for long (Vol 4 Part E 7.7.75).
    pub(crate) fn unauthenticated(&mut self, cx: &mut Context<'_, impl Port>) {
        if self.config.quirks.ends_unauthenticated {
            cx.note(Note::Departs(Quirk::EndsUnauthenticated));
            self.end_as_failure(cx);
        }
    }

    fn end_as_failure(&mut self, cx: &mut Context<'_, impl Port>) {
        if matches!(*self.peer(cx).link, Link::Up { .. }) {
            self.peer(cx).leaves = Leaves::Abandoning;
            self.end_link(ErrorCode::REMOTE_USER_TERMINATED_CONNECTION, cx);
        }
    }

    /// The link that this side has ended is gone: whether the program was shown that, as the end of `procedure`.
    pub(crate) fn was_abandoned(&mut self, procedure: Procedure, cx: &mut Context<'_, impl Port>) -> bool {
        let abandoned = core::mem::take(&mut self.peer(cx).leaves) == Leaves::Abandoning;
        if abandoned {
            let shown = Shown::Hci(ErrorCode::CONNECTION_TERMINATED_BY_LOCAL_HOST);
            self.failed(Failure { procedure, shown }, cx);
        }
        abandoned
    }

    /// A secured link is wanted again: a new episode, unless one is under way or the link is still secured.
    pub(crate) fn begin_anew(&mut self, cx: &mut Context<'_, impl Port>) {
        let up = matches!(*self.peer(cx).link, Link::Up { .. });
        match *self.peer(cx).episode {
            Episode::Open => return,
            Episode::Secured(_) if up => return,
            Episode::Secured(_) | Episode::GaveUp(_) => {}
        }
        self.overtaken(cx);
        let peer = self.peer(cx);
        (peer.engine, *peer.episode) = (Engine::default(), Episode::Open);
        if self.config.role == Role::Peripheral {
            return;
        }
        match *self.peer(cx).link {
            Link::Down => self.connect(cx),
            Link::Up { .. } => self.secure(cx),
            Link::Connecting { .. } | Link::Cancelling | Link::Ending => {}
        }
    }

    /// A link has come up: whether it came too soon for this stack.
    pub(crate) fn look_back(&mut self, cx: &mut Context<'_, impl Port>) {
        let (rest, now) = (self.config.quirks.needs_rest, cx.now);
        let peer = self.peer(cx);
        peer.too_soon = peer.ended_at.is_some_and(|ended| now.since(ended) < rest);
    }

    /// The key as the controller gets it.
    pub(crate) fn handed(&mut self, key: u128, cx: &mut Context<'_, impl Port>) -> u128 {
        if !self.peer(cx).too_soon {
            return key;
        }
        cx.note(Note::Departs(Quirk::NeedsRest));
        // Two stacks that do this are not left with the same.
        key ^ if self.config.role == Role::Central { 1 } else { 2 }
    }
}
