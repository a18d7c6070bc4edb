//! The resolving list: identities of peers behind private addresses, Vol 6 Part B 4.7 and 6, Vol 4 Part E 7.8.38 to
//! 7.8.44 and 7.8.77.
//!
//! The own resolvable private addresses are the host's; what is resolved here is those of peers: for the initiator
//! that looks for an identity address, and for what the host is told of a connection.
//!
//! Invariant: without resolution enabled the list is as if it were empty.

use crate::advertise::Advertiser;
use crate::command::{Outcome, complete};
use crate::controller::Controller;
use crate::io::Port;
use arrayvec::ArrayVec;
use blesim_crypto::toolbox::ah;
use blesim_packet::Address;
use blesim_packet::hci::{Command, ErrorCode};

/// Identities that the list holds.
const SIZE: usize = 8;

/// A peer's identity and key.
#[derive(Clone, Copy, Debug)]
struct Entry {
    identity: Address,
    irk: u128,
    /// Device privacy mode: the identity address itself will do.
    device_mode: bool,
}

/// The list, and whether it is in use.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResolvingList {
    entries: ArrayVec<Entry, SIZE>,
    enabled: bool,
}

/// How an initiator knows the peer it looks for (Vol 6 Part B 6.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Known {
    irk: u128,
    identity_too: bool,
}

impl Known {
    /// Whether `address` is the peer's, whose identity address is `identity`.
    pub(crate) fn fits(self, address: Address, identity: Address) -> bool {
        resolves(address, self.irk) || self.identity_too && address == identity
    }
}

/// Vol 6 Part B 1.3.2.3.
fn resolves(address: Address, irk: u128) -> bool {
    let [p0, p1, p2, h0, h1, h2] = address.octets;
    let number = |a, b, c| u32::from_be_bytes([0, a, b, c]);
    address.is_resolvable() && ah(irk, number(p0, p1, p2)) == number(h0, h1, h2)
}

impl ResolvingList {
    /// The entries that count. A key of zeros resolves nothing (Vol 4 Part E 7.8.38).
    fn keyed(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| self.enabled && entry.irk != 0)
    }

    /// How to know the peer with this identity address, if by more than that.
    pub(crate) fn known(&self, identity: Address) -> Option<Known> {
        let entry = self.keyed().find(|entry| entry.identity == identity)?;
        Some(Known { irk: entry.irk, identity_too: entry.device_mode })
    }

    /// The identity behind a private address.
    pub(crate) fn identity(&self, address: Address) -> Option<Address> {
        self.keyed().find(|entry| resolves(address, entry.irk)).map(|entry| entry.identity)
    }

    fn change(&mut self, command: &Command) -> Outcome {
        match *command {
            Command::LeAddDeviceToResolvingList { peer, peer_irk, .. } => {
                // Vol 4 Part E 7.8.38: no identity twice, and no key but that of zeros.
                let listed = |entry: &Entry| entry.identity == peer || peer_irk != 0 && entry.irk == peer_irk;
                if self.entries.iter().any(listed) {
                    return Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS);
                }
                let entry = Entry { identity: peer, irk: peer_irk, device_mode: false };
                self.entries.try_push(entry).map_err(|_| ErrorCode::MEMORY_CAPACITY_EXCEEDED)
            }
            Command::LeRemoveDeviceFromResolvingList(peer) => {
                let before = self.entries.len();
                self.entries.retain(|entry| entry.identity != peer);
                if self.entries.len() == before {
                    Err(ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER)
                } else {
                    Ok(())
                }
            }
            Command::LeSetPrivacyMode { mode: 2.., .. } => Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS),
            Command::LeSetPrivacyMode { peer, mode } => {
                let entry = self.entries.iter_mut().find(|entry| entry.identity == peer);
                entry.ok_or(ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER)?.device_mode = mode == 1;
                Ok(())
            }
            Command::LeSetAddressResolutionEnable(enable) => {
                self.enabled = enable;
                Ok(())
            }
            _ => {
                self.entries.clear();
                Ok(())
            }
        }
    }
}

impl Controller {
    /// Vol 4 Part E 7.8.38: the list stays as it is while it is in use for advertising, scanning or initiating;
    /// enabling and disabling it waits for their end in any case (7.8.44).
    pub(super) fn resolving_command(&mut self, command: &Command, port: &mut impl Port) -> bool {
        let enables = match command {
            Command::LeReadResolvingListSize => {
                let size = u8::try_from(SIZE).expect("a handful of devices");
                complete(command, Ok(()), &[size], port);
                return true;
            }
            Command::LeSetAddressResolutionEnable(_) => true,
            Command::LeAddDeviceToResolvingList { .. }
            | Command::LeRemoveDeviceFromResolvingList(_)
            | Command::LeClearResolvingList
            | Command::LeSetPrivacyMode { .. } => false,
            _ => return false,
        };
        let advertising = self.advertiser.as_ref().is_some_and(Advertiser::connectable);
        let active = advertising || self.initiator.is_some() || self.scanner.is_some();
        let outcome = if active && (enables || self.settings.resolving.enabled) {
            Err(ErrorCode::COMMAND_DISALLOWED)
        } else {
            self.settings.resolving.change(command)
        };
        complete(command, outcome, &[], port);
        true
    }
}
