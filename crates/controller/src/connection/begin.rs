//! From a request that was taken to the connection it begins, Vol 6 Part B 4.5.3.

use super::Start;
use crate::io::Role;
use crate::timing::TRANSMIT_WINDOW_DELAY;
use blesim_kernel::{Instant, Span};
use blesim_packet::ll::{ConnectInd, Phy};

/// A connection that is about to begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begin {
    pub(crate) role: Role,
    pub(crate) request: ConnectInd,
    /// Both sides have channel selection algorithm #2.
    pub(crate) csa2: bool,
    /// The PHY of the request, on which the connection starts.
    pub(crate) phy: Phy,
    /// It was asked for by AUX_CONNECT_REQ.
    pub(crate) secondary: bool,
    /// The last bit of the request.
    pub(crate) created: Instant,
}

impl Begin {
    /// What the connection begins with.
    pub(crate) fn start(&self) -> Start {
        let Self { role, request, csa2, phy, created, .. } = *self;
        let peer = match role {
            Role::Central => request.advertiser,
            Role::Peripheral => request.initiator,
        };
        Start { role, peer, ll: request.ll, csa2, phy, created, delay: self.delay() }
    }

    /// transmitWindowDelay: 1.25 ms after CONNECT_IND; 2.5 ms after AUX_CONNECT_REQ, 3.75 ms on LE Coded.
    fn delay(&self) -> Span {
        TRANSMIT_WINDOW_DELAY
            * match (self.secondary, self.phy) {
                (false, _) => 1,
                (true, Phy::Le1M | Phy::Le2M) => 2,
                (true, Phy::CodedS2 | Phy::CodedS8) => 3,
            }
    }
}
