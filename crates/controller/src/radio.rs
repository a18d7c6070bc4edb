//! How long the receiver is on for scanning and initiating, and who takes it away.
//!
//! Invariant: what is told is the time the receiver was open in scan windows or for an expected packet and no
//! connection or transmission had the radio; two scanning activities are told once.

use crate::advertise::Advertiser;
use crate::connection::Connection;
use crate::controller::Controller;
use crate::io::Port;
use blesim_kernel::Instant;

impl Controller {
    /// Tells how long the receiver has scanned up to now, or up to when a connection took it.
    pub(crate) fn tell_scanned(&mut self, now: Instant, port: &mut impl Port) {
        let Some(since) = self.scans_since.take() else { return };
        let until = self.links.iter().map(Connection::needs_radio).fold(now, Instant::min);
        if until <= since {
            return;
        }
        let initiator = self.initiator.as_ref().map(|initiator| initiator.on_between(since, until));
        let scanner = self.scanner.as_ref().map(|scanner| scanner.on_between(since, until));
        if let Some(span) = initiator.max(scanner).filter(|span| !span.is_zero()) {
            port.listened(span);
        }
    }

    /// From when on the receiver scans again, if anything scans and nothing else has the radio.
    pub(crate) fn resume_scanning(&mut self, now: Instant) {
        let scans = self.initiator.is_some() || self.scanner.is_some();
        if scans && !self.links.iter().any(Connection::active) {
            let answers = self.advertiser.as_ref().map_or(Instant::ZERO, Advertiser::listens_until);
            self.scans_since = Some(now.max(self.sends_until).max(self.blocked_until).max(answers));
        }
    }

    /// The radio is wanted by something else than scanning: what was being heard is lost.
    pub(crate) fn interrupt_scanning(&mut self, now: Instant, port: &mut impl Port) {
        self.initiator.iter_mut().for_each(|initiator| initiator.interrupt(now, port));
        self.scanner.iter_mut().for_each(|scanner| scanner.interrupt(now, port));
    }
}
