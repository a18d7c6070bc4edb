//! What a session asks of the users of genuine devices: what they saw and answered, and how long they were needed.
//!
//! Invariant: it only looks. A user is needed while something stands before them that wants an answer; two things
//! at a time, as when numbers are compared, need the user once.

use super::Place;
use crate::record::Effort;
use blesim_host::{Answer, MAX_PEERS, Note, Prompt};
use blesim_kernel::{Instant, Span};

/// The effort so far.
#[derive(Debug)]
pub(crate) struct Efforts {
    /// Whether something stands before the user of each device, about each of its peers.
    open: Vec<[bool; MAX_PEERS]>,
    standing: u32,
    /// Since when something has.
    since: Instant,
    needed: Span,
    prompts: u16,
    consents: u16,
}

impl Efforts {
    pub(crate) fn new(devices: usize) -> Self {
        Self {
            open: vec![[false; MAX_PEERS]; devices],
            standing: 0,
            since: Instant::ZERO,
            needed: Span::ZERO,
            prompts: 0,
            consents: 0,
        }
    }

    /// Starts over for another session.
    pub(crate) fn restart(&mut self) {
        // Most sessions ask nothing.
        if self.prompts > 0 {
            self.open.fill([false; MAX_PEERS]);
        }
        (self.standing, self.needed, self.prompts, self.consents) = (0, Span::ZERO, 0, 0);
    }

    /// The host of a genuine device tells something.
    pub(crate) fn noted(&mut self, place: Place, note: Note, now: Instant) {
        match note {
            Note::Prompt(Prompt::Dismissed) => self.close(place, now),
            Note::Prompt(prompt) => {
                self.prompts = self.prompts.saturating_add(1);
                if !matches!(prompt, Prompt::DisplayPasskey(_)) {
                    self.open(place, now);
                }
            }
            Note::Answer(answer @ (Answer::Yes | Answer::No | Answer::Cancel | Answer::Passkey(_))) => {
                let consents = matches!(answer, Answer::Yes | Answer::Passkey(_));
                self.consents = self.consents.saturating_add(u16::from(consents));
                self.close(place, now);
            }
            _ => {}
        }
    }

    /// A device has lost power: nothing stands there any more.
    pub(crate) fn forget(&mut self, device: usize, now: Instant) {
        (0..MAX_PEERS).for_each(|peer| self.close((device, peer), now));
    }

    fn open(&mut self, (device, peer): Place, now: Instant) {
        if !core::mem::replace(&mut self.open[device][peer], true) {
            if self.standing == 0 {
                self.since = now;
            }
            self.standing += 1;
        }
    }

    fn close(&mut self, (device, peer): Place, now: Instant) {
        if core::mem::take(&mut self.open[device][peer]) {
            self.standing -= 1;
            if self.standing == 0 {
                self.needed += now.since(self.since);
            }
        }
    }

    /// All of it, at the end of the session.
    pub(crate) fn all(&self, now: Instant) -> Effort {
        let unanswered = if self.standing > 0 { now.since(self.since) } else { Span::ZERO };
        let needed = (self.needed + unanswered).as_micros() / 1_000;
        Effort {
            prompts: self.prompts,
            consents: self.consents,
            needed_ms: u32::try_from(needed).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Span::from_secs(seconds)
    }

    /// Numbers compared on two devices need the user once; a passkey that is only shown does not; what nobody
    /// answers needs them to the end, or until the device is dark.
    #[test]
    fn a_user_is_needed_while_something_wants_an_answer() {
        let (prompt, said) = (Note::Prompt, Note::Answer);
        let check = |notes: &[(u64, usize, Note)], dark: Option<(u64, usize)>, expected: (u16, u16, u32)| {
            let mut efforts = Efforts::new(2);
            for &(seconds, device, note) in notes {
                efforts.noted((device, 0), note, at(seconds));
            }
            if let Some((seconds, device)) = dark {
                efforts.forget(device, at(seconds));
            }
            let (prompts, consents, needed_ms) = expected;
            assert_eq!(efforts.all(at(60)), Effort { prompts, consents, needed_ms }, "{notes:?}");
        };
        let compare = prompt(Prompt::Compare(7));
        let both = [(1, 0, compare), (2, 1, compare), (5, 0, said(Answer::Yes)), (8, 1, said(Answer::Yes))];
        check(&both, None, (2, 2, 7_000));
        check(&[(1, 1, prompt(Prompt::DisplayPasskey(7)))], None, (1, 0, 0));
        let typed = said(Answer::Passkey(7));
        check(&[(1, 0, prompt(Prompt::EnterPasskey)), (10, 0, typed)], None, (1, 1, 9_000));
        check(&[(1, 0, prompt(Prompt::Confirm)), (4, 0, said(Answer::No))], None, (1, 0, 3_000));
        check(&[(1, 0, prompt(Prompt::Confirm)), (4, 0, prompt(Prompt::Dismissed))], None, (1, 0, 3_000));
        check(&[(1, 0, prompt(Prompt::Confirm))], None, (1, 0, 59_000));
        check(&[(1, 0, prompt(Prompt::Confirm))], Some((3, 0)), (1, 0, 2_000));
    }
}
