//! What the hosts of the tests are set up with.

use blesim_host::recovery::{Action, Program, Rule};
use blesim_host::{Bond, BondRules, Config, Role, Signing, Timing};
use blesim_kernel::Span;
use blesim_packet::Address;
use blesim_packet::smp::{AuthReq, KeyDistribution};

/// The index of the central.
pub(crate) const CENTRAL: usize = 0;
/// The index of the peripheral.
pub(crate) const PERIPHERAL: usize = 1;
/// Their addresses.
pub(crate) const ADDRESSES: [Address; 2] = [
    Address::public([0x00, 0x1B, 0xDC, 0x07, 0x31, 0x02]),
    Address::random([0xD2, 0xA7, 0x4C, 0x76, 0xF3, 0xE0]),
];
/// Bonding, LE Secure Connections.
pub(crate) const SC: AuthReq = AuthReq(0x09);
/// Bonding, legacy pairing.
pub(crate) const LEGACY: AuthReq = AuthReq(0x01);
/// How long the hosts wait for a connection.
pub(crate) const CONNECT_TIMEOUT: Span = Span::from_secs(10);

/// Both configurations, alike but for the role: all keys, all key sizes.
pub(crate) fn configs(auth: AuthReq) -> [Config; 2] {
    [Role::Central, Role::Peripheral].map(|role| {
        let own = usize::from(role == Role::Peripheral);
        Config {
            auth,
            initiator_keys: KeyDistribution(7),
            responder_keys: KeyDistribution(7),
            timing: Timing { dh_key: Span::from_millis(5), connect_timeout: CONNECT_TIMEOUT },
            bonds: BondRules::of(4),
            ..Config::plain(role, ADDRESSES[own], ADDRESSES[1 - own])
        }
    })
}

/// A program of one rule that answers every failure of the episode, up to the last attempt it allows.
pub(crate) fn always(last: u16, actions: &[Action]) -> Program {
    let rule = Rule { attempts: (1, last), actions: actions.into(), ..Rule::default() };
    Program { rules: Box::new([rule]), ..Program::passive("always") }
}

/// The bond that the device `own` keeps of the other.
pub(crate) fn bond_of(own: usize, ltk: u128, secure_connections: bool) -> Bond {
    let (ediv, rand) = if secure_connections { (0, 0) } else { (0x1234, 0x5678) };
    let peer = ADDRESSES[1 - own];
    let (irk, csrk, link_key) = (None, None, None);
    Bond {
        peer,
        ltk,
        ediv,
        rand,
        key_size: 16,
        secure_connections,
        authenticated: false,
        irk,
        csrk,
        signing: Signing::default(),
        link_key,
    }
}
