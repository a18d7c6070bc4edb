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

/// The queue, of packets as they go out; the command that waits for its answer is at its head.
#[derive(Debug)]
pub(crate) struct Commands {
    queue: VecDeque<HciPacket>,
    most: usize,
    /// The head has been sent.
    sent: bool,
}

impl Commands {
    /// An empty queue of a host with so many peers.
    pub(crate) fn new(peers: usize) -> Self {
        let most = OWN + RESOLVING + PER_PEER * peers;
        Self { queue: VecDeque::with_capacity(most + 1), most, sent: false }
    }

    /// Starts over for a host with so many peers, keeping the memory.
    pub(crate) fn restart(&mut self, peers: usize) {
        self.queue.clear();
        self.sent = false;
        self.most = OWN + RESOLVING + PER_PEER * peers;
        self.queue.reserve(self.most + 1);
    }

    /// Sends a command, or keeps it until the controller takes another. Beyond what can wait it is lost,
    /// which a controller that answers never lets happen.
    pub(crate) fn send(&mut self, command: Command, cx: &mut Context<'_, impl Port>) {
        if self.queue.len() < self.most + usize::from(self.sent) {
            self.queue.push_back(HciPacket::Command(command));
        }
        self.pump(cx);
    }

    /// The command that this opcode answers, if it is the one that was sent.
    pub(crate) fn asked(&self, opcode: u16) -> Option<&Command> {
        let Some(HciPacket::Command(command)) = self.queue.front() else { return None };
        (self.sent && command.opcode() == opcode).then_some(command)
    }

    /// The controller has answered, and takes the next.
    pub(crate) fn answered(&mut self, cx: &mut Context<'_, impl Port>) {
        if core::mem::take(&mut self.sent) {
            self.queue.pop_front();
        }
        self.pump(cx);
    }

    fn pump(&mut self, cx: &mut Context<'_, impl Port>) {
        if !self.sent
            && let Some(command) = self.queue.front()
        {
            self.sent = true;
            cx.port.to_controller(command);
        }
    }
}
