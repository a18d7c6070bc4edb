//! The world: the loop, the air, the weather, the faults, the checkers and the record of one session.
//!
//! Invariants: only this crate moves the clock and holds chance; the fate of everything is a function of
//! (seed, place, time), so that two policies meet the same world; no floating point. It must never know a
//! file format, a terminal or a thread.

mod acts;
mod air;
pub mod attack;
pub mod chance;
pub mod check;
mod device;
pub mod energy;
pub mod fault;
mod people;
mod pipes;
mod plan;
mod ports;
mod record;
mod script;
mod shared;
mod sim;
mod trace;
mod weather;

pub use acts::Acts;
pub use air::{
    AirPlan, ChannelSet, Harm, Interferer, Loss, LossMode, Outage, PairLoss, Radio, Reception, Rhythm,
    Sensitivity, Shadowing, Signal, Waypoint, WiFiWidth, co_channel_margin, sync_us, wifi_channels,
};
pub use attack::{Attack, Script};
pub use device::Foreign;
pub use people::{Delay, User};
pub use plan::{DevicePlan, Given, HciDelay, History, Keeping, Pair, Plan, Work, pairs};
pub use record::{
    Effort, Exposure, NO_FAILURE, Outcome, Record, Scripted, pack_failure, pack_step, unpack_failure,
    unpack_step,
};
pub use script::Act;
pub use sim::{Bug, Driven, Reached, Sim};
pub use trace::{Entry, NoTrace, Trace};
pub use weather::Weather;
