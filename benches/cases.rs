//! The sessions that are measured: a kind with a provider of keys.
//!
//! Invariant: one list for every benchmark, so that their rows can be laid side by side.

use blesim_crypto::{KeyBank, Naive, SharedSecret};
use blesim_world::{NoTrace, Plan, Sim};

use crate::floor::floor;
use crate::plan::{Kind, plan};

/// How the two of a session come to their keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Provider {
    /// Everything is computed, by both sides.
    Naive,
    /// One product of the curve for both sides.
    SharedSecret,
    /// The key pairs and secrets of a seed are kept; the same seed again and again, as many policies run it.
    Bank,
}

/// A name, what the two do, and how they come to their keys.
pub type Case = (&'static str, Kind, Provider);

/// All of them.
pub const CASES: [Case; 9] = [
    ("secure connections, naive", Kind::SecureConnections, Provider::Naive),
    ("secure connections, shared secret", Kind::SecureConnections, Provider::SharedSecret),
    ("secure connections, key bank, same seed", Kind::SecureConnections, Provider::Bank),
    ("numeric comparison, shared secret", Kind::Comparison, Provider::SharedSecret),
    ("passkey, shared secret", Kind::Passkey, Provider::SharedSecret),
    ("out of band, shared secret", Kind::OutOfBand, Provider::SharedSecret),
    ("legacy", Kind::Legacy, Provider::Naive),
    ("legacy, passkey", Kind::LegacyPasskey, Provider::Naive),
    ("bonded", Kind::Bonded, Provider::Naive),
];

/// Runs one session after the other, and answers something of each that has to be computed.
pub type Sessions = Box<dyn FnMut() -> u64>;

/// Sessions of a case, a new seed each unless they share one.
#[must_use]
pub fn sessions((_, kind, provider): Case) -> Sessions {
    of_plan(plan(kind, 1), provider)
}

/// Sessions of a plan.
///
/// # Panics
/// If one shows a bug.
#[must_use]
pub fn of_plan(plan: Plan, provider: Provider) -> Sessions {
    let (mut sim, mut shared, mut bank, mut seed) = (Sim::new(&plan), SharedSecret::new(), KeyBank::new(), 0);
    Box::new(move || {
        seed += u64::from(provider != Provider::Bank);
        let record = match provider {
            Provider::Naive => sim.run(&plan, 0, seed, &mut Naive, &mut NoTrace),
            Provider::SharedSecret => sim.run(&plan, 0, seed, &mut shared, &mut NoTrace),
            Provider::Bank => sim.run(&plan, 0, seed, &mut bank, &mut NoTrace),
        };
        record.expect("no bug").digest
    })
}

/// The cryptography of the same sessions and nothing else.
#[must_use]
pub fn floors((_, kind, provider): Case) -> Box<dyn FnMut() -> u128> {
    let (mut shared, mut bank, mut seed) = (SharedSecret::new(), KeyBank::new(), 1 << 32);
    Box::new(move || {
        seed += u64::from(provider != Provider::Bank);
        match provider {
            Provider::Naive => floor(kind, seed, &mut Naive),
            Provider::SharedSecret => floor(kind, seed, &mut shared),
            Provider::Bank => floor(kind, seed, &mut bank),
        }
    })
}
