//! Link layer control: encryption start and termination, and the answer to everything else.
//!
//! Invariant: every control PDU gets the reaction the specification names; one that is unknown gets
//! LL_UNKNOWN_RSP, and one out of place during encryption start ends the link (Vol 6 Part B 5.1.3.1).

use super::encryption::{EncryptionState, TransitionInput};
use super::schedule::Change;
use super::traffic::{Content, Sent, Traffic};
use super::{Connection, Flow};
use crate::io::{Draw, Note, Port, Role};
use blesim_crypto::{LinkCipher, session_key};
use blesim_kernel::{Instant, Span};
use blesim_packet::Octets;
use blesim_packet::hci::{AclData, ErrorCode, Event, HciPacket};
use blesim_packet::ll::{LlControl, Llid};

/// The procedure response timeout: 40 s (Vol 6 Part B 5.2).
const PROCEDURE_RESPONSE_TIMEOUT: Span = Span::from_secs(40);

/// What the connection must do after a PDU.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reaction {
    None,
    Close(ErrorCode),
}

/// How the link is being ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    No,
    /// Our LL_TERMINATE_IND is to be acknowledged until then.
    Local {
        until: Instant,
    },
    /// The peer's LL_TERMINATE_IND is acknowledged by the next packet we send.
    Remote {
        reason: ErrorCode,
    },
}

/// The encryption start procedure with the numbers gathered so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Control {
    handle: u16,
    role: Role,
    state: EncryptionState,
    responds_until: Option<Instant>,
    skd: u128,
    iv: u64,
    ltk: u128,
    ending: Ending,
}

impl Control {
    pub(crate) fn new(handle: u16, role: Role) -> Self {
        let state = EncryptionState::Idle;
        Self { handle, role, state, responds_until: None, skd: 0, iv: 0, ltk: 0, ending: Ending::No }
    }

    /// Whether no procedure is under way.
    pub(crate) fn idle(&self) -> bool {
        self.state == EncryptionState::Idle && self.ending == Ending::No
    }

    /// A change of parameters holds from the next event on.
    #[expect(clippy::unused_self, reason = "what the host is told depends on who asked for the change")]
    pub(crate) fn took_hold(&mut self, _change: Change, _port: &mut impl Port) {}

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.ending {
            Ending::Local { until } => Some(until),
            Ending::No | Ending::Remote { .. } => self.responds_until,
        }
    }

    /// What the host is told when [`Control::deadline`] passes.
    pub(crate) fn timeout_reason(&self) -> ErrorCode {
        match self.ending {
            // Vol 6 Part B 5.1.6: Tterminate ends the link all the same.
            Ending::Local { .. } => ErrorCode::CONNECTION_TERMINATED_BY_LOCAL_HOST,
            Ending::No | Ending::Remote { .. } => ErrorCode::LL_RESPONSE_TIMEOUT,
        }
    }

    /// What the host is told when nothing is heard for the supervision timeout.
    pub(crate) fn loss_reason(&self) -> ErrorCode {
        match self.ending {
            Ending::No => ErrorCode::CONNECTION_TIMEOUT,
            Ending::Local { .. } => ErrorCode::CONNECTION_TERMINATED_BY_LOCAL_HOST,
            Ending::Remote { reason } => reason,
        }
    }

    /// A packet went out; a link the peer has terminated ends with it.
    pub(crate) fn after_sending(&self) -> Flow {
        match self.ending {
            Ending::Remote { reason } => Flow::Closed(reason),
            Ending::No | Ending::Local { .. } => Flow::Open,
        }
    }

    pub(crate) fn terminate(&mut self, reason: ErrorCode, until: Instant, traffic: &mut Traffic) {
        if self.ending == Ending::No {
            traffic.push_control(&LlControl::LlTerminateInd { error: reason.0 });
            self.ending = Ending::Local { until };
        }
    }

    /// Moves along the declared table; false if it has no such row.
    fn step(&mut self, now: Instant, on: TransitionInput, port: &mut impl Port) -> bool {
        let Some(next) = self.state.after(self.role, on) else { return false };
        self.state = next;
        self.responds_until = (next != EncryptionState::Idle).then(|| now + PROCEDURE_RESPONSE_TIMEOUT);
        port.note(self.handle, Note::Encryption(next));
        true
    }

    /// The host of the central asks for encryption with this key (Vol 4 Part E 7.8.24).
    pub(crate) fn enable(
        &mut self,
        now: Instant,
        (rand, ediv, ltk): (u64, u16, u128),
        traffic: &mut Traffic,
        port: &mut impl Port,
    ) -> Result<(), ErrorCode> {
        if traffic.encrypted() || !self.step(now, TransitionInput::HostEnable, port) {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        let (skd_c, iv_c) = Self::own_halves(port);
        self.ltk = ltk;
        (self.skd, self.iv) = (u128::from(skd_c), u64::from(iv_c));
        traffic.data_paused = true;
        traffic.push_control(&LlControl::LlEncReq { rand, ediv, skd_c, iv_c });
        Ok(())
    }

    fn own_halves(port: &mut impl Port) -> (u64, u32) {
        let low_32 = |word: u64| u32::try_from(word & 0xFFFF_FFFF).expect("it is masked");
        (port.draw(Draw::Skd), low_32(port.draw(Draw::Iv)))
    }

    /// The host of the peripheral answers the LTK request; `None` is its negative reply.
    pub(crate) fn key(
        &mut self,
        now: Instant,
        ltk: Option<u128>,
        traffic: &mut Traffic,
        port: &mut impl Port,
    ) -> Result<(), ErrorCode> {
        let on = if ltk.is_some() { TransitionInput::HostKey } else { TransitionInput::HostNoKey };
        if !self.step(now, on, port) {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        if let Some(ltk) = ltk {
            self.ltk = ltk;
            self.install(traffic, port);
            traffic.encrypt_receive();
            traffic.push_control(&LlControl::LlStartEncReq);
        } else {
            // Without a feature exchange the peer is not known to take LL_REJECT_EXT_IND (2.4.2.18).
            traffic.push_control(&LlControl::LlRejectInd { error: ErrorCode::PIN_OR_KEY_MISSING.0 });
            traffic.data_paused = false;
        }
        Ok(())
    }

    fn install(&self, traffic: &mut Traffic, port: &mut impl Port) {
        let key = session_key(self.ltk, self.skd);
        port.note(self.handle, Note::SessionKey { ltk: self.ltk, skd: self.skd, iv: self.iv, key });
        traffic.install(LinkCipher::new(key, self.iv));
    }

    /// Takes in the content of a new PDU.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        content: &Content,
        traffic: &mut Traffic,
        port: &mut impl Port,
    ) -> Reaction {
        match content.llid {
            Llid::Control => match LlControl::decode(&content.payload) {
                Ok(pdu) => self.receive_control(now, &pdu, traffic, port),
                Err(_) => self.unknown(content.payload.first().copied().unwrap_or_default(), traffic),
            },
            Llid::Start | Llid::Continuation => {
                // Vol 6 Part B 5.1.3.1: data has no place between LL_ENC_REQ and the end of the procedure.
                if self.strict() {
                    return Reaction::Close(ErrorCode::MIC_FAILURE);
                }
                // Packet boundary: 0b10 starts a packet from the controller, 0b01 continues it.
                let boundary = if content.llid == Llid::Start { 2 } else { 1 };
                let data = Octets::from_slice(&content.payload).expect("27 octets fit 251");
                port.to_host(HciPacket::Acl(AclData { handle: self.handle, boundary, broadcast: 0, data }));
                Reaction::None
            }
            // Reserved for future use: ignored (Vol 6 Part B 2.4).
            Llid::Reserved => Reaction::None,
        }
    }

    /// True from LL_ENC_REQ at the peripheral and LL_ENC_RSP at the central to the end of the procedure: what
    /// has no place in it ends the link (Vol 6 Part B 5.1.3.1). Before, a central may still get what the
    /// peripheral sent without having seen the request.
    fn strict(&self) -> bool {
        match self.state {
            EncryptionState::Idle | EncryptionState::AwaitEncRsp => false,
            EncryptionState::AwaitStartEncReq
            | EncryptionState::AwaitKey
            | EncryptionState::AwaitStartEncRsp => true,
        }
    }

    /// What follows from a control PDU that changes nothing.
    fn out_of_place(&self) -> Reaction {
        if self.strict() { Reaction::Close(ErrorCode::MIC_FAILURE) } else { Reaction::None }
    }

    /// The answer to a control PDU that is not understood (Vol 6 Part B 2.4.2.8).
    fn unknown(&self, opcode: u8, traffic: &mut Traffic) -> Reaction {
        if self.strict() {
            return Reaction::Close(ErrorCode::MIC_FAILURE);
        }
        traffic.push_control(&LlControl::LlUnknownRsp { opcode });
        Reaction::None
    }

    fn receive_control(
        &mut self,
        now: Instant,
        pdu: &LlControl,
        traffic: &mut Traffic,
        port: &mut impl Port,
    ) -> Reaction {
        let (on, error) = match *pdu {
            LlControl::LlEncReq { .. } => (TransitionInput::EncReq, None),
            LlControl::LlEncRsp { .. } => (TransitionInput::EncRsp, None),
            LlControl::LlStartEncReq => (TransitionInput::StartEncReq, None),
            LlControl::LlStartEncRsp => (TransitionInput::StartEncRsp, None),
            LlControl::LlRejectInd { error } | LlControl::LlRejectExtInd { error, .. } => {
                (TransitionInput::Reject, Some(ErrorCode(error)))
            }
            LlControl::LlTerminateInd { error } => {
                self.ending = Ending::Remote { reason: ErrorCode(error) };
                return Reaction::None;
            }
            LlControl::LlUnknownRsp { .. } => return self.out_of_place(),
            ref other => return self.unknown(other.opcode(), traffic),
        };
        let from = self.state;
        if !self.step(now, on, port) {
            return self.out_of_place();
        }
        self.act(from, pdu, error, traffic, port);
        Reaction::None
    }

    /// What a legal step of encryption start entails.
    fn act(
        &mut self,
        from: EncryptionState,
        pdu: &LlControl,
        error: Option<ErrorCode>,
        traffic: &mut Traffic,
        port: &mut impl Port,
    ) {
        match *pdu {
            LlControl::LlEncReq { rand, ediv, skd_c, iv_c } => {
                let (skd_p, iv_p) = Self::own_halves(port);
                self.skd = u128::from(skd_p) << 64 | u128::from(skd_c);
                self.iv = u64::from(iv_p) << 32 | u64::from(iv_c);
                traffic.data_paused = true;
                traffic.push_control(&LlControl::LlEncRsp { skd_p, iv_p });
                let request = Event::LeLongTermKeyRequest { handle: self.handle, rand, ediv };
                port.to_host(HciPacket::Event(request));
            }
            LlControl::LlEncRsp { skd_p, iv_p } => {
                self.skd |= u128::from(skd_p) << 64;
                self.iv |= u64::from(iv_p) << 32;
                self.install(traffic, port);
            }
            LlControl::LlStartEncReq => {
                traffic.encrypt_receive();
                traffic.encrypt_transmit();
                traffic.push_control(&LlControl::LlStartEncRsp);
            }
            LlControl::LlStartEncRsp => {
                if from == EncryptionState::AwaitStartEncRsp && self.role == Role::Peripheral {
                    traffic.encrypt_transmit();
                    traffic.push_control(&LlControl::LlStartEncRsp);
                }
                self.changed(ErrorCode::SUCCESS, traffic, port);
            }
            _ => self.changed(error.expect("only a rejection is left"), traffic, port),
        }
    }

    /// The procedure is over: tells the host (Vol 4 Part E 7.7.8) and lets data flow again.
    fn changed(&self, status: ErrorCode, traffic: &mut Traffic, port: &mut impl Port) {
        traffic.data_paused = false;
        let enabled = u8::from(status == ErrorCode::SUCCESS);
        port.to_host(HciPacket::Event(Event::EncryptionChange { status, handle: self.handle, enabled }));
    }
}

impl Connection {
    /// The host asks for the link to be ended (Vol 6 Part B 5.1.6); it ends by the supervision timeout at the
    /// latest.
    pub(crate) fn terminate(&mut self, now: Instant, reason: ErrorCode) {
        let until = now + self.schedule.timeout;
        self.control.terminate(reason, until, &mut self.traffic);
        self.rouse(now);
    }

    /// The peer has acknowledged a PDU.
    pub(super) fn acknowledged(&self, sent: Sent, port: &mut impl Port) -> Flow {
        match sent {
            Sent::Data { last: true } => {
                let completed = Event::NumberOfCompletedPackets { handle: self.handle, count: 1 };
                port.to_host(HciPacket::Event(completed));
                Flow::Open
            }
            Sent::Control(opcode) if opcode == LlControl::TERMINATE_IND => {
                Flow::Closed(ErrorCode::CONNECTION_TERMINATED_BY_LOCAL_HOST)
            }
            Sent::Empty | Sent::Data { last: false } | Sent::Control(_) => Flow::Open,
        }
    }
}
