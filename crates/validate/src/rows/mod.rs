//! The rows, in their order.
//!
//! Invariant: a row says in words what is run, where its reference is from and how near it has to come.

mod acknowledge;
mod airtime;
mod attacks;
mod bursts;
mod channels;
mod crypto;
mod discovery;
mod ecdh;
mod establish;
mod loss;
mod pairing;
mod retry;
mod supervision;
mod throughput;

use crate::check::Check;
use crate::effort::Effort;

/// One row: what it is about, and how it is measured.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its number, by which it is asked for.
    pub id: &'static str,
    /// Its name, by which it can be asked for as well.
    pub name: &'static str,
    /// What is run.
    pub configuration: &'static str,
    /// Where the reference comes from.
    pub source: &'static str,
    /// How near what was measured has to come.
    pub tolerance: &'static str,
    pub(crate) measure: fn(Effort) -> Vec<Check>,
}

/// Every row.
pub const ROWS: [Row; 21] = [
    airtime::ROW,
    throughput::ROW,
    channels::VECTORS,
    channels::SHARES,
    crypto::ROW,
    establish::SIX_EVENTS,
    establish::WHOLE,
    acknowledge::ROW,
    supervision::COUNT,
    supervision::DROPS,
    discovery::CONTINUOUS,
    discovery::DUTY_CYCLED,
    pairing::EVENTS,
    pairing::AGAIN,
    loss::ROW,
    ecdh::ROW,
    retry::ROW,
    bursts::CHAIN,
    attacks::INVALID_CURVE,
    attacks::PASSKEY,
    bursts::TIMEOUTS,
];

/// The tolerance of what is exact.
pub(crate) const EXACT: &str = "equal";
/// The tolerance of an estimate without slack.
pub(crate) const INSIDE: &str = "inside the 99 % interval";
