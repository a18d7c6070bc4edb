//! The link layer's PDUs and what they are sent with, Vol 6 Part B.
//!
//! Invariants: a value decoded from octets encodes to the same octets; units and ranges are the
//! specification's. This module must never know a connection's state, a role or an instant.

pub mod access_address;
pub mod adv;
pub mod airtime;
pub mod channel;
pub mod connect;
pub mod control;
pub mod crc;
pub mod data;
mod wire;

pub use access_address::AccessAddress;
pub use adv::{AdvDataInfo, AdvMode, AdvPdu, AuxPtr, EXTENDED_DATA_MAX, ExtendedPdu};
pub use airtime::{Phy, T_IFS_US, airtime_us};
pub use channel::{ChannelIndex, ChannelMap};
pub use connect::{ConnectInd, LlData};
pub use control::LlControl;
pub use crc::{CRC_INIT_ADVERTISING, crc24, crc24_octets, whiten};
pub use data::{DataHeader, DataPdu, Llid};
pub use wire::U24;
