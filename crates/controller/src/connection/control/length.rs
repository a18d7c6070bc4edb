//! The Data Length Update procedure, Vol 6 Part B 5.1.9, and the longest packets each way, 4.5.10.
//!
//! Invariant: at least 27 octets fit each way on every PHY; octets are without MIC, times with it.

use super::{Connection, Flow, Procedure, ProcedureInput, Side};
use crate::config::feature;
use crate::io::Port;
use blesim_kernel::Instant;
use blesim_packet::hci::Event;
use blesim_packet::ll::{LlControl, Phy, airtime_us};

/// What there is without the procedure, in octets and microseconds (Vol 6 Part B 4.5.10).
pub(crate) const LEAST: (u16, u16) = (27, 328);
/// The least time on LE Coded: 27 octets and a MIC at S = 8.
const LEAST_CODED: u16 = 2_704;
/// Octets of a MIC.
const MIC: u16 = 4;

/// Octets and microseconds of the longest packets.
type Longest = (u16, u16);

/// The limits of both sides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Lengths {
    /// What the host wants connMaxTxOctets and connMaxTxTime to be.
    transmit: Longest,
    /// What the peer was told that they are: it does not expect more.
    told_peer: Longest,
    /// connMaxRxOctets and connMaxRxTime.
    receive: Longest,
    /// connRemoteMaxTxOctets and connRemoteMaxTxTime.
    peer_transmit: Longest,
    /// connRemoteMaxRxOctets and connRemoteMaxRxTime.
    peer_receive: Longest,
    /// What the host knows: sent and received.
    told: (Longest, Longest),
}

impl Lengths {
    pub(super) fn new(transmit: Longest, receive: Longest) -> Self {
        let transmit = (transmit.0.min(receive.0), transmit.1.min(receive.1));
        Self {
            transmit,
            told_peer: LEAST,
            receive,
            peer_transmit: LEAST,
            peer_receive: LEAST,
            told: (LEAST, LEAST),
        }
    }

    /// Whether this side would send more than everyone may.
    pub(super) fn above_least(&self) -> bool {
        self.transmit != LEAST
    }

    /// connEffectiveMaxTx and connEffectiveMaxRx on these PHYs.
    fn effective(&self, transmit: Phy, receive: Phy) -> (Longest, Longest) {
        let least = |phy| if matches!(phy, Phy::CodedS2 | Phy::CodedS8) { LEAST_CODED } else { LEAST.1 };
        let both = |own: Longest, peer: Longest, phy| (own.0.min(peer.0), own.1.min(peer.1).max(least(phy)));
        let own = (self.transmit.0.min(self.told_peer.0), self.transmit.1.min(self.told_peer.1));
        (both(own, self.peer_receive, transmit), both(self.receive, self.peer_transmit, receive))
    }
}

/// The most octets that fit this limit on this PHY, with a MIC.
fn fitting((octets, time): Longest, phy: Phy) -> usize {
    let fits = |octets: &u16| airtime_us(phy, usize::from(octets + MIC)) <= u32::from(time);
    let octets = (LEAST.0..=octets).rev().find(fits).unwrap_or(LEAST.0);
    usize::from(octets)
}

impl Connection {
    /// The host sets its longest packets (Vol 4 Part E 7.8.33).
    pub(crate) fn set_transmit_length(&mut self, octets: u16, time: u16) {
        let longest = self.control.link_layer.longest();
        self.control.lengths.transmit = (octets.min(longest.0), time.min(longest.1));
    }

    pub(super) fn begin_data_length(&mut self, now: Instant, by_host: bool, port: &mut impl Port) {
        if self.start(now, Procedure::DataLengthUpdate, by_host, port) {
            let Lengths { transmit, receive, .. } = self.control.lengths;
            self.control.lengths.told_peer = transmit;
            self.say(&LlControl::LlLengthReq {
                max_rx_octets: receive.0,
                max_rx_time: receive.1,
                max_tx_octets: transmit.0,
                max_tx_time: transmit.1,
            });
        }
    }

    /// LL_LENGTH_REQ or LL_LENGTH_RSP, with what the peer receives and sends at the most.
    pub(super) fn receive_length(
        &mut self,
        now: Instant,
        (request, receives, sends): (bool, Longest, Longest),
        port: &mut impl Port,
    ) -> Flow {
        if request && self.control.link_layer.features & feature::DATA_LENGTH == 0 {
            return self.unknown(LlControl::LENGTH_REQ);
        }
        let (side, on) = if request {
            (Side::Responder, ProcedureInput::Request)
        } else {
            (Side::Initiator, ProcedureInput::Response)
        };
        if !self.control.step(now, (side, Procedure::DataLengthUpdate), on, port) {
            return Flow::Open;
        }
        let legal = |(octets, time): Longest| (octets.max(LEAST.0), time.max(LEAST.1));
        (self.control.lengths.peer_receive, self.control.lengths.peer_transmit) =
            (legal(receives), legal(sends));
        if request {
            let Lengths { transmit, receive, .. } = self.control.lengths;
            self.control.lengths.told_peer = transmit;
            self.say(&LlControl::LlLengthRsp {
                max_rx_octets: receive.0,
                max_rx_time: receive.1,
                max_tx_octets: transmit.0,
                max_tx_time: transmit.1,
            });
        }
        self.resize(port);
        Flow::Open
    }

    /// Applies the limits that follow from both sides and the PHYs, and tells the host of a change (Vol 4
    /// Part E 7.7.65.7).
    pub(super) fn resize(&mut self, port: &mut impl Port) {
        let (transmit_phy, receive_phy) = (self.schedule.transmit_phy, self.schedule.receive_phy);
        let effective = self.control.lengths.effective(transmit_phy, receive_phy);
        let (transmit, receive) = effective;
        self.traffic.max_transmit = fitting(transmit, transmit_phy);
        // What the peer sent before a limit went down may still be on its way.
        self.traffic.max_receive = self.traffic.max_receive.max(usize::from(receive.0));
        if effective != core::mem::replace(&mut self.control.lengths.told, effective) {
            let change = Event::LeDataLengthChange {
                handle: self.handle,
                max_tx_octets: transmit.0,
                max_tx_time: transmit.1,
                max_rx_octets: receive.0,
                max_rx_time: receive.1,
            };
            self.control.tell(change, port);
        }
    }
}
