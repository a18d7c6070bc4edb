//! The cryptography of a session and nothing else: the same key agreement by the same provider, and the same calls
//! of the toolbox and of the link cipher.
//!
//! Invariant: what a session of a kind must compute is here once for each side that computes it.

use std::hint::black_box;

use blesim_crypto::toolbox::{c1, f4, f5, f6, g2, s1};
use blesim_crypto::{
    DeviceAddress, Direction, KeyAgreement, KeyName, LinkCipher, PacketCounter, session_key,
};

use crate::plan::Kind;

const ADDRESS: DeviceAddress = DeviceAddress { random: true, octets: [0xC0, 1, 2, 3, 4, 5] };

/// The floor of a session of this kind.
pub fn floor(kind: Kind, seed: u64, keys: &mut impl KeyAgreement) -> u128 {
    let model = match kind {
        Kind::Legacy | Kind::LegacyPasskey => return legacy_floor(),
        Kind::Bonded => return encryption_floor(0),
        Kind::SecureConnections => just_works_floor,
        Kind::Comparison => comparison_floor,
        Kind::Passkey => passkey_floor,
        Kind::OutOfBand => out_of_band_floor,
    };
    agreement_floor(seed, keys) ^ model() ^ encryption_floor(4)
}

/// One commitment made and one opened, and the number on both sides.
fn comparison_floor() -> u128 {
    let (u, v) = ([7; 32], [9; 32]);
    (0..2).map(|side| f4(&u, &v, black_box(side), 0) ^ u128::from(g2(&u, &v, black_box(1), 2))).sum()
}

/// Twenty rounds in which each side makes a commitment and opens another: 80 times f4.
fn passkey_floor() -> u128 {
    let (u, v) = ([7; 32], [9; 32]);
    (0..80).fold(0, |sum, round| sum ^ f4(&u, &v, black_box(round), 0x80))
}

/// A commitment made and one opened a side, before the link and on it.
fn out_of_band_floor() -> u128 {
    let (u, v) = ([7; 32], [9; 32]);
    (0..4).fold(0, |sum, side| sum ^ f4(&u, &v, black_box(side), 0))
}

/// A commitment made and one opened.
fn just_works_floor() -> u128 {
    let (u, v) = ([7; 32], [9; 32]);
    f4(&u, &v, black_box(1), 0) ^ f4(&v, &u, black_box(1), 0)
}

/// What every model does: two key pairs, two DHKeys, f5 a side, and f6 as often as both sides compute it.
fn agreement_floor(seed: u64, keys: &mut impl KeyAgreement) -> u128 {
    let mut pair = |device| {
        let name = KeyName { seed, device, attempt: 0 };
        let mut octets = [0x5A; 32];
        octets[..8].copy_from_slice(&(seed + u64::from(device)).to_le_bytes());
        keys.key_pair(name, &mut || octets)
    };
    let (a, b) = (pair(0), pair(1));
    let mut sum = 0;
    for (own, peer) in [(&a, &b), (&b, &a)] {
        let dh_key = keys.dh_key(own, &peer.public).expect("a valid key");
        let both = f5(&dh_key, 1, 2, &ADDRESS, &ADDRESS);
        for _ in 0..2 {
            sum ^= f6(both.mac_key, 1, 2, 0, [9, 0, 3], &ADDRESS, &ADDRESS);
        }
    }
    sum
}

/// c1 twice and s1 once a side; then encryption and eight keys.
fn legacy_floor() -> u128 {
    let features = black_box([1, 3, 0, 1, 16, 3, 3]);
    let mut sum = 0;
    for _ in 0..2 {
        sum ^= c1(0, 1, features, features, &ADDRESS, &ADDRESS);
        sum ^= c1(0, 2, features, features, &ADDRESS, &ADDRESS);
        sum ^= s1(0, 1, 2);
    }
    sum ^ encryption_floor(8)
}

/// A session key and a cipher a side, LL_START_ENC_RSP both ways, and so many keys.
fn encryption_floor(keys: u32) -> u128 {
    let ciphers = [5, 5].map(|side: u64| {
        let key = session_key(black_box(7), black_box(9));
        LinkCipher::new(key, black_box(side))
    });
    let responses = exchange(&ciphers, 1) ^ exchange(&ciphers, 1);
    u128::from(responses) + (0..keys).map(|_| u128::from(exchange(&ciphers, 21))).sum::<u128>()
}

/// One encrypted PDU: sealed by one side and opened by the other.
fn exchange([own, peer]: &[LinkCipher; 2], octets: usize) -> u8 {
    let mut payload = black_box([0x33; 27]);
    let payload = &mut payload[..octets];
    let (counter, direction) = (PacketCounter::FIRST, Direction::CentralToPeripheral);
    let mic = own.seal(counter, direction, 2, payload);
    peer.open(counter, direction, 2, payload, mic).expect("the same key");
    payload[0]
}
