//! Traces: everything that happens, as it happens, for whoever wants to look.
//!
//! Invariant: nothing depends on a trace, and one that is off costs nothing.

use crate::air::Reception;
use crate::fault::Effect;
use blesim_controller::Frame;
use blesim_host::Step;
use blesim_kernel::Instant;
use blesim_packet::hci::HciPacket;

/// One thing that happened. Devices are named by their index in the plan.
#[derive(Clone, Copy, Debug)]
pub enum Entry<'a> {
    /// A device is switched on.
    PowerOn {
        /// Which.
        device: usize,
    },
    /// A frame begins; whoever listened for it gets it like this, unless [`Entry::Collision`] follows.
    Frame {
        /// The sender.
        from: usize,
        /// The frame, as on the air.
        frame: &'a Frame,
        /// Everybody who listened, and how it reaches them.
        receivers: &'a [(usize, Reception)],
    },
    /// A frame that somebody is receiving is broken by one that begins: its CRC will not match.
    Collision {
        /// The sender of the broken frame.
        from: usize,
        /// The receiver to which it is broken.
        to: usize,
        /// Who sends the other one.
        by: usize,
    },
    /// The host sends an HCI packet; its controller takes it when it has passed the transport.
    ToController {
        /// Whose.
        device: usize,
        /// The packet.
        packet: &'a HciPacket,
    },
    /// The host takes an HCI packet from its controller.
    ToHost {
        /// Whose.
        device: usize,
        /// The packet.
        packet: &'a HciPacket,
    },
    /// A controller tells something.
    Controller {
        /// Whose.
        device: usize,
        /// Of which connection.
        handle: u16,
        /// What.
        note: blesim_controller::Note,
    },
    /// A host tells something.
    Host {
        /// Whose.
        device: usize,
        /// What.
        note: blesim_host::Note,
    },
    /// A host enters a step of securing.
    Step {
        /// Whose.
        device: usize,
        /// Which.
        step: Step,
    },
    /// A host's wake is due.
    HostWakes {
        /// Whose.
        device: usize,
        /// Why.
        why: blesim_host::Why,
    },
    /// A fault strikes.
    Fault {
        /// Its index in the plan.
        index: usize,
        /// The device it strikes.
        device: usize,
        /// What it does.
        effect: Effect,
    },
}

/// Who looks on.
pub trait Trace {
    /// False if nobody does: then [`Trace::entry`] is never called and the calls compile to nothing.
    const ON: bool;
    /// Something happened at `at`.
    fn entry(&mut self, at: Instant, entry: &Entry<'_>);
}

/// Nobody looks on.
#[derive(Clone, Copy, Debug)]
pub struct NoTrace;

impl Trace for NoTrace {
    const ON: bool = false;
    fn entry(&mut self, _: Instant, _: &Entry<'_>) {}
}

/// Two look on.
impl<A: Trace, B: Trace> Trace for (A, B) {
    const ON: bool = A::ON || B::ON;

    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        if A::ON {
            self.0.entry(at, entry);
        }
        if B::ON {
            self.1.entry(at, entry);
        }
    }
}
