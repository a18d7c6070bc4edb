//! The record of one session: what came out, in sixty-four octets.

use blesim_host::{Failure, Procedure, Shown};

/// How a session ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Outcome {
    /// Both devices have a secured link with the same key.
    Secured = 0,
    /// The policy gave up.
    GaveUp = 1,
    /// The session's time was over.
    TimeLimit = 2,
    /// The central believes that the link is secured and the peripheral does not.
    HalfSecured = 3,
}

impl Outcome {
    /// In the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Secured, Self::GaveUp, Self::TimeLimit, Self::HalfSecured];

    /// The name, as reports write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secured => "secured",
            Self::GaveUp => "gave up",
            Self::TimeLimit => "time limit",
            Self::HalfSecured => "half secured",
        }
    }
}

/// What came out of one session with one policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    /// The seed.
    pub seed: u64,
    /// Digest of everything that happened.
    pub digest: u64,
    /// From the central's start to the secured link, or to the end of a session without one, in us.
    pub time_us: u64,
    /// The first failure that the varied device's stack showed, in the packed form of [`pack_failure`].
    pub first_failure: u32,
    /// The last such failure, likewise.
    pub last_failure: u32,
    /// Frames sent on the air.
    pub frames: u32,
    /// Events and wakes.
    pub events: u32,
    /// A bit for each of the first thirty-two faults of the plan that struck.
    pub struck: u32,
    /// Failures that the policy answered.
    pub failures: u16,
    /// Connections the central made.
    pub connections: u16,
    /// Bonds that the policy deleted.
    pub bonds_deleted: u16,
    /// Charge that the central and the peripheral drew, in microcoulomb.
    pub charge_uc: [u32; 2],
    /// How it ended.
    pub outcome: Outcome,
}

const _: () = assert!(size_of::<Record>() <= 64);

/// No failure in the packed form.
pub const NO_FAILURE: u32 = u32::MAX;

/// A failure in 32 bits: the procedure's number above the code.
#[must_use]
pub const fn pack_failure(failure: Failure) -> u32 {
    (failure.procedure as u32) << 16 | failure.shown.code() as u32
}

/// The inverse of [`pack_failure`]; `None` for [`NO_FAILURE`].
#[must_use]
pub fn unpack_failure(packed: u32) -> Option<Failure> {
    let procedure = Procedure::ALL.into_iter().find(|&procedure| procedure as u32 == packed >> 16)?;
    let [low, high, ..] = packed.to_le_bytes();
    let shown = Shown::from_code(u16::from_le_bytes([low, high]))?;
    Some(Failure { procedure, shown })
}

impl Record {
    /// True if both devices ended with a secured link.
    #[must_use]
    pub fn secured(&self) -> bool {
        self.outcome == Outcome::Secured
    }

    /// The first failure shown.
    #[must_use]
    pub fn first_failure(&self) -> Option<Failure> {
        unpack_failure(self.first_failure)
    }

    /// The last failure shown.
    #[must_use]
    pub fn last_failure(&self) -> Option<Failure> {
        unpack_failure(self.last_failure)
    }
}
