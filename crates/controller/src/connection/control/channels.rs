//! The Channel Map Update procedure, Vol 6 Part B 5.1.2, and the minimum number of used channels, 5.1.11.
//!
//! Invariant: a map in use has at least two channels.

use super::{Connection, Flow, Procedure, ProcedureInput, Request, Side};
use crate::config::feature;
use crate::connection::schedule::Change;
use crate::io::{Port, Role};
use blesim_kernel::Instant;
use blesim_packet::hci::ErrorCode;
use blesim_packet::ll::{ChannelMap, LlControl, Phy};

impl Connection {
    pub(super) fn begin_channel_map(&mut self, now: Instant, map: ChannelMap, port: &mut impl Port) {
        if map == self.schedule.map || !self.start(now, Procedure::ChannelMapUpdate, true, port) {
            return;
        }
        let instant = self.instant();
        self.say(&LlControl::LlChannelMapInd { channel_map: map, instant });
        self.schedule.plan(instant, Change::ChannelMap(map));
    }

    pub(super) fn receive_channel_map(
        &mut self,
        now: Instant,
        (map, instant): (ChannelMap, u16),
        port: &mut impl Port,
    ) -> Flow {
        if self.role == Role::Central {
            return self.unknown(LlControl::CHANNEL_MAP_IND);
        }
        if !map.is_valid() {
            return Flow::Closed(ErrorCode::INVALID_LL_PARAMETERS);
        }
        if let Some(flow) = self.collides(Procedure::ChannelMapUpdate, LlControl::CHANNEL_MAP_IND) {
            return flow;
        }
        let procedure = (Side::Responder, Procedure::ChannelMapUpdate);
        self.await_instant(now, procedure, (instant, Change::ChannelMap(map)), port)
    }

    /// The peripheral wants more channels on a PHY in use: those of the lowest numbers join the map.
    pub(super) fn receive_min_used_channels(
        &mut self,
        now: Instant,
        (phys, least): (u8, u8),
        port: &mut impl Port,
    ) -> Flow {
        let supported = self.control.link_layer.features & feature::MINIMUM_USED_CHANNELS != 0;
        if self.role == Role::Peripheral || !supported {
            return self.unknown(LlControl::MIN_USED_CHANNELS_IND);
        }
        let procedure = (Side::Responder, Procedure::MinimumUsedChannels);
        let _told = self.control.step(now, procedure, ProcedureInput::Indication, port);
        let in_use = |phy| match phy {
            Phy::Le1M => 1,
            Phy::Le2M => 2,
            Phy::CodedS2 | Phy::CodedS8 => 4,
        };
        if phys & (in_use(self.schedule.transmit_phy) | in_use(self.schedule.receive_phy)) == 0 {
            return Flow::Open;
        }
        let mut bits = self.schedule.map.bits();
        let mut others = ChannelMap::ALL.bits() & !bits;
        while bits.count_ones() < u32::from(least) && others != 0 {
            let lowest = others & others.wrapping_neg();
            (bits, others) = (bits | lowest, others & !lowest);
        }
        let map = ChannelMap::new(bits).expect("only data channels join");
        if map != self.schedule.map {
            self.ask(now, Request::ChannelMap(map), false, port);
        }
        Flow::Open
    }
}
