//! The PHY Update procedure, Vol 6 Part B 5.1.10.
//!
//! Invariant: only the central decides, and only for what both sides have said they would use.

use super::{Connection, Flow, Procedure, ProcedureInput, Side};
use crate::config::{LinkLayer, feature};
use crate::connection::schedule::Change;
use crate::io::{Port, Role};
use blesim_kernel::Instant;
use blesim_packet::hci::{ErrorCode, Event};
use blesim_packet::ll::{LlControl, Phy};

/// What a host would use: bit 0 LE 1M, bit 1 LE 2M, bit 2 LE Coded, and the coding to send with on that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Wish {
    pub(crate) transmit: u8,
    pub(crate) receive: u8,
    pub(crate) coding: Phy,
}

impl Wish {
    /// What a link layer prefers without a host's word.
    pub(crate) fn of(link_layer: &LinkLayer) -> Self {
        let phys = link_layer.preferred_phys();
        Self { transmit: phys, receive: phys, coding: Phy::CodedS8 }
    }

    /// A host's word, as its commands have it (Vol 4 Part E 7.8.48, 7.8.49): which PHYs, and whether it has
    /// no preference.
    ///
    /// # Errors
    /// Invalid HCI Command Parameters (0x12) if it wants none, Unsupported Feature or Parameter Value (0x11)
    /// if it wants one that is not there.
    pub(crate) fn new(
        link_layer: &LinkLayer,
        (all, transmit, receive): (u8, u8, u8),
        options: u16,
    ) -> Result<Self, ErrorCode> {
        let supported = link_layer.supported_phys();
        let check = |phys: u8, any: bool| match phys {
            _ if any => Ok(supported),
            0 => Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS),
            _ if phys & !supported != 0 => Err(ErrorCode::UNSUPPORTED_FEATURE_OR_PARAMETER_VALUE),
            _ => Ok(phys),
        };
        let coding = if options & 3 == 1 { Phy::CodedS2 } else { Phy::CodedS8 };
        let (transmit, receive) = (check(transmit, all & 1 != 0)?, check(receive, all & 2 != 0)?);
        Ok(Self { transmit, receive, coding })
    }
}

/// The bit of a PHY.
fn bit(phy: Phy) -> u8 {
    match phy {
        Phy::Le1M => 1,
        Phy::Le2M => 2,
        Phy::CodedS2 | Phy::CodedS8 => 4,
    }
}

/// The best of what both would use, as one bit; 0 if there is nothing, or nothing new.
fn best(both: u8, present: Phy) -> u8 {
    let best = [2, 1, 4].into_iter().find(|phy| both & phy != 0).unwrap_or(0);
    if best == bit(present) { 0 } else { best }
}

/// A PHY by its number in HCI.
pub(crate) fn number(phy: Phy) -> u8 {
    match phy {
        Phy::Le1M => 1,
        Phy::Le2M => 2,
        Phy::CodedS2 | Phy::CodedS8 => 3,
    }
}

impl Connection {
    pub(super) fn begin_phy(&mut self, now: Instant, wish: Wish, by_host: bool, port: &mut impl Port) {
        self.control.wish = wish;
        if !self.possible(feature::PHY_2M | feature::PHY_CODED) {
            if by_host {
                self.phy_complete(ErrorCode::UNSUPPORTED_REMOTE_FEATURE, port);
            }
            return;
        }
        if self.start(now, Procedure::PhyUpdate, by_host, port) {
            self.say(&LlControl::LlPhyReq { tx_phys: wish.transmit, rx_phys: wish.receive });
        }
    }

    /// The central's choice, from what the peer would send and receive with: down and up.
    fn choose(&self, (transmits, receives): (u8, u8)) -> (u8, u8) {
        let wish = self.control.wish;
        let down = best(wish.transmit & receives, self.schedule.transmit_phy);
        (down, best(wish.receive & transmits, self.schedule.receive_phy))
    }

    /// The central tells its choice; the rows for a change and for none are taken by `on`.
    fn decide_phy(
        &mut self,
        now: Instant,
        side: Side,
        (down, up): (u8, u8),
        on: (ProcedureInput, ProcedureInput),
        port: &mut impl Port,
    ) {
        let changes = (down, up) != (0, 0);
        let by_host = side == Side::Initiator && self.control.by_host();
        let on = if changes { on.0 } else { on.1 };
        if !self.control.step(now, (side, Procedure::PhyUpdate), on, port) {
            return;
        }
        let instant = if changes { self.instant() } else { 0 };
        self.say(&LlControl::LlPhyUpdateInd { phy_c_to_p: down, phy_p_to_c: up, instant });
        if changes {
            self.schedule.plan(instant, self.phy_change(down, up));
        } else if by_host {
            self.phy_complete(ErrorCode::SUCCESS, port);
        }
    }

    /// What a decision means for this side.
    fn phy_change(&self, down: u8, up: u8) -> Change {
        let (transmit, receive) = match self.role {
            Role::Central => (down, up),
            Role::Peripheral => (up, down),
        };
        let phy = |bit: u8, present: Phy, coding: Phy| match bit {
            1 => Phy::Le1M,
            2 => Phy::Le2M,
            4 => coding,
            _ => present,
        };
        let (now_sent, now_received) = (self.schedule.transmit_phy, self.schedule.receive_phy);
        let transmit = phy(transmit, now_sent, self.control.wish.coding);
        Change::Phy { transmit, receive: phy(receive, now_received, Phy::CodedS8) }
    }

    pub(super) fn receive_phy_req(&mut self, now: Instant, phys: (u8, u8), port: &mut impl Port) -> Flow {
        if self.control.link_layer.supported_phys() == 1 {
            return self.unknown(LlControl::PHY_REQ);
        }
        if let Some(flow) = self.collides(Procedure::PhyUpdate, LlControl::PHY_REQ) {
            return flow;
        }
        match self.role {
            Role::Central => {
                let choice = self.choose(phys);
                let on = (ProcedureInput::Request, ProcedureInput::RequestOfNothing);
                self.decide_phy(now, Side::Responder, choice, on, port);
            }
            Role::Peripheral => {
                let procedure = (Side::Responder, Procedure::PhyUpdate);
                let _told = self.control.step(now, procedure, ProcedureInput::Request, port);
                let wish = self.control.wish;
                self.say(&LlControl::LlPhyRsp { tx_phys: wish.transmit, rx_phys: wish.receive });
            }
        }
        Flow::Open
    }

    pub(super) fn receive_phy_rsp(&mut self, now: Instant, phys: (u8, u8), port: &mut impl Port) -> Flow {
        if self.role == Role::Central {
            let choice = self.choose(phys);
            let on = (ProcedureInput::Response, ProcedureInput::ResponseOfNothing);
            self.decide_phy(now, Side::Initiator, choice, on, port);
        }
        Flow::Open
    }

    pub(super) fn receive_phy_update(
        &mut self,
        now: Instant,
        (down, up, instant): (u8, u8, u16),
        port: &mut impl Port,
    ) -> Flow {
        if self.role == Role::Central {
            return self.unknown(LlControl::PHY_UPDATE_IND);
        }
        // Both may wait for it if the requests have crossed; the central's own is the one it decides.
        let side = [Side::Responder, Side::Initiator]
            .into_iter()
            .find(|&side| self.awaits_indication(side, Procedure::PhyUpdate));
        let Some(side) = side else { return Flow::Open };
        if (down, up) == (0, 0) {
            let by_host = side == Side::Initiator && self.control.by_host();
            let procedure = (side, Procedure::PhyUpdate);
            let over = self.control.step(now, procedure, ProcedureInput::IndicationOfNothing, port);
            if over && by_host {
                self.phy_complete(ErrorCode::SUCCESS, port);
            }
            return Flow::Open;
        }
        let supported = self.control.link_layer.supported_phys();
        let legal = |phy: u8| phy == 0 || phy.is_power_of_two() && phy & supported != 0;
        if !legal(down) || !legal(up) {
            return Flow::Closed(ErrorCode::UNSUPPORTED_LL_PARAMETER_VALUE);
        }
        let change = self.phy_change(down, up);
        self.await_instant(now, (side, Procedure::PhyUpdate), (instant, change), port)
    }

    /// Tells the host which PHYs are in use (Vol 4 Part E 7.7.65.12), and sends with the coding it prefers.
    pub(super) fn phy_complete(&mut self, status: ErrorCode, port: &mut impl Port) {
        if number(self.schedule.transmit_phy) == 3 {
            self.schedule.transmit_phy = self.control.wish.coding;
        }
        let (tx_phy, rx_phy) = self.phys();
        let handle = self.handle;
        self.control.tell(Event::LePhyUpdateComplete { status, handle, tx_phy, rx_phy }, port);
    }

    /// The PHYs in use by their numbers in HCI: sent and received with.
    pub(crate) fn phys(&self) -> (u8, u8) {
        (number(self.schedule.transmit_phy), number(self.schedule.receive_phy))
    }
}
