//! The arguments of the commands that meet real hosts and controllers.

use super::help::{INTEROP_EXAMPLES, SERVE_EXAMPLES};
use super::values::number;
use blesim_bridge::Endpoint;
use clap::ValueEnum;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = SERVE_EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that is there or not")]
pub(crate) struct ServeArgs {
    /// The scenario, a RON file
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: PathBuf,
    /// Offer this device's controller to a real host: tcp:PORT, tcp:ADDRESS:PORT, unix:PATH, pty or pty:LINK
    /// [default: every device, at tcp:9721 and on]
    #[arg(long, short, value_name = "DEVICE=PLACE", value_parser = place)]
    pub(crate) attach: Vec<(String, Endpoint)>,
    /// Run this device's host over a real controller, reached at tcp:ADDRESS:PORT or unix:PATH
    #[arg(long, short, value_name = "DEVICE=PLACE", value_parser = place)]
    pub(crate) controller: Vec<(String, Endpoint)>,
    /// The seed of the air, the faults and the simulated devices
    #[arg(long, short, value_name = "S", value_parser = number, default_value_t = 0)]
    pub(crate) seed: u64,
    /// The policy [default: the first of the scenario]
    #[arg(long, short, value_name = "NAME")]
    pub(crate) policy: Option<String>,
    /// Leap over time in which no packet passes to or from a real host, instead of following the wall clock
    #[arg(long)]
    pub(crate) free: bool,
    /// Offer controllers without extended advertising, as before Bluetooth 5
    #[arg(long)]
    pub(crate) legacy_advertising: bool,
    /// End when every real host has come and gone, or every host over a real controller is done
    #[arg(long)]
    pub(crate) once: bool,
    /// Take what users of simulated devices say from standard input: lines like `lock yes` or `lock 123456`
    #[arg(long)]
    pub(crate) ask: bool,
    /// Allow places that other machines can reach
    #[arg(long)]
    pub(crate) listen_beyond: bool,
    /// What the file is written as [default: as its name ends]
    #[arg(long, short, value_enum, requires = "output")]
    pub(crate) format: Option<LiveFormat>,
    /// Write the session into this file while it goes on
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum LiveFormat {
    /// Lines for people
    Text,
    /// A capture in the monitor format of btmon: HCI of all hosts, with notes
    #[value(alias = "btsnoop")]
    Monitor,
    /// The air as sent, the air decrypted, and HCI of all hosts, with comments
    Pcapng,
}

#[derive(Debug, clap::Args)]
#[command(after_help = INTEROP_EXAMPLES)]
pub(crate) struct InteropArgs {
    /// The Python that has Bumble
    #[arg(long, value_name = "PATH", default_value = "python3")]
    pub(crate) python: PathBuf,
    /// Only cases whose name has this in it
    #[arg(long, short, value_name = "TEXT")]
    pub(crate) case: Option<String>,
    /// What goes to standard output
    #[arg(long, short, value_enum, default_value_t = InteropFormat::Table)]
    pub(crate) format: InteropFormat,
    /// No progress on standard error
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum InteropFormat {
    /// For people
    Table,
    /// One object a row, as blesim.interop/1
    Json,
}

/// `DEVICE=PLACE`.
fn place(text: &str) -> Result<(String, Endpoint), String> {
    let (device, place) = text.split_once('=').ok_or("write DEVICE=PLACE, such as phone=tcp:9721")?;
    let place = place.parse::<Endpoint>().map_err(|error| error.to_string())?;
    Ok((device.to_owned(), place))
}
