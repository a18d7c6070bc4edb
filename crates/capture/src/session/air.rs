//! A session as captures of the air: pcap with the air alone, pcapng with the air, the same decrypted, and every
//! host's HCI.

use super::remark::{dated, remark};
use super::sniffer::{Caught, Sniffer};
use crate::pcap::{Interface, LinkType, PcapWriter, PcapngWriter};
use blesim_kernel::Instant;
use blesim_packet::hci::HciPacket;
use blesim_world::{Entry, Plan, Trace};
use std::io::{self, Write};

/// Writes the air of a session as a pcap file of [`LinkType::LE_LL_WITH_PHDR`].
pub struct PcapTrace<'a, W> {
    writer: PcapWriter<W>,
    sniffer: Sniffer<'a>,
    /// The packet being written.
    content: Vec<u8>,
    /// The first error of the sink; nothing is written after it.
    error: Option<io::Error>,
}

impl<'a, W: Write> PcapTrace<'a, W> {
    /// A capture of a session of `plan`.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn new(sink: W, plan: &'a Plan) -> io::Result<Self> {
        let writer = PcapWriter::new(sink, LinkType::LE_LL_WITH_PHDR)?;
        Ok(Self { writer, sniffer: Sniffer::new(plan), content: Vec::new(), error: None })
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
}

impl<W: Write> Trace for PcapTrace<'_, W> {
    const ON: bool = true;

    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        let Some(Caught { sent, .. }) = self.sniffer.entry(entry) else { return };
        self.content.clear();
        sent.encode(&mut self.content);
        if self.error.is_none()
            && let Err(error) = self.writer.packet(at.as_nanos(), &self.content)
        {
            self.error = Some(error);
        }
    }
}

/// Writes a session as a pcapng file: interface `air` as sent, `air decrypted` the same without encryption, and
/// HCI of every device under the device's name. Faults and decisions are comments on the packet they are about, or
/// on the next one.
pub struct PcapngTrace<'a, W> {
    writer: PcapngWriter<W>,
    plan: &'a Plan,
    policy: usize,
    sniffer: Sniffer<'a>,
    air: [Interface; 2],
    hosts: Vec<Interface>,
    /// What is to be said with the next packet.
    remarks: Vec<String>,
    last: Instant,
    content: Vec<u8>,
    /// The first error of the sink; nothing is written after it.
    error: Option<io::Error>,
}

impl<'a, W: Write> PcapngTrace<'a, W> {
    /// A capture of a session of `plan` with this policy; `title` says how to make it again.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn new(sink: W, plan: &'a Plan, policy: usize, title: &str) -> io::Result<Self> {
        let application = concat!("blesim ", env!("CARGO_PKG_VERSION"));
        let mut writer = PcapngWriter::new(sink, application, title)?;
        let link = LinkType::LE_LL_WITH_PHDR;
        let air = [
            writer.interface(link, "air", "every frame as it is sent")?,
            writer.interface(link, "air decrypted", "every frame without its encryption")?,
        ];
        let mut hosts = Vec::new();
        for device in &plan.devices {
            let about = format!("between host and controller of {}", device.name);
            hosts.push(writer.interface(LinkType::HCI_H4_WITH_PHDR, &device.name, &about)?);
        }
        let (sniffer, remarks, content) = (Sniffer::new(plan), Vec::new(), Vec::new());
        let (last, error) = (Instant::ZERO, None);
        Ok(Self { writer, plan, policy, sniffer, air, hosts, remarks, last, content, error })
    }

    /// Ends the file and gives the sink back.
    ///
    /// # Errors
    /// The first error that the sink had.
    pub fn finish(mut self) -> io::Result<W> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if !self.remarks.is_empty() {
            self.writer.remark(self.air[0], self.last.as_nanos(), &self.remarks)?;
        }
        self.writer.finish()
    }

    fn put(&mut self, at: Instant, entry: &Entry<'_>) -> io::Result<()> {
        self.last = at;
        if let Some(caught) = self.sniffer.entry(entry) {
            return self.frame(at, caught);
        }
        match *entry {
            Entry::ToController { device, packet } => self.hci(at, device, 0, packet),
            Entry::ToHost { device, packet } => self.hci(at, device, 1, packet),
            // A fault that strikes a frame is told with that frame.
            Entry::Fault { effect: blesim_world::fault::Effect::Frame(_), .. } => Ok(()),
            _ => {
                if let Some((device, text)) = remark(self.plan, self.policy, entry) {
                    self.remarks.push(dated(self.plan, at, device, &text));
                }
                Ok(())
            }
        }
    }

    fn frame(&mut self, at: Instant, Caught { sent, clear, comments }: Caught) -> io::Result<()> {
        let mut remarks = core::mem::take(&mut self.remarks);
        remarks.extend_from_slice(&comments);
        for (interface, packet, comments) in [(self.air[0], sent, &remarks), (self.air[1], clear, &comments)]
        {
            self.content.clear();
            packet.encode(&mut self.content);
            self.writer.packet(interface, at.as_nanos(), &self.content, comments)?;
        }
        Ok(())
    }

    /// An HCI packet; `direction` is 0 from the host and 1 to it.
    fn hci(&mut self, at: Instant, device: usize, direction: u32, packet: &HciPacket) -> io::Result<()> {
        self.content.clear();
        self.content.extend(direction.to_be_bytes());
        self.content.extend_from_slice(&packet.encode());
        let remarks = core::mem::take(&mut self.remarks);
        self.writer.packet(self.hosts[device], at.as_nanos(), &self.content, &remarks)
    }
}

impl<W: Write> Trace for PcapngTrace<'_, W> {
    const ON: bool = true;

    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        if self.error.is_none()
            && let Err(error) = self.put(at, entry)
        {
            self.error = Some(error);
        }
    }
}
