//! What happened on one connection, in order and in words.
//!
//! Invariant: every line is a packet of the capture. Must never know: what it means.

use crate::dialogue::Key;
use crate::step::{Happening, Moment, Parameters, Side, View};
use crate::verify::words;
use blesim_packet::hci::ErrorCode;
use blesim_packet::ll::LlControl;
use blesim_packet::smp::{AuthReq, PairingFeatures, SmpPdu};

/// The most lines of one connection.
const LINES_MAX: usize = 200;

/// A line of the story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// The packet.
    pub at: Moment,
    /// Who acts; none for a controller's word.
    pub who: Option<Side>,
    /// What.
    pub text: String,
}

/// The story of a view.
#[must_use]
pub fn story(view: &View) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut put = |at, who, text: String| lines.push(Line { at, who, text });
    if let Some(at) = view.opened {
        let parameters = view.parameters.filter(|_| view.side.is_none() || view.steps.is_empty());
        put(at, None, format!("connected{}", parameters.map_or(String::new(), |p| format!(", {}", of(p)))));
    }
    for step in &view.steps {
        if let Some((who, text)) = words_of(&step.what, view.side) {
            put(step.at, who, text);
        }
    }
    if view.more > 0 {
        put(view.last().unwrap_or_default(), None, format!("{} more steps are not told", view.more));
    }
    rounds(&mut lines);
    if lines.len() > LINES_MAX {
        let more = lines.len() - LINES_MAX;
        let at = lines[LINES_MAX].at;
        lines.truncate(LINES_MAX);
        lines.push(Line { at, who: None, text: format!("{more} more lines are not told") });
    }
    lines
}

/// Parameters in words.
#[must_use]
pub fn of(parameters: Parameters) -> String {
    let quarter = u32::from(parameters.interval) * 5;
    let (whole, part) = (quarter / 4, quarter % 4 * 25);
    let interval =
        if part == 0 { whole.to_string() } else { format!("{whole}.{part:02}").trim_end_matches('0').into() };
    let timeout = u32::from(parameters.timeout) * 10;
    format!("interval {interval} ms, latency {}, supervision timeout {timeout} ms", parameters.latency)
}

/// Rounds of Passkey Entry are told once.
fn rounds(lines: &mut Vec<Line>) {
    const WORDS: [&str; 2] = ["Pairing Confirm", "Pairing Random"];
    const KEPT: usize = 4;
    let is_round = |line: &Line| WORDS.iter().any(|word| line.text.starts_with(word));
    let mut index = 0;
    while index < lines.len() {
        let run = lines[index..].iter().take_while(|line| is_round(line)).count();
        if run > 2 * KEPT {
            let left = run - 2 * KEPT;
            let text = format!("{left} more confirm and random values");
            let line = Line { at: lines[index + KEPT].at, who: None, text };
            lines.splice(index + KEPT..index + KEPT + left, [line]);
            index += 2 * KEPT + 1;
        } else {
            index += run.max(1);
        }
    }
}

fn words_of(what: &Happening, side: Option<Side>) -> Option<(Option<Side>, String)> {
    let host = |text: &str| Some((side, text.to_owned()));
    match what {
        Happening::Smp { from, pdu: Ok(pdu), .. } => Some((Some(*from), pdu_words(pdu))),
        Happening::Smp { from, octets, pdu: Err(error) } => {
            let name = octets
                .first()
                .and_then(|code| SmpPdu::name_of(*code))
                .unwrap_or("a PDU of the Security Manager");
            Some((Some(*from), format!("{name} that breaks its format: {error}")))
        }
        Happening::EnableEncryption { rand: 0, ediv: 0, ltk: 0 } => host("asks for encryption"),
        Happening::EnableEncryption { rand, ediv, .. } => {
            Some((side, format!("has encryption started, EDIV {ediv:#06x}, Rand {rand:#018x}")))
        }
        Happening::KeyRequest { rand, ediv } => {
            Some((None, format!("the peer asks for encryption, EDIV {ediv:#06x}, Rand {rand:#018x}")))
        }
        Happening::KeyReply { .. } => host("has the key"),
        Happening::NoKey => host("has no key for this peer"),
        Happening::EncryptionChange { status: ErrorCode::SUCCESS, enabled: 0 } => {
            Some((None, "the link is not encrypted any more".to_owned()))
        }
        Happening::EncryptionChange { status: ErrorCode::SUCCESS, .. } => {
            Some((None, "the link is encrypted".to_owned()))
        }
        Happening::KeyRefresh { status: ErrorCode::SUCCESS } => {
            Some((None, "the link is encrypted with another key".to_owned()))
        }
        Happening::EncryptionChange { status, .. } | Happening::KeyRefresh { status } => {
            Some((None, format!("encryption failed: {status}")))
        }
        Happening::Disconnect { reason } => Some((side, format!("ends the link: {reason}"))),
        Happening::Disconnected { reason } => Some((None, format!("the link is gone: {reason}"))),
        Happening::UpdateAsked { by } => Some((Some(*by), "asks for other connection parameters".to_owned())),
        Happening::Updated => Some((None, "the connection parameters change".to_owned())),
        Happening::PayloadTimeout => Some((None, "no authenticated packet came in time".to_owned())),
        Happening::StrayData { from } => Some((Some(*from), "data in the start of encryption".to_owned())),
        Happening::Reset => host("begins anew"),
        Happening::Control { from, pdu } => Some((Some(*from), control_words(pdu))),
        Happening::DhKey(_) | Happening::Opened { .. } => None,
    }
}

fn control_words(pdu: &LlControl) -> String {
    match pdu {
        LlControl::LlTerminateInd { error } | LlControl::LlRejectInd { error } => {
            format!("{}: {}", pdu.name(), ErrorCode(*error))
        }
        LlControl::LlRejectExtInd { error, .. } => format!("{}: {}", pdu.name(), ErrorCode(*error)),
        other => other.name().to_owned(),
    }
}

fn pdu_words(pdu: &SmpPdu) -> String {
    match pdu {
        SmpPdu::PairingRequest(features) | SmpPdu::PairingResponse(features) => {
            format!("{}: {}", pdu.name(), features_words(*features))
        }
        SmpPdu::PairingFailed(reason) => format!("Pairing Failed: {reason}"),
        SmpPdu::SecurityRequest(auth) => format!("Security Request: {}", auth_words(*auth)),
        SmpPdu::IdentityAddressInformation(address) => {
            format!("{}: {address}", Key::Identity(*address).name())
        }
        other => other.name().to_owned(),
    }
}

fn features_words(features: PairingFeatures) -> String {
    let oob = if features.oob { ", OOB data" } else { "" };
    format!(
        "{}{oob}, {}, key size {}, initiator sends {}, responder sends {}",
        features.io,
        auth_words(features.auth),
        features.max_key_size,
        words(features.initiator_keys),
        words(features.responder_keys)
    )
}

fn auth_words(auth: AuthReq) -> String {
    let all = [
        (auth.bonding(), "bonding"),
        (auth.mitm(), "MITM"),
        (auth.sc(), "SC"),
        (auth.keypress(), "keypresses"),
    ];
    let set: Vec<&str> = all.into_iter().filter(|(set, _)| *set).map(|(_, name)| name).collect();
    if set.is_empty() { "no bonding".to_owned() } else { set.join(" ") }
}
