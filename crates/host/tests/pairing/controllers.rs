//! Two controllers and the link between them, as little of it as hosts can tell from the real thing.
//!
//! Invariant: every command is answered once, and a key that is not the same on both sides ends the link.

use crate::setup::{ADDRESSES, CENTRAL, PERIPHERAL};
use blesim_packet::hci::{Command, ErrorCode, Event, HciPacket, LeAdvertisingReport};
use blesim_packet::{Address, Octets};
use std::collections::VecDeque;

/// The handle of the link on both sides.
pub(crate) const HANDLE: u16 = 0x0040;

/// Whether a link is encrypted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cipher {
    Off,
    On,
}

/// Both controllers.
pub(crate) struct Controllers {
    queue: VecDeque<(usize, HciPacket)>,
    advertising: bool,
    /// Whom the central looks for.
    initiating: Option<Address>,
    scanning: bool,
    data: Octets<31>,
    link: Option<Cipher>,
    offered: Option<u128>,
    /// The addresses they use on the air.
    pub(crate) addresses: [Address; 2],
    /// Commands seen, with the sender.
    pub(crate) commands: Vec<(usize, Command)>,
    /// Packets of each side whose acknowledgement is kept back; none if it is not.
    pub(crate) unacknowledged: [Option<u16>; 2],
}

impl Default for Controllers {
    fn default() -> Self {
        Self {
            queue: VecDeque::new(),
            advertising: false,
            initiating: None,
            scanning: false,
            data: Octets::new(),
            link: None,
            offered: None,
            addresses: ADDRESSES,
            commands: Vec::new(),
            unacknowledged: [None; 2],
        }
    }
}

impl Controllers {
    /// The next packet for a host.
    pub(crate) fn next(&mut self) -> Option<(usize, HciPacket)> {
        self.queue.pop_front()
    }

    /// The next packet for this host, whatever waits for the other.
    pub(crate) fn next_for(&mut self, device: usize) -> Option<HciPacket> {
        let place = self.queue.iter().position(|(to, _)| *to == device)?;
        self.queue.remove(place).map(|(_, packet)| packet)
    }

    /// A device loses power: what was on its way to its host is gone, and so is the link, for its peer.
    pub(crate) fn power_cut(&mut self, device: usize) {
        self.queue.retain(|(to, _)| *to != device);
        self.offered = None;
        if self.link.take().is_some() {
            let (status, reason) = (ErrorCode::SUCCESS, ErrorCode::CONNECTION_TIMEOUT);
            self.event(1 - device, Event::DisconnectionComplete { status, handle: HANDLE, reason });
        }
    }

    /// Whether something is on its way to a host.
    pub(crate) fn pending(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Whether the link is up and in the clear: what a stranger sends can only be taken then.
    pub(crate) fn in_the_clear(&self) -> bool {
        self.link == Some(Cipher::Off)
    }

    pub(crate) fn deliver(&mut self, device: usize, packet: HciPacket) {
        self.queue.push_back((device, packet));
    }

    fn event(&mut self, device: usize, event: Event) {
        self.deliver(device, HciPacket::Event(event));
    }

    /// The link layer has the acknowledgement of one packet.
    pub(crate) fn completed(&mut self, device: usize) {
        if let Some(count) = &mut self.unacknowledged[device] {
            *count += 1;
            return;
        }
        self.event(device, Event::NumberOfCompletedPackets { handle: HANDLE, count: 1 });
    }

    fn complete(&mut self, device: usize, command: &Command, parameters: &[u8]) {
        let parameters = Octets::from_slice(parameters).unwrap();
        self.event(device, Event::CommandComplete { packets: 1, opcode: command.opcode(), parameters });
    }

    fn status(&mut self, device: usize, command: &Command, status: ErrorCode) {
        self.event(device, Event::CommandStatus { status, packets: 1, opcode: command.opcode() });
    }

    /// The link is gone, for these reasons.
    pub(crate) fn lose(&mut self, reasons: [ErrorCode; 2]) {
        self.link = None;
        self.offered = None;
        for (device, reason) in reasons.into_iter().enumerate() {
            let status = ErrorCode::SUCCESS;
            self.event(device, Event::DisconnectionComplete { status, handle: HANDLE, reason });
        }
    }

    fn connect_if_both(&mut self) {
        if !self.advertising || self.initiating != Some(self.addresses[PERIPHERAL]) {
            return;
        }
        (self.advertising, self.initiating) = (false, None);
        self.link = Some(Cipher::Off);
        for device in [CENTRAL, PERIPHERAL] {
            let peer = self.addresses[1 - device];
            self.event(device, connection(device, ErrorCode::SUCCESS, peer));
        }
    }

    /// Whether the two have a link.
    pub(crate) fn linked(&self) -> bool {
        self.link.is_some()
    }

    /// Somebody advertises.
    pub(crate) fn advertise(&mut self, address: Address, data: &[u8]) {
        self.advertising = true;
        self.addresses[PERIPHERAL] = address;
        self.data = Octets::from_slice(data).unwrap();
        self.report();
    }

    /// A central that scans hears a peripheral that advertises.
    pub(crate) fn report(&mut self) {
        if self.advertising && self.scanning {
            let (peer, data) = (self.addresses[PERIPHERAL], self.data);
            let report = LeAdvertisingReport { kind: 0, peer, data, rssi: -60 };
            self.event(CENTRAL, Event::LeAdvertisingReport(report));
        }
    }

    pub(crate) fn command(&mut self, device: usize, command: &Command) {
        self.commands.push((device, *command));
        match *command {
            Command::Reset => {
                if device == PERIPHERAL {
                    self.advertising = false;
                } else {
                    (self.scanning, self.initiating) = (false, None);
                }
                self.complete(device, command, &[0]);
            }
            Command::LeReadBufferSize => self.complete(device, command, &[0, 251, 0, 3]),
            Command::LeSetAdvertisingEnable(on) => {
                self.advertising = on;
                self.complete(device, command, &[0]);
                self.connect_if_both();
                self.report();
            }
            Command::LeSetRandomAddress(address) => {
                let busy = if device == PERIPHERAL { self.advertising } else { self.scanning };
                assert!(!busy, "an address changes only while it is not in use");
                self.addresses[device] = address;
                self.complete(device, command, &[0]);
            }
            Command::LeSetAdvertisingData(data) => {
                self.data = data;
                self.complete(device, command, &[0]);
            }
            Command::LeSetScanEnable { enable, .. } => {
                self.scanning = enable;
                self.complete(device, command, &[0]);
                self.report();
            }
            Command::LeCreateConnection(request) => {
                self.initiating = Some(request.peer);
                self.status(device, command, ErrorCode::SUCCESS);
                self.connect_if_both();
            }
            Command::LeCreateConnectionCancel => {
                let was = self.initiating.take().is_some();
                self.complete(device, command, &[if was { 0x00 } else { 0x0C }]);
                if was {
                    let status = ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER;
                    self.event(device, connection_complete(device, status));
                }
            }
            Command::Disconnect { reason, .. } => self.disconnect(device, command, reason),
            Command::LeEnableEncryption { rand, ediv, ltk, .. } => {
                self.status(device, command, ErrorCode::SUCCESS);
                self.offered = Some(ltk);
                self.event(1 - device, Event::LeLongTermKeyRequest { handle: HANDLE, rand, ediv });
            }
            Command::LeLongTermKeyRequestReply { ltk, .. } => {
                self.complete(device, command, &[0, 0x40, 0]);
                if self.offered.take() == Some(ltk) {
                    self.encrypted();
                } else {
                    self.lose([ErrorCode::MIC_FAILURE; 2]);
                }
            }
            Command::LeLongTermKeyRequestNegativeReply { .. } => {
                self.complete(device, command, &[0, 0x40, 0]);
                self.offered = None;
                self.encryption_change(1 - device, ErrorCode::PIN_OR_KEY_MISSING);
            }
            ref other => self.complete(device, other, &[0]),
        }
    }

    fn disconnect(&mut self, device: usize, command: &Command, reason: ErrorCode) {
        if self.link.is_none() {
            return self.status(device, command, ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER);
        }
        self.status(device, command, ErrorCode::SUCCESS);
        let mut reasons = [reason; 2];
        reasons[device] = ErrorCode::CONNECTION_TERMINATED_BY_LOCAL_HOST;
        self.lose(reasons);
    }

    /// The link has a key: its first one, or another.
    fn encrypted(&mut self) {
        let status = ErrorCode::SUCCESS;
        let again = self.link.replace(Cipher::On) == Some(Cipher::On);
        for device in [PERIPHERAL, CENTRAL] {
            if again {
                self.event(device, Event::EncryptionKeyRefreshComplete { status, handle: HANDLE });
            } else {
                self.encryption_change(device, status);
            }
        }
    }

    fn encryption_change(&mut self, device: usize, status: ErrorCode) {
        let enabled = u8::from(status == ErrorCode::SUCCESS);
        self.event(device, Event::EncryptionChange { status, handle: HANDLE, enabled });
    }
}

/// The event that tells `device` of a connection, or of none.
pub(crate) fn connection_complete(device: usize, status: ErrorCode) -> Event {
    connection(device, status, ADDRESSES[1 - device])
}

fn connection(device: usize, status: ErrorCode, peer: Address) -> Event {
    Event::LeConnectionComplete {
        status,
        handle: HANDLE,
        role: u8::try_from(device).unwrap(),
        peer,
        interval: 24,
        latency: 0,
        timeout: 400,
        clock_accuracy: 0,
    }
}
