//! The packets between host and controller, Vol 4 Part E.
//!
//! Invariant: what decodes encodes to the same bytes. A packet whose code or shape has no variant of its own
//! is kept as bytes (`Unknown`); one whose code is known but whose parameters break the format is an error.
//! This module must never know which commands a controller supports or what answers what.

mod acl;
mod command;
mod error_code;
mod event;
mod numbers;
mod packet;

pub use acl::{ACL_DATA_MAX, AclData};
pub use command::{
    AdvertisingSetEnable, Command, InitiatingPhy, LeConnectionUpdate, LeCreateConnection,
    LeExtendedCreateConnection, LeSetAdvertisingParameters, LeSetExtendedAdvertisingData,
    LeSetExtendedAdvertisingParameters, LeSetExtendedScanParameters, LeSetPhy, LeSetScanParameters,
    ScanningPhy, opcode,
};
pub use error_code::ErrorCode;
pub use event::{Event, LeAdvertisingReport, LeEnhancedConnectionComplete, LeExtendedAdvertisingReport};
pub use numbers::{event_code, subevent};
pub use packet::HciPacket;
