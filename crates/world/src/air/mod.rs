//! The air: what its plan says, the frames that are in it, and how they reach a receiver.
//!
//! Invariant: nothing here draws. It must never know a protocol: frames are stretches of radio on a channel.

mod channels;
mod collision;
mod flights;
mod plan;

pub use channels::{ChannelSet, WiFiWidth, wifi_channels};
pub use collision::{co_channel_margin, sync_us};
pub(crate) use collision::{damage, worse};
pub(crate) use flights::{Air, Flight};
pub use plan::{
    AirPlan, Harm, Interferer, Loss, LossMode, Outage, PairLoss, Radio, Rhythm, Sensitivity, Shadowing,
    Signal, Waypoint,
};

/// How a frame reaches one receiver.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reception {
    /// Whole.
    Whole,
    /// With an error that the CRC shows.
    CrcError,
    /// With an error that the CRC does not show.
    Corrupted,
    /// Not at all, though the receiver listened.
    Lost,
}
