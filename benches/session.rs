//! The cost of whole sessions by kind and provider, beside the cost of their cryptography alone: the ratio is
//! what the simulation adds.
//!
//! The floor does what the session must do and nothing else: the same key agreement by the same provider, and
//! the same calls of the toolbox and of the link cipher.

use std::hint::black_box;

use blesim_benches::plan::{Kind, plan};
use blesim_benches::{ThreadCpuTime, aes_backend, criterion};
use blesim_crypto::toolbox::{c1, f4, f5, f6, g2, s1};
use blesim_crypto::{
    DeviceAddress, Direction, KeyAgreement, KeyBank, KeyName, LinkCipher, Naive, PacketCounter, SharedSecret,
    session_key,
};
use blesim_world::{NoTrace, Sim};
use criterion::Criterion;
use criterion::measurement::Measurement;

const ADDRESS: DeviceAddress = DeviceAddress { random: true, octets: [0xC0, 1, 2, 3, 4, 5] };

/// Rounds of the comparison: in each the session and its floor are timed right after each other.
const ROUNDS: usize = 41;

fn main() {
    eprintln!("AES: {}; time is thread CPU time", aes_backend());
    let mut criterion: Criterion<ThreadCpuTime> = criterion();
    let mut group = criterion.benchmark_group("session");
    let mut ratios = Vec::new();
    let mut compare = |name: &str, mut pair: Pair<'_>| {
        group.bench_function(name, |b| b.iter(&mut pair.session));
        group.bench_function(format!("{name}, floor"), |b| b.iter(&mut pair.floor));
        ratios.push((name.to_owned(), pair.ratio()));
    };
    compare("secure connections, naive", secure_connections(&mut Naive, false));
    compare("secure connections, shared secret", secure_connections(&mut SharedSecret::new(), false));
    compare("secure connections, key bank, same seed", secure_connections(&mut KeyBank::new(), true));
    compare("legacy", other(Kind::Legacy, legacy_floor));
    compare("bonded", other(Kind::Bonded, encryption_floor));
    let models: [Model; 3] = [
        ("secure connections, numeric comparison", Kind::Comparison, comparison_floor),
        ("secure connections, passkey", Kind::Passkey, passkey_floor),
        ("secure connections, out of band", Kind::OutOfBand, out_of_band_floor),
    ];
    let [mut compared, mut typed, mut carried] =
        [SharedSecret::new(), SharedSecret::new(), SharedSecret::new()];
    for ((name, kind, floor), keys) in models.into_iter().zip([&mut compared, &mut typed, &mut carried]) {
        compare(name, by_model(kind, floor, keys));
    }
    compare("legacy, passkey", other(Kind::LegacyPasskey, legacy_floor));
    group.finish();
    criterion.final_summary();
    println!("session over its own floor, median of {ROUNDS} rounds, both in turn:");
    for (name, ratio) in ratios {
        println!("  {ratio:6.2}  {name}");
    }
}

/// The name of a model, what runs it, and what it costs by itself.
type Model = (&'static str, Kind, fn() -> u128);

/// A session and its floor.
struct Pair<'a> {
    session: Box<dyn FnMut() -> u64 + 'a>,
    floor: Box<dyn FnMut() -> u128 + 'a>,
}

impl Pair<'_> {
    /// What the session costs in units of its floor. Both are timed in turn, so that a machine whose speed
    /// drifts slows both.
    fn ratio(&mut self) -> f64 {
        let seconds = |run: &mut dyn FnMut()| {
            let start = ThreadCpuTime::default().start();
            (0..50).for_each(|_| run());
            ThreadCpuTime::default().end(start).as_secs_f64()
        };
        let mut ratios: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let floor = seconds(&mut || _ = black_box((self.floor)()));
                seconds(&mut || _ = black_box((self.session)())) / floor
            })
            .collect();
        ratios.sort_by(f64::total_cmp);
        ratios[ROUNDS / 2]
    }
}

/// Sessions with fresh keys each, or again and again the same seed, as many policies over one seed do.
fn secure_connections(keys: &mut (impl KeyAgreement + Clone), same: bool) -> Pair<'_> {
    let plan = plan(Kind::SecureConnections, 1);
    let mut sim = Sim::new(&plan);
    let mut seed = 0;
    let mut of_floor = keys.clone();
    let session = move || {
        seed += u64::from(!same);
        sim.run(&plan, 0, seed, keys, &mut NoTrace).expect("no bug").digest
    };
    let mut seed = 1 << 32;
    let floor = move || {
        seed += u64::from(!same);
        secure_connections_floor(seed, &mut of_floor)
    };
    Pair { session: Box::new(session), floor: Box::new(floor) }
}

fn other(kind: Kind, floor: impl Fn() -> u128 + 'static) -> Pair<'static> {
    let plan = plan(kind, 1);
    let mut sim = Sim::new(&plan);
    let mut seed = 0;
    let session = move || {
        seed += 1;
        sim.run(&plan, 0, seed, &mut Naive, &mut NoTrace).expect("no bug").digest
    };
    Pair { session: Box::new(session), floor: Box::new(floor) }
}

/// A session by an association model, and what that model costs besides what all of them do.
fn by_model(kind: Kind, model: fn() -> u128, keys: &mut SharedSecret) -> Pair<'_> {
    let plan = plan(kind, 1);
    let mut sim = Sim::new(&plan);
    let mut seed = 0;
    let mut of_floor = keys.clone();
    let session = move || {
        seed += 1;
        sim.run(&plan, 0, seed, keys, &mut NoTrace).expect("no bug").digest
    };
    let mut seed = 1 << 32;
    let floor = move || {
        seed += 1;
        agreement_floor(seed, &mut of_floor) ^ model() ^ encryption_floor() ^ key_distribution_floor(4)
    };
    Pair { session: Box::new(session), floor: Box::new(floor) }
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

/// Two key pairs, two DHKeys, f4 twice, and f5 and f6 as often as both sides compute them; then encryption.
fn secure_connections_floor(seed: u64, keys: &mut impl KeyAgreement) -> u128 {
    let (u, v) = ([7; 32], [9; 32]);
    let commitments = f4(&u, &v, black_box(1), 0) ^ f4(&v, &u, black_box(1), 0);
    agreement_floor(seed, keys) ^ commitments ^ encryption_floor() ^ key_distribution_floor(4)
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
