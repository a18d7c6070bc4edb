//! What stands between a controller and a host that has not asked for everything: the event masks, and flow
//! control of the data for the host.
//!
//! Invariant: a host that wants every event and no flow control, as ours does, is not looked at here. Data of a
//! link stay in order.

use crate::command::complete;
use crate::controller::Controller;
use crate::io::{Draw, Frame, Note, Port};
use blesim_kernel::Span;
use blesim_packet::Octets;
use blesim_packet::hci::{ACL_DATA_MAX, AclData, Command, ErrorCode, Event, HciPacket};
use std::collections::VecDeque;

/// The events that a mask can hold back, as bits of Event_Mask (Vol 4 Part E 7.3.1): Disconnection Complete,
/// Encryption Change, Read Remote Version Information Complete, Encryption Key Refresh Complete, LE Meta.
const SENT: u64 = 1 << 4 | 1 << 7 | 1 << 11 | 1 << 47 | 1 << 61;
/// The mask when none is set (Vol 4 Part E 7.3.1).
const DEFAULT: u64 = 0x1FFF_FFFF_FFFF;
/// Authenticated Payload Timeout Expired in Event_Mask_Page_2 (Vol 4 Part E 7.3.69).
const PAYLOAD_TIMEOUT: u64 = 1 << 23;
/// Packets that can wait for the host's buffers.
const MOST_WAITING: usize = 64;

/// The least that a host takes in one packet: what every link layer sends (Vol 6 Part B 4.5.10).
const LEAST: u16 = 27;

/// What the host has room for (Vol 4 Part E 4.2).
#[derive(Clone, Debug)]
pub(crate) struct HostBuffers {
    /// As Host Buffer Size told: octets of a packet, and packets.
    length: usize,
    packets: u16,
    on: bool,
    /// The link of each packet that the host has not done with.
    out: Vec<u16>,
    waiting: VecDeque<AclData>,
}

/// Masks and buffers.
#[derive(Clone, Debug)]
pub(crate) struct Screen {
    /// Whether everything passes: looked at with every input, and so kept.
    open: bool,
    mask: u64,
    /// None until the host sets it: then the one event of that page that there is comes unasked.
    page_2: Option<u64>,
    buffers: HostBuffers,
}

impl Screen {
    pub(crate) fn new() -> Self {
        Self { open: false, mask: DEFAULT, page_2: None, buffers: HostBuffers::new() }
    }

    /// That of a host that has asked for everything.
    const OPEN: u64 = u64::MAX;

    /// Whether everything passes.
    pub(crate) const fn is_open(&self) -> bool {
        self.open
    }

    /// Something was set.
    fn set(&mut self) {
        let whole = self.mask & SENT == SENT && self.page_2.is_none_or(|mask| mask & PAYLOAD_TIMEOUT != 0);
        self.open = whole && !self.buffers.on;
    }

    fn lets_pass(&self, event: &Event) -> bool {
        let bit = match event {
            Event::AuthenticatedPayloadTimeoutExpired { .. } => {
                return self.page_2.is_none_or(|mask| mask & PAYLOAD_TIMEOUT != 0);
            }
            Event::DisconnectionComplete { .. } => 4,
            Event::EncryptionChange { .. } => 7,
            Event::ReadRemoteVersionInformationComplete { .. } => 11,
            Event::EncryptionKeyRefreshComplete { .. } => 47,
            event if event.code() == LE_META => 61,
            // Command Complete, Command Status and Number Of Completed Packets can't be held back.
            _ => return true,
        };
        self.mask >> bit & 1 == 1
    }
}

/// Vol 4 Part E 7.7.65.
const LE_META: u8 = 0x3E;

impl HostBuffers {
    /// A host that has told nothing, and takes everything.
    fn new() -> Self {
        Self { length: ACL_DATA_MAX, packets: 0, on: false, out: Vec::new(), waiting: VecDeque::new() }
    }

    /// Takes data in, in pieces that the host has room for; beyond what can wait they are lost.
    fn keep(&mut self, acl: &AclData) {
        let length = if self.on { self.length } else { ACL_DATA_MAX };
        for (place, piece) in acl.data.chunks(length).enumerate() {
            let boundary = if place == 0 { acl.boundary } else { AclData::CONTINUES };
            let data = Octets::from_slice(piece).expect("a piece is no longer than the whole");
            if self.waiting.len() < MOST_WAITING {
                self.waiting.push_back(AclData { boundary, data, ..*acl });
            }
        }
    }

    /// The host has done with packets of a link.
    fn done(&mut self, handle: u16, count: u16) {
        for _ in 0..count {
            let Some(place) = self.out.iter().position(|&link| link == handle) else { return };
            self.out.swap_remove(place);
        }
    }

    /// The link is gone, and what was on the way with it (Vol 4 Part E 4.2).
    fn forget(&mut self, handle: u16) {
        self.out.retain(|&link| link != handle);
        self.waiting.retain(|acl| acl.handle != handle);
    }

    /// The next packet that the host has room for.
    fn next(&mut self) -> Option<AclData> {
        // A host that has not told how many it takes takes all.
        let room = !self.on || self.packets == 0 || self.out.len() < usize::from(self.packets);
        let acl = if room { self.waiting.pop_front() } else { None };
        self.out.extend(acl.filter(|_| self.on).map(|acl| acl.handle));
        acl
    }
}

/// The way out to a host, seen through the screen.
pub(crate) struct Screened<'a, P> {
    pub(crate) port: &'a mut P,
    pub(crate) screen: &'a mut Screen,
}

impl<P: Port> Port for Screened<'_, P> {
    fn to_host(&mut self, packet: &HciPacket) {
        match packet {
            HciPacket::Acl(acl) => {
                self.screen.buffers.keep(acl);
                while let Some(acl) = self.screen.buffers.next() {
                    self.port.to_host(&HciPacket::Acl(acl));
                }
            }
            HciPacket::Event(event) => {
                if let Event::DisconnectionComplete { handle, .. } = event {
                    self.screen.buffers.forget(*handle);
                }
                if self.screen.lets_pass(event) {
                    self.port.to_host(packet);
                }
            }
            HciPacket::Command(_) => {}
        }
    }

    fn transmit(&mut self, frame: &Frame) {
        self.port.transmit(frame);
    }

    fn draw(&mut self, what: Draw) -> u64 {
        self.port.draw(what)
    }

    fn listened(&mut self, span: Span) {
        self.port.listened(span);
    }

    fn note(&mut self, handle: u16, note: Note) {
        self.port.note(handle, note);
    }
}

impl Controller {
    /// The same controller, told by a host to hold back no event (Vol 4 Part E 7.3.1); until it is reset.
    #[must_use]
    pub fn unmasked(mut self) -> Self {
        self.screen.mask = Screen::OPEN;
        self.screen.set();
        self
    }

    /// Carries out the command if it is about masks or flow control (Vol 4 Part E 7.3.1, 7.3.38 to 7.3.40, 7.3.69).
    pub(crate) fn screening(&mut self, command: &Command, port: &mut impl Port) -> bool {
        let linked = self.links().next().is_some();
        let Screen { mask, page_2, buffers, .. } = &mut self.screen;
        let outcome = match *command {
            Command::SetEventMask(set) => {
                *mask = set;
                Ok(())
            }
            Command::SetEventMaskPage2(set) => {
                *page_2 = Some(set);
                Ok(())
            }
            // Only without connections (7.3.38); for synchronous data there is nothing to control.
            Command::SetControllerToHostFlowControl(_) if linked => Err(ErrorCode::COMMAND_DISALLOWED),
            Command::SetControllerToHostFlowControl(mode @ 0..=3) => {
                buffers.on = mode & 1 == 1;
                Ok(())
            }
            Command::SetControllerToHostFlowControl(_) => Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS),
            Command::HostBufferSize { acl_length, acl_packets, .. } => {
                if acl_length < LEAST || acl_packets == 0 {
                    Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS)
                } else {
                    (buffers.length, buffers.packets) =
                        (usize::from(acl_length).min(ACL_DATA_MAX), acl_packets);
                    Ok(())
                }
            }
            // Answered only if it is wrong (7.3.40).
            Command::HostNumberOfCompletedPackets { handle, count } => {
                buffers.done(handle, count);
                while let Some(acl) = buffers.next() {
                    port.to_host(&HciPacket::Acl(acl));
                }
                return true;
            }
            _ => return false,
        };
        self.screen.set();
        complete(command, outcome, &[], port);
        true
    }
}
