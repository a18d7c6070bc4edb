//! Words for what happens: PDUs, packets, notes and faults, in the names of the specification.

use blesim_controller::{EncryptionState, Note as ControllerNote};
use blesim_host::recovery::{Action, Program};
use blesim_host::{Answer, Note, Prompt, Why};
use blesim_kernel::Span;
use blesim_packet::hci::{Command, ErrorCode, Event};
use blesim_packet::ll::{AdvPdu, LlControl, Llid};
use blesim_packet::smp::{AuthReq, KeyDistribution, PairingFeatures, SmpPdu};
use blesim_packet::{l2cap, ll};
use blesim_world::Reception;
use blesim_world::fault::Effect;

/// An advertising PDU.
pub(super) fn advertising(pdu: &AdvPdu) -> String {
    match pdu {
        AdvPdu::ConnectInd(request) => {
            let ll = &request.ll;
            format!(
                "CONNECT_IND interval {}, latency {}, timeout {}, hop {}, access address {}",
                Span::from_micros(1_250) * u64::from(ll.interval),
                ll.latency,
                Span::from_millis(10) * u64::from(ll.timeout),
                ll.hop,
                ll.access_address
            )
        }
        other => other.name().to_owned(),
    }
}

/// The plaintext of a data channel PDU.
pub(super) fn data(llid: Llid, payload: &[u8]) -> String {
    match llid {
        Llid::Control => LlControl::decode(payload)
            .map_or_else(|error| format!("control PDU: {error}"), |pdu| control(&pdu)),
        Llid::Start => match l2cap::Frame::decode(payload) {
            Ok(frame) if frame.cid == l2cap::CID_SMP => match SmpPdu::decode(frame.payload) {
                Ok(pdu) => pdu.name().to_owned(),
                Err(error) => format!("SMP, not a PDU: {error}"),
            },
            Ok(frame) => format!("L2CAP channel {:#06x}, {} octets", frame.cid, frame.payload.len()),
            Err(_) => begins(payload),
        },
        Llid::Continuation => format!("L2CAP goes on, {} octets", payload.len()),
        Llid::Reserved => format!("reserved LLID, {} octets", payload.len()),
    }
}

/// The first piece of a frame that is longer than one PDU.
fn begins(payload: &[u8]) -> String {
    let name = payload.get(4).and_then(|&code| SmpPdu::name_of(code)).unwrap_or("L2CAP frame");
    format!("{name} begins, {} octets", payload.len())
}

fn control(pdu: &LlControl) -> String {
    let name = pdu.name();
    match *pdu {
        LlControl::LlEncReq { rand, ediv, skd_c, iv_c } => {
            format!("{name} Rand {rand:016x} EDIV {ediv:04x} SKD_C {skd_c:016x} IV_C {iv_c:08x}")
        }
        LlControl::LlEncRsp { skd_p, iv_p } => format!("{name} SKD_P {skd_p:016x} IV_P {iv_p:08x}"),
        LlControl::LlRejectInd { error } | LlControl::LlTerminateInd { error } => {
            format!("{name} {}", ErrorCode(error))
        }
        LlControl::LlRejectExtInd { error, .. } => format!("{name} {}", ErrorCode(error)),
        LlControl::LlUnknownRsp { opcode } => format!("{name} to opcode {opcode:#04x}"),
        _ => name.to_owned(),
    }
}

/// An SMP PDU with all its fields.
pub(super) fn smp(pdu: &SmpPdu) -> String {
    let name = pdu.name();
    match pdu {
        SmpPdu::PairingRequest(f) | SmpPdu::PairingResponse(f) => format!("{name} {}", features(*f)),
        SmpPdu::PairingConfirm(value)
        | SmpPdu::PairingRandom(value)
        | SmpPdu::PairingDhKeyCheck(value)
        | SmpPdu::EncryptionInformation { ltk: value }
        | SmpPdu::IdentityInformation { irk: value }
        | SmpPdu::SigningInformation { csrk: value } => format!("{name} {value:032x}"),
        SmpPdu::PairingFailed(reason) => format!("{name}: {reason}"),
        SmpPdu::CentralIdentification { ediv, rand } => format!("{name} EDIV {ediv:04x} Rand {rand:016x}"),
        SmpPdu::IdentityAddressInformation(address) => format!("{name} {address}"),
        SmpPdu::SecurityRequest(auth) => format!("{name} {}", requirements(*auth)),
        SmpPdu::PairingPublicKey { x, y } => format!("{name} X {} Y {}", hex(x), hex(y)),
        SmpPdu::KeypressNotification(keypress) => format!("{name} {keypress:?}"),
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |text, octet| text + &format!("{octet:02x}"))
}

fn features(features: PairingFeatures) -> String {
    format!(
        "{}{}, {}, key size {}, initiator gives {}, responder gives {}",
        features.io,
        if features.oob { ", OOB" } else { "" },
        requirements(features.auth),
        features.max_key_size,
        keys(features.initiator_keys),
        keys(features.responder_keys)
    )
}

fn requirements(auth: AuthReq) -> String {
    let flags = [
        (AuthReq::BONDING, "Bonding"),
        (AuthReq::MITM, "MITM"),
        (AuthReq::SC, "SC"),
        (AuthReq::KEYPRESS, "Keypress"),
        (AuthReq::CT2, "CT2"),
    ];
    listed(flags.iter().filter(|(flag, _)| auth.0 & flag.0 != 0).map(|&(_, name)| name))
}

fn keys(keys: KeyDistribution) -> String {
    let kinds = [
        (KeyDistribution::ENC_KEY, "EncKey"),
        (KeyDistribution::ID_KEY, "IdKey"),
        (KeyDistribution::SIGN, "Sign"),
        (KeyDistribution::LINK_KEY, "LinkKey"),
    ];
    listed(kinds.iter().filter(|(kind, _)| keys.0 & kind.0 != 0).map(|&(_, name)| name))
}

fn listed(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<_> = names.collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join("+") }
}

/// A command that is worth a line.
pub(super) fn command(command: &Command) -> String {
    let name = command.name().unwrap_or("unknown command");
    match command {
        Command::LeCreateConnection(request) => format!("{name} to {}", request.peer),
        Command::LeEnableEncryption { rand, ediv, ltk, .. } => {
            format!("{name} Rand {rand:016x} EDIV {ediv:04x} key {ltk:032x}")
        }
        Command::LeLongTermKeyRequestReply { ltk, .. } => format!("{name} {ltk:032x}"),
        Command::Disconnect { reason, .. } => format!("{name}: {reason}"),
        _ => name.to_owned(),
    }
}

/// An event that is worth a line; answers that say yes and credits are not.
pub(super) fn event(event: &Event) -> Option<String> {
    let name = event.name().unwrap_or("unknown event");
    match event {
        Event::NumberOfCompletedPackets { .. } => None,
        Event::CommandComplete { opcode, parameters, .. } => {
            let status = ErrorCode(parameters.first().copied().unwrap_or_default());
            answer(*opcode, status)
        }
        Event::CommandStatus { status, opcode, .. } => answer(*opcode, *status),
        Event::DisconnectionComplete { reason, .. } => Some(format!("{name}: {reason}")),
        Event::EncryptionChange { status, enabled, .. } if *status == ErrorCode::SUCCESS => {
            Some(format!("{name}: {}", if *enabled == 0 { "off" } else { "on, AES-CCM" }))
        }
        Event::LeConnectionComplete { status, peer, role, .. } if *status == ErrorCode::SUCCESS => {
            Some(format!("{name} as {} with {peer}", if *role == 0 { "central" } else { "peripheral" }))
        }
        Event::EncryptionChange { status, .. } | Event::LeConnectionComplete { status, .. } => {
            Some(format!("{name}: {status}"))
        }
        Event::LeLongTermKeyRequest { rand, ediv, .. } => {
            Some(format!("{name} Rand {rand:016x} EDIV {ediv:04x}"))
        }
        _ => Some(name.to_owned()),
    }
}

fn answer(opcode: u16, status: ErrorCode) -> Option<String> {
    let name = Command::name_of(opcode).unwrap_or("unknown command");
    (status != ErrorCode::SUCCESS).then(|| format!("{name} refused: {status}"))
}

/// How a frame failed to arrive.
pub(super) const fn reception(reception: Reception) -> Option<&'static str> {
    match reception {
        Reception::Whole => None,
        Reception::CrcError => Some("CRC error"),
        Reception::Corrupted => Some("corrupted, CRC still right"),
        Reception::Lost => Some("lost"),
    }
}

/// What a controller tells.
pub(super) fn controller_note(note: ControllerNote) -> String {
    match note {
        ControllerNote::SessionKey { ltk, skd, iv, key } => {
            format!("session key {key:032x} from key {ltk:032x} SKD {skd:032x} IV {iv:016x}")
        }
        ControllerNote::Encryption(state) => match state {
            EncryptionState::Idle => "encryption start is over",
            EncryptionState::AwaitEncRsp => "awaits LL_ENC_RSP, 40 s at most",
            EncryptionState::AwaitStartEncReq => "awaits LL_START_ENC_REQ, 40 s at most",
            EncryptionState::AwaitKey => "awaits the key from its host, 40 s at most",
            EncryptionState::AwaitStartEncRsp => "awaits LL_START_ENC_RSP, 40 s at most",
        }
        .to_owned(),
        ControllerNote::Closed(reason) => format!("the link ends: {reason}"),
    }
}

/// What a host tells; `program` is the policy it runs.
pub(super) fn host_note(note: Note, program: &Program) -> (&'static str, String) {
    match note {
        Note::Pairing { secure_connections, model } => {
            let kind = if secure_connections { "LE Secure Connections" } else { "LE legacy pairing" };
            ("smp", format!("{kind}, {model}"))
        }
        Note::Key(name, value) | Note::Value(name, value) => ("smp", format!("{name} {value:032x}")),
        Note::PasskeyBit(round, bit) => ("smp", format!("round {round}, bit {}", u8::from(bit))),
        Note::Keypress(keypress) => ("smp", format!("the peer's user: {keypress:?}")),
        Note::Prompt(prompt) => ("user", prompt_words(prompt)),
        Note::Answer(answer) => ("user", answer_words(answer)),
        Note::Level(level) => ("smp", format!("LE security mode 1 level {}", level as u8)),
        Note::Failed(failure) => ("host", format!("FAILED {failure}")),
        Note::Rule(Some(rule), failures) => {
            ("policy", format!("failure {failures}: rule {rule} of {} applies", program.name))
        }
        Note::Rule(None, failures) => {
            ("policy", format!("failure {failures}: no rule of {} applies", program.name))
        }
        Note::Acts(action) => ("policy", action_words(action)),
        Note::Waits(span) => ("policy", format!("waits {span}")),
        Note::BondStored => ("bond", "stored".to_owned()),
        Note::BondDeleted => ("bond", "deleted".to_owned()),
        Note::BondTableFull => ("bond", "not stored: the table is full".to_owned()),
        Note::SmpClosed => ("smp", "closed on this link for good".to_owned()),
        Note::Secured => ("host", "SECURED".to_owned()),
        Note::GaveUp => ("policy", "GAVE UP".to_owned()),
    }
}

fn prompt_words(prompt: Prompt) -> String {
    match prompt {
        Prompt::DisplayPasskey(passkey) => format!("is shown the passkey {passkey:06}"),
        Prompt::EnterPasskey => "is asked for a passkey".to_owned(),
        Prompt::Compare(number) => format!("is asked whether the other device shows {number:06}"),
        Prompt::Confirm => "is asked whether to pair".to_owned(),
        Prompt::Dismissed => "sees the prompt go away".to_owned(),
    }
}

fn answer_words(answer: Answer) -> String {
    match answer {
        Answer::Passkey(passkey) => format!("types {passkey:06}"),
        Answer::Yes => "says yes".to_owned(),
        Answer::No => "says no".to_owned(),
        Answer::Cancel => "cancels".to_owned(),
        Answer::Keypress(keypress) => format!("{keypress:?}"),
    }
}

fn action_words(action: Action) -> String {
    match action {
        Action::Disconnect => "disconnect",
        Action::Wait(_) => "wait",
        Action::Reconnect => "reconnect",
        Action::Encrypt => "encrypt",
        Action::Pair => "pair",
        Action::Again => "try again",
        Action::DeleteBond => "delete the bond",
        Action::Notify => "notify the user",
        Action::GiveUp => "give up",
    }
    .to_owned()
}

/// A timer that ran out.
pub(super) const fn wake(why: Why) -> &'static str {
    match why {
        Why::SmpTimeout => "Security Manager timer, 30 s, ran out",
        Why::DhKey => "the DHKey is computed",
        Why::ConnectTimeout => "no connection in time",
        Why::Wait => "the wait is over",
        Why::SecurityRequest => "it is time to ask for security",
    }
}

/// What a fault does.
pub(super) fn effect(effect: Effect) -> String {
    match effect {
        Effect::ForgetBond => "loses its bonds".to_owned(),
        Effect::PowerCut(off) => format!("loses power for {off}"),
        Effect::HostSilent(span) => format!("its host is silent for {span}"),
        Effect::Frame(fate) => format!("its next frame: {}", reception(fate).unwrap_or("spared")),
    }
}

/// The unit of a channel column.
pub(super) fn channel(channel: ll::ChannelIndex) -> String {
    format!("ch {}", channel.0)
}
