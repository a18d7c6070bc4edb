//! Runs a case: with both hosts ours, or with one of them real.
//!
//! Invariant: time is the simulator's alone: it stands still while the real host thinks.

use super::case::{Act, Case, Says, Setup};
use super::peer::{Peer, PeerError, Reply};
use super::watch::{Seen, Watch};
use blesim_crypto::Naive;
use blesim_host::{Answer, Bond, Episode, Level, OobData, Prompt};
use blesim_kernel::{Chance, Instant, Span};
use blesim_packet::Address;
use blesim_packet::hci::ErrorCode;
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution, Reason};
use blesim_world::{Bug, Driven, Foreign, Plan, Reached, User};
use core::fmt;
use serde_json::{Value, json};

const CENTRAL: usize = 0;
const PERIPHERAL: usize = 1;
/// Static random addresses, from the block for documentation.
const ADDRESSES: [Address; 2] =
    [Address::random([0xC0, 0, 0x5E, 0, 0x53, 0x01]), Address::random([0xC0, 0, 0x5E, 0, 0x53, 0x02])];
/// What people type where neither device shows a passkey.
const CHOSEN: u32 = 271_828;
/// For the link to end, and for the peripheral to advertise again.
const LEAVES: Span = Span::from_secs(2);
/// For a real host to come up.
const COMES_UP: Span = Span::from_millis(500);

/// Why a case could not be run to its end.
#[derive(Debug)]
pub(crate) enum StageError {
    Bug(Bug),
    Peer(PeerError),
}

impl From<Bug> for StageError {
    fn from(bug: Bug) -> Self {
        Self::Bug(bug)
    }
}

impl From<PeerError> for StageError {
    fn from(error: PeerError) -> Self {
        Self::Peer(error)
    }
}

/// A key that a side keeps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Kept {
    pub(crate) ltk: u128,
    pub(crate) size: u8,
    pub(crate) authenticated: bool,
    pub(crate) secure_connections: bool,
    pub(crate) irk: Option<u128>,
    pub(crate) csrk: Option<u128>,
}

/// What a side has shown in one act, and what it has at its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Shown {
    pub(crate) seen: Seen,
    pub(crate) encrypted: bool,
    pub(crate) kept: Option<Kept>,
}

/// What came of a case: both sides after each securing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Outcome(pub(crate) Vec<[Shown; 2]>);

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// The plan of a case: two hosts whose users leave everything to the stage.
fn plan(case: &Case) -> Plan {
    let mut plan = Plan::two(ADDRESSES, vec![blesim_host::recovery::Program::passive("passive")]);
    for (device, side) in plan.devices.iter_mut().zip(&case.sides) {
        let mut auth = AuthReq(0);
        let bits = [
            (side.bonding, AuthReq::BONDING),
            (side.mitm, AuthReq::MITM),
            (side.secure_connections, AuthReq::SC),
        ];
        bits.iter().filter(|(set, _)| *set).for_each(|(_, bit)| auth = auth.with(*bit));
        let host = &mut device.host;
        (host.io, host.auth) = (side.io, auth);
        [host.initiator_keys, host.responder_keys] = side.keys();
        (host.max_key_size, host.min_key_size) = (side.max_key_size, side.min_key_size);
        (host.security.level, host.security.debug_keys) = (side.level, side.debug_keys);
        (host.security.refuses_pairing, host.security.oob) = (side.refuses_pairing, side.oob);
        device.user = User { walks_away: Chance::ALWAYS, ..User::PERFECT };
        device.controller.public_address = Address::public(device.host.address.octets);
    }
    plan.limit = Span::from_secs(1_000);
    plan
}

/// What a real host is told to be.
fn settings(side: &Setup, own: usize) -> Value {
    let io = match side.io {
        IoCapability::DisplayOnly => 0,
        IoCapability::DisplayYesNo => 1,
        IoCapability::KeyboardOnly => 2,
        IoCapability::NoInputNoOutput => 3,
        IoCapability::KeyboardDisplay => 4,
    };
    json!({
        "do": "open",
        "address": ADDRESSES[own].to_string(),
        "io": io,
        "secure_connections": side.secure_connections,
        "mitm": side.mitm,
        "bonding": side.bonding,
        "initiator_keys": side.initiator_keys,
        "responder_keys": side.responder_keys,
        "max_key_size": side.max_key_size,
        "refuses_pairing": side.refuses_pairing,
    })
}

/// A case that is being run.
struct Stage<'a> {
    case: &'a Case,
    driven: Driven<'a, Naive, Watch>,
    /// The real host, and which side it is.
    real: Option<(usize, &'a mut Peer)>,
    /// What each device shows.
    shows: [Option<u32>; 2],
    /// What each device asks that was not answered yet.
    asks: [Option<Prompt>; 2],
    /// The real host is to be told this once it is connected.
    then: Option<&'static str>,
    /// Whether the real host keeps a bond, as far as it was seen.
    bonded: bool,
}

/// Runs a case; `real` is the side that the peer plays.
pub(crate) fn run(case: &Case, real: Option<(usize, &mut Peer)>) -> Result<Outcome, StageError> {
    let plan = plan(case);
    let foreign: Vec<(usize, Foreign)> = real.iter().map(|(side, _)| (*side, Foreign::Host)).collect();
    let driven = Driven::new(&plan, (0, 0), &foreign, Naive, Watch::default());
    let (shows, asks) = ([None; 2], [None; 2]);
    let mut stage = Stage { case, driven, real, shows, asks, then: None, bonded: false };
    let outcome = stage.play();
    if let Some((_, peer)) = stage.real {
        peer.shut()?;
    }
    outcome
}

impl Stage<'_> {
    fn play(&mut self) -> Result<Outcome, StageError> {
        if let Some((side, peer)) = &mut self.real {
            let side = *side;
            self.driven.switch(side, true);
            let reply = peer.open(&settings(&self.case.sides[side], side))?;
            self.take(reply)?;
            if self.case.sides.iter().any(|side| side.oob) {
                self.exchange_oob(side)?;
            }
            self.pass(COMES_UP)?;
        }
        let mut outcomes = Vec::new();
        for (number, &act) in self.case.acts.iter().enumerate() {
            match act {
                Act::Secure => {
                    self.driven.trace().seen = [Seen::default(), Seen::default()];
                    self.secure(number > 0)?;
                    self.pass(Span::from_secs(self.case.seconds))?;
                    outcomes.push(self.shown()?);
                }
                Act::Leave => self.leave()?,
                Act::Forget(side) => self.forget(side)?,
                Act::Spoil(side) => self.spoil(side)?,
            }
        }
        Ok(Outcome(outcomes))
    }

    /// Carries out-of-band data between the real host and ours; with ours alone their users do. For legacy pairing one
    /// side's temporary key is for both.
    fn exchange_oob(&mut self, real: usize) -> Result<(), StageError> {
        let ours = 1 - real;
        // Our central is switched on within its peer's first advertising interval.
        self.pass(COMES_UP)?;
        let own = self.driven.oob(ours);
        let told = |value: u128| format!("{:032x}", value.swap_bytes());
        let has = self.case.sides[real].oob;
        let order = json!({
            "do": "oob",
            "confirm": has.then(|| told(own.confirm)),
            "random": told(own.random),
            "tk": told(own.tk),
        });
        let Some((_, peer)) = &mut self.real else { return Ok(()) };
        let reply = peer.order(&order)?;
        let data = reply.events.iter().find(|told| told["event"] == "oob").cloned().unwrap_or_default();
        self.take(reply)?;
        if let (true, Some(confirm), Some(random)) =
            (self.case.sides[ours].oob, octets(&data["confirm"]), octets(&data["random"]))
        {
            self.driven.bring_oob(ours, 0, OobData { tk: own.tk, confirm, random });
        }
        Ok(())
    }

    /// Has the two secure their link.
    fn secure(&mut self, again: bool) -> Result<(), StageError> {
        match self.real_side() {
            Some(PERIPHERAL) => self.order(&json!({ "do": "advertise" }))?,
            Some(_) => {
                self.then = Some(if self.bonded { "encrypt" } else { "pair" });
                self.order(&json!({ "do": "connect", "peer": ADDRESSES[PERIPHERAL].to_string() }))?;
                return Ok(());
            }
            None => {}
        }
        if again {
            self.driven.begin(CENTRAL, 0);
        }
        Ok(())
    }

    fn leave(&mut self) -> Result<(), StageError> {
        if self.real_side() == Some(CENTRAL) {
            self.order(&json!({ "do": "disconnect" }))?;
        } else {
            self.driven.disconnect(CENTRAL, 0);
        }
        self.pass(LEAVES)
    }

    fn forget(&mut self, side: usize) -> Result<(), StageError> {
        if self.real_side() == Some(side) {
            self.bonded = false;
            return self.order(&json!({ "do": "forget" }));
        }
        self.driven.bonds_mut(side).clear();
        Ok(())
    }

    fn spoil(&mut self, side: usize) -> Result<(), StageError> {
        if self.real_side() == Some(side) {
            return self.order(&json!({ "do": "spoil" }));
        }
        let peer = ADDRESSES[1 - side];
        let bond = self.driven.bonds(side).get(peer).copied();
        if let Some(bond) = bond {
            // The first octet that travels, as for a real host.
            self.driven.bonds_mut(side).put(Bond { ltk: bond.ltk ^ 1, ..bond });
        }
        Ok(())
    }

    fn real_side(&self) -> Option<usize> {
        self.real.as_ref().map(|(side, _)| *side)
    }

    fn order(&mut self, order: &Value) -> Result<(), StageError> {
        let Some((_, peer)) = &mut self.real else { return Ok(()) };
        let reply = peer.order(order)?;
        self.take(reply)
    }

    /// Lets so much time pass, in which everybody says and answers what they have to.
    fn pass(&mut self, span: Span) -> Result<(), StageError> {
        let until = self.driven.now() + span;
        loop {
            let next = self.driven.next().unwrap_or(Instant::MAX).min(until);
            let reached = self.driven.advance(next)?;
            if reached == Reached::Packet {
                self.deliver()?;
            }
            self.attend()?;
            if reached == Reached::Until
                && next == until
                && self.driven.next().is_none_or(|next| next > until)
            {
                return Ok(());
            }
        }
    }

    /// Hands the real host what it is sent, and takes what it says to that.
    fn deliver(&mut self) -> Result<(), StageError> {
        let packets: Vec<_> = core::iter::from_fn(|| self.driven.take()).map(|(_, packet)| packet).collect();
        let Some((_, peer)) = &mut self.real else { return Ok(()) };
        let reply = peer.deliver(&packets)?;
        self.take(reply)
    }

    /// What the real host has said.
    fn take(&mut self, reply: Reply) -> Result<(), StageError> {
        let Some(side) = self.real_side() else { return Ok(()) };
        for packet in reply.packets {
            self.driven.put(side, packet);
        }
        for told in reply.events {
            self.told(side, &told)?;
        }
        Ok(())
    }

    fn told(&mut self, side: usize, told: &Value) -> Result<(), StageError> {
        let code = || told["code"].as_u64().and_then(|code| u8::try_from(code).ok()).unwrap_or(0);
        let seen = &mut self.driven.trace().seen[side];
        match told["event"].as_str().unwrap_or_default() {
            "connected" => {
                if let Some(then) = self.then.take() {
                    return self.order(&json!({ "do": then }));
                }
            }
            "paired" => {
                seen.paired = true;
                seen.model = told["model"].as_str().map(str::to_owned);
                let (authenticated, secure) =
                    (told["authenticated"] == true, told["secure_connections"] == true);
                seen.level = Some(Level::of(authenticated, secure, 16));
                self.bonded = true;
            }
            "pairing failed" => {
                seen.failed = Some(blesim_host::Shown::PairingFailed(Reason(code())).to_string());
            }
            "encryption failed" => seen.failed = Some(ErrorCode(code()).to_string()),
            // It was at it when the link was lost, for the reason that the packets tell.
            "encrypts" | "pairs" if told["says"] == "cancelled" => {
                let gone = seen.gone.map(|reason| reason.to_string());
                seen.failed = seen.failed.take().or(gone);
            }
            "encrypts" | "pairs" if told["ok"] == false && told["code"].is_null() => {
                let says = told["says"].as_str().unwrap_or_default();
                seen.failed.get_or_insert_with(|| says.to_owned());
            }
            "shows passkey" => self.shows[side] = told["number"].as_u64().and_then(|n| u32::try_from(n).ok()),
            "asks passkey" => self.asks[side] = Some(Prompt::EnterPasskey),
            "compares" => self.asks[side] = Some(Prompt::Compare(0)),
            "disconnected" => (self.shows, self.asks) = ([None; 2], [None; 2]),
            _ => {}
        }
        Ok(())
    }

    /// The users look at both devices, and say what they say in this case.
    fn attend(&mut self) -> Result<(), StageError> {
        while let Some((device, prompt)) = self.driven.trace().prompts.pop_front() {
            match prompt {
                Prompt::DisplayPasskey(passkey) => self.shows[device] = Some(passkey),
                Prompt::Dismissed => (self.shows[device], self.asks[device]) = (None, None),
                Prompt::EnterPasskey | Prompt::Compare(_) | Prompt::Confirm | Prompt::Ask(_) => {
                    self.asks[device] = Some(prompt);
                }
            }
        }
        for device in [CENTRAL, PERIPHERAL] {
            let Some(prompt) = self.asks[device] else { continue };
            let other = 1 - device;
            let known = match prompt {
                // Where neither can show one, both are told what was chosen.
                Prompt::EnterPasskey => self.shows[other].or(self.both_type().then_some(CHOSEN)),
                _ => Some(0),
            };
            let Some(passkey) = known else { continue };
            self.asks[device] = None;
            if let Some(answer) = says(self.case.sides[device].says, prompt, passkey) {
                self.answer(device, answer)?;
            }
        }
        Ok(())
    }

    /// Whether the passkey is typed on both.
    fn both_type(&self) -> bool {
        self.case.sides.iter().all(|side| side.io == IoCapability::KeyboardOnly)
    }

    fn answer(&mut self, device: usize, answer: Answer) -> Result<(), StageError> {
        if self.real_side() != Some(device) {
            self.driven.answer(device, 0, answer);
            return Ok(());
        }
        let text = match answer {
            Answer::Passkey(passkey) => passkey.to_string(),
            Answer::Yes => "yes".to_owned(),
            Answer::No | Answer::Cancel | Answer::Keypress(_) => "no".to_owned(),
        };
        self.order(&json!({ "do": "answer", "answer": text }))
    }

    /// Both sides as they are now.
    fn shown(&mut self) -> Result<[Shown; 2], StageError> {
        let seen = self.driven.trace().seen.clone();
        let mut shown = Vec::new();
        for (side, seen) in seen.into_iter().enumerate() {
            shown.push(if self.real_side() == Some(side) {
                self.shown_by_real(side, seen)?
            } else {
                self.shown_by_ours(side, seen)
            });
        }
        Ok(shown.try_into().expect("there are two sides"))
    }

    /// Whether the peripheral gives its LTK away, without which nobody has a use for it (Vol 3 Part H 3.6.1).
    fn distributes_ltk(&self) -> bool {
        self.case.sides.iter().all(|side| side.keys()[PERIPHERAL].contains(KeyDistribution::ENC_KEY))
    }

    fn shown_by_ours(&self, side: usize, mut seen: Seen) -> Shown {
        let session = self.driven.sessions(side).next();
        let link = session.map(|session| session.link);
        let encrypted = link.is_some_and(|link| link.key().is_some());
        let secured = session.is_some_and(|session| matches!(session.episode, Episode::Secured(_)));
        seen.level = session.filter(|_| encrypted).map(|session| session.level).filter(|_| secured);
        let kept = self.driven.bonds(side).get(ADDRESSES[1 - side]).map(|bond| Kept {
            ltk: bond.ltk,
            size: bond.key_size,
            authenticated: bond.authenticated,
            secure_connections: bond.secure_connections,
            irk: bond.irk,
            csrk: bond.csrk,
        });
        Shown { seen, encrypted, kept }
    }

    fn shown_by_real(&mut self, side: usize, mut seen: Seen) -> Result<Shown, StageError> {
        let Some((_, peer)) = &mut self.real else { unreachable!("it is asked of the real side") };
        let order = json!({ "do": "state", "peer": ADDRESSES[1 - side].to_string() });
        let reply = peer.order(&order)?;
        let state = reply.events.iter().find(|told| told["event"] == "state").cloned().unwrap_or_default();
        let encrypted = state["encrypted"] == true;
        let kept = kept(&state["keys"]).filter(|kept| kept.secure_connections || self.distributes_ltk());
        let by_bond = |kept: &Kept| Level::of(kept.authenticated, kept.secure_connections, kept.size);
        seen.level = seen.level.or(kept.as_ref().map(by_bond)).filter(|_| encrypted);
        Ok(Shown { seen, encrypted, kept })
    }
}

/// What a user says.
fn says(habit: Says, prompt: Prompt, passkey: u32) -> Option<Answer> {
    let typed = prompt == Prompt::EnterPasskey;
    match habit {
        Says::Right if typed => Some(Answer::Passkey(passkey)),
        Says::Right => Some(Answer::Yes),
        // The lowest bit is the first that is compared (Vol 3 Part H 2.3.5.6.3).
        Says::Wrong if typed => Some(Answer::Passkey(passkey ^ 1)),
        Says::No | Says::Wrong => Some(if typed { Answer::Cancel } else { Answer::No }),
        Says::Nothing => None,
    }
}

/// A value of 16 octets, which stand in the order in which they travel.
fn octets(text: &Value) -> Option<u128> {
    let text = text.as_str().filter(|text| text.len() == 32)?;
    u128::from_str_radix(text, 16).ok().map(u128::swap_bytes)
}

/// The keys that a real host keeps.
fn kept(keys: &Value) -> Option<Kept> {
    let key = |name: &str| octets(&keys[name]["value"]);
    let secure_connections = !keys["ltk"].is_null();
    // The key of the peripheral is the one that encrypts (Vol 3 Part H 2.4.4.2).
    let name = if secure_connections { "ltk" } else { "ltk_central" };
    Some(Kept {
        ltk: key(name)?,
        size: 16,
        authenticated: keys[name]["authenticated"] == true,
        secure_connections,
        irk: key("irk"),
        csrk: key("csrk"),
    })
}
