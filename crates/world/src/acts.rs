//! What a policy did in a session, as a set of verbs.
//!
//! Invariant: a verb is in the set if it was carried out at least once. That it gave up is the session's outcome and no
//! verb here. Must never know: in which order, or after which failure.

use blesim_host::recovery::Action;

/// The verbs that a policy carried out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Acts(u16);

impl Acts {
    /// The verbs in the order of their bits, in the words of reports.
    pub const WORDS: [&'static str; 13] = [
        "disconnect",
        "wait",
        "ask the user",
        "delete the bond",
        "delete all bonds",
        "forget the key",
        "reconnect",
        "encrypt",
        "pair",
        "pair with changes",
        "try again",
        "request security",
        "notify",
    ];

    /// None.
    pub const NONE: Self = Self(0);

    /// The set of this number; `None` if it has a bit that is no verb's.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Option<Self> {
        if bits >> Self::WORDS.len() == 0 { Some(Self(bits)) } else { None }
    }

    /// The set as a number, a bit for each of [`Self::WORDS`].
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The words of the verbs in it.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        let has = move |(bit, _): &(usize, &&str)| self.0 >> *bit & 1 == 1;
        Self::WORDS.iter().enumerate().filter(has).map(|(_, word)| *word)
    }

    /// Puts a verb in.
    pub(crate) fn add(&mut self, action: Action) {
        self.0 |= match action {
            Action::Disconnect | Action::DisconnectWith(_) => 1,
            Action::Wait(_) => 1 << 1,
            Action::Ask(..) => 1 << 2,
            Action::DeleteBond => 1 << 3,
            Action::DeleteAllBonds => 1 << 4,
            Action::ForgetKey => 1 << 5,
            Action::Reconnect => 1 << 6,
            Action::Encrypt => 1 << 7,
            Action::Pair => 1 << 8,
            Action::PairWith(_) => 1 << 9,
            Action::Again => 1 << 10,
            Action::RequestSecurity => 1 << 11,
            Action::Notify => 1 << 12,
            Action::GiveUp => 0,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Verbs come out in their words, each once, and a number that is no set is refused.
    #[test]
    fn verbs_have_words() {
        let mut acts = Acts::NONE;
        for action in [Action::Again, Action::Disconnect, Action::Again, Action::GiveUp, Action::Notify] {
            acts.add(action);
        }
        assert_eq!(acts.words().collect::<Vec<_>>(), ["disconnect", "try again", "notify"]);
        assert_eq!(Acts::from_bits(acts.bits()), Some(acts));
        assert_eq!(Acts::from_bits(1 << 13), None);
    }
}
