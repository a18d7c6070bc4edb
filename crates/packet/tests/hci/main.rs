//! HCI packets: rows of real bytes, properties of the codecs, and bt-hci as a second opinion.

mod connection_rows;
mod error_code;
mod information_rows;
mod oracle_commands;
mod oracle_events;
mod properties;
mod rows;
mod strategies;
