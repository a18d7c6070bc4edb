//! Users of the bench: they see what is shown, and say what the test has them say.
//!
//! Invariant: nobody is asked twice for the same prompt, and who knows a passkey knows it from a display.

use crate::bench::Bench;
use crate::setup::{CENTRAL, PERIPHERAL};
use blesim_host::{Answer, Input, Prompt};

/// The passkey that users choose where no device shows one.
pub(crate) const CHOSEN: u32 = 371_905;

/// What a good user says to a prompt, given what the other device shows.
pub(crate) fn good(prompt: Prompt, other: Option<u32>) -> Option<Answer> {
    match prompt {
        Prompt::EnterPasskey => Some(Answer::Passkey(other.unwrap_or(CHOSEN))),
        Prompt::Compare(number) => Some(if other == Some(number) { Answer::Yes } else { Answer::No }),
        Prompt::Confirm => Some(Answer::Yes),
        Prompt::DisplayPasskey(_) | Prompt::Ask(_) | Prompt::Dismissed => None,
    }
}

impl Bench {
    /// Hands a host what its user says, and lets follow what follows.
    pub(crate) fn says(&mut self, device: usize, answer: Answer) {
        self.input(device, Input::User(0, answer));
        self.settle();
    }

    /// Delivers and computes until everything waits for users or time-outs.
    pub(crate) fn settle(&mut self) {
        self.flow();
        self.compute();
    }

    /// The number that a device shows, if it does.
    pub(crate) fn shows(&self, device: usize) -> Option<u32> {
        self.ends[device].port.prompts.iter().rev().find_map(|prompt| match prompt {
            Prompt::DisplayPasskey(number) | Prompt::Compare(number) => Some(*number),
            Prompt::EnterPasskey | Prompt::Confirm | Prompt::Ask(_) | Prompt::Dismissed => None,
        })
    }

    /// The prompt that stands on a device, if one does.
    pub(crate) fn prompt(&self, device: usize) -> Option<Prompt> {
        self.ends[device].port.prompts.last().copied().filter(|prompt| *prompt != Prompt::Dismissed)
    }

    /// Lets good users answer until nobody is asked any more.
    pub(crate) fn users_answer(&mut self, first: usize) {
        while self.user_answers(first) {
            self.settle();
        }
    }

    /// Lets the user of one device answer the first prompt that nobody has answered; false if there is none.
    pub(crate) fn user_answers(&mut self, first: usize) -> bool {
        for device in [first, 1 - first] {
            let shown = self.shows(1 - device);
            let port = &mut self.ends[device].port;
            while let Some(&prompt) = port.prompts.get(port.answered) {
                port.answered += 1;
                if let Some(answer) = good(prompt, shown) {
                    self.input(device, Input::User(0, answer));
                    return true;
                }
            }
        }
        false
    }

    /// Has out-of-band data made by one device and brought to the other.
    pub(crate) fn carry_oob(&mut self, from: usize) {
        self.input(from, Input::MakeOob);
        let data = self.ends[from].port.oob.expect("it was made");
        self.input(1 - from, Input::Oob(0, data));
    }

    /// Switches both on and, before they connect, brings each the other's data if it says that it has them.
    pub(crate) fn power_on_with_oob(&mut self, oob: [bool; 2]) {
        self.power_on();
        for device in [CENTRAL, PERIPHERAL] {
            if oob[device] {
                self.carry_oob(1 - device);
            }
        }
    }
}
