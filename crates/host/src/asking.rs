//! Procedures of the link layer on the host's behalf: those it asks for, and those a peer asks it for.
//!
//! Invariant: each procedure is asked for once on every link, and every request of the peer gets one answer. It
//! must never know how a procedure went on the air.

use crate::host::Host;
use crate::io::{Context, Port, Role};
use crate::link_control::{MAX_ASKS, Parameters, Procedure, When};
use crate::session::{Episode, Link};
use arrayvec::ArrayVec;
use blesim_kernel::Instant;
use blesim_packet::Octets;
use blesim_packet::hci::{Command, ErrorCode, LeConnectionUpdate, LeSetPhy};
use blesim_packet::l2cap::{self, SIGNALLING_MTU, Signal};
use blesim_packet::ll::ChannelMap;

/// The identifier of requests; there is one at a time, and it is never zero (Vol 3 Part A 4).
const IDENTIFIER: u8 = 1;
/// Reasons of L2CAP_COMMAND_REJECT_RSP (Vol 3 Part A 4.1).
const NOT_UNDERSTOOD: u16 = 0;
const MTU_EXCEEDED: u16 = 1;

/// What is still to be asked on one link.
#[derive(Clone, Default, Debug)]
pub(crate) struct Asking {
    /// When, and which of the list.
    pending: ArrayVec<(Instant, usize), MAX_ASKS>,
    /// What waits for security has been planned.
    secured: bool,
    /// The parameters that the link layer was asked for.
    update: Option<Parameters>,
}

impl Asking {
    /// When the next is to be asked.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.pending.iter().map(|&(at, _)| at).min()
    }

    fn take(&mut self, now: Instant) -> Option<usize> {
        let place = self.pending.iter().enumerate().min_by_key(|&(_, due)| due).map(|(place, _)| place)?;
        (self.pending[place].0 <= now).then(|| self.pending.remove(place).1)
    }
}

impl Host {
    /// The channels that a central uses, if not all (Vol 4 Part E 7.8.19).
    pub(crate) fn classify_channels(&mut self, cx: &mut Context<'_, impl Port>) {
        let channels = self.config.control.channels;
        if channels != ChannelMap::ALL {
            self.commands.send(Command::LeSetHostChannelClassification(channels.to_wire()), cx);
        }
    }

    /// A new link is up.
    pub(crate) fn plan_asks(&mut self, cx: &Context<'_, impl Port>) {
        let asking = &mut self.peers[cx.peer].asking;
        *asking = Asking::default();
        for (index, ask) in self.config.control.asks.iter().enumerate() {
            if let When::Connected(after) = ask.when {
                asking.pending.push((cx.now + after, index));
            }
        }
    }

    /// Plans what waits for security on links that have become secure.
    pub(crate) fn plan_asks_of_secured(&mut self, cx: &Context<'_, impl Port>) {
        let asks = &self.config.control.asks;
        if asks.is_empty() {
            return;
        }
        for peer in &mut self.peers {
            let secured = matches!((*peer.episode, *peer.link), (Episode::Secured(_), Link::Up { .. }));
            if !secured || core::mem::replace(&mut peer.asking.secured, true) {
                continue;
            }
            for (index, ask) in asks.iter().enumerate() {
                if let When::Secured(after) = ask.when {
                    peer.asking.pending.push((cx.now + after, index));
                }
            }
        }
    }

    /// The time to ask for a procedure has come.
    pub(crate) fn ask_due(&mut self, cx: &mut Context<'_, impl Port>) {
        let now = cx.now;
        let Some(index) = self.peer(cx).asking.take(now) else { return };
        let Link::Up { handle, .. } = *self.peer(cx).link else { return };
        let command = match self.config.control.asks[index].what {
            Procedure::ConnectionUpdate(parameters) => return self.update(handle, parameters, cx),
            Procedure::L2capUpdate(parameters) => return self.request_by_l2cap(parameters, cx),
            Procedure::DataLength { octets, time } => Command::LeSetDataLength { handle, octets, time },
            Procedure::Phy { transmit, receive, options } => {
                let all_phys = u8::from(transmit == 0) | u8::from(receive == 0) << 1;
                Command::LeSetPhy(LeSetPhy { handle, all_phys, tx_phys: transmit, rx_phys: receive, options })
            }
            Procedure::ChannelMap(map) => Command::LeSetHostChannelClassification(map.to_wire()),
            Procedure::Features => Command::LeReadRemoteFeatures { handle },
            Procedure::Version => Command::ReadRemoteVersionInformation { handle },
        };
        self.commands.send(command, cx);
    }

    fn update(&mut self, handle: u16, parameters: Parameters, cx: &mut Context<'_, impl Port>) {
        self.peer(cx).asking.update = Some(parameters);
        self.commands.send(Command::LeConnectionUpdate(on(handle, parameters)), cx);
    }

    /// A connection update is over or was refused. Where a peripheral's link layer or its peer's has no procedure
    /// for it, the central's host is asked (Vol 3 Part A 4.20).
    pub(crate) fn update_ended(&mut self, status: ErrorCode, cx: &mut Context<'_, impl Port>) {
        let asked = self.peer(cx).asking.update.take();
        if let Some(parameters) = asked
            && status == ErrorCode::UNSUPPORTED_REMOTE_FEATURE
            && self.config.role == Role::Peripheral
        {
            self.request_by_l2cap(parameters, cx);
        }
    }

    fn request_by_l2cap(&mut self, parameters: Parameters, cx: &mut Context<'_, impl Port>) {
        let Parameters { interval_min, interval_max, latency, timeout } = parameters;
        let identifier = IDENTIFIER;
        let request = Signal::ConnectionParameterUpdateRequest {
            identifier,
            interval_min,
            interval_max,
            latency,
            timeout,
        };
        self.signal(&request, cx);
    }

    fn signal(&mut self, signal: &Signal, cx: &mut Context<'_, impl Port>) {
        let acl = &mut self.peers[cx.peer].acl;
        acl.send_on(l2cap::CID_LE_SIGNALLING, &signal.encode(), &mut self.credits, cx);
    }

    /// The peer's link layer asks for parameters (Vol 4 Part E 7.7.65.6).
    pub(crate) fn parameters_requested(
        &mut self,
        handle: u16,
        asked: Parameters,
        cx: &mut Context<'_, impl Port>,
    ) {
        let command = match self.config.control.accepts.grants(asked) {
            Some(granted) => Command::LeRemoteConnectionParameterRequestReply(on(handle, granted)),
            None => Command::LeRemoteConnectionParameterRequestNegativeReply {
                handle,
                reason: ErrorCode::UNACCEPTABLE_CONNECTION_PARAMETERS,
            },
        };
        self.commands.send(command, cx);
    }

    /// A frame on the signalling channel, `None` if it is longer than any may be, and its identifier.
    pub(crate) fn signalled(
        &mut self,
        payload: Option<Octets<SIGNALLING_MTU>>,
        identifier: Option<u8>,
        cx: &mut Context<'_, impl Port>,
    ) {
        let Some(payload) = payload else {
            let mtu = u16::try_from(SIGNALLING_MTU).expect("it is 23").to_le_bytes();
            return self.reject(identifier.unwrap_or(0), MTU_EXCEEDED, &mtu, cx);
        };
        match Signal::decode(&payload) {
            Ok(Signal::ConnectionParameterUpdateRequest {
                identifier,
                interval_min,
                interval_max,
                latency,
                timeout,
            }) => {
                let asked = Parameters { interval_min, interval_max, latency, timeout };
                self.asked_by_l2cap(identifier, asked, cx);
            }
            Ok(Signal::Unknown { identifier, .. }) => self.reject(identifier, NOT_UNDERSTOOD, &[], cx),
            // Answers ask for nothing, and what is no command is dropped.
            Ok(Signal::CommandReject { .. } | Signal::ConnectionParameterUpdateResponse { .. }) | Err(_) => {}
        }
    }

    /// The peripheral's host asks; only a central is asked (Vol 3 Part A 4.20).
    fn asked_by_l2cap(&mut self, identifier: u8, asked: Parameters, cx: &mut Context<'_, impl Port>) {
        if self.config.role == Role::Peripheral {
            return self.reject(identifier, NOT_UNDERSTOOD, &[], cx);
        }
        let granted = self.config.control.accepts.grants(asked);
        let result = u16::from(granted.is_none());
        self.signal(&Signal::ConnectionParameterUpdateResponse { identifier, result }, cx);
        if let (Some(granted), Link::Up { handle, .. }) = (granted, *self.peer(cx).link) {
            self.update(handle, granted, cx);
        }
    }

    fn reject(&mut self, identifier: u8, reason: u16, data: &[u8], cx: &mut Context<'_, impl Port>) {
        let data = Octets::from_slice(data).expect("it is at most two octets");
        self.signal(&Signal::CommandReject { identifier, reason, data }, cx);
    }
}

/// The command's parameters; a host leaves the length of events to the controller.
fn on(handle: u16, parameters: Parameters) -> LeConnectionUpdate {
    let Parameters { interval_min, interval_max, latency, timeout } = parameters;
    let (min_ce_length, max_ce_length) = (0, 0);
    LeConnectionUpdate { handle, interval_min, interval_max, latency, timeout, min_ce_length, max_ce_length }
}
