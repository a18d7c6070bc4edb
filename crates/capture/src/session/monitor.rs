//! A session as a btsnoop file in monitor format: both hosts' HCI, with faults and decisions as notes.

use super::remark::remark;
use crate::btsnoop::{BtsnoopWriter, Direction};
use blesim_kernel::Instant;
use blesim_world::{Entry, Plan, Trace};
use std::io::{self, Write};

/// Writes a session as a btsnoop file; device n of the plan is adapter n.
pub struct MonitorTrace<'a, W> {
    writer: BtsnoopWriter<W>,
    plan: &'a Plan,
    policy: usize,
    /// The first error of the sink; nothing is written after it.
    error: Option<io::Error>,
}

impl<'a, W: Write> MonitorTrace<'a, W> {
    /// A capture of a session of `plan` with this policy; `title` says how to make it again.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn new(sink: W, plan: &'a Plan, policy: usize, title: &str) -> io::Result<Self> {
        let mut writer = BtsnoopWriter::new(sink)?;
        for (adapter, device) in (0..).zip(&plan.devices) {
            writer.new_index(adapter, 0, device.host.address, &device.name)?;
        }
        writer.system_note(crate::btsnoop::NO_ADAPTER, 0, title)?;
        Ok(Self { writer, plan, policy, error: None })
    }

    /// Ends the file and gives the sink back.
    ///
    /// # Errors
    /// The first error that the sink had.
    pub fn finish(self) -> io::Result<W> {
        match self.error {
            Some(error) => Err(error),
            None => self.writer.finish(),
        }
    }

    fn put(&mut self, at: Instant, entry: &Entry<'_>) -> io::Result<()> {
        let time = at.as_micros();
        let adapter = |device: usize| u16::try_from(device).expect("a session has a handful of devices");
        match *entry {
            Entry::ToController { device, packet } => {
                self.writer.packet(adapter(device), time, Direction::FromHost, packet)
            }
            Entry::ToHost { device, packet } => {
                self.writer.packet(adapter(device), time, Direction::ToHost, packet)
            }
            _ => {
                let Some((device, text)) = remark(self.plan, self.policy, entry) else { return Ok(()) };
                let name = &self.plan.devices[device].name;
                self.writer.system_note(adapter(device), time, &format!("{name}: {text}"))
            }
        }
    }
}

impl<W: Write> Trace for MonitorTrace<'_, W> {
    const ON: bool = true;

    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        if self.error.is_none()
            && let Err(error) = self.put(at, entry)
        {
            self.error = Some(error);
        }
    }
}
