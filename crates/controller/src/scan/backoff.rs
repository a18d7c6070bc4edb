//! The backoff of active scanning, Vol 6 Part B 4.4.3.2: who gets no answer asks more rarely.
//!
//! Invariant: both numbers lie in 1..=256.

use crate::io::{Draw, Port};

/// The bounds of `upperLimit`.
const LOWEST: u16 = 1;
const HIGHEST: u16 = 256;

/// The backoff procedure between two requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Backoff {
    upper_limit: u16,
    count: u16,
    /// Outcomes of the same kind in a row, 0 or 1, and whether they were answers.
    streak: (u8, bool),
}

impl Backoff {
    /// As on entering the scanning state.
    pub(crate) const NEW: Self = Self { upper_limit: LOWEST, count: LOWEST, streak: (0, false) };

    /// An advertiser could be asked: whether it is its turn.
    pub(crate) fn may_ask(&mut self) -> bool {
        self.count = self.count.saturating_sub(1);
        self.count == 0
    }

    /// A request was answered or not.
    pub(crate) fn outcome(&mut self, answered: bool, port: &mut impl Port) {
        let row = if self.streak == (1, answered) { 2 } else { 1 };
        if row == 2 {
            // Two in a row halve or double the limit, and counting starts anew.
            let limit = if answered { self.upper_limit / 2 } else { self.upper_limit * 2 };
            self.upper_limit = limit.clamp(LOWEST, HIGHEST);
        }
        self.streak = (row % 2, answered);
        let below = u16::try_from(port.draw(Draw::Backoff) % u64::from(self.upper_limit));
        self.count = 1 + below.expect("the limit has nine bits");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{Frame, Note};
    use blesim_kernel::Span;
    use blesim_packet::hci::HciPacket;

    /// Draws the largest number.
    struct Largest;

    impl Port for Largest {
        fn to_host(&mut self, _: &HciPacket) {}
        fn transmit(&mut self, _: &Frame) {}
        fn draw(&mut self, _: Draw) -> u64 {
            u64::MAX
        }
        fn listened(&mut self, _: Span) {}
        fn note(&mut self, _: u16, _: Note) {}
    }

    /// Two failures in a row double the upper limit up to 256, two answers halve it down to 1, and a change
    /// of luck starts the count anew (Vol 6 Part B 4.4.3.2).
    #[test]
    fn limits() {
        let check = |outcomes: &str, expected: u16| {
            let mut backoff = Backoff::NEW;
            outcomes.chars().for_each(|outcome| backoff.outcome(outcome == '+', &mut Largest));
            assert_eq!(backoff.upper_limit, expected, "{outcomes}");
            assert!((1..=expected).contains(&backoff.count), "{outcomes}");
        };
        check("", 1);
        check("-", 1);
        check("--", 2);
        check("---", 2);
        check("----", 4);
        check("-+-+-", 1);
        check("----++", 2);
        check("----+-+", 4);
        check("----+-++", 2);
        check("++++", 1);
        check(&"-".repeat(16), 256);
        check(&"-".repeat(40), 256);
        check(&("-".repeat(40) + "++"), 128);
    }

    /// A count of n lets the n-th advertisement be asked.
    #[test]
    fn every_nth() {
        let mut backoff = Backoff { count: 3, ..Backoff::NEW };
        assert_eq!([0; 3].map(|_| backoff.may_ask()), [false, false, true]);
    }
}
