//! The own address: which it is now, and when it is renewed.
//!
//! Invariant: the controller is told of an address only when it is not using the one before.

use super::resolvable;
use crate::discovery::{Advertising, SET};
use crate::host::Host;
use crate::io::{Context, Draw, Note, Port, Role};
use crate::session::Link;
use blesim_kernel::Instant;
use blesim_packet::Address;
use blesim_packet::hci::Command;

/// The own address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OwnAddress {
    /// What is on the air.
    pub(crate) address: Address,
    /// When its time is over.
    rotates_at: Option<Instant>,
    /// Its time is over, and it is still in use.
    overdue: bool,
    /// Advertising is being stopped to renew it.
    stopping: bool,
}

impl OwnAddress {
    /// The identity address, for good.
    pub(crate) const fn identity(address: Address) -> Self {
        Self { address, rotates_at: None, overdue: false, stopping: false }
    }

    /// When the host has to look after it.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.rotates_at
    }
}

impl Host {
    /// Begins to use another private address, if it uses private addresses.
    pub(crate) fn renew_address(&mut self, cx: &mut Context<'_, impl Port>) {
        let Some(span) = self.config.privacy.rotates_every else { return };
        let irk = cx.draw(Draw::Irk);
        if self.own.address == self.config.address {
            cx.note(Note::Key("IRK", irk));
        }
        let address = resolvable(irk, cx.draw(Draw::Prand));
        self.own = OwnAddress { address, rotates_at: Some(cx.now + span), overdue: false, stopping: false };
        cx.note(Note::OwnAddress(address));
    }

    /// Tells the controller of the own address (Vol 4 Part E 7.8.4, 7.8.52).
    fn set_address(&mut self, cx: &mut Context<'_, impl Port>) {
        let address = self.own.address;
        let extended = matches!(self.config.discovery.advertising, Advertising::Extended { .. });
        let command = if extended && self.config.role == Role::Peripheral {
            Command::LeSetAdvertisingSetRandomAddress { set: SET, address }
        } else {
            Command::LeSetRandomAddress(address)
        };
        self.commands.send(command, cx);
    }

    /// Nothing goes on under the own address: renews it if its time is over.
    pub(crate) fn renew_if_overdue(&mut self, cx: &mut Context<'_, impl Port>) {
        if self.own.overdue && !self.own.stopping {
            self.renew_address(cx);
            self.set_address(cx);
        }
    }

    /// The time of the own address is over: an advertiser stops for as long as it takes to renew it; what has
    /// a link, or is about to make one, goes on under it.
    pub(crate) fn rotation_due(&mut self, cx: &mut Context<'_, impl Port>) {
        self.own.rotates_at = None;
        self.own.overdue = true;
        if self.advertises() && !self.own.stopping {
            self.own.stopping = true;
            self.commands.send(self.config.discovery.advertising.enable(false), cx);
        }
    }

    /// Advertising has stopped, unless a link has come about before.
    pub(crate) fn stopped_advertising(&mut self, cx: &mut Context<'_, impl Port>) {
        if core::mem::take(&mut self.own.stopping) && self.advertises() {
            self.renew_if_overdue(cx);
            self.commands.send(self.config.discovery.advertising.enable(true), cx);
        }
    }

    fn advertises(&self) -> bool {
        self.config.role == Role::Peripheral && self.peers.iter().all(|peer| *peer.link == Link::Down)
    }
}
