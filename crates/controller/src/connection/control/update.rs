//! The Connection Update and Connection Parameters Request procedures, Vol 6 Part B 5.1.1 and 5.1.7.
//!
//! Invariant: only parameters within the ranges of Vol 4 Part E 7.8.18 are asked for, agreed to or followed.

use super::{Connection, Flow, Procedure, ProcedureInput, Request, Running, Side};
use crate::config::feature;
use crate::connection::schedule::Change;
use crate::io::{Port, Role};
use crate::timing::{INTERVAL_UNIT, TIMEOUT_UNIT};
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::{ErrorCode, Event};
use blesim_packet::ll::LlControl;

/// No wish for the position of the anchor (Vol 6 Part B 2.4.2.16).
const NO_OFFSET: [u16; 6] = [0xFFFF; 6];

/// Connection parameters, in the units of Vol 4 Part E 7.8.18.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Parameters {
    pub(crate) interval_min: u16,
    pub(crate) interval_max: u16,
    pub(crate) latency: u16,
    pub(crate) timeout: u16,
}

impl Parameters {
    /// The ranges of Vol 4 Part E 7.8.18.
    pub(crate) fn legal(self) -> bool {
        let Self { interval_min, interval_max, latency, timeout } = self;
        6 <= interval_min
            && interval_min <= interval_max
            && interval_max <= 3_200
            && latency <= 499
            && (10..=3_200).contains(&timeout)
            // The timeout exceeds (1 + latency) x interval x 2: in units of 10 ms and 1.25 ms.
            && u32::from(timeout) * 4 > (1 + u32::from(latency)) * u32::from(interval_max)
    }
}

fn units(span: Span, unit: Span) -> u16 {
    u16::try_from(span.as_nanos() / unit.as_nanos()).expect("it was a number of 16 bits")
}

impl Connection {
    pub(super) fn begin_update(
        &mut self,
        now: Instant,
        parameters: Parameters,
        by_host: bool,
        port: &mut impl Port,
    ) {
        self.control.asked = parameters;
        let request = match self.role {
            // A peer that is not known to have it is not asked: the central need not.
            Role::Central => self.control.known.agreed(feature::CONNECTION_PARAMETERS_REQUEST),
            Role::Peripheral => true,
        };
        if !request {
            return self.update_at_instant(now, parameters, (Side::Initiator, by_host), port);
        }
        if self.start(now, Procedure::ConnectionParametersRequest, by_host, port) {
            let Parameters { interval_min, interval_max, latency, timeout } = parameters;
            self.say(&LlControl::LlConnectionParamReq {
                interval_min,
                interval_max,
                latency,
                timeout,
                preferred_periodicity: 0,
                reference_event: self.schedule.counter(),
                offsets: NO_OFFSET,
            });
        }
    }

    /// The central decides without asking.
    pub(super) fn update_at_instant(
        &mut self,
        now: Instant,
        parameters: Parameters,
        (side, by_host): (Side, bool),
        port: &mut impl Port,
    ) {
        if side == Side::Responder || self.start(now, Procedure::ConnectionUpdate, by_host, port) {
            self.decide_update(parameters);
        }
    }

    fn decide_update(&mut self, parameters: Parameters) {
        let instant = self.instant();
        let Parameters { interval_max: interval, latency, timeout, .. } = parameters;
        let (win_size, win_offset) = (1, 0);
        self.say(&LlControl::LlConnectionUpdateInd {
            win_size,
            win_offset,
            interval,
            latency,
            timeout,
            instant,
        });
        let change = Change::Parameters { win_size, win_offset, interval, latency, timeout };
        self.schedule.plan(instant, change);
    }

    pub(super) fn receive_update(&mut self, now: Instant, pdu: &LlControl, port: &mut impl Port) -> Flow {
        let LlControl::LlConnectionUpdateInd { win_size, win_offset, interval, latency, timeout, instant } =
            *pdu
        else {
            return Flow::Open;
        };
        if self.role == Role::Central {
            return self.unknown(LlControl::CONNECTION_UPDATE_IND);
        }
        let parameters = Parameters { interval_min: interval, interval_max: interval, latency, timeout };
        // The transmit window: at most 10 ms, shorter than the interval, within it (Vol 6 Part B 5.1.1).
        let window = (1..=8).contains(&win_size) && u16::from(win_size) < interval && win_offset <= interval;
        if !parameters.legal() || !window {
            return Flow::Closed(ErrorCode::INVALID_LL_PARAMETERS);
        }
        let change = Change::Parameters { win_size, win_offset, interval, latency, timeout };
        let asked = Procedure::ConnectionParametersRequest;
        let side =
            [Side::Responder, Side::Initiator].into_iter().find(|&side| self.awaits_indication(side, asked));
        if let Some(side) = side {
            return self.await_instant(now, (side, asked), (instant, change), port);
        }
        if let Some(flow) = self.collides(Procedure::ConnectionUpdate, LlControl::CONNECTION_UPDATE_IND) {
            return flow;
        }
        let procedure = (Side::Responder, Procedure::ConnectionUpdate);
        self.await_instant(now, procedure, (instant, change), port)
    }

    /// LL_CONNECTION_PARAM_REQ or, for a central, LL_CONNECTION_PARAM_RSP.
    pub(super) fn receive_parameters(&mut self, now: Instant, pdu: &LlControl, port: &mut impl Port) -> Flow {
        let (request, parameters) = match *pdu {
            LlControl::LlConnectionParamReq { interval_min, interval_max, latency, timeout, .. } => {
                (true, Parameters { interval_min, interval_max, latency, timeout })
            }
            LlControl::LlConnectionParamRsp { interval_min, interval_max, latency, timeout, .. } => {
                (false, Parameters { interval_min, interval_max, latency, timeout })
            }
            _ => return Flow::Open,
        };
        if request { self.asked_for(now, parameters, port) } else { self.agreed_to(now, parameters, port) }
            .unwrap_or(Flow::Open)
    }

    fn asked_for(&mut self, now: Instant, parameters: Parameters, port: &mut impl Port) -> Option<Flow> {
        let opcode = LlControl::CONNECTION_PARAM_REQ;
        if self.control.link_layer.features & feature::CONNECTION_PARAMETERS_REQUEST == 0 {
            return Some(self.unknown(opcode));
        }
        let asked = Procedure::ConnectionParametersRequest;
        if let Some(flow) = self.collides(asked, opcode) {
            return Some(flow);
        }
        let _told = self.control.step(now, (Side::Responder, asked), ProcedureInput::Request, port);
        // A host that has not asked for the event is not asked (Vol 6 Part B 5.1.7.2).
        let error = if !parameters.legal() {
            Some(ErrorCode::INVALID_LL_PARAMETERS)
        } else if self.control.le_event_mask & 1 << 5 == 0 {
            Some(ErrorCode::UNSUPPORTED_REMOTE_FEATURE)
        } else {
            None
        };
        if let Some(error) = error {
            let _over = self.control.step(now, (Side::Responder, asked), ProcedureInput::HostRefuses, port);
            self.refuse(opcode, error);
            return None;
        }
        let Parameters { interval_min, interval_max, latency, timeout } = parameters;
        let handle = self.handle;
        let request = Event::LeRemoteConnectionParameterRequest {
            handle,
            interval_min,
            interval_max,
            latency,
            timeout,
        };
        self.control.tell(request, port);
        None
    }

    fn agreed_to(&mut self, now: Instant, parameters: Parameters, port: &mut impl Port) -> Option<Flow> {
        let own = (Side::Initiator, Procedure::ConnectionParametersRequest);
        let by_host = self.control.by_host();
        if !parameters.legal() {
            if self.control.step(now, own, ProcedureInput::ResponseOfNothing, port) {
                self.refuse(LlControl::CONNECTION_PARAM_RSP, ErrorCode::INVALID_LL_PARAMETERS);
                if by_host {
                    self.update_complete(ErrorCode::INVALID_LL_PARAMETERS, port);
                }
            }
        } else if self.control.step(now, own, ProcedureInput::Response, port) {
            self.decide_update(parameters);
        }
        None
    }

    /// The host answers the peer's request; an error refuses it.
    ///
    /// # Errors
    /// Command Disallowed (0x0C) if nothing was asked, Invalid HCI Command Parameters (0x12).
    pub(crate) fn answer_parameters(
        &mut self,
        now: Instant,
        answer: Result<Parameters, ErrorCode>,
        port: &mut impl Port,
    ) -> Result<(), ErrorCode> {
        let asked = (Side::Responder, Procedure::ConnectionParametersRequest);
        if !matches!(self.control.remote, Some(Running { state: super::ProcedureState::AwaitHost, .. })) {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        if answer.is_ok_and(|parameters| !parameters.legal()) {
            return Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS);
        }
        if self.control.encryption.runs() && !self.control.link_layer.updates_during_encryption {
            self.ask(now, Request::Answer(answer), false, port);
            return Ok(());
        }
        match answer {
            Err(error) => {
                let _over = self.control.step(now, asked, ProcedureInput::HostRefuses, port);
                self.refuse(LlControl::CONNECTION_PARAM_REQ, error);
            }
            Ok(parameters) => {
                let _on = self.control.step(now, asked, ProcedureInput::HostAccepts, port);
                match self.role {
                    Role::Central => self.decide_update(parameters),
                    Role::Peripheral => self.say_agreed(parameters),
                }
            }
        }
        self.rouse(now);
        Ok(())
    }

    fn say_agreed(&mut self, parameters: Parameters) {
        let Parameters { interval_min, interval_max, latency, timeout } = parameters;
        self.say(&LlControl::LlConnectionParamRsp {
            interval_min,
            interval_max,
            latency,
            timeout,
            preferred_periodicity: 0,
            reference_event: self.schedule.counter(),
            offsets: NO_OFFSET,
        });
    }

    /// Tells the host the parameters in use (Vol 4 Part E 7.7.65.3).
    pub(super) fn update_complete(&self, status: ErrorCode, port: &mut impl Port) {
        let complete = Event::LeConnectionUpdateComplete {
            status,
            handle: self.handle,
            interval: units(self.schedule.interval, INTERVAL_UNIT),
            latency: self.schedule.latency,
            timeout: units(self.schedule.timeout, TIMEOUT_UNIT),
        };
        self.control.tell(complete, port);
    }
}
