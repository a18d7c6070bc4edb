//! The cost of whole sessions by kind and provider, beside the cost of their cryptography alone: the ratio is
//! what the simulation adds.
//!
//! The floor does what the session must do and nothing else: the same key agreement by the same provider, and
//! the same calls of the toolbox and of the link cipher.

use std::hint::black_box;

use blesim_benches::plan::{Kind, plan};
use blesim_benches::{ThreadCpuTime, aes_backend, criterion};
use blesim_crypto::toolbox::{c1, f4, f5, f6, s1};
use blesim_crypto::{
    DeviceAddress, Direction, KeyAgreement, KeyBank, KeyName, LinkCipher, Naive, PacketCounter, SharedSecret,
    session_key,
};
use blesim_world::{NoTrace, Sim};
use criterion::{BenchmarkGroup, Criterion};

type Group<'a> = BenchmarkGroup<'a, ThreadCpuTime>;

const ADDRESS: DeviceAddress = DeviceAddress { random: true, octets: [0xC0, 1, 2, 3, 4, 5] };

fn main() {
    eprintln!("AES: {}; time is thread CPU time", aes_backend());
    let mut criterion: Criterion<ThreadCpuTime> = criterion();
    let mut group = criterion.benchmark_group("session");
    secure_connections(&mut group, "naive", &mut Naive, false);
    secure_connections(&mut group, "shared secret", &mut SharedSecret::new(), false);
    secure_connections(&mut group, "key bank, same seed", &mut KeyBank::new(), true);
    other(&mut group, "legacy", Kind::Legacy, legacy_floor);
    other(&mut group, "bonded", Kind::Bonded, encryption_floor);
    group.finish();
    criterion.final_summary();
}

/// Sessions with fresh keys each, or again and again the same seed, as many policies over one seed do.
fn secure_connections(group: &mut Group<'_>, name: &str, keys: &mut dyn KeyAgreement, same: bool) {
    let plan = plan(Kind::SecureConnections, 1);
    let mut sim = Sim::new(&plan);
    let mut seed = 0;
    let mut keys = Dyn(keys);
    group.bench_function(format!("secure connections, {name}"), |b| {
        b.iter(|| {
            seed += u64::from(!same);
            sim.run(&plan, 0, seed, &mut keys, &mut NoTrace).expect("no bug")
        });
    });
    let mut seed = 1 << 32;
    group.bench_function(format!("secure connections, {name}, floor"), |b| {
        b.iter(|| {
            seed += u64::from(!same);
            secure_connections_floor(seed, &mut keys)
        });
    });
}

fn other(group: &mut Group<'_>, name: &str, kind: Kind, floor: impl Fn() -> u128) {
    let plan = plan(kind, 1);
    let mut sim = Sim::new(&plan);
    let mut seed = 0;
    group.bench_function(name, |b| {
        b.iter(|| {
            seed += 1;
            sim.run(&plan, 0, seed, &mut Naive, &mut NoTrace).expect("no bug")
        });
    });
    group.bench_function(format!("{name}, floor"), |b| b.iter(&floor));
}

/// Two key pairs, two DHKeys, f4 twice, and f5 and f6 as often as both sides compute them; then encryption.
fn secure_connections_floor(seed: u64, keys: &mut Dyn<'_>) -> u128 {
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
        sum ^= f4(&own.public.x, &peer.public.x, 1, 0);
        let both = f5(&dh_key, 1, 2, &ADDRESS, &ADDRESS);
        for _ in 0..2 {
            sum ^= f6(both.mac_key, 1, 2, 0, [9, 0, 3], &ADDRESS, &ADDRESS);
        }
    }
    sum ^ encryption_floor() ^ key_distribution_floor(4)
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
    sum ^ encryption_floor() ^ key_distribution_floor(8)
}

/// A session key and a cipher a side, LL_START_ENC_RSP both ways.
fn encryption_floor() -> u128 {
    let ciphers = [5, 5].map(|side: u64| {
        let key = session_key(black_box(7), black_box(9));
        LinkCipher::new(key, black_box(side))
    });
    u128::from(exchange(&ciphers, 1)) ^ u128::from(exchange(&ciphers, 1))
}

fn key_distribution_floor(keys: u32) -> u128 {
    let cipher = LinkCipher::new(black_box(1), black_box(2));
    let ciphers = [cipher.clone(), cipher];
    (0..keys).map(|_| u128::from(exchange(&ciphers, 21))).sum()
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

/// One loop over all providers.
struct Dyn<'a>(&'a mut dyn KeyAgreement);

impl KeyAgreement for Dyn<'_> {
    fn key_pair(&mut self, name: KeyName, entropy: &mut dyn FnMut() -> [u8; 32]) -> blesim_crypto::KeyPair {
        self.0.key_pair(name, entropy)
    }

    fn dh_key(
        &mut self,
        local: &blesim_crypto::KeyPair,
        received: &blesim_crypto::PublicKey,
    ) -> Result<blesim_crypto::DhKey, blesim_crypto::InvalidPublicKey> {
        self.0.dh_key(local, received)
    }
}
