//! Encryption start, pause and refresh, Vol 6 Part B 5.1.3: what each step of the table entails.
//!
//! Invariant: a direction is encrypted from the PDU on that the specification names, and no PDU of another
//! procedure is begun or answered while this one runs.

use super::{Connection, Control, Ending, Flow, PROCEDURE_RESPONSE_TIMEOUT};
use crate::config::feature;
use crate::connection::encryption::{EncryptionState, TransitionInput};
use crate::io::{Draw, Note, Port, Role};
use blesim_crypto::{LinkCipher, session_key};
use blesim_kernel::Instant;
use blesim_packet::hci::{ErrorCode, Event};
use blesim_packet::ll::LlControl;

/// Where the procedure is, with the numbers gathered so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Encryption {
    state: EncryptionState,
    /// The link was encrypted when the procedure began.
    refreshes: bool,
    until: Option<Instant>,
    rand: u64,
    ediv: u16,
    skd: u128,
    iv: u64,
    ltk: u128,
}

impl Default for Encryption {
    fn default() -> Self {
        let state = EncryptionState::Idle;
        Self { state, refreshes: false, until: None, rand: 0, ediv: 0, skd: 0, iv: 0, ltk: 0 }
    }
}

impl Encryption {
    pub(super) fn runs(&self) -> bool {
        self.state != EncryptionState::Idle
    }

    pub(super) fn until(&self) -> Option<Instant> {
        self.until
    }

    /// True from LL_ENC_REQ or LL_PAUSE_ENC_REQ at the peripheral and their responses at the central to the
    /// end of the procedure: what has no place in it ends the link (Vol 6 Part B 5.1.3.1, 5.1.3.2). Before, a
    /// central may still get what the peripheral sent without having seen the request.
    pub(super) fn strict(&self, role: Role) -> bool {
        match self.state {
            EncryptionState::Idle => false,
            EncryptionState::AwaitEncRsp => self.refreshes,
            EncryptionState::AwaitPauseEncRsp => role == Role::Peripheral,
            EncryptionState::AwaitStartEncReq
            | EncryptionState::AwaitKey
            | EncryptionState::AwaitStartEncRsp
            | EncryptionState::AwaitEncReq => true,
        }
    }

    /// Whether a rejection of LL_ENC_REQ may come.
    pub(super) fn awaits_answer(&self) -> bool {
        matches!(self.state, EncryptionState::AwaitEncRsp | EncryptionState::AwaitStartEncReq)
    }
}

impl Control {
    /// Moves along the declared table; false if it has no such row.
    fn encryption_step(&mut self, now: Instant, on: TransitionInput, port: &mut impl Port) -> bool {
        let Some(next) = self.encryption.state.after(self.role, on) else { return false };
        self.encryption.state = next;
        self.encryption.until = self.encryption.runs().then(|| now + PROCEDURE_RESPONSE_TIMEOUT);
        port.note(self.handle, Note::Encryption(next));
        true
    }
}

fn own_halves(port: &mut impl Port) -> (u64, u32) {
    let low_32 = |word: u64| u32::try_from(word & 0xFFFF_FFFF).expect("it is masked");
    (port.draw(Draw::Skd), low_32(port.draw(Draw::Iv)))
}

impl Connection {
    /// Begins encryption with this key, or its refresh if the link is encrypted.
    pub(super) fn begin_encryption(
        &mut self,
        now: Instant,
        (rand, ediv, ltk): (u64, u16, u128),
        port: &mut impl Port,
    ) {
        let refreshes = self.traffic.encrypted();
        let on = if refreshes { TransitionInput::HostRefresh } else { TransitionInput::HostEnable };
        if !self.control.encryption_step(now, on, port) {
            return;
        }
        let encryption = &mut self.control.encryption;
        (encryption.rand, encryption.ediv, encryption.ltk) = (rand, ediv, ltk);
        encryption.refreshes = refreshes;
        self.traffic.data_paused = true;
        if refreshes {
            self.say(&LlControl::LlPauseEncReq);
        } else {
            self.request_encryption(port);
        }
    }

    fn request_encryption(&mut self, port: &mut impl Port) {
        let (skd_c, iv_c) = own_halves(port);
        let encryption = &mut self.control.encryption;
        (encryption.skd, encryption.iv) = (u128::from(skd_c), u64::from(iv_c));
        let (rand, ediv) = (encryption.rand, encryption.ediv);
        self.say(&LlControl::LlEncReq { rand, ediv, skd_c, iv_c });
    }

    /// The host of the peripheral answers the LTK request; `None` is its negative reply.
    pub(crate) fn key(
        &mut self,
        now: Instant,
        ltk: Option<u128>,
        port: &mut impl Port,
    ) -> Result<(), ErrorCode> {
        let on = if ltk.is_some() { TransitionInput::HostKey } else { TransitionInput::HostNoKey };
        if !self.control.encryption_step(now, on, port) {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        if let Some(ltk) = ltk {
            self.control.encryption.ltk = ltk;
            self.install(port);
            self.traffic.encrypt_receive();
            self.say(&LlControl::LlStartEncReq);
        } else if self.control.encryption.refreshes {
            // A link that was encrypted does not go on in plain (Vol 6 Part B 5.1.3.1).
            self.terminate(now, ErrorCode::PIN_OR_KEY_MISSING, port);
        } else {
            self.refuse(LlControl::ENC_REQ, ErrorCode::PIN_OR_KEY_MISSING);
            self.traffic.data_paused = false;
        }
        Ok(())
    }

    fn install(&mut self, port: &mut impl Port) {
        let Encryption { ltk, skd, iv, .. } = self.control.encryption;
        let key = session_key(ltk, skd);
        port.note(self.handle, Note::SessionKey { ltk, skd, iv, key });
        self.traffic.install(LinkCipher::new(key, iv));
    }

    /// Takes in a PDU of encryption start or pause; `None` if it is not one.
    pub(super) fn receive_encryption(
        &mut self,
        now: Instant,
        pdu: &LlControl,
        port: &mut impl Port,
    ) -> Option<Flow> {
        let answers = self.control.encryption.awaits_answer();
        let (on, error) = match *pdu {
            LlControl::LlEncReq { .. } => (TransitionInput::EncReq, None),
            LlControl::LlEncRsp { .. } => (TransitionInput::EncRsp, None),
            LlControl::LlStartEncReq => (TransitionInput::StartEncReq, None),
            LlControl::LlStartEncRsp => (TransitionInput::StartEncRsp, None),
            LlControl::LlPauseEncReq => (TransitionInput::PauseEncReq, None),
            LlControl::LlPauseEncRsp => (TransitionInput::PauseEncRsp, None),
            LlControl::LlRejectInd { error }
            | LlControl::LlRejectExtInd { opcode: LlControl::ENC_REQ, error }
                if answers =>
            {
                (TransitionInput::Reject, Some(ErrorCode(error)))
            }
            LlControl::LlUnknownRsp { opcode: LlControl::ENC_REQ }
                if answers && !self.control.encryption.strict(self.role) =>
            {
                (TransitionInput::Reject, Some(ErrorCode::UNSUPPORTED_REMOTE_FEATURE))
            }
            _ => return None,
        };
        if on == TransitionInput::PauseEncReq && !self.traffic.encrypted() {
            return Some(self.out_of_place());
        }
        if on == TransitionInput::EncReq && self.role == Role::Peripheral && !self.encryption_supported() {
            return Some(Flow::Open);
        }
        if !self.control.encryption_step(now, on, port) {
            return Some(self.out_of_place());
        }
        Some(match error {
            Some(error) => self.encryption_over(now, error, port),
            None => self.act(now, pdu, port),
        })
    }

    /// Whether LL_ENC_REQ can be followed; refuses it if not (Vol 6 Part B 5.1.3.1).
    fn encryption_supported(&mut self) -> bool {
        let supported = self.control.link_layer.features & feature::ENCRYPTION != 0;
        if !supported {
            self.refuse(LlControl::ENC_REQ, ErrorCode::UNSUPPORTED_REMOTE_FEATURE);
        }
        supported
    }

    /// What a legal step entails.
    fn act(&mut self, now: Instant, pdu: &LlControl, port: &mut impl Port) -> Flow {
        match *pdu {
            LlControl::LlEncReq { rand, ediv, skd_c, iv_c } => {
                let (skd_p, iv_p) = own_halves(port);
                let encryption = &mut self.control.encryption;
                encryption.skd = u128::from(skd_p) << 64 | u128::from(skd_c);
                encryption.iv = u64::from(iv_p) << 32 | u64::from(iv_c);
                self.traffic.data_paused = true;
                self.say(&LlControl::LlEncRsp { skd_p, iv_p });
                self.control.tell(Event::LeLongTermKeyRequest { handle: self.handle, rand, ediv }, port);
            }
            LlControl::LlEncRsp { skd_p, iv_p } => {
                self.control.encryption.skd |= u128::from(skd_p) << 64;
                self.control.encryption.iv |= u64::from(iv_p) << 32;
                self.install(port);
            }
            LlControl::LlStartEncReq => {
                self.traffic.encrypt_receive();
                self.traffic.encrypt_transmit();
                self.say(&LlControl::LlStartEncRsp);
            }
            LlControl::LlPauseEncReq => {
                self.control.encryption.refreshes = true;
                self.traffic.data_paused = true;
                // The response still goes out encrypted, and the next to come is plain (5.1.3.2).
                self.say(&LlControl::LlPauseEncRsp);
                self.traffic.receive_plain();
            }
            LlControl::LlPauseEncRsp => {
                self.traffic.transmit_plain();
                if self.role == Role::Central {
                    self.traffic.receive_plain();
                    self.say(&LlControl::LlPauseEncRsp);
                    self.request_encryption(port);
                }
            }
            // What is left is LL_START_ENC_RSP, the end.
            _ => {
                if self.role == Role::Peripheral {
                    self.traffic.encrypt_transmit();
                    self.say(&LlControl::LlStartEncRsp);
                }
                return self.encryption_over(now, ErrorCode::SUCCESS, port);
            }
        }
        Flow::Open
    }

    /// The procedure is over: tells the host (Vol 4 Part E 7.7.8, 7.7.39), lets data flow again, and comes
    /// back to what the peer asked meanwhile.
    fn encryption_over(&mut self, now: Instant, status: ErrorCode, port: &mut impl Port) -> Flow {
        self.traffic.data_paused = false;
        self.control.payload.restart(now);
        let handle = self.handle;
        let refreshed = core::mem::take(&mut self.control.encryption.refreshes);
        if refreshed && status != ErrorCode::SUCCESS {
            // Vol 6 Part B 5.1.3.1: a link that was encrypted does not go on in plain.
            self.control.tell(Event::EncryptionKeyRefreshComplete { status, handle }, port);
            self.terminate(now, status, port);
            return Flow::Open;
        }
        let enabled = u8::from(status == ErrorCode::SUCCESS);
        self.control.tell(
            if refreshed {
                Event::EncryptionKeyRefreshComplete { status, handle }
            } else {
                Event::EncryptionChange { status, handle, enabled }
            },
            port,
        );
        self.take_up_deferred(now, port)
    }

    /// What follows from a control PDU of this procedure that moves nothing.
    pub(super) fn out_of_place(&self) -> Flow {
        let strict = self.control.encryption.strict(self.role);
        if strict { Flow::Closed(ErrorCode::MIC_FAILURE) } else { Flow::Open }
    }

    /// Whether the link is being ended.
    pub(super) fn ends(&self) -> bool {
        self.control.ending != Ending::No
    }
}
