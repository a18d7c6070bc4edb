//! The way of a received PDU to its procedure.
//!
//! Invariant: nothing that arrives goes unjudged: each PDU has its place, waits for the end of encryption
//! start, is unknown, or ends the link.

use super::table::ProcedureState;
use super::{Connection, Ending, Flow, Procedure, ProcedureInput, Side};
use crate::connection::schedule::{Ahead, Change};
use crate::connection::traffic::Content;
use crate::io::{Port, Role};
use blesim_kernel::Instant;
use blesim_packet::Octets;
use blesim_packet::hci::ErrorCode;
use blesim_packet::ll::{LlControl, Llid};

impl Connection {
    /// Takes in the content of a new PDU.
    pub(crate) fn receive(&mut self, now: Instant, content: &Content<'_>, port: &mut impl Port) -> Flow {
        if self.traffic.receives_encrypted() {
            self.control.payload.restart(now);
        }
        let flow = match content.llid {
            Llid::Control => {
                // A known opcode with a body of another length is not understood (2.4.2.8).
                let opcode = content.payload.first().copied().unwrap_or_default();
                let unknown = LlControl::Unknown { opcode, data: Octets::new() };
                let pdu = LlControl::decode(content.payload).unwrap_or(unknown);
                self.receive_control(now, &pdu, port)
            }
            Llid::Start | Llid::Continuation => {
                // Vol 6 Part B 5.1.3: data has no place while encryption starts or pauses.
                if self.control.encryption.strict(self.role) {
                    return Flow::Closed(ErrorCode::MIC_FAILURE);
                }
                let boundary = if content.llid == Llid::Start { 2 } else { 1 };
                port.acl_to_host(self.handle, boundary, content.payload);
                Flow::Open
            }
            // Reserved for future use: ignored (Vol 6 Part B 2.4).
            Llid::Reserved => Flow::Open,
        };
        if flow == Flow::Open {
            self.begin_procedures(now, port);
        }
        flow
    }

    fn receive_control(&mut self, now: Instant, pdu: &LlControl, port: &mut impl Port) -> Flow {
        if let LlControl::LlTerminateInd { error } = *pdu {
            let _row = self.control.ends(Side::Responder, ProcedureInput::Indication, port);
            self.control.ending = Ending::Remote { reason: ErrorCode(error) };
            return Flow::Open;
        }
        if let Some(flow) = self.receive_encryption(now, pdu, port) {
            return flow;
        }
        if self.control.encryption.runs() {
            if self.control.encryption.strict(self.role) {
                return Flow::Closed(ErrorCode::MIC_FAILURE);
            }
            // Sent by a peer that did not know; it is answered when the procedure is over. A peer that floods
            // the queue loses the excess.
            let _full = self.control.deferred.try_push(*pdu);
            return Flow::Open;
        }
        self.receive_procedure(now, pdu, port)
    }

    /// Comes back to what arrived while encryption started.
    pub(super) fn take_up_deferred(&mut self, now: Instant, port: &mut impl Port) -> Flow {
        for pdu in core::mem::take(&mut self.control.deferred) {
            if let Flow::Closed(reason) = self.receive_procedure(now, &pdu, port) {
                return Flow::Closed(reason);
            }
        }
        Flow::Open
    }

    fn receive_procedure(&mut self, now: Instant, pdu: &LlControl, port: &mut impl Port) -> Flow {
        match *pdu {
            LlControl::LlConnectionUpdateInd { .. } => self.receive_update(now, pdu, port),
            LlControl::LlConnectionParamReq { .. } | LlControl::LlConnectionParamRsp { .. } => {
                self.receive_parameters(now, pdu, port)
            }
            LlControl::LlChannelMapInd { channel_map, instant } => {
                self.receive_channel_map(now, (channel_map, instant), port)
            }
            LlControl::LlMinUsedChannelsInd { phys, min_used_channels } => {
                self.receive_min_used_channels(now, (phys, min_used_channels), port)
            }
            LlControl::LlFeatureReq { features } if self.role == Role::Peripheral => {
                self.receive_features(now, (true, features), port)
            }
            LlControl::LlPeripheralFeatureReq { features } if self.role == Role::Central => {
                self.receive_features(now, (true, features), port)
            }
            LlControl::LlFeatureRsp { features } => self.receive_features(now, (false, features), port),
            LlControl::LlVersionInd { version, company, subversion } => {
                self.receive_version(now, (version, company, subversion), port)
            }
            LlControl::LlPingReq | LlControl::LlPingRsp => self.receive_ping(now, pdu, port),
            LlControl::LlClockAccuracyReq { sca } => self.receive_clock_accuracy(now, (true, sca), port),
            LlControl::LlClockAccuracyRsp { sca } => self.receive_clock_accuracy(now, (false, sca), port),
            LlControl::LlLengthReq { max_rx_octets, max_rx_time, max_tx_octets, max_tx_time } => {
                let (receives, sends) = ((max_rx_octets, max_rx_time), (max_tx_octets, max_tx_time));
                self.receive_length(now, (true, receives, sends), port)
            }
            LlControl::LlLengthRsp { max_rx_octets, max_rx_time, max_tx_octets, max_tx_time } => {
                let (receives, sends) = ((max_rx_octets, max_rx_time), (max_tx_octets, max_tx_time));
                self.receive_length(now, (false, receives, sends), port)
            }
            LlControl::LlPhyReq { tx_phys, rx_phys } => self.receive_phy_req(now, (tx_phys, rx_phys), port),
            LlControl::LlPhyRsp { tx_phys, rx_phys } => self.receive_phy_rsp(now, (tx_phys, rx_phys), port),
            LlControl::LlPhyUpdateInd { phy_c_to_p, phy_p_to_c, instant } => {
                self.receive_phy_update(now, (phy_c_to_p, phy_p_to_c, instant), port)
            }
            LlControl::LlUnknownRsp { opcode } => {
                self.refused(now, Some(opcode), None, port);
                Flow::Open
            }
            LlControl::LlRejectInd { error } => {
                self.refused(now, None, Some(ErrorCode(error)), port);
                Flow::Open
            }
            LlControl::LlRejectExtInd { opcode, error } => {
                self.refused(now, Some(opcode), Some(ErrorCode(error)), port);
                Flow::Open
            }
            ref other => self.unknown(other.opcode()),
        }
    }

    /// The answer to a control PDU that is not understood (Vol 6 Part B 2.4.2.8).
    pub(super) fn unknown(&mut self, opcode: u8) -> Flow {
        self.say(&LlControl::LlUnknownRsp { opcode });
        Flow::Open
    }

    /// The opcode that begins our procedure.
    fn first_opcode(&self, procedure: Procedure) -> u8 {
        match procedure {
            Procedure::ConnectionUpdate => LlControl::CONNECTION_UPDATE_IND,
            Procedure::ChannelMapUpdate => LlControl::CHANNEL_MAP_IND,
            Procedure::FeatureExchange if self.role == Role::Central => LlControl::FEATURE_REQ,
            Procedure::FeatureExchange => LlControl::PERIPHERAL_FEATURE_REQ,
            Procedure::VersionExchange => LlControl::VERSION_IND,
            Procedure::Termination => LlControl::TERMINATE_IND,
            Procedure::ConnectionParametersRequest => LlControl::CONNECTION_PARAM_REQ,
            Procedure::LePing => LlControl::PING_REQ,
            Procedure::DataLengthUpdate => LlControl::LENGTH_REQ,
            Procedure::PhyUpdate => LlControl::PHY_REQ,
            Procedure::MinimumUsedChannels => LlControl::MIN_USED_CHANNELS_IND,
            Procedure::SleepClockAccuracy => LlControl::CLOCK_ACCURACY_REQ,
        }
    }

    /// The peer refuses a PDU with this error, or does not know it; a refusal without opcode means the one
    /// procedure that we have begun.
    fn refused(&mut self, now: Instant, opcode: Option<u8>, error: Option<ErrorCode>, port: &mut impl Port) {
        let on = if error.is_some() { ProcedureInput::Reject } else { ProcedureInput::Unknown };
        let asked = (Side::Responder, Procedure::ConnectionParametersRequest);
        if opcode == Some(LlControl::CONNECTION_PARAM_RSP) {
            let _refused = self.control.step(now, asked, on, port);
            return;
        }
        let Some(local) = self.control.local else { return };
        if opcode.is_some_and(|opcode| opcode != self.first_opcode(local.procedure))
            || !self.control.step(now, (Side::Initiator, local.procedure), on, port)
        {
            return;
        }
        let error = error.unwrap_or(ErrorCode::UNSUPPORTED_REMOTE_FEATURE);
        if on == ProcedureInput::Unknown {
            self.control.known.lacks(local.procedure);
        }
        self.failed(now, (local.procedure, local.by_host), error, port);
    }

    /// Our procedure has failed: tells the host that asked for it, or tries another way.
    fn failed(
        &mut self,
        now: Instant,
        (procedure, by_host): (Procedure, bool),
        status: ErrorCode,
        port: &mut impl Port,
    ) {
        let lacking = status == ErrorCode::UNSUPPORTED_REMOTE_FEATURE;
        match procedure {
            // A central does not depend on the request (Vol 6 Part B 5.1.7.1).
            Procedure::ConnectionParametersRequest if lacking && self.role == Role::Central => {
                let parameters = self.control.asked;
                self.update_at_instant(now, parameters, (Side::Initiator, by_host), port);
            }
            Procedure::ConnectionParametersRequest if by_host => self.update_complete(status, port),
            Procedure::PhyUpdate if by_host => self.phy_complete(status, port),
            Procedure::FeatureExchange if by_host => self.features_complete(status, port),
            Procedure::VersionExchange if by_host => self.version_complete(status, port),
            Procedure::SleepClockAccuracy if by_host => self.clock_accuracy_complete(status, 0, port),
            _ => {}
        }
    }

    /// The instant for a change that this side, the central, decides: six events that the peripheral listens
    /// to lie before it (Vol 6 Part B 5.5.1).
    pub(super) fn instant(&self) -> u16 {
        self.schedule.counter().wrapping_add(self.schedule.latency).wrapping_add(7)
    }

    /// The central has set a change for this instant (Vol 6 Part B 5.5.1).
    pub(super) fn await_instant(
        &mut self,
        now: Instant,
        procedure: (Side, Procedure),
        (instant, change): (u16, Change),
        port: &mut impl Port,
    ) -> Flow {
        let ahead = self.schedule.ahead(instant);
        if ahead == Ahead::Passed {
            return Flow::Closed(ErrorCode::INSTANT_PASSED);
        }
        if self.schedule.changing() {
            // Two changes at once are never legal (Vol 6 Part B 5.3).
            return Flow::Closed(ErrorCode::DIFFERENT_TRANSACTION_COLLISION);
        }
        if !self.control.step(now, procedure, ProcedureInput::Indication, port) {
            return Flow::Open;
        }
        if ahead == Ahead::By(0) {
            // The present event is the instant: what holds from here on is new.
            self.schedule.adopt(change);
            self.took_hold(change, port);
        } else {
            self.schedule.plan(instant, change);
        }
        Flow::Open
    }

    /// Whether `side` has begun `procedure` and waits for the central's decision.
    pub(super) fn awaits_indication(&self, side: Side, procedure: Procedure) -> bool {
        self.control.state(side, procedure) == ProcedureState::AwaitIndication
    }
}
