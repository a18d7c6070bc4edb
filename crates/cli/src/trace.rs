//! `blesim trace`: one session, event by event, in the form that somebody's tool reads.
//!
//! Invariant: the session is the one that `run` counts, bit for bit; looking on changes nothing.

use crate::args::{TraceArgs, TraceFormat};
use crate::failure::Failure;
use crate::output::{octets_to_stdout, to_file, to_folder, to_stdout};
use crate::{commands, select, sequence};
use blesim_capture::{H4Trace, KeysTrace, MonitorTrace, PcapTrace, PcapngTrace, SequenceTrace, TextTrace};
use blesim_study::{SessionBug, session};
use blesim_world::{Plan, Trace};
use std::io::{self, IsTerminal, Write};

/// The command names one policy, or means the first.
const POLICY: usize = 0;

pub(crate) fn trace(args: &TraceArgs) -> Result<(), Failure> {
    let policies: Vec<String> = args.policy.iter().cloned().collect();
    let plan = select::scenario(&args.scenario, &policies)?.plan;
    let device = device(args, &plan)?;
    let mut look = Look { args, plan: &plan, bug: None };
    match (&args.output, args.format) {
        (Some(folder), TraceFormat::H4) if device.is_none() => {
            let devices: Vec<&str> = plan.devices.iter().map(|device| device.name.as_str()).collect();
            to_folder(folder, &file_names(&devices), |device, sink| look.write(sink, device))?;
        }
        (Some(path), _) => to_file(path, |sink| look.write(sink, device.unwrap_or(0)))?,
        (None, TraceFormat::Text | TraceFormat::Svg | TraceFormat::Keys) => {
            to_stdout(|sink| look.write(sink, 0))?;
        }
        (None, TraceFormat::H4) if device.is_none() => {
            let what =
                "an h4 file holds one device: add `--device NAME`, or `-o FOLDER` for one file a device";
            return Err(Failure::Usage(format!("{what}; {}", devices(&plan))));
        }
        (None, _) if io::stdout().is_terminal() => {
            let what = "a capture is not for a terminal: add `-o FILE`, or pipe it on";
            return Err(Failure::Usage(what.to_owned()));
        }
        (None, _) => octets_to_stdout(|sink| look.write(sink, device.unwrap_or(0)))?,
    }
    let Some(SessionBug { seed, policy, what }) = look.bug else { return Ok(()) };
    let policy = &plan.policies[policy].name;
    let replay = commands::trace(&commands::program(), &args.scenario, policy, seed);
    Err(Failure::bug(format!("seed {seed}, policy {policy}: {what}"), Some(replay)))
}

/// The index of the device that is asked for.
fn device(args: &TraceArgs, plan: &Plan) -> Result<Option<usize>, Failure> {
    let Some(name) = &args.device else { return Ok(None) };
    if args.format != TraceFormat::H4 {
        let what = "`--device` belongs to `--format h4`: every other form holds all devices";
        return Err(Failure::Usage(what.to_owned()));
    }
    let place = plan.devices.iter().position(|device| device.name == *name);
    let unknown = || Failure::Usage(format!("there is no device named \"{name}\"; {}", devices(plan)));
    place.map(Some).ok_or_else(unknown)
}

/// Which devices there are, for a message.
fn devices(plan: &Plan) -> String {
    let names: Vec<String> = plan.devices.iter().map(|device| format!("\"{}\"", device.name)).collect();
    format!("the scenario has {}", names.join(", "))
}

/// A file for each device, named after it as far as every file system takes it.
fn file_names(devices: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (index, device) in devices.iter().enumerate() {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
        let stem: String = device.chars().map(plain).collect();
        let name = format!("{stem}.btsnoop");
        let taken = names.iter().any(|other| other.eq_ignore_ascii_case(&name));
        names.push(if taken { format!("{stem}-{}.btsnoop", index + 1) } else { name });
    }
    names
}

/// A look at the session that the command asks for.
struct Look<'a> {
    args: &'a TraceArgs,
    plan: &'a Plan,
    /// The bug that it showed.
    bug: Option<SessionBug>,
}

impl Look<'_> {
    /// Runs the session and writes what it does, up to the bug if it shows one; `device` is whose HCI goes into a
    /// file of one device.
    fn write(&mut self, sink: &mut dyn Write, device: usize) -> io::Result<()> {
        let (plan, seed) = (self.plan, self.args.seed);
        let title = format!("{}, policy {}, seed {seed}", plan.name, plan.policies[POLICY].name);
        match self.args.format {
            TraceFormat::Text => {
                let color = self.args.output.is_none();
                self.run(TextTrace::new(sink, plan, POLICY, &title, color)).finish().map(drop)
            }
            TraceFormat::Svg => {
                let steps = self.run(SequenceTrace::new(plan, POLICY)).finish();
                let policy = &plan.policies[POLICY].name;
                let command = commands::trace("blesim", &self.args.scenario, policy, seed);
                let svg = sequence::svg(plan, POLICY, seed, &command, &steps).map_err(io::Error::other)?;
                sink.write_all(svg.as_bytes())
            }
            TraceFormat::Monitor => {
                self.run(MonitorTrace::new(sink, plan, POLICY, &title)?).finish().map(drop)
            }
            TraceFormat::H4 => self.run(H4Trace::new(sink, device)?).finish().map(drop),
            TraceFormat::Pcapng => self.run(PcapngTrace::new(sink, plan, POLICY, &title)?).finish().map(drop),
            TraceFormat::Pcap => self.run(PcapTrace::new(sink, plan)?).finish().map(drop),
            TraceFormat::Keys => self.run(KeysTrace::new(sink, plan, POLICY, seed)).finish().map(drop),
        }
    }

    fn run<T: Trace>(&mut self, mut trace: T) -> T {
        self.bug = session(self.plan, self.args.seed, POLICY, &mut trace).err();
        trace
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that a file system would take for a path or for one another become files of their own.
    #[test]
    fn every_device_has_a_file() {
        let check = |names: [&str; 2], expected: [&str; 2]| {
            assert_eq!(file_names(&names), expected);
        };
        check(["phone", "lock"], ["phone.btsnoop", "lock.btsnoop"]);
        check(["../a b", "..-a b"], ["---a-b.btsnoop", "---a-b-2.btsnoop"]);
        check(["Lock", "lock"], ["Lock.btsnoop", "lock-2.btsnoop"]);
    }
}
