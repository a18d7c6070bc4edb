//! What attackers have got to: the try they are at, what they have learnt, what they are about to answer.
//!
//! Invariant: it is fed by the attacker's own host and radio alone.

use super::{Attack, Heard, Script};
use crate::plan::{DevicePlan, Plan};
use blesim_host::{Answer, Note, Payload, Prompt, Shown};
use blesim_packet::hci::HciPacket;
use blesim_packet::l2cap;
use blesim_packet::smp::Reason;
use std::collections::VecDeque;

/// Bits of a passkey, a round of Passkey Entry for each (Vol 3 Part H 2.3.5.6.3).
const PASSKEY_BITS: u8 = 20;
/// SMP codes of the values that a spoilt pairing gets wrong: Pairing Confirm and Pairing DHKey Check.
const SPOILT: [u8; 2] = [0x03, 0x0D];

/// One attacker.
#[derive(Clone, Copy, Default, Debug)]
struct State {
    /// Tries begun.
    tries: u16,
    /// The present try has come to its end.
    over: bool,
    /// It was asked for a passkey in this try, and guesses.
    guesses: bool,
    /// The round of Passkey Entry it is in, counted from one.
    round: u8,
    /// What it takes the passkey for, right in its lowest `known` bits.
    guess: u32,
    known: u8,
    /// The number that it was given to compare.
    number: Option<u32>,
    reply: Option<Answer>,
    /// How far it is with its peer, for those behind it.
    reach: Reach,
}

/// Whether an attacker has somebody at a prompt, or a secured link.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Reach {
    #[default]
    NotYet,
    There,
    /// And those behind it know.
    Told,
}

impl State {
    fn reaches(&mut self) {
        if self.reach == Reach::NotYet {
            self.reach = Reach::There;
        }
    }
}

/// All attackers of a session.
#[derive(Debug)]
pub(crate) struct Attacks {
    states: Vec<State>,
    /// What is to be passed on, and by which device.
    passing: VecDeque<(usize, Payload)>,
    /// Devices that listen.
    pub(crate) listeners: Vec<usize>,
    /// What they have heard.
    pub(crate) heard: Vec<Heard>,
}

impl Attacks {
    pub(crate) fn new(plan: &Plan) -> Self {
        let devices = plan.devices.iter().enumerate();
        let listens = |device: &DevicePlan| device.attack == Some(Attack::Listens);
        Self {
            states: vec![State::default(); plan.devices.len()],
            listeners: devices.filter(|(_, device)| listens(device)).map(|(index, _)| index).collect(),
            heard: Vec::new(),
            passing: VecDeque::new(),
        }
    }

    /// Starts over for another session.
    pub(crate) fn restart(&mut self) {
        self.states.fill(State::default());
        self.heard.clear();
        self.passing.clear();
    }

    /// Another try begins: its number, counted from zero, unless there were enough.
    pub(crate) fn begin(&mut self, device: usize, script: &Script) -> Option<u16> {
        let state = &mut self.states[device];
        let number = state.tries;
        if number >= script.tries {
            return None;
        }
        state.tries += 1;
        (state.over, state.guesses, state.round) = (false, false, 0);
        (state.reply, state.number) = (None, None);
        Some(number)
    }

    /// The try under way, counted from zero, if there is one.
    pub(crate) fn under_way(&self, device: usize) -> Option<u16> {
        let state = &self.states[device];
        state.tries.checked_sub(1).filter(|_| !state.over)
    }

    /// The present try is over; whether another follows.
    pub(crate) fn end(&mut self, device: usize, script: &Script) -> bool {
        self.states[device].over = true;
        self.states[device].tries < script.tries
    }

    /// Its host shows or asks something: whether it has an answer, which [`Self::reply`] gives.
    pub(crate) fn prompted(&mut self, device: usize, prompt: Prompt) -> bool {
        let state = &mut self.states[device];
        if prompt != Prompt::Dismissed {
            state.reaches();
        }
        state.reply = match prompt {
            Prompt::Confirm | Prompt::Ask(_) => Some(Answer::Yes),
            Prompt::Compare(number) => {
                state.number = Some(number);
                Some(Answer::Yes)
            }
            Prompt::EnterPasskey => {
                state.guesses = true;
                Some(Answer::Passkey(state.guess))
            }
            Prompt::DisplayPasskey(_) | Prompt::Dismissed => None,
        };
        state.reply.is_some()
    }

    /// What it has to answer.
    pub(crate) fn reply(&mut self, device: usize) -> Option<Answer> {
        self.states[device].reply.take()
    }

    /// The number that the device it is behind was given to compare.
    pub(crate) fn number(&self, script: &Script) -> Option<u32> {
        let behind = script.behind.filter(|_| script.confuses)?;
        self.states[behind].number
    }

    /// This device is to send what came to the one on the other side.
    pub(crate) fn pass_on(&mut self, device: usize, payload: Payload) {
        self.passing.push_back((device, payload));
    }

    /// What this device is to send next.
    pub(crate) fn passes(&mut self, device: usize) -> Option<Payload> {
        let next = self.passing.iter().position(|(by, _)| *by == device)?;
        self.passing.remove(next).map(|(_, payload)| payload)
    }

    /// Whether it has got to its peer, once.
    pub(crate) fn reaches(&mut self, device: usize) -> bool {
        let reach = &mut self.states[device].reach;
        let there = *reach == Reach::There;
        if there {
            *reach = Reach::Told;
        }
        there
    }

    /// The most bits of a passkey that any of them knows.
    pub(crate) fn bits_known(&self) -> u8 {
        self.states.iter().map(|state| state.known).max().unwrap_or(0)
    }

    /// Its host tells something.
    pub(crate) fn noted(&mut self, device: usize, note: Note) {
        let state = &mut self.states[device];
        match note {
            Note::PasskeyBit(round, _) if state.guesses => {
                state.round = round;
                // The rounds before have shown that their bits are right.
                state.known = state.known.max(round - 1);
            }
            Note::Failed(failure) if failure.shown == Shown::PairingFailed(Reason::CONFIRM_VALUE_FAILED) => {
                if let bit @ 1..=PASSKEY_BITS = core::mem::take(&mut state.round) {
                    // That one was wrong, so it is the other; of those after it nothing is known.
                    state.guess = (state.guess ^ 1 << (bit - 1)) & ((1 << bit) - 1);
                    state.known = state.known.max(bit);
                }
            }
            Note::Secured => {
                state.reaches();
                if core::mem::take(&mut state.round) == PASSKEY_BITS {
                    state.known = PASSKEY_BITS;
                }
            }
            _ => {}
        }
    }
}

/// Makes a packet of the attacker's host wrong, if it carries a value that its peer checks.
pub(crate) fn spoil(packet: &mut HciPacket) {
    let HciPacket::Acl(acl) = packet else { return };
    let [_, _, low, high, code, .., last] = &mut acl.data[..] else { return };
    if u16::from_le_bytes([*low, *high]) == l2cap::CID_SMP && SPOILT.contains(code) {
        *last ^= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blesim_host::{Failure, Procedure};

    /// Whatever the passkey, a guesser who hears in which round it was refused has it after as many tries as
    /// the passkey has ones, and one more.
    #[test]
    fn a_refusal_tells_a_bit() {
        for passkey in [0_u32, 1, 0b1010, 123_456, 999_999, 1 << 19] {
            let mut attacks = Attacks {
                states: vec![State::default()],
                listeners: vec![],
                heard: vec![],
                passing: VecDeque::new(),
            };
            let mut tries = 0;
            loop {
                tries += 1;
                attacks.prompted(0, Prompt::EnterPasskey);
                let Some(Answer::Passkey(guess)) = attacks.reply(0) else { panic!("it has an answer") };
                let wrong = (0..20).find(|bit| (guess ^ passkey) >> bit & 1 == 1);
                for round in 1..=wrong.map_or(20, |bit| bit + 1) {
                    attacks.noted(0, Note::PasskeyBit(round, false));
                }
                let Some(bit) = wrong else { break };
                let shown = Shown::PairingFailed(Reason::CONFIRM_VALUE_FAILED);
                attacks.noted(0, Note::Failed(Failure { procedure: Procedure::Bonding, shown }));
                assert_eq!(attacks.bits_known(), bit + 1);
            }
            assert_eq!(tries, passkey.count_ones() + 1, "{passkey}");
            attacks.noted(0, Note::Secured);
            assert_eq!(attacks.bits_known(), 20);
        }
    }
}
