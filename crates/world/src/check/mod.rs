//! Safety: what must hold after every event, whatever strikes.
//!
//! Invariant: a checker only looks; what it finds is a bug in the simulator, never an outcome. One function
//! a rule, and a seeded breach that trips it.

mod encryption;
mod episode;
mod retransmission;
mod truth;

use crate::device::Device;
use crate::plan::{Pair, Plan};
use blesim_controller::Frame;
use blesim_host::{Episode, Host, Link};
use blesim_kernel::Instant;
use core::fmt;
use episode::Clocks;
use retransmission::LastSent;
pub(crate) use truth::Truth;

/// A rule that was broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Violation {
    /// A host believes in encryption that its controller does not do.
    NotEncrypted {
        /// Whose.
        device: usize,
    },
    /// Both hosts have a secured link, and not with the same key.
    KeysDiffer,
    /// An attacker has a link with a key that it cannot know.
    KeyFromNowhere {
        /// The attacker's device.
        device: usize,
    },
    /// A host accepted as encrypted what nobody with its key can have sent.
    Forged {
        /// The receiver.
        device: usize,
    },
    /// An episode of recovery went on for longer than was proved of its policy.
    TooLong {
        /// Whose.
        device: usize,
    },
    /// A PDU was sent again under its sequence number with another content.
    Retransmission {
        /// The sender.
        device: usize,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotEncrypted { device } => {
                write!(f, "the host of device {device} takes a plain link for an encrypted one")
            }
            Self::KeysDiffer => f.write_str("both hosts have a secured link with different keys"),
            Self::KeyFromNowhere { device } => {
                write!(f, "attacker {device} has a link with a key that it cannot know")
            }
            Self::Forged { device } => {
                write!(f, "device {device} accepted encrypted data of which nobody else has the key")
            }
            Self::TooLong { device } => {
                write!(f, "device {device} recovers for longer than its policy can")
            }
            Self::Retransmission { device } => {
                write!(f, "device {device} changed a PDU that was not acknowledged (Vol 6 Part B 4.5.9)")
            }
        }
    }
}

/// The checkers with what they remember.
#[derive(Debug)]
pub(crate) struct Checks {
    /// Of each device, on each of its links.
    last_sent: Vec<Vec<LastSent>>,
    /// Devices whose controller, and whose host, something has happened to since the last look: a bit each.
    controllers: u64,
    hosts: u64,
    /// What [`Host::changes`] of each device said at the last look at it.
    seen: Vec<u64>,
    /// Devices whose host took a link for encrypted at the last look at it.
    believing: u64,
    pending: Option<Violation>,
    clocks: Clocks,
}

impl Checks {
    pub(crate) fn new(devices: usize) -> Self {
        Self {
            last_sent: vec![Vec::new(); devices],
            controllers: 0,
            hosts: 0,
            seen: vec![u64::MAX; devices],
            believing: 0,
            pending: None,
            clocks: Clocks::default(),
        }
    }

    pub(crate) fn restart(&mut self) {
        self.last_sent.iter_mut().for_each(Vec::clear);
        self.pending = None;
        self.seen.fill(u64::MAX);
        (self.controllers, self.hosts, self.believing) = (0, 0, 0);
    }

    /// What was proved of the policies of a session that begins.
    pub(crate) fn bound(&mut self, plan: &Plan, policy: usize) {
        self.clocks.restart(plan, policy);
    }

    /// Looks at all episodes, when nothing can happen any more or the time is over.
    pub(crate) fn at_end(&mut self, devices: &[Device], now: Instant) -> Result<(), Violation> {
        self.clocks.look(devices, u64::MAX, now)
    }

    /// Something has happened to the controller of a device.
    pub(crate) fn controller_touched(&mut self, device: usize) {
        self.controllers |= 1 << device;
    }

    /// Something has happened to the host of a device.
    pub(crate) fn host_touched(&mut self, device: usize) {
        self.hosts |= 1 << device;
    }

    /// Forgets what these devices sent last: frames went by without being looked at.
    pub(crate) fn forget(&mut self, devices: [usize; 2]) {
        for device in devices {
            self.last_sent[device].clear();
        }
    }

    /// Looks at a frame that `from` sends.
    #[inline]
    pub(crate) fn on_frame(&mut self, from: usize, frame: &Frame) {
        if !retransmission::holds(&mut self.last_sent[from], frame) {
            self.pending = Some(Violation::Retransmission { device: from });
        }
    }

    /// Looks at the devices after an event: at those that something has happened to, for the others are as they
    /// were at the last look. Says whether a link or an episode of any host may have changed.
    #[inline]
    pub(crate) fn after_event(
        &mut self,
        devices: &[Device],
        pairs: &[Pair],
        truth: &Truth,
        now: Instant,
    ) -> Result<bool, Violation> {
        if self.hosts != 0 || self.pending.is_some() {
            return self.after_event_of_a_host(devices, pairs, truth, now);
        }
        // Most events happen to a controller alone whose host takes no link for encrypted.
        let watched = core::mem::take(&mut self.controllers) & self.believing;
        if watched != 0 {
            all_encrypted(watched, devices)?;
        }
        Ok(false)
    }

    /// [`Self::after_event`] of an event that something has happened to a host in.
    fn after_event_of_a_host(
        &mut self,
        devices: &[Device],
        pairs: &[Pair],
        truth: &Truth,
        now: Instant,
    ) -> Result<bool, Violation> {
        if let Some(violation) = self.pending.or(truth.violation()) {
            return Err(violation);
        }
        let hosts = core::mem::take(&mut self.hosts);
        let touched = core::mem::take(&mut self.controllers) | hosts;
        self.clocks.look(devices, hosts, now)?;
        let changed = self.changed(hosts, devices);
        if touched & self.believing != 0 {
            all_encrypted(touched & self.believing, devices)?;
        }
        if changed != 0 {
            keys_agree(changed, devices, pairs, truth)?;
        }
        Ok(changed != 0)
    }

    /// Those of a set of hosts of which a link or an episode may have changed since the last look, with what they now
    /// take their links for.
    fn changed(&mut self, hosts: u64, devices: &[Device]) -> u64 {
        let mut changed = 0;
        for device in members(hosts) {
            let host = &devices[device].host;
            if core::mem::replace(&mut self.seen[device], host.changes()) != host.changes() {
                changed |= 1 << device;
                let believes = host.links().any(|link| link.key().is_some());
                self.believing = self.believing & !(1 << device) | u64::from(believes) << device;
            }
        }
        changed
    }
}

/// Every link that the hosts of a set take for encrypted is.
fn all_encrypted(set: u64, devices: &[Device]) -> Result<(), Violation> {
    for device in members(set) {
        let Device { controller, host, .. } = &devices[device];
        let agrees = |link: &Link| {
            encryption::host_and_controller_agree(link, |handle| controller.sends_plain(handle))
        };
        if !host.links().all(agrees) {
            return Err(Violation::NotEncrypted { device });
        }
    }
    Ok(())
}

/// The two of every pair of which one is in a set have their secured link with one key.
fn keys_agree(set: u64, devices: &[Device], pairs: &[Pair], truth: &Truth) -> Result<(), Violation> {
    let is_in = |device: usize| set >> device & 1 == 1;
    for pair in pairs.iter().filter(|pair| is_in(pair.central) || is_in(pair.peripheral)) {
        let (central, peripheral) = (&devices[pair.central].host, &devices[pair.peripheral].host);
        let secured = |host: &Host, place| matches!(host.episode(place), Episode::Secured(_));
        if !secured(central, pair.place) || !secured(peripheral, 0) {
            continue;
        }
        let (first, second) = (central.link(pair.place), peripheral.link(0));
        let apart = || truth.is_known(first) || truth.is_known(second);
        if !encryption::keys_agree(first, second) && !apart() {
            return Err(Violation::KeysDiffer);
        }
    }
    Ok(())
}

/// The devices of a set, a bit each.
fn members(mut set: u64) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let first = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(first)
    })
}
