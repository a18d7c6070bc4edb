//! Attackers: devices with a place and a radio like any other, and a script.
//!
//! Invariants: an attacker holds what a radio and a protocol give it: the address it has taken is no secret,
//! its keys are those that it computed itself, and its frames go through the same air. It never sees another
//! device's memory; who has won is for [`crate::check`] to know.

mod crack;
mod follow;
mod listener;
mod script;

pub(crate) use follow::octets_read;
pub(crate) use listener::{Heard, worth};
pub(crate) use script::{Attacks, spoil};

use crate::plan::{DevicePlan, Plan};
use blesim_kernel::Span;
use blesim_packet::Address;

/// What makes a device an attacker's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attack {
    /// It only hears, as far as its radio carries, and computes when all is over.
    Listens,
    /// It takes part, by a script.
    Acts(Script),
}

/// What an attacker that takes part does. Its host answers and asks as its configuration says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Script {
    /// When it begins.
    pub starts: Span,
    /// How often it tries. Every try begins with power, so that nothing of the one before is left but its
    /// bonds and what it has learnt.
    pub tries: u16,
    /// The longest that a try lasts.
    pub lasts: Span,
    /// From the end of a try to the next.
    pub pause: Span,
    /// So many addresses take turns, the first of them the one it has taken from another.
    pub addresses: u16,
    /// It has taken nobody's address: all are its own.
    pub stranger: bool,
    /// Its confirm values and DHKey checks are wrong, so that every pairing fails.
    pub spoils: bool,
    /// It begins only when this device, another of the same attacker, has somebody at a prompt or a secured
    /// link: the two are in the middle.
    pub behind: Option<usize>,
    /// The passkey it shows is the number that the device it is behind was given to compare: the user who
    /// compares takes it for the passkey.
    pub confuses: bool,
}

/// The device on the other side of an attacker in the middle.
pub(crate) fn other_side(plan: &Plan, device: usize) -> Option<usize> {
    let behind = |device: &DevicePlan| match &device.attack {
        Some(Attack::Acts(script)) => script.behind,
        Some(Attack::Listens) | None => None,
    };
    let own = plan.devices[device].attack.and_then(|_| behind(&plan.devices[device]));
    own.or_else(|| plan.devices.iter().position(|other| behind(other) == Some(device)))
}

impl Script {
    /// One try without an end, from the beginning.
    pub const ONCE: Self = Self {
        starts: Span::ZERO,
        tries: 1,
        lasts: Span::from_secs(3_600),
        pause: Span::from_secs(1),
        addresses: 1,
        stranger: false,
        spoils: false,
        behind: None,
        confuses: false,
    };

    /// The address of the try with this number, counted from zero, on a device that has taken `first`.
    #[must_use]
    pub fn address(&self, first: Address, number: u16) -> Address {
        let turn = number % self.addresses.max(1) + u16::from(self.stranger);
        let [high, low] = turn.to_be_bytes();
        if turn == 0 { first } else { Address::random([0xC2, 0x00, 0x5E, 0x53, high, low]) }
    }
}
