//! Departures from the specification that stacks in the field show, and the words for them.
//!
//! Invariant: every departure is a field that is off in [`Quirks::NONE`]; where one is acted on, the observer
//! is told, so that a trace never shows a broken rule without its name.

use crate::io::Step;
use blesim_kernel::Span;
use blesim_packet::smp::KeyDistribution;

/// What a host does otherwise than the specification says. Each is off unless said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a departure of its own, and most devices have none"
)]
pub struct Quirks {
    /// Distributes these keys though they were not negotiated (Vol 3 Part H 3.6.1).
    pub distributes_unnegotiated: KeyDistribution,
    /// Answers keys that were not negotiated with Unspecified Reason at the end of the distribution, and
    /// ends the link.
    pub refuses_unnegotiated: bool,
    /// Shows the same passkey every time: each try tells who guesses one more bit of it
    /// (Vol 3 Part H 2.3.5.6.3).
    pub fixed_passkey: Option<u32>,
    /// What the keys it distributes look like.
    pub keys: Keys,
    /// Makes one ECDH key pair when power comes on and uses it for every pairing (Vol 3 Part H 2.3.6 asks for
    /// a fresh one after a few).
    pub reuses_key_pair: bool,
    /// Computes with a public key that is not on the curve (against Vol 3 Part H 2.3.5.6.1).
    pub skips_point_check: bool,
    /// As responder, shows the initiator's public key for its own.
    pub reflects_public_key: bool,
    /// Takes any DHKey check for the right one (against Vol 3 Part H 2.3.5.6.5).
    pub skips_dh_key_check: bool,
    /// Says nothing to a Pairing Request.
    pub ignores_pairing_request: bool,
    /// As a peripheral sends a Pairing Request where a Security Request belongs (against Vol 3 Part H 2.4.6).
    pub pairs_as_peripheral: bool,
    /// What it makes of the Security Manager timer.
    pub timer: Timer,
    /// What is wrong with the PDUs of one step that it sends.
    pub sends: Option<(Step, Malformed)>,
    /// On a link that comes up sooner than this after the last one ended, encryption starts with what was left
    /// of that: the key is another.
    pub needs_rest: Span,
    /// Ends a link on which no packet with a MIC has come for the authenticated payload timeout, which
    /// Vol 4 Part E 7.7.75 leaves to the host.
    pub ends_unauthenticated: bool,
}

/// What distributed keys look like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keys {
    /// Random, each by itself.
    Random,
    /// This value, for every key.
    Constant(u128),
    /// Octets that count up from this one.
    Counting(u8),
}

/// What a host makes of the Security Manager timer (Vol 3 Part H 3.4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Timer {
    /// 30 s after its last PDU the pairing fails, and the Security Manager is silent until the link is gone.
    Enforced,
    /// The pairing fails, and the next one may begin on the same link.
    LinkUsable,
    /// There is none: it waits as long as the link lives.
    Missing,
}

/// What can be wrong with a PDU.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Malformed {
    /// One bit of its last octet.
    Wrong,
    /// It is one octet short.
    Short,
    /// It is longer than any PDU of the Security Manager: 66 octets.
    Oversized,
    /// Its code is reserved for future use (Vol 3 Part H 3.3).
    Unknown,
    /// It comes twice.
    Twice,
    /// It does not come.
    Missing,
    /// A Pairing Random comes in its place.
    OutOfOrder,
}

impl Malformed {
    /// All of them, with the words for them.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Wrong, "Wrong"),
        (Self::Short, "Short"),
        (Self::Oversized, "Oversized"),
        (Self::Unknown, "Unknown"),
        (Self::Twice, "Twice"),
        (Self::Missing, "Missing"),
        (Self::OutOfOrder, "OutOfOrder"),
    ];
}

impl Quirks {
    /// By the book.
    pub const NONE: Self = Self {
        distributes_unnegotiated: KeyDistribution::NONE,
        refuses_unnegotiated: false,
        fixed_passkey: None,
        keys: Keys::Random,
        reuses_key_pair: false,
        skips_point_check: false,
        reflects_public_key: false,
        skips_dh_key_check: false,
        ignores_pairing_request: false,
        pairs_as_peripheral: false,
        timer: Timer::Enforced,
        sends: None,
        needs_rest: Span::ZERO,
        ends_unauthenticated: false,
    };
}

/// A departure that was acted on, for the observer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Quirk {
    /// Keys that were not negotiated go out.
    DistributesUnnegotiated,
    /// Keys that were not negotiated are refused.
    RefusesUnnegotiated,
    /// The passkey is the one of the last time.
    FixedPasskey,
    /// A key that is not random goes out.
    KeysNotRandom,
    /// The key pair is the one of the last time.
    ReusesKeyPair,
    /// A public key that is no point of P-256 was computed with.
    SkipsPointCheck,
    /// The peer's public key is shown for the own.
    ReflectsPublicKey,
    /// A DHKey check that does not hold was taken.
    SkipsDhKeyCheck,
    /// A Pairing Request was left without an answer.
    IgnoresPairingRequest,
    /// A peripheral asks to pair.
    PairsAsPeripheral,
    /// The Security Manager goes on after its timer ran out.
    LinkUsableAfterTimeout,
    /// A PDU goes out that is not as it should be.
    Sends(Malformed),
    /// Encryption starts with what was left of the last link.
    NeedsRest,
    /// The link ends with the authenticated payload timeout.
    EndsUnauthenticated,
}

impl Quirk {
    /// What is done, in a few words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::DistributesUnnegotiated => "distributes keys that were not negotiated",
            Self::RefusesUnnegotiated => "refuses keys that were not negotiated, and ends the link",
            Self::FixedPasskey => "shows a fixed passkey",
            Self::KeysNotRandom => "distributes keys that are not random",
            Self::ReusesKeyPair => "uses its key pair again",
            Self::SkipsPointCheck => "computes with a public key that is not on the curve",
            Self::ReflectsPublicKey => "shows the peer's public key for its own",
            Self::SkipsDhKeyCheck => "takes a DHKey check that does not hold",
            Self::IgnoresPairingRequest => "says nothing to a Pairing Request",
            Self::PairsAsPeripheral => "asks to pair, though it is a peripheral",
            Self::LinkUsableAfterTimeout => "goes on after the Security Manager timer",
            Self::NeedsRest => "starts encryption with what was left of the last link",
            Self::EndsUnauthenticated => "ends a link without authenticated packets",
            Self::Sends(Malformed::Wrong) => "sends a PDU with a wrong value",
            Self::Sends(Malformed::Short) => "sends a PDU that is too short",
            Self::Sends(Malformed::Oversized) => "sends a PDU that is too long",
            Self::Sends(Malformed::Unknown) => "sends a PDU with a reserved code",
            Self::Sends(Malformed::Twice) => "sends a PDU twice",
            Self::Sends(Malformed::Missing) => "leaves a PDU out",
            Self::Sends(Malformed::OutOfOrder) => "sends a Pairing Random in place of a PDU",
        }
    }
}

impl Keys {
    /// The key that goes out where `drawn` was drawn.
    pub(crate) fn shape(self, drawn: u128) -> u128 {
        match self {
            Self::Random => drawn,
            Self::Constant(value) => value,
            Self::Counting(first) => u128::from_be_bytes(core::array::from_fn(|at| {
                u8::try_from(at).map_or(0, |at| first.wrapping_add(at))
            })),
        }
    }
}
