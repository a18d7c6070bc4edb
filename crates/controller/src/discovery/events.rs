//! What the host is told of connections that begin and of advertising that ends, Vol 4 Part E 7.7.65.
//!
//! Invariant: a host that asks for the enhanced event gets it instead of the other.

use super::Settings;
use crate::advertise::Advertiser;
use crate::controller::Controller;
use crate::io::Port;
use blesim_packet::Address;
use blesim_packet::hci::{ErrorCode, Event, HciPacket, LeEnhancedConnectionComplete};

/// Bits of the LE event mask (Vol 4 Part E 7.8.1).
const ENHANCED_CONNECTION_COMPLETE: u64 = 1 << 9;
const SCAN_TIMEOUT: u64 = 1 << 16;
const ADVERTISING_SET_TERMINATED: u64 = 1 << 17;
const CHANNEL_SELECTION_ALGORITHM: u64 = 1 << 19;

impl Settings {
    /// The identity behind the peer's address, for a host that can be told of it.
    pub(crate) fn identity(&self, peer: Address) -> Option<Address> {
        let told = self.le_event_mask & ENHANCED_CONNECTION_COMPLETE != 0;
        self.resolving.identity(peer).filter(|_| told)
    }

    /// LE Enhanced Connection Complete, or LE Connection Complete to a host that does not ask for the other
    /// (Vol 4 Part E 7.7.65.1, 7.7.65.10).
    pub(crate) fn tell_connection(&self, event: &LeEnhancedConnectionComplete, port: &mut impl Port) {
        if self.le_event_mask & ENHANCED_CONNECTION_COMPLETE != 0 {
            return port.to_host(&HciPacket::Event(Event::LeEnhancedConnectionComplete(*event)));
        }
        // It knows no identities: the peer goes by the address it has on the air.
        let &LeEnhancedConnectionComplete {
            status,
            handle,
            role,
            peer,
            interval,
            latency,
            timeout,
            clock_accuracy,
            ..
        } = event;
        port.to_host(&HciPacket::Event(Event::LeConnectionComplete {
            status,
            handle,
            role,
            peer,
            interval,
            latency,
            timeout,
            clock_accuracy,
        }));
    }

    /// LE Channel Selection Algorithm, right after the connection (Vol 4 Part E 7.7.65.20).
    pub(crate) fn tell_algorithm(&self, handle: u16, csa2: bool, port: &mut impl Port) {
        if self.le_event_mask & CHANNEL_SELECTION_ALGORITHM != 0 {
            let algorithm = u8::from(csa2);
            port.to_host(&HciPacket::Event(Event::LeChannelSelectionAlgorithm { handle, algorithm }));
        }
    }

    /// LE Advertising Set Terminated (Vol 4 Part E 7.7.65.18); the legacy commands have no set.
    pub(crate) fn tell_set_over(
        &self,
        advertiser: &Advertiser,
        status: ErrorCode,
        connection: Option<u16>,
        port: &mut impl Port,
    ) {
        if let Some(set) = advertiser.settings().handle
            && self.le_event_mask & ADVERTISING_SET_TERMINATED != 0
        {
            let handle = connection.unwrap_or(0);
            let events = advertiser.completed_events();
            port.to_host(&HciPacket::Event(Event::LeAdvertisingSetTerminated {
                status,
                set,
                handle,
                events,
            }));
        }
    }
}

impl Controller {
    /// There is no connection for this reason.
    pub(super) fn tell_no_connection(
        &self,
        status: ErrorCode,
        role: u8,
        peer: Address,
        port: &mut impl Port,
    ) {
        let event = LeEnhancedConnectionComplete {
            status,
            handle: 0,
            role,
            peer,
            identity: false,
            local_resolvable: 0,
            peer_resolvable: 0,
            interval: 0,
            latency: 0,
            timeout: 0,
            clock_accuracy: 0,
        };
        self.settings.tell_connection(&event, port);
    }

    /// Advertising ended by itself. High duty that the legacy commands enabled ends with a connection that is
    /// none (Vol 4 Part E 7.8.9).
    pub(crate) fn advertising_over(&mut self, reason: ErrorCode, port: &mut impl Port) {
        let Some(advertiser) = self.advertiser.take() else { return };
        let settings = advertiser.settings();
        if let (None, Some(target)) = (settings.handle, settings.target) {
            self.tell_no_connection(reason, 1, target, port);
        }
        self.settings.tell_set_over(&advertiser, reason, None, port);
    }

    /// The duration of scanning is over (Vol 4 Part E 7.7.65.17).
    pub(crate) fn scanning_over(&mut self, port: &mut impl Port) {
        self.scanner = None;
        if self.settings.le_event_mask & SCAN_TIMEOUT != 0 {
            port.to_host(&HciPacket::Event(Event::LeScanTimeout));
        }
    }
}
