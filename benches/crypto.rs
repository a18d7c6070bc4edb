//! The cost of the cryptography: every toolbox function, the link cipher, P-256, and a pairing's key
//! agreement by provider. The last group is what the choice of provider buys.

use std::hint::black_box;
use std::sync::Arc;

use blesim_benches::{ThreadCpuTime, aes_backend, criterion};
use blesim_crypto::toolbox::{aes_cmac, ah, c1, e, f4, f5, f6, g2, h6, h7, s1};
use blesim_crypto::{
    DeviceAddress, Direction, KeyAgreement, KeyBank, KeyName, KeyPair, LinkCipher, Naive, PacketCounter,
    PreparedKeys, SecretKey, SharedSecret, session_key, validate,
};
use criterion::{BenchmarkId, Criterion, Throughput};

type Bench = Criterion<ThreadCpuTime>;

/// Some number with ones and zeros; no function takes a different time for another.
const WORD: u128 = 0xEC02_34A3_57C8_AD05_3410_10A6_0A39_7D9B;
const WIDE: [u8; 32] = [0xA5; 32];
const ADDRESS: DeviceAddress = DeviceAddress { random: true, octets: [0xC0, 1, 2, 3, 4, 5] };

/// Payload lengths: an LL control opcode, a short control PDU, the default maximum, the greatest with MIC.
const PAYLOADS: [usize; 4] = [1, 12, 27, 251];

/// Seeds made ahead for the bank of prepared keys.
const SEEDS: u64 = 64;

fn main() {
    eprintln!("AES: {}; time is thread CPU time", aes_backend());
    let mut criterion: Bench = criterion();
    primitives(&mut criterion);
    legacy(&mut criterion);
    secure_connections(&mut criterion);
    link_set_up(&mut criterion);
    link_payloads(&mut criterion);
    p256(&mut criterion);
    dh_key(&mut criterion);
    pairing(&mut criterion);
    criterion.final_summary();
}

/// What the other functions are made of, and the two that are one step above.
fn primitives(criterion: &mut Bench) {
    let mut group = criterion.benchmark_group("toolbox");
    group.bench_function("e", |b| b.iter(|| e(black_box(WORD), black_box(WORD))));
    for length in [16, 65, 80] {
        let message = vec![0x5A; length];
        group.bench_function(BenchmarkId::new("aes_cmac", length), |b| {
            b.iter(|| aes_cmac(black_box(WORD), black_box(&message)));
        });
    }
    group.bench_function("ah", |b| b.iter(|| ah(black_box(WORD), black_box(0x0070_8194))));
    group.bench_function("h6", |b| b.iter(|| h6(black_box(WORD), black_box(0x6C65_6272))));
    group.bench_function("h7", |b| b.iter(|| h7(black_box(WORD), black_box(WORD))));
    group.finish();
}

fn legacy(criterion: &mut Bench) {
    let mut group = criterion.benchmark_group("toolbox");
    let [request, response] = [[1, 3, 0, 1, 16, 7, 7], [2, 3, 0, 1, 16, 7, 7]];
    group.bench_function("c1", |b| {
        b.iter(|| c1(black_box(0), black_box(WORD), request, response, &ADDRESS, &ADDRESS));
    });
    group.bench_function("s1", |b| b.iter(|| s1(black_box(0), black_box(WORD), black_box(WORD))));
    group.finish();
}

fn secure_connections(criterion: &mut Bench) {
    let mut group = criterion.benchmark_group("toolbox");
    group.bench_function("f4", |b| b.iter(|| f4(black_box(&WIDE), black_box(&WIDE), black_box(WORD), 0)));
    group.bench_function("f5", |b| {
        b.iter(|| f5(black_box(&WIDE), black_box(WORD), black_box(WORD), &ADDRESS, &ADDRESS));
    });
    group.bench_function("f6", |b| {
        b.iter(|| f6(black_box(WORD), black_box(WORD), WORD, 0, [1, 0, 3], &ADDRESS, &ADDRESS));
    });
    group.bench_function("g2", |b| {
        b.iter(|| g2(black_box(&WIDE), black_box(&WIDE), black_box(WORD), black_box(WORD)));
    });
    group.finish();
}

/// What one start of encryption costs a device before its first PDU.
fn link_set_up(criterion: &mut Bench) {
    let mut group = criterion.benchmark_group("link cipher");
    group.bench_function("session key and set-up", |b| {
        b.iter(|| LinkCipher::new(session_key(black_box(WORD), black_box(WORD)), 0xDEAF_BABE_BADC_AB24));
    });
    group.finish();
}

fn link_payloads(criterion: &mut Bench) {
    let cipher = LinkCipher::new(WORD, 0xDEAF_BABE_BADC_AB24);
    let (counter, direction) = (PacketCounter::FIRST, Direction::CentralToPeripheral);
    let mut group = criterion.benchmark_group("link cipher");
    for length in PAYLOADS {
        let mut plain = vec![0x5A; length];
        group.throughput(Throughput::Bytes(length as u64));
        group.bench_function(BenchmarkId::new("seal", length), |b| {
            b.iter(|| cipher.seal(black_box(counter), direction, 2, black_box(&mut plain)));
        });
        let mut sealed = vec![0x5A; length];
        let mic = cipher.seal(counter, direction, 2, &mut sealed);
        let mut payload = sealed.clone();
        group.bench_function(BenchmarkId::new("open", length), |b| {
            b.iter(|| {
                payload.copy_from_slice(&sealed);
                cipher.open(black_box(counter), direction, 2, black_box(&mut payload), mic)
            });
        });
    }
    group.finish();
}

fn p256(criterion: &mut Bench) {
    let mut group = criterion.benchmark_group("P-256");
    let name = KeyName { seed: 1, device: 0, attempt: 0 };
    group.bench_function("key pair", |b| {
        b.iter(|| KeyPair::from(SecretKey::from_entropy(black_box(&mut entropy(name)))));
    });
    let key = pair(&mut Naive, name).public;
    group.bench_function("validate", |b| b.iter(|| validate(black_box(&key))));
    group.finish();
}

/// One DHKey, by the way it is obtained.
fn dh_key(criterion: &mut Bench) {
    let mut group = criterion.benchmark_group("DHKey");
    let names = [0, 1].map(|device| KeyName { seed: 1, device, attempt: 0 });
    let [own, peer] = names.map(|name| pair(&mut Naive, name));
    group.bench_function("naive", |b| b.iter(|| Naive.dh_key(black_box(&own), black_box(&peer.public))));
    // The provider is asked for two DHKeys in turn, because it remembers the last one it made.
    let mut shared = SharedSecret::new();
    let third = pair(&mut shared, KeyName { attempt: 1, ..names[1] });
    for name in names {
        pair(&mut shared, name);
    }
    let mut turn = false;
    group.bench_function("shared secret", |b| {
        b.iter(|| {
            turn = !turn;
            let received = if turn { &peer.public } else { &third.public };
            shared.dh_key(black_box(&own), black_box(received))
        });
    });
    let mut bank = KeyBank::new();
    for name in names {
        pair(&mut bank, name);
    }
    group.bench_function("bank, remembered", |b| {
        b.iter(|| bank.dh_key(black_box(&own), black_box(&peer.public)));
    });
    group.bench_function("reflected", |b| {
        b.iter(|| bank.dh_key(black_box(&own), black_box(&own.public)));
    });
    group.finish();
}

/// The key agreement of one whole pairing: two key pairs and a DHKey on each side.
fn pairing(criterion: &mut Bench) {
    let mut group = criterion.benchmark_group("pairing");
    let mut measure = |name: &str, provider: &mut dyn KeyAgreement, seeds: u64| {
        let mut seed = 0;
        group.bench_function(name, |b| {
            b.iter(|| {
                seed = (seed + 1) % seeds;
                agree(provider, seed)
            });
        });
    };
    let prepared = Arc::new(PreparedKeys::prepare(0..SEEDS, [0, 1], 1, entropy));
    measure("naive", &mut Naive, SEEDS);
    measure("shared secret", &mut SharedSecret::new(), SEEDS);
    measure("bank, new seed each time", &mut KeyBank::new(), SEEDS);
    measure("bank, same seed again", &mut KeyBank::new(), 1);
    measure("bank of prepared keys", &mut KeyBank::with_prepared(prepared), SEEDS);
    group.bench_function("making prepared keys", |b| {
        b.iter(|| PreparedKeys::prepare(black_box(5..6), [0, 1], 1, entropy));
    });
    group.finish();
}

fn agree(provider: &mut dyn KeyAgreement, seed: u64) -> [[u8; 32]; 2] {
    let [a, b] = [0, 1].map(|device| pair(provider, KeyName { seed, device, attempt: 0 }));
    [(&a, &b), (&b, &a)]
        .map(|(own, peer)| provider.dh_key(own, &peer.public).expect("an honest key is a point of the curve"))
}

fn pair(provider: &mut dyn KeyAgreement, name: KeyName) -> KeyPair {
    provider.key_pair(name, &mut entropy(name))
}

/// Octets that depend on the name alone and cost next to nothing.
fn entropy(name: KeyName) -> impl FnMut() -> [u8; 32] {
    let start = (name.seed << 32) | (u64::from(name.device) << 16) | u64::from(name.attempt);
    let mut state = start.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    move || {
        let mut octets = [0; 32];
        for word in octets.chunks_exact_mut(8) {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (state ^ (state >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            word.copy_from_slice(&(mixed ^ (mixed >> 29)).to_le_bytes());
        }
        octets
    }
}
