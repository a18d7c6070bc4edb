//! Penalties: how long peers wait after they have failed, by whom it is kept and for how many,
//! Vol 3 Part H 2.3.6.
//!
//! Invariant: a peer that no place is left for is not limited, as in the stacks that track a few.

use super::program::Wait;
use crate::failure::{Failure, Procedure, Shown};
use crate::limiter::{Limiter, Pace};
use arrayvec::ArrayVec;
use blesim_kernel::{Instant, Span};
use blesim_packet::Address;

/// Most peers whose failures can be kept.
pub const MAX_TRACKED: u8 = 16;

/// How long a peer waits after its failures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Penalty {
    /// The wait after a failure: first, growth with each more, cap; no jitter.
    pub wait: Wait,
    /// The quiet time after a wait that takes one failure back.
    pub decay: Span,
    /// Whom the failures are kept for.
    pub keyed_on: KeyedOn,
    /// For so many peers, at most [`MAX_TRACKED`].
    pub tracks: u8,
    /// The failure with which the waits begin, counted from one.
    pub after: u8,
    /// Which failures count.
    pub counts: Counts,
    /// A limit for all peers together, besides.
    pub bucket: Option<Bucket>,
}

/// Whom failures are kept for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum KeyedOn {
    /// The address on the link.
    Address,
    /// The peer's identity where it is known, the address on the link otherwise.
    Identity,
    /// All peers together.
    Global,
}

/// Which failures count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counts {
    /// Pairing Failed, sent or received, and the Security Manager time-out.
    pub pairing: bool,
    /// Encryption that did not come about.
    pub encryption: bool,
    /// Links lost in the middle of a procedure.
    pub disconnections: bool,
}

impl Counts {
    /// Whether a failure counts; `lost` tells that it ended the link.
    fn hold(self, failure: Failure, lost: bool) -> bool {
        match failure.shown {
            Shown::PairingFailed(_) | Shown::SmpTimeout => self.pairing,
            Shown::Hci(_) if lost => self.disconnections,
            Shown::Hci(_) => self.encryption && failure.procedure == Procedure::Encryption,
            Shown::ConnectTimeout => false,
        }
    }
}

/// Failures of all peers together after which everybody waits, whatever addresses they came under.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bucket {
    /// So many failures, [`MAX_IN_BUCKET`] at most,
    pub failures: u8,
    /// within this time; the next may come when the first of them is as long ago.
    pub within: Span,
}

/// Most failures that a bucket counts.
pub const MAX_IN_BUCKET: u8 = 32;

impl Penalty {
    fn pace(&self) -> Pace {
        Pace { wait: self.wait, reward: self.decay, after: self.after }
    }

    /// Whom the failures of the peer with this address are kept for; `identity` is who it is, if known.
    fn key(&self, address: Address, identity: Option<Address>) -> Option<Address> {
        match self.keyed_on {
            KeyedOn::Address => Some(address),
            KeyedOn::Identity => identity.or(Some(address)),
            KeyedOn::Global => None,
        }
    }
}

/// What the failures of a host's peers have cost them.
#[derive(Clone, Default, Debug)]
pub(crate) struct Penalties {
    tracked: ArrayVec<(Option<Address>, Limiter), { MAX_TRACKED as usize }>,
    /// When the last failures were, whosever, the oldest first.
    all: ArrayVec<Instant, { MAX_IN_BUCKET as usize }>,
}

impl Penalties {
    /// Nobody has failed.
    pub(crate) fn clear(&mut self) {
        self.tracked.clear();
        self.all.clear();
    }

    /// Whether nobody has.
    pub(crate) fn is_empty(&self) -> bool {
        self.tracked.is_empty() && self.all.is_empty()
    }

    /// A procedure with a peer has failed; `lost` tells that it ended the link.
    pub(crate) fn failed(
        &mut self,
        penalty: &Penalty,
        (failure, lost): (Failure, bool),
        (address, identity): (Address, Option<Address>),
        now: Instant,
    ) {
        if !penalty.counts.hold(failure, lost) {
            return;
        }
        if penalty.bucket.is_some() {
            if self.all.is_full() {
                self.all.remove(0);
            }
            self.all.push(now);
        }
        let key = penalty.key(address, identity);
        let pace = penalty.pace();
        if let Some((_, limiter)) = self.tracked.iter_mut().find(|(known, _)| *known == key) {
            return limiter.failed(pace, now);
        }
        // Whoever has paid off its failures makes room for another.
        self.tracked.retain(|(_, limiter)| !limiter.is_clear(pace, now));
        if self.tracked.len() < usize::from(penalty.tracks.min(MAX_TRACKED)) {
            let mut limiter = Limiter::default();
            limiter.failed(pace, now);
            self.tracked.push((key, limiter));
        }
    }

    /// Whether a peer has to wait still.
    pub(crate) fn waits(
        &mut self,
        penalty: &Penalty,
        (address, identity): (Address, Option<Address>),
        now: Instant,
    ) -> bool {
        if penalty.bucket.is_some_and(|bucket| self.overflows(bucket, now)) {
            return true;
        }
        let key = penalty.key(address, identity);
        let known = self.tracked.iter_mut().find(|(known, _)| *known == key);
        known.is_some_and(|(_, limiter)| limiter.waits(penalty.pace(), now))
    }

    /// Whether the bucket is full at `now`.
    fn overflows(&self, bucket: Bucket, now: Instant) -> bool {
        let late = self.all.iter().filter(|&&at| now.since(at) < bucket.within).count();
        late >= usize::from(bucket.failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blesim_packet::hci::ErrorCode;
    use blesim_packet::smp::Reason;

    const COUNTS: Counts = Counts { pairing: true, encryption: false, disconnections: false };
    const PENALTY: Penalty = Penalty {
        wait: Wait {
            first: Span::from_secs(4),
            growth_q32: 2 << 32,
            cap: Span::from_secs(64),
            jitter_q32: 0,
        },
        decay: Span::from_secs(10),
        keyed_on: KeyedOn::Address,
        tracks: 2,
        after: 1,
        counts: COUNTS,
        bucket: None,
    };
    const WRONG: Failure =
        Failure { procedure: Procedure::Bonding, shown: Shown::PairingFailed(Reason::CONFIRM_VALUE_FAILED) };

    fn peer(last: u8) -> (Address, Option<Address>) {
        (Address::public([0, 0, 0, 0, 0, last]), None)
    }

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Span::from_secs(seconds)
    }

    /// Two peers are tracked and the third is free, until one of the first two has paid everything off.
    #[test]
    fn an_untracked_peer_is_free() {
        let mut penalties = Penalties::default();
        for last in [1, 2, 3] {
            penalties.failed(&PENALTY, (WRONG, false), peer(last), at(0));
        }
        let waits = |penalties: &mut Penalties, now| {
            [1, 2, 3].map(|last| penalties.waits(&PENALTY, peer(last), at(now)))
        };
        assert_eq!(waits(&mut penalties, 1), [true, true, false]);
        penalties.failed(&PENALTY, (WRONG, false), peer(2), at(1));
        penalties.failed(&PENALTY, (WRONG, false), peer(3), at(14));
        assert_eq!(waits(&mut penalties, 14), [false, false, true]);
    }

    /// All share one account, or the one of who they are.
    #[test]
    fn whom_it_is_kept_for() {
        let identity = Some(peer(9).0);
        for (keyed_on, same_address, same_identity, other) in [
            (KeyedOn::Address, true, false, false),
            (KeyedOn::Identity, false, true, false),
            (KeyedOn::Global, true, true, true),
        ] {
            let penalty = Penalty { keyed_on, ..PENALTY };
            let mut penalties = Penalties::default();
            penalties.failed(&penalty, (WRONG, false), (peer(1).0, identity), at(0));
            assert_eq!(penalties.waits(&penalty, peer(1), at(1)), same_address, "{keyed_on:?}");
            assert_eq!(penalties.waits(&penalty, (peer(2).0, identity), at(1)), same_identity);
            assert_eq!(penalties.waits(&penalty, peer(3), at(1)), other);
        }
    }

    /// A bucket makes everybody wait after so many failures under whatever addresses, until they are long ago.
    #[test]
    fn a_bucket_knows_no_addresses() {
        let bucket = Bucket { failures: 3, within: Span::from_secs(600) };
        let penalty = Penalty { bucket: Some(bucket), tracks: 1, ..PENALTY };
        let mut penalties = Penalties::default();
        for last in [1, 2, 3] {
            let now = at(100 * u64::from(last));
            assert!(!penalties.waits(&penalty, peer(9), now), "after {} failures", last - 1);
            penalties.failed(&penalty, (WRONG, false), peer(last), now);
        }
        assert!(penalties.waits(&penalty, peer(9), at(699)));
        assert!(!penalties.waits(&penalty, peer(9), at(700)));
    }

    /// Only what counts counts, and the waits begin with the failure they are said to.
    #[test]
    fn what_counts_and_when() {
        let hci = |procedure| Failure { procedure, shown: Shown::Hci(ErrorCode::MIC_FAILURE) };
        let all = Counts { pairing: true, encryption: true, disconnections: true };
        for (counts, failure, lost, expected) in [
            (COUNTS, WRONG, false, true),
            (COUNTS, hci(Procedure::Encryption), false, false),
            (COUNTS, hci(Procedure::Bonding), true, false),
            (all, hci(Procedure::Encryption), false, true),
            (all, hci(Procedure::Bonding), true, true),
            (all, hci(Procedure::Bonding), false, false),
            (all, Failure { procedure: Procedure::Connection, shown: Shown::ConnectTimeout }, true, false),
        ] {
            let penalty = Penalty { counts, ..PENALTY };
            let mut penalties = Penalties::default();
            penalties.failed(&penalty, (failure, lost), peer(1), at(0));
            assert_eq!(penalties.waits(&penalty, peer(1), at(1)), expected, "{failure} {lost}");
        }
        let third = Penalty { after: 3, ..PENALTY };
        let mut penalties = Penalties::default();
        for waits in [false, false, true] {
            penalties.failed(&third, (WRONG, false), peer(1), at(0));
            assert_eq!(penalties.waits(&third, peer(1), at(1)), waits);
        }
    }
}
