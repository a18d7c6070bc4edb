//! A scripted peer and host for control procedures: who says what, in turn.
//!
//! Invariant: a script that is not followed to its end fails, and names itself.

use crate::encryption::{Stage, central, peripheral};
use crate::rig::{HANDLE, Rig};
use blesim_controller::{Note, Role, Why, feature};
use blesim_packet::hci::{Command, Event};
use blesim_packet::ll::LlControl;

/// One line of a script.
#[derive(Clone, Copy)]
pub(crate) enum Line {
    /// The host gives a command, which succeeds.
    Host(Command),
    /// The host gives a command, which is refused with this code.
    Refused(Command, u8),
    /// The peer says this; the argument is the number of the event it says it in.
    Peer(fn(u16) -> LlControl),
    /// The controller says a PDU with this opcode.
    Says(u8),
    /// The controller refuses this opcode with this error.
    Rejects(u8, u8),
    /// The host gets the event of this name, with this status if it has one.
    Told(&'static str, u8),
    /// The link ends with this reason.
    Ends(u8),
    /// Nothing more is said or told.
    Quiet,
}

/// What is done in which role, on which link.
pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    /// The link is encrypted before.
    pub(crate) encrypted: bool,
    /// The peer's features, if they are known before.
    pub(crate) features: Option<u64>,
    pub(crate) lines: Vec<Line>,
}

/// Events that a line is waited for.
const PATIENCE: usize = 60;

/// A script under way.
pub(crate) struct Play {
    pub(crate) rig: Rig,
    pub(crate) events: u16,
    told: usize,
    said: Vec<LlControl>,
    name: &'static str,
}

impl Play {
    pub(crate) fn new(script: &Script) -> Self {
        let stage = if script.encrypted { Stage::Encrypted } else { Stage::Idle };
        let rig = match script.role {
            Role::Central => central(stage),
            Role::Peripheral => peripheral(stage),
        };
        let mut play = Self { rig, events: 0, told: 0, said: Vec::new(), name: script.name };
        play.rig.hci(Command::LeSetEventMask(u64::MAX));
        if let Some(features) = script.features {
            play.learn(script.role, features);
        }
        play.events = play.rig.count;
        play.told = play.rig.events().len();
        play
    }

    fn learn(&mut self, role: Role, features: u64) {
        let ask = match role {
            Role::Central => LlControl::LlPeripheralFeatureReq { features },
            Role::Peripheral => LlControl::LlFeatureReq { features },
        };
        self.rig.event_with(&ask);
        let said = (0..3).find_map(|_| self.rig.event(None)).and_then(|said| said.control());
        assert!(matches!(said, Some(LlControl::LlFeatureRsp { .. })), "{}: {said:?}", self.name);
    }

    /// One connection event, and what is due before it.
    fn event(&mut self, pdu: Option<&LlControl>) {
        while let Some((at, Why::AuthenticatedPayload)) = self.rig.controller.deadline()
            && (self.rig.peer.role() == Role::Peripheral || at <= self.rig.anchor)
        {
            self.rig.wake();
        }
        let said = match pdu {
            Some(pdu) => self.rig.event_with(pdu),
            None => self.rig.event(None),
        };
        self.events = self.rig.count;
        self.said.extend(said.and_then(|said| said.control()));
    }

    fn until<T>(&mut self, what: &str, mut found: impl FnMut(&mut Self) -> Option<T>) -> T {
        for _ in 0..PATIENCE {
            if let Some(found) = found(self) {
                return found;
            }
            if self.rig.link().is_none() {
                break;
            }
            self.event(None);
        }
        found(self).unwrap_or_else(|| {
            panic!("{}: {what} never came; said {:?}, told {:?}", self.name, self.said, self.rig.events())
        })
    }

    pub(crate) fn line(&mut self, line: Line) {
        match line {
            Line::Host(command) => assert_eq!(self.host(command), 0, "{}: {command:?}", self.name),
            Line::Refused(command, code) => {
                assert_eq!(self.host(command), code, "{}: {command:?}", self.name);
            }
            Line::Peer(pdu) => {
                let pdu = pdu(self.events);
                self.event(Some(&pdu));
            }
            Line::Says(opcode) => {
                self.says(opcode);
            }
            Line::Rejects(opcode, error) => {
                let reject = self.says(LlControl::REJECT_EXT_IND);
                assert_eq!(reject, LlControl::LlRejectExtInd { opcode, error }, "{}", self.name);
            }
            Line::Told(name, status) => {
                let event = self.told(name);
                assert_eq!(status_of(&event), status, "{}: {event:?}", self.name);
            }
            Line::Ends(reason) => {
                self.until("the end", |play| play.rig.disconnected().filter(|&ended| ended == reason));
            }
            Line::Quiet => {
                self.event(None);
                self.event(None);
                self.event(None);
                assert_eq!(self.said, [], "{}", self.name);
                assert_eq!(self.rig.disconnected(), None, "{}", self.name);
                assert_eq!(self.rig.events().len(), self.told, "{}", self.name);
            }
        }
    }

    /// The next PDU the controller says; it has this opcode.
    pub(crate) fn says(&mut self, opcode: u8) -> LlControl {
        let pdu = self.until("a PDU", |play| (!play.said.is_empty()).then(|| play.said.remove(0)));
        assert_eq!(pdu.opcode(), opcode, "{}: {pdu:?}", self.name);
        pdu
    }

    /// The next event for the host that is not the answer to a command; it has this name.
    pub(crate) fn told(&mut self, name: &str) -> Event {
        let event = self.until(name, |play| {
            let event = play.rig.events().get(play.told).copied();
            play.told += usize::from(event.is_some());
            event
        });
        assert_eq!(event.name(), Some(name), "{}: {event:?}", self.name);
        event
    }

    fn host(&mut self, command: Command) -> u8 {
        let events = self.rig.hci(command);
        self.told += 1;
        match &events[0] {
            Event::CommandStatus { status, .. } => status.0,
            Event::CommandComplete { parameters, .. } => parameters[0],
            other => panic!("{}: the answer comes first, not {other:?}", self.name),
        }
    }
}

fn status_of(event: &Event) -> u8 {
    match event {
        Event::LeConnectionUpdateComplete { status, .. }
        | Event::LeReadRemoteFeaturesComplete { status, .. }
        | Event::LePhyUpdateComplete { status, .. }
        | Event::LeRequestPeerScaComplete { status, .. }
        | Event::ReadRemoteVersionInformationComplete { status, .. }
        | Event::EncryptionKeyRefreshComplete { status, .. }
        | Event::EncryptionChange { status, .. } => status.0,
        _ => 0,
    }
}

/// Plays it to its end; the rows of the table it took.
pub(crate) fn play(script: &Script) -> Vec<u8> {
    let mut play = Play::new(script);
    for line in &script.lines {
        play.line(*line);
    }
    play.rig
        .port
        .notes
        .iter()
        .filter_map(|note| if let Note::Edge(number) = note { Some(*number) } else { None })
        .collect()
}

/// A peer with every feature.
pub(crate) const ALL: Option<u64> = Some(feature::ALL);

pub(crate) fn script(name: &'static str, role: Role, features: Option<u64>, lines: &[Line]) -> Script {
    Script { name, role, encrypted: false, features, lines: lines.to_vec() }
}

/// The host of this side wants 50 ms to 60 ms.
pub(crate) const UPDATE: Command = Command::LeConnectionUpdate(PARAMETERS);
pub(crate) const PARAMETERS: blesim_packet::hci::LeConnectionUpdate =
    blesim_packet::hci::LeConnectionUpdate {
        handle: HANDLE,
        interval_min: 40,
        interval_max: 48,
        latency: 0,
        timeout: 500,
        min_ce_length: 0,
        max_ce_length: 0,
    };
