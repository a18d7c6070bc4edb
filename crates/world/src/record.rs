//! The record of one session: what came out, in ninety-six octets.

use crate::acts::Acts;
use blesim_host::{Failure, Procedure, Shown, Step};

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
    /// The central believes that the link is secured and the peripheral does not, or is so with another.
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

/// What a session exposed: counted only if the plan has an attacker or an application.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Exposure {
    /// Application octets that an attacker could read.
    pub octets_read: u32,
    /// Application octets that a genuine device sent in the clear on a link on which securing had failed.
    pub plaintext_octets: u32,
    /// Bonds of genuine devices with each other, valid on both sides, that a device gave up or had replaced by
    /// an attacker's without its user's consent.
    pub good_bonds_destroyed: u16,
    /// Pairings with an attacker that a genuine device began.
    pub attacker_pairings: u16,
    /// Genuine devices that had a secured link with an attacker, or keep a bond with one.
    pub attacker_won: u8,
    /// Bonds kept at the end that the device with that address cannot serve.
    pub half_bonds: u8,
    /// Times that a genuine device took a link for secured at a lower level than before with that peer.
    pub level_downgrades: u8,
    /// Bits of a passkey that an attacker knows.
    pub passkey_bits: u8,
    /// Octets by which the shortest key that a genuine device kept a bond with falls short of 16.
    pub key_octets_short: u8,
    /// Keys of the other transport in bonds of genuine devices that an attacker knows.
    pub link_keys_taken: u8,
    /// Pairings of genuine devices with an ECDH key pair that an earlier one was made with.
    pub key_pairs_reused: u16,
}

impl Exposure {
    /// Nothing.
    pub const NONE: Self = Self {
        octets_read: 0,
        plaintext_octets: 0,
        good_bonds_destroyed: 0,
        attacker_pairings: 0,
        attacker_won: 0,
        half_bonds: 0,
        level_downgrades: 0,
        passkey_bits: 0,
        key_octets_short: 0,
        link_keys_taken: 0,
        key_pairs_reused: 0,
    };

    /// Numbers that it has.
    pub const WIDTH: usize = 11;

    /// The numbers, in the order of the fields.
    #[must_use]
    pub fn numbers(&self) -> [u64; Self::WIDTH] {
        // No `..`: a new field has to find its place here.
        let Self {
            octets_read,
            plaintext_octets,
            good_bonds_destroyed,
            attacker_pairings,
            attacker_won,
            half_bonds,
            level_downgrades,
            passkey_bits,
            key_octets_short,
            link_keys_taken,
            key_pairs_reused,
        } = *self;
        let [octets_read, plaintext_octets] = [octets_read, plaintext_octets].map(u64::from);
        let [destroyed, pairings, reused] =
            [good_bonds_destroyed, attacker_pairings, key_pairs_reused].map(u64::from);
        let [won, half, downgrades, bits] =
            [attacker_won, half_bonds, level_downgrades, passkey_bits].map(u64::from);
        let [short, taken] = [key_octets_short, link_keys_taken].map(u64::from);
        let first = [octets_read, plaintext_octets, destroyed, pairings, won, half, downgrades];
        let mut all = [0; Self::WIDTH];
        all[..first.len()].copy_from_slice(&first);
        all[first.len()..].copy_from_slice(&[bits, short, taken, reused]);
        all
    }

    /// The inverse of [`Self::numbers`]; `None` if a number does not fit its field.
    #[must_use]
    pub fn from_numbers(numbers: [u64; Self::WIDTH]) -> Option<Self> {
        let [octets_read, plaintext_octets, destroyed, pairings, won, half, downgrades, ..] = numbers;
        let [.., bits, short, taken, reused] = numbers;
        Some(Self {
            octets_read: u32::try_from(octets_read).ok()?,
            plaintext_octets: u32::try_from(plaintext_octets).ok()?,
            good_bonds_destroyed: u16::try_from(destroyed).ok()?,
            attacker_pairings: u16::try_from(pairings).ok()?,
            attacker_won: u8::try_from(won).ok()?,
            half_bonds: u8::try_from(half).ok()?,
            level_downgrades: u8::try_from(downgrades).ok()?,
            passkey_bits: u8::try_from(bits).ok()?,
            key_octets_short: u8::try_from(short).ok()?,
            link_keys_taken: u8::try_from(taken).ok()?,
            key_pairs_reused: u16::try_from(reused).ok()?,
        })
    }
}

/// What a session asked of the users of genuine devices.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Effort {
    /// Prompts that they saw.
    pub prompts: u16,
    /// Those that they answered with yes or with a passkey.
    pub consents: u16,
    /// How long something stood before them that wanted an answer, in ms.
    pub needed_ms: u32,
}

/// The acts of a script that were to secure the link.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Scripted {
    /// Those that were begun.
    pub begun: u16,
    /// Those of them that secured it.
    pub secured: u16,
}

/// What came out of one session with one policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    /// The seed.
    pub seed: u64,
    /// Digest of everything that happened.
    pub digest: u64,
    /// From the central's start to the secured link, or to the end of a session without one, in us. In a session with
    /// a script all that its secured links took together, from when each was wanted.
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
    /// The step of securing that the varied device was in at the last failure, as [`pack_step`] has it.
    pub last_step: u8,
    /// What its policy did.
    pub acts: Acts,
    /// What it asked of people.
    pub effort: Effort,
    /// How the acts of its script went; none without one.
    pub scripted: Scripted,
    /// What came to light or got lost, in a session that is watched for it.
    pub exposure: Exposure,
}

const _: () = assert!(size_of::<Record>() <= 96);

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

/// No step, or one that was entered with no link, in eight bits: zero; else one more than its place in [`Step::ALL`].
#[must_use]
pub const fn pack_step(step: Option<Step>) -> u8 {
    match step {
        None => 0,
        Some(step) => step as u8 + 1,
    }
}

/// The inverse of [`pack_step`]; `None` if there is no such step.
#[must_use]
pub fn unpack_step(packed: u8) -> Option<Option<Step>> {
    let Some(place) = packed.checked_sub(1) else { return Some(None) };
    Step::ALL.get(usize::from(place)).map(|(step, _)| Some(*step))
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

    /// The step in which it was shown; `None` without a failure, and for one to connect.
    #[must_use]
    pub fn last_step(&self) -> Option<Step> {
        unpack_step(self.last_step).flatten()
    }
}
