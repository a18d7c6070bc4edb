//! Commands on their way to the controller, one at a time (Vol 4 Part E 4.4).
//!
//! Invariant: the next is sent only when the one before it was answered, and the answer finds what it was
//! that it answers.

use crate::io::{Context, Port};
use blesim_packet::hci::{Command, HciPacket};
use std::collections::VecDeque;

/// Commands that can wait for the controller when there is no peer; bring-up sends the most.
const OWN: usize = 12;
/// Those that give the controller a resolving list: eight identities with two commands each.
const RESOLVING: usize = 20;
/// Commands more for each peer.
const PER_PEER: usize = 4;

/// The queue and the command that waits for its answer.
#[derive(Debug)]
pub(crate) struct Commands {
    waiting: VecDeque<Command>,
    most: usize,
    sent: Option<Command>,
}

impl Commands {
    /// An empty queue of a host with so many peers.
    pub(crate) fn new(peers: usize) -> Self {
        let most = OWN + RESOLVING + PER_PEER * peers;
        Self { waiting: VecDeque::with_capacity(most), most, sent: None }
    }

    /// Starts over for a host with so many peers, keeping the memory.
    pub(crate) fn restart(&mut self, peers: usize) {
        self.waiting.clear();
        self.sent = None;
        self.most = OWN + RESOLVING + PER_PEER * peers;
        self.waiting.reserve(self.most);
    }

    /// Sends a command, or keeps it until the controller takes another. Beyond what can wait it is lost,
    /// which a controller that answers never lets happen.
    pub(crate) fn send(&mut self, command: Command, cx: &mut Context<'_, impl Port>) {
        if self.waiting.len() < self.most {
            self.waiting.push_back(command);
        }
        self.pump(cx);
    }

    /// The controller answered and takes the next; the command it answered, if it is the one that was sent.
    pub(crate) fn answered(&mut self, opcode: u16, cx: &mut Context<'_, impl Port>) -> Option<Command> {
        let answered = self.sent.take();
        self.pump(cx);
        answered.filter(|command| command.opcode() == opcode)
    }

    fn pump(&mut self, cx: &mut Context<'_, impl Port>) {
        if self.sent.is_none()
            && let Some(command) = self.waiting.pop_front()
        {
            self.sent = Some(command);
            cx.port.to_controller(HciPacket::Command(command));
        }
    }
}
