//! HCI packets: rows of real bytes, properties of the codecs, and bt-hci as a second opinion.
#![expect(clippy::large_types_passed_by_value, reason = "rows read better with the packet in place")]

mod error_code;
mod oracle_commands;
mod oracle_events;
mod properties;
mod rows;
mod strategies;
