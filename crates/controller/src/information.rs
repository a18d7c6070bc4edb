//! The commands by which a host gets to know its controller, Vol 4 Part E 7.3 to 7.5 and 7.8.
//!
//! Invariant: what is told is true: a command counts as supported if and only if it has an answer of its own.

use crate::command::{ACL_DATA_LENGTH, complete};
use crate::connection::traffic::ACL_PACKETS;
use crate::controller::Controller;
use crate::io::{Draw, Port};
use blesim_crypto::toolbox::e;
use blesim_packet::Octets;
use blesim_packet::hci::{Command, ErrorCode};

/// BR/EDR Not Supported and LE Supported (Controller), bits 37 and 38 (Vol 2 Part C 3.3).
const LMP_FEATURES: u64 = 1 << 37 | 1 << 38;
/// Every state and combination of states there is (Vol 4 Part E 7.8.27).
const ALL_STATES: u64 = 0x03FF_FFFF_FFFF;
/// Those in which there is a connection beside what leads to one: 28, and 35 to 41.
const SECOND_LINK: u64 = 1 << 28 | 0x7F << 35;
/// What it transmits with, in dBm; the only level there is.
pub(crate) const TX_POWER: i8 = 0;
/// The strength of what it receives is not measured (Vol 4 Part E 7.5.4).
const RSSI_NOT_AVAILABLE: i8 = 127;
/// RPA_Timeout, in seconds (Vol 4 Part E 7.8.45).
const RPA_TIMEOUTS: core::ops::RangeInclusive<u16> = 1..=0x0E10;

/// What a command returns after its status.
type Returned = Octets<64>;

impl Controller {
    /// Answers the command if it is one of this module.
    pub(crate) fn information(&mut self, command: &Command, port: &mut impl Port) -> bool {
        let outcome = match *command {
            Command::ReadLocalVersionInformation => Ok(self.version()),
            Command::ReadLocalSupportedCommands => Ok(octets(&[&self.supported_commands()])),
            Command::ReadLocalSupportedFeatures => Ok(octets(&[&LMP_FEATURES.to_le_bytes()])),
            // LE has buffers of its own, and there are no others (Vol 4 Part E 4.1.1).
            Command::ReadBufferSize => Ok(octets(&[&[0; 7]])),
            Command::LeReadBufferSizeV2 => {
                let [low, high] = ACL_DATA_LENGTH.to_le_bytes();
                let packets = u8::try_from(ACL_PACKETS).expect("a handful of packets");
                // No isochronous data.
                Ok(octets(&[&[low, high, packets, 0, 0, 0]]))
            }
            Command::ReadRssi { handle } => return self.of_link(command, handle, RSSI_NOT_AVAILABLE, port),
            Command::ReadTransmitPowerLevel { handle, kind: 0..=1 } => {
                return self.of_link(command, handle, TX_POWER, port);
            }
            Command::ReadTransmitPowerLevel { .. } => Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS),
            Command::LeReadTransmitPower => Ok(octets(&[&TX_POWER.to_le_bytes(), &TX_POWER.to_le_bytes()])),
            Command::LeEncrypt { key, plaintext } => Ok(octets(&[&e(key, plaintext).to_le_bytes()])),
            Command::LeRand => Ok(octets(&[&port.draw(Draw::Random).to_le_bytes()])),
            Command::LeReadSupportedStates => Ok(octets(&[&self.states().to_le_bytes()])),
            // The own private addresses are the host's, so there is none to renew here.
            Command::LeSetResolvablePrivateAddressTimeout(timeout) if RPA_TIMEOUTS.contains(&timeout) => {
                Ok(Returned::new())
            }
            Command::LeSetResolvablePrivateAddressTimeout(_) => {
                Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS)
            }
            _ => return false,
        };
        complete(command, outcome.map(|_| ()), &outcome.unwrap_or_default(), port);
        true
    }

    /// Answers with the handle and a level.
    fn of_link(&mut self, command: &Command, handle: u16, level: i8, port: &mut impl Port) -> bool {
        let found = self.link_mut(handle).map(|_| ()).ok_or(ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER);
        let returned = octets(&[&handle.to_le_bytes(), &level.to_le_bytes()]);
        complete(command, found, &returned, port);
        true
    }

    /// Versions of HCI and of the link layer (Vol 4 Part E 7.4.1).
    fn version(&self) -> Returned {
        let layer = &self.config.link_layer;
        let [subversion, company] = [layer.subversion.to_le_bytes(), layer.company.to_le_bytes()];
        octets(&[&[layer.version], &subversion, &[layer.version], &company, &subversion])
    }

    /// Supported_Commands, Vol 4 Part E 6.27.
    fn supported_commands(&self) -> [u8; 64] {
        let mut octets = [0; 64];
        let supported = Command::opcodes().filter(|&opcode| self.supports(opcode));
        for (octet, bit) in supported.filter_map(Command::supported_at) {
            octets[usize::from(octet)] |= 1 << bit;
        }
        octets
    }

    /// Which states it can be in at once.
    const fn states(&self) -> u64 {
        if self.config.max_links > 1 { ALL_STATES } else { ALL_STATES & !SECOND_LINK }
    }
}

fn octets(parts: &[&[u8]]) -> Returned {
    let mut octets = Returned::new();
    for part in parts {
        octets.extend_from_slice(part).expect("return parameters are short");
    }
    octets
}
