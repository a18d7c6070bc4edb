//! The plan of a scenario: exact numbers and flat programs, ready to run for any seed.
//!
//! Invariant: immutable and shared by all sessions; everything that is left to chance is in it as a chance.

use crate::fault::FaultPlan;
use crate::people::User;
use blesim_host::recovery::Program;
use blesim_kernel::{Chance, Span};

/// A scenario, resolved.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The scenario's name.
    pub name: String,
    /// The devices: the central first, then the peripheral.
    pub devices: Vec<DevicePlan>,
    /// What the air does to a packet.
    pub loss: Loss,
    /// What a lost packet looks like to its receiver.
    pub loss_mode: LossMode,
    /// What was before the session.
    pub history: History,
    /// The faults that may strike.
    pub faults: Vec<FaultPlan>,
    /// The policies that are compared.
    pub policies: Vec<Program>,
    /// The index of the device whose policy varies.
    pub varied: usize,
    /// The longest a session may last.
    pub limit: Span,
}

/// One device of a plan.
#[derive(Clone, Debug)]
pub struct DevicePlan {
    /// Its name in the scenario.
    pub name: String,
    /// Its link layer.
    pub controller: blesim_controller::Config,
    /// Its host.
    pub host: blesim_host::Config,
    /// Its recovery program, unless it is the one that varies.
    pub program: Program,
    /// How long packets between host and controller take.
    pub hci_delay: HciDelay,
    /// The habits of its user.
    pub user: User,
    /// Values that are given instead of drawn.
    pub given: Given,
}

/// Transport and processing time between host and controller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HciDelay {
    /// From controller to host, with the time the host takes to act.
    pub up: Span,
    /// From host to controller.
    pub down: Span,
}

/// Secret values that a scenario fixes, to reproduce a recorded exchange.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Given {
    /// Mrand, Srand, Na or Nb.
    pub pairing_random: Option<u128>,
    /// The LTK it distributes.
    pub ltk: Option<u128>,
    /// The EDIV it distributes.
    pub ediv: Option<u16>,
    /// The Rand it distributes.
    pub rand: Option<u64>,
    /// The CSRK it distributes.
    pub csrk: Option<u128>,
    /// The IRK it distributes.
    pub irk: Option<u128>,
}

/// How packets get lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// Each packet by itself.
    Independent(Chance),
    /// Gilbert-Elliott over time: exponential stretches of good and bad air.
    Burst {
        /// Loss of a packet in good air.
        good: Chance,
        /// Loss of a packet in bad air.
        bad: Chance,
        /// Mean length of a good stretch.
        mean_good: Span,
        /// Mean length of a bad stretch.
        mean_bad: Span,
    },
}

/// What a lost packet looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LossMode {
    /// The access address is not found: the receiver hears nothing.
    Sync,
    /// The access address is found and the CRC does not match: the receiver knows that something came.
    Crc,
}

/// What was between the devices before the session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum History {
    /// Nothing.
    Strangers,
    /// They paired, and each keeps a bond.
    Bonded {
        /// By LE Secure Connections; by legacy pairing otherwise.
        secure_connections: bool,
    },
    /// They paired by Just Works, whatever they could do today, and each keeps that bond.
    BondedByJustWorks {
        /// By LE Secure Connections; by legacy pairing otherwise.
        secure_connections: bool,
    },
}

impl History {
    /// Whether they bonded by LE Secure Connections; none if they did not bond.
    #[must_use]
    pub const fn bonded(self) -> Option<bool> {
        match self {
            Self::Strangers => None,
            Self::Bonded { secure_connections } | Self::BondedByJustWorks { secure_connections } => {
                Some(secure_connections)
            }
        }
    }
}

impl Plan {
    /// The program of device `index` when policy `policy` is tried.
    #[must_use]
    pub fn program(&self, index: usize, policy: usize) -> &Program {
        if index == self.varied { &self.policies[policy] } else { &self.devices[index].program }
    }
}
