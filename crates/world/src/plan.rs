//! The plan of a scenario: exact numbers and flat programs, ready to run for any seed.
//!
//! Invariant: immutable and shared by all sessions; everything that is left to chance is in it as a chance.

use crate::air::{AirPlan, Radio};
use crate::attack::Attack;
use crate::energy::Currents;
use crate::fault::FaultPlan;
use crate::people::User;
use crate::script::Act;
use blesim_host::Role;
use blesim_host::recovery::Program;
use blesim_kernel::{Chance, Span};
use blesim_packet::Address;

/// A scenario, resolved.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The scenario's name.
    pub name: String,
    /// The devices: centrals first, then peripherals.
    pub devices: Vec<DevicePlan>,
    /// Who is to have a link with whom; [`pairs`] finds them.
    pub pairs: Vec<Pair>,
    /// What the air does to packets.
    pub air: AirPlan,
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
    /// How long the session goes on once the link is secured.
    pub stay: Span,
    /// What is done with the devices, one act after the other; with none the link is to be secured once.
    pub script: Vec<Act>,
}

/// A central and a peripheral that are to have a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pair {
    /// The central's index among the devices.
    pub central: usize,
    /// The peripheral's.
    pub peripheral: usize,
    /// The peripheral's place among the central's peers.
    pub place: usize,
}

/// The pairs that the peers of the centrals make, in order. A peer that is no device makes none, and neither does
/// an attacker.
#[must_use]
pub fn pairs(devices: &[DevicePlan]) -> Vec<Pair> {
    let genuine = |device: &DevicePlan| device.attack.is_none();
    let at = |address| devices.iter().position(|device| genuine(device) && device.host.address == address);
    let centrals = devices.iter().enumerate();
    let centrals = centrals.filter(|(_, device)| genuine(device) && device.host.role == Role::Central);
    centrals
        .flat_map(|(central, device)| {
            let peers = device.host.peers.iter().enumerate();
            peers.filter_map(move |(place, &peer)| Some(Pair { central, peripheral: at(peer)?, place }))
        })
        .collect()
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
    /// Its radio, and where it is.
    pub radio: Radio,
    /// Its recovery program, unless it is the one that varies.
    pub program: Program,
    /// How long packets between host and controller take.
    pub hci_delay: HciDelay,
    /// What its processor is kept busy by, and who waits for it.
    pub work: Work,
    /// The bonds it has beside those of the scenario, and what goes wrong with bonds.
    pub keeping: Keeping,
    /// What it draws from its battery.
    pub currents: Currents,
    /// The habits of its user.
    pub user: User,
    /// Values that are given instead of drawn.
    pub given: Given,
    /// How much later than its peers a central is switched on.
    pub comes_after: Span,
    /// What it does if it is an attacker's; such devices come last.
    pub attack: Option<Attack>,
}

/// Transport and processing time between host and controller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HciDelay {
    /// From controller to host, with the time the host takes to act.
    pub up: Span,
    /// From host to controller.
    pub down: Span,
}

/// Work of a processor beside the time that [`blesim_host::Timing`] gives for the DHKey.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Work {
    /// Making an ECDH key pair.
    pub key_pair: Span,
    /// Writing a bond to flash.
    pub bond_write: Span,
    /// Whether controller and host share the processor, so that the radio stands still meanwhile, for the
    /// DHKey too.
    pub stops_radio: bool,
}

impl Work {
    /// A processor that is never in the way.
    pub const NONE: Self = Self { key_pair: Span::ZERO, bond_write: Span::ZERO, stops_radio: false };
}

/// What is to be said of a device's bonds beside the rules by which its host keeps them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keeping {
    /// Bonds with devices that are not here, older than any other.
    pub others: u8,
    /// How many of the writes of its bond store fail.
    pub write_fails: Chance,
    /// How many of the private addresses that it could resolve it does not.
    pub unresolved: Chance,
}

impl Keeping {
    /// No bonds but those of the scenario, and nothing goes wrong.
    pub const NONE: Self = Self { others: 0, write_fails: Chance::NEVER, unresolved: Chance::NEVER };
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
    /// They paired, and one of them has lost the bond since.
    HalfBonded {
        /// By LE Secure Connections; by legacy pairing otherwise.
        secure_connections: bool,
        /// The device without a bond.
        lost_by: usize,
    },
    /// They paired twice, and one of them still has the bond of the first time: the keys differ.
    MismatchedKeys {
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
            Self::Bonded { secure_connections }
            | Self::BondedByJustWorks { secure_connections }
            | Self::HalfBonded { secure_connections, .. }
            | Self::MismatchedKeys { secure_connections } => Some(secure_connections),
        }
    }
}

impl DevicePlan {
    /// A device as [`blesim_host::Config::plain`] has it, of 0 dBm, whose user makes no mistake and whose
    /// policy does nothing.
    #[must_use]
    pub fn plain(name: &str, role: Role, address: Address, peer: Address) -> Self {
        let (hci, public) = (Span::from_micros(300), Address::public(address.octets));
        Self {
            name: name.to_owned(),
            controller: blesim_controller::Config { exchanges: 1, ..blesim_controller::Config::new(public) },
            host: blesim_host::Config::plain(role, address, peer),
            radio: Radio::default(),
            program: Program::passive("passive"),
            hci_delay: HciDelay { up: hci, down: hci },
            work: Work::NONE,
            keeping: Keeping::NONE,
            currents: Currents::NRF52840,
            user: User::PERFECT,
            given: Given::default(),
            comes_after: Span::ZERO,
            attack: None,
        }
    }
}

impl Plan {
    /// Two plain devices, strangers in clean air: the phone's policies are compared, for a minute at most.
    #[must_use]
    pub fn two([phone, lock]: [Address; 2], policies: Vec<Program>) -> Self {
        let devices = vec![
            DevicePlan::plain("phone", Role::Central, phone, lock),
            DevicePlan::plain("lock", Role::Peripheral, lock, phone),
        ];
        Self {
            name: "two devices".to_owned(),
            pairs: pairs(&devices),
            devices,
            air: AirPlan::default(),
            history: History::Strangers,
            faults: Vec::new(),
            policies,
            varied: 0,
            limit: Span::from_secs(60),
            stay: Span::ZERO,
            script: Vec::new(),
        }
    }

    /// The pairs that the device whose policy varies belongs to.
    pub fn subject(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter().filter(|pair| pair.central == self.varied || pair.peripheral == self.varied)
    }

    /// Whether there is an attacker, or an application: then a session is watched for what it exposes.
    #[must_use]
    pub fn watched(&self) -> bool {
        self.devices.iter().any(|device| device.attack.is_some() || device.host.application.is_some())
    }

    /// The program of device `index` when policy `policy` is tried.
    #[must_use]
    pub fn program(&self, index: usize, policy: usize) -> &Program {
        let varied = &self.policies[policy];
        if index == self.varied {
            return varied;
        }
        let own = &self.devices[index].program;
        let is_peer = || self.subject().any(|pair| pair.central == index || pair.peripheral == index);
        varied.against.as_deref().filter(|_| is_peer()).unwrap_or(own)
    }
}
