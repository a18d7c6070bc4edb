//! Words for what happens: PDUs, packets, notes and faults, in the names of the specification.

use super::control;
use blesim_controller::{EncryptionState, Note as ControllerNote, PROCEDURES};
use blesim_host::recovery::{Action, Program, Question};
use blesim_host::{Answer, Note, Prompt, Why};
use blesim_packet::hci::{
    Command, ErrorCode, Event, LeConnectionUpdate, LeCreateConnection, LeEnhancedConnectionComplete,
    LeExtendedCreateConnection,
};
use blesim_packet::l2cap::Signal;
use blesim_packet::ll::{LlControl, Llid};
use blesim_packet::smp::{AuthReq, KeyDistribution, PairingFeatures, SmpPdu};
use blesim_packet::{l2cap, ll};
use blesim_world::Reception;
use blesim_world::fault::{Effect, Lost};

/// The plaintext of a data channel PDU.
pub(super) fn data(llid: Llid, payload: &[u8]) -> String {
    match llid {
        Llid::Control => LlControl::decode(payload)
            .map_or_else(|error| format!("control PDU: {error}"), |pdu| control::words(&pdu)),
        Llid::Start => match l2cap::Frame::decode(payload) {
            Ok(frame) if frame.cid == l2cap::CID_SMP => match SmpPdu::decode(frame.payload) {
                Ok(pdu) => pdu.name().to_owned(),
                Err(error) => format!("SMP, not a PDU: {error}"),
            },
            Ok(frame) => channel_payload(frame.cid, frame.payload),
            Err(_) => begins(payload),
        },
        Llid::Continuation => format!("L2CAP goes on, {} octets", payload.len()),
        Llid::Reserved => format!("reserved LLID, {} octets", payload.len()),
    }
}

/// What travels on an L2CAP channel other than the Security Manager's.
pub(super) fn channel_payload(cid: u16, payload: &[u8]) -> String {
    if cid == l2cap::CID_LE_SIGNALLING
        && let Ok(signal) = Signal::decode(payload)
    {
        return signalling(&signal);
    }
    format!("L2CAP channel {cid:#06x}, {} octets", payload.len())
}

/// A command of the signalling channel.
fn signalling(signal: &Signal) -> String {
    match signal {
        Signal::CommandReject { reason, .. } => format!("L2CAP_COMMAND_REJECT_RSP reason {reason}"),
        Signal::ConnectionParameterUpdateRequest { interval_min, interval_max, latency, timeout, .. } => {
            let asked = control::parameters((*interval_min, *interval_max), *latency, *timeout);
            format!("L2CAP_CONNECTION_PARAMETER_UPDATE_REQ {asked}")
        }
        Signal::ConnectionParameterUpdateResponse { result, .. } => {
            let answer = if *result == 0 { "accepted" } else { "rejected" };
            format!("L2CAP_CONNECTION_PARAMETER_UPDATE_RSP {answer}")
        }
        Signal::Unknown { code, .. } => format!("unknown signalling command {code:#04x}"),
    }
}

/// The first piece of a frame that is longer than one PDU.
fn begins(payload: &[u8]) -> String {
    let name = payload.get(4).and_then(|&code| SmpPdu::name_of(code)).unwrap_or("L2CAP frame");
    format!("{name} begins, {} octets", payload.len())
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

/// Octets as hexadecimal digits, in their order.
pub(super) fn hex(octets: &[u8]) -> String {
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
    listed(keys.names())
}

fn listed(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<_> = names.collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join("+") }
}

/// A command that is worth a line.
pub(super) fn command(command: &Command) -> String {
    let name = command.name().unwrap_or("unknown command");
    match command {
        Command::LeCreateConnection(LeCreateConnection { peer, .. })
        | Command::LeExtendedCreateConnection(LeExtendedCreateConnection { peer, .. }) => {
            format!("{name} to {peer}")
        }
        Command::LeConnectionUpdate(update) | Command::LeRemoteConnectionParameterRequestReply(update) => {
            let LeConnectionUpdate { interval_min, interval_max, latency, timeout, .. } = *update;
            format!("{name} {}", control::parameters((interval_min, interval_max), latency, timeout))
        }
        Command::LeSetDataLength { octets, time, .. } => format!("{name} {octets} octets, {time} us"),
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
        Event::LeConnectionComplete { status, peer, role, .. }
        | Event::LeEnhancedConnectionComplete(LeEnhancedConnectionComplete { status, peer, role, .. })
            if *status == ErrorCode::SUCCESS =>
        {
            Some(format!("{name} as {} with {peer}", if *role == 0 { "central" } else { "peripheral" }))
        }
        Event::EncryptionChange { status, .. }
        | Event::LeConnectionComplete { status, .. }
        | Event::LeEnhancedConnectionComplete(LeEnhancedConnectionComplete { status, .. }) => {
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

/// What a fault makes of a frame.
pub(super) const fn spoilt(effect: Effect) -> &'static str {
    match effect {
        Effect::Frame(Reception::Lost) => "not heard",
        Effect::Frame(Reception::CrcError) => "broken",
        Effect::Frame(Reception::Corrupted) => "changed, with a right CRC",
        Effect::Frame(Reception::Whole) => "spared",
        Effect::ForgetBond(_)
        | Effect::PowerCut(_)
        | Effect::HostSilent(_)
        | Effect::AppGivesUp
        | Effect::RadioStops(_)
        | Effect::StrayData
        | Effect::LosePdu => "as it was",
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
            EncryptionState::AwaitPauseEncRsp => "awaits LL_PAUSE_ENC_RSP, 40 s at most",
            EncryptionState::AwaitEncReq => "awaits LL_ENC_REQ after the pause, 40 s at most",
        }
        .to_owned(),
        ControllerNote::Edge(number) => match PROCEDURES.get(usize::from(number)) {
            Some(row) => format!("{:?} as {:?}: {:?}, then {:?}", row.procedure, row.side, row.on, row.to),
            None => format!("procedure step {number}"),
        },
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
        Note::Awaits(awaited) => ("smp", format!("awaits {}", awaited.words())),
        Note::Proved(check) => ("smp", check.words().to_owned()),
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
        Note::OwnAddress(address) => ("host", format!("is {address} from now on")),
        Note::Resolved(identity) => ("host", format!("the peer is {identity}")),
        Note::BondKept => ("bond", "kept in RAM".to_owned()),
        Note::BondStored => ("bond", "stored".to_owned()),
        Note::BondNotWritten => ("bond", "not written: the flash has failed".to_owned()),
        Note::BondEvicted(peer) => ("bond", format!("the one with {peer} gives way")),
        Note::BondDeleted => ("bond", "deleted".to_owned()),
        Note::BondTableFull => ("bond", "not stored: the table is full".to_owned()),
        Note::OldBondKept => ("bond", "not stored: the old one is kept".to_owned()),
        Note::ProbesBond => ("bond", "ends the link to try the new bond on another".to_owned()),
        Note::AccessRefused(error) => {
            ("app", format!("refuses a write: {} (0x{:02X})", error.name(), error as u8))
        }
        Note::AccessDenied(error) => ("app", format!("may not write: {}", error.name())),
        Note::RaisesLevel(level) => ("policy", format!("raises the link to level {}", level as u8)),
        Note::KeyForgotten => ("bond", "its key is not used until power is lost".to_owned()),
        Note::Departs(quirk) => ("quirk", quirk.words().to_owned()),
        Note::SmpClosed => ("smp", "closed on this link for good".to_owned()),
        Note::ValueSent { octets, encrypted } => ("app", value_words("sends", octets, encrypted)),
        Note::Signed { counter } => ("app", format!("signs a value, counter {counter}")),
        Note::SignatureChecked { holds: true } => ("app", "accepts a signed value".to_owned()),
        Note::SignatureChecked { holds: false } => {
            ("app", "drops a value whose signature does not hold".to_owned())
        }
        Note::ValueReceived { octets, encrypted } => ("app", value_words("accepts", octets, encrypted)),
        Note::Secured => ("host", "SECURED".to_owned()),
        Note::GaveUp => ("policy", "GAVE UP".to_owned()),
    }
}

fn value_words(does: &str, octets: u8, encrypted: bool) -> String {
    let how = if encrypted { "encrypted" } else { "in the clear" };
    format!("{does} a value of {octets} octets, {how}")
}

fn prompt_words(prompt: Prompt) -> String {
    match prompt {
        Prompt::DisplayPasskey(passkey) => format!("is shown the passkey {passkey:06}"),
        Prompt::EnterPasskey => "is asked for a passkey".to_owned(),
        Prompt::Compare(number) => format!("is asked whether the other device shows {number:06}"),
        Prompt::Confirm => "is asked whether to pair".to_owned(),
        Prompt::Ask(Question::DeleteBond) => "is asked whether to delete the bond".to_owned(),
        Prompt::Ask(Question::TryAgain) => "is asked whether to try again".to_owned(),
        Prompt::Ask(Question::PairAgain) => "is asked whether to pair anew".to_owned(),
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
        Action::DisconnectWith(reason) => return format!("disconnect: {reason}"),
        Action::Ask(..) => "ask the user",
        Action::Wait(_) => "wait",
        Action::Reconnect => "reconnect",
        Action::Encrypt => "encrypt",
        Action::Pair => "pair",
        Action::PairWith(_) => "pair with changed parameters",
        Action::Again => "try again",
        Action::RequestSecurity => "ask for security",
        Action::DeleteBond => "delete the bond",
        Action::DeleteAllBonds => "delete every bond",
        Action::ForgetKey => "forget the key",
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
        Why::Rotation => "its address has been in use for long enough",
        Why::Resolution => "the peer's address is resolved",
        Why::BondWritten => "a bond is written",
        Why::LinkControl => "it is time to ask the link layer for something",
        Why::Application => "the application has something to send",
    }
}

/// What a fault does.
pub(super) fn effect(effect: Effect) -> String {
    match effect {
        Effect::ForgetBond(Lost::All) => "loses its bonds".to_owned(),
        Effect::ForgetBond(Lost::With(_)) => "loses one bond".to_owned(),
        Effect::ForgetBond(Lost::InRam) => "loses the bonds in its RAM".to_owned(),
        Effect::PowerCut(off) => format!("loses power for {off}"),
        Effect::HostSilent(span) => format!("its host is silent for {span}"),
        Effect::AppGivesUp => "its application gives up the link".to_owned(),
        Effect::RadioStops(span) => format!("its radio stands still for {span}"),
        Effect::StrayData => "a data PDU is to slip into its next encryption start".to_owned(),
        Effect::LosePdu => "the next PDU does not reach its host".to_owned(),
        Effect::Frame(fate) => format!("its next frame: {}", reception(fate).unwrap_or("spared")),
    }
}

/// The unit of a channel column.
pub(super) fn channel(channel: ll::ChannelIndex) -> String {
    format!("ch {}", channel.0)
}
