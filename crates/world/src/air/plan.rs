//! The plan of the air: loss, interferers, outages and signals, in exact numbers.
//!
//! Invariants: levels are whole hundredths of a decibel (of dBm), places whole millimetres, times
//! nanoseconds; whatever is left to chance is in here as a chance. Devices are named by their index in the
//! plan.

use super::ChannelSet;
use blesim_kernel::{Chance, Instant, Span};
use blesim_packet::ll::Phy;

/// What the air does to packets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AirPlan {
    /// How packets get lost, where nothing else is said.
    pub loss: Loss,
    /// What a packet lost so looks like to its receiver.
    pub loss_mode: LossMode,
    /// Pairs of devices for which something else is said; the last one that fits counts.
    pub pairs: Vec<PairLoss>,
    /// What else sends.
    pub interferers: Vec<Interferer>,
    /// When nothing gets through.
    pub outages: Vec<Outage>,
    /// How strong signals are; `None` if every signal is strong enough and none is stronger than another.
    pub signal: Option<Signal>,
}

impl Default for AirPlan {
    /// Clean air.
    fn default() -> Self {
        Self {
            loss: Loss::Independent(Chance::NEVER),
            loss_mode: LossMode::Sync,
            pairs: Vec::new(),
            interferers: Vec::new(),
            outages: Vec::new(),
            signal: None,
        }
    }
}

/// How packets get lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// Each packet by itself.
    Independent(Chance),
    /// Gilbert-Elliott over time: exponential stretches of good and bad air.
    Burst {
        /// Loss of a packet in good air.
        good: Chance,
        /// Loss of a packet in bad air.
        bad: Chance,
        /// Mean length of a good stretch.
        mean_good: Span,
        /// Mean length of a bad stretch.
        mean_bad: Span,
    },
    /// Gilbert-Elliott in steps: the air is good or bad for a whole slot, and changes from one to the next.
    Slots {
        /// Loss of a packet in a good slot.
        good: Chance,
        /// Loss of a packet in a bad slot.
        bad: Chance,
        /// That a bad slot follows a good one.
        worsens: Chance,
        /// That a good slot follows a bad one.
        recovers: Chance,
        /// The length of a slot; the first begins with the session. Not zero.
        slot: Span,
    },
}

/// What a lost packet looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LossMode {
    /// The access address is not found: the receiver hears nothing.
    Sync,
    /// The access address is found and the CRC does not match: the receiver knows that something came.
    Crc,
}

/// Loss between two devices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PairLoss {
    /// The sender.
    pub from: usize,
    /// The receiver.
    pub to: usize,
    /// Whether it holds the other way as well, in the same bursts.
    pub both_ways: bool,
    /// How packets get lost.
    pub loss: Loss,
    /// What a lost packet looks like.
    pub loss_mode: LossMode,
}

/// Something else that sends in the band.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interferer {
    /// Where.
    pub channels: ChannelSet,
    /// When.
    pub rhythm: Rhythm,
    /// What it does to a packet it overlaps.
    pub harm: Harm,
}

/// When an interferer sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rhythm {
    /// Always.
    Steady,
    /// In exponential stretches, on all its channels at once.
    Bursts {
        /// Mean length of a burst. Not zero.
        on: Span,
        /// Mean length of the silence between two. Not zero.
        off: Span,
    },
    /// Regularly, each time on one of its channels: another Bluetooth link.
    Hops {
        /// From one time to the next. Not zero.
        interval: Span,
        /// How long it sends each time; shorter than the interval.
        airtime: Span,
    },
}

/// What an interferer does to a packet it overlaps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Harm {
    /// Breaks it with this chance.
    Breaks(Chance),
    /// Breaks it unless it is so much stronger as Vol 6 Part A 4.2 asks: the interferer's power at every
    /// receiver, in the width of a channel, in hundredths of dBm.
    Power(i32),
}

/// A stretch of time in which nothing gets through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outage {
    /// From this sender; from any, if `None`.
    pub from: Option<usize>,
    /// To this receiver; to any, if `None`.
    pub to: Option<usize>,
    /// Whether it holds the other way as well.
    pub both_ways: bool,
    /// Its first instant.
    pub begins: Instant,
    /// The first instant after it.
    pub ends: Instant,
}

/// How signals fade on their way: log-distance path loss with log-normal shadowing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signal {
    /// Path loss over the first metre, in hundredths of a decibel.
    pub loss_at_1m: i32,
    /// The path loss exponent, in hundredths: 200 in free space.
    pub exponent: u32,
    /// What stands in the way, if anything does.
    pub shadowing: Option<Shadowing>,
    /// By how much, in hundredths of a decibel, a frame on LE 1M or LE 2M has to be stronger than another on
    /// its channel to be received all the same; 2100 in Vol 6 Part A 4.2.
    pub co_channel: i32,
}

/// Log-normal shadowing, the same both ways.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shadowing {
    /// Its standard deviation, in hundredths of a decibel.
    pub sigma: u32,
    /// How long one value holds. Not zero.
    pub coherence: Span,
}

/// A device's radio and where it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Radio {
    /// Transmit power, in hundredths of dBm.
    pub power: i32,
    /// The weakest signals it receives.
    pub sensitivity: Sensitivity,
    /// Where it is at which time, in the order of time; between two it moves straight and evenly. It is at
    /// the origin if there is none.
    pub path: Vec<Waypoint>,
}

impl Default for Radio {
    /// 0 dBm, the sensitivity that is required, at the origin.
    fn default() -> Self {
        Self { power: 0, sensitivity: Sensitivity::REQUIRED, path: Vec::new() }
    }
}

/// A place at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waypoint {
    /// When.
    pub at: Instant,
    /// Millimetres east.
    pub x: i32,
    /// Millimetres north.
    pub y: i32,
}

/// The reference sensitivity on each PHY, in hundredths of dBm: the level at which one bit in a thousand is
/// wrong (Vol 6 Part A 4.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sensitivity {
    /// On LE 1M.
    pub le_1m: i32,
    /// On LE 2M.
    pub le_2m: i32,
    /// On LE Coded with S = 2.
    pub coded_s2: i32,
    /// On LE Coded with S = 8.
    pub coded_s8: i32,
}

impl Sensitivity {
    /// What every receiver reaches: Vol 6 Part A 4.1, table 4.1.
    pub const REQUIRED: Self = Self { le_1m: -7_000, le_2m: -7_000, coded_s2: -7_500, coded_s8: -8_200 };

    /// On one PHY.
    #[must_use]
    pub const fn on(self, phy: Phy) -> i32 {
        match phy {
            Phy::Le1M => self.le_1m,
            Phy::Le2M => self.le_2m,
            Phy::CodedS2 => self.coded_s2,
            Phy::CodedS8 => self.coded_s8,
        }
    }
}
