//! The controller's resolving list, as the host keeps it.
//!
//! Invariant: it is written only while nothing goes on that uses it, and holds the IRKs of bonds.

use super::Resolver;
use crate::host::Host;
use crate::io::{Context, Mishap, Note, Port};
use blesim_packet::Address;
use blesim_packet::hci::Command;

/// Identities that the controller is given: as many as it has room for (Vol 4 Part E 7.8.41).
const MOST: usize = 8;
/// Device privacy mode: a bonded peer may show its identity address (Vol 4 Part E 7.8.77).
const DEVICE_PRIVACY: u8 = 1;

impl Host {
    /// Gives the controller the identities it is to know: the peer's that it looks for, or those of all bonds.
    pub(crate) fn set_resolving_list(&mut self, only: Option<Address>, cx: &mut Context<'_, impl Port>) {
        if self.config.privacy.resolver == Resolver::Host {
            return;
        }
        self.commands.send(Command::LeSetAddressResolutionEnable(false), cx);
        self.commands.send(Command::LeClearResolvingList, cx);
        let wanted = |peer| only.is_none_or(|only| only == peer);
        let known = self.bonds.iter().filter_map(|bond| Some((bond.peer, bond.irk?)));
        for (peer, peer_irk) in known.filter(|(peer, _)| wanted(*peer)).take(MOST) {
            self.commands.send(Command::LeAddDeviceToResolvingList { peer, peer_irk, local_irk: 0 }, cx);
            self.commands.send(Command::LeSetPrivacyMode { peer, mode: DEVICE_PRIVACY }, cx);
        }
        self.commands.send(Command::LeSetAddressResolutionEnable(true), cx);
    }

    /// Whether the controller finds this peer by its identity address.
    pub(crate) fn is_listed(&self, identity: Address) -> bool {
        let known = self.bonds.get(identity).is_some_and(|bond| bond.irk.is_some());
        self.config.privacy.resolver == Resolver::Controller && known
    }

    /// The controller has resolved the address of the link, if that comes to anything this time.
    pub(crate) fn told_identity(&mut self, identity: Address, cx: &mut Context<'_, impl Port>) {
        if !cx.port.fails(cx.peer, Mishap::Resolution) {
            self.peer(cx).identity = Some(identity);
            cx.note(Note::Resolved(identity));
        }
    }
}
