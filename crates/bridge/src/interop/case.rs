//! The cases: who has what, and what is done.
//!
//! Invariant: a case says nothing of which side is real; it is run with either, and with neither.

use blesim_host::{DebugKeys, Level};
use blesim_packet::smp::{IoCapability, KeyDistribution};

/// One host of a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent flags of a host")]
pub(crate) struct Setup {
    pub(crate) io: IoCapability,
    pub(crate) secure_connections: bool,
    pub(crate) mitm: bool,
    pub(crate) bonding: bool,
    pub(crate) initiator_keys: u8,
    pub(crate) responder_keys: u8,
    pub(crate) max_key_size: u8,
    pub(crate) min_key_size: u8,
    pub(crate) level: Level,
    pub(crate) refuses_pairing: bool,
    pub(crate) debug_keys: DebugKeys,
    /// What its user says.
    pub(crate) says: Says,
}

/// What a user says to whatever they are asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Says {
    /// What is right.
    Right,
    /// No, or nothing where a passkey is asked for.
    No,
    /// A passkey that is not the one.
    Wrong,
    /// Nothing at all.
    Nothing,
}

/// Something that is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    /// The two are to have a secured link.
    Secure,
    /// The central ends it.
    Leave,
    /// A side loses its bond: 0 the central, 1 the peripheral.
    Forget(usize),
    /// The real side, if it is this one, has another LTK from now on; with neither side real the one of ours that
    /// stands in for it does.
    Spoil(usize),
}

/// A case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// The central, then the peripheral.
    pub(crate) sides: [Setup; 2],
    pub(crate) acts: Vec<Act>,
    /// Seconds that each securing may take.
    pub(crate) seconds: u64,
}

/// Encryption and identity keys.
const USUAL_KEYS: u8 = 0b011;

impl Setup {
    /// A host without display and keys, that bonds by LE Secure Connections.
    const PLAIN: Self = Self {
        io: IoCapability::NoInputNoOutput,
        secure_connections: true,
        mitm: false,
        bonding: true,
        initiator_keys: USUAL_KEYS,
        responder_keys: USUAL_KEYS,
        max_key_size: 16,
        min_key_size: 7,
        level: Level::Two,
        refuses_pairing: false,
        debug_keys: DebugKeys::Refused,
        says: Says::Right,
    };

    const fn with(io: IoCapability, secure_connections: bool, mitm: bool) -> Self {
        Self { io, secure_connections, mitm, ..Self::PLAIN }
    }

    pub(crate) fn keys(&self) -> [KeyDistribution; 2] {
        [KeyDistribution(self.initiator_keys), KeyDistribution(self.responder_keys)]
    }
}

/// Every capability, with the name that a case is called by (Vol 3 Part H 2.3.2).
const CAPABILITIES: [(IoCapability, &str); 5] = [
    (IoCapability::DisplayOnly, "DisplayOnly"),
    (IoCapability::DisplayYesNo, "DisplayYesNo"),
    (IoCapability::KeyboardOnly, "KeyboardOnly"),
    (IoCapability::NoInputNoOutput, "NoInputNoOutput"),
    (IoCapability::KeyboardDisplay, "KeyboardDisplay"),
];

const fn kind(secure_connections: bool) -> &'static str {
    if secure_connections { "SC" } else { "legacy" }
}

/// All of them.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for secure_connections in [true, false] {
        models(secure_connections, &mut cases);
        keys(secure_connections, &mut cases);
        bonds(secure_connections, &mut cases);
        people(secure_connections, &mut cases);
        refusals(secure_connections, &mut cases);
    }
    mixed(&mut cases);
    cases
}

fn case(name: String, sides: [Setup; 2], acts: &[Act]) -> Case {
    Case { name, sides, acts: acts.to_vec(), seconds: 10 }
}

/// Association models by capabilities, and without protection against a man in the middle.
fn models(secure_connections: bool, cases: &mut Vec<Case>) {
    let kind = kind(secure_connections);
    for (first, first_name) in CAPABILITIES {
        for (second, second_name) in CAPABILITIES {
            let sides = [first, second].map(|io| Setup::with(io, secure_connections, true));
            cases.push(case(format!("{kind}, {first_name} with {second_name}"), sides, &[Act::Secure]));
        }
    }
    for (first, second) in [(true, false), (false, true), (false, false)] {
        let sides =
            [first, second].map(|mitm| Setup::with(IoCapability::KeyboardDisplay, secure_connections, mitm));
        let says = |mitm| if mitm { "MITM" } else { "no MITM" };
        cases.push(case(format!("{kind}, {} with {}", says(first), says(second)), sides, &[Act::Secure]));
    }
}

/// Which keys are distributed: all masks of encryption, identity and signing keys that differ in kind.
fn keys(secure_connections: bool, cases: &mut Vec<Case>) {
    let kind = kind(secure_connections);
    for (initiator, responder) in
        [(0, 0), (1, 1), (2, 2), (4, 4), (7, 7), (1, 2), (2, 1), (7, 0), (0, 7), (3, 4)]
    {
        let side = Setup {
            secure_connections,
            initiator_keys: initiator,
            responder_keys: responder,
            ..Setup::PLAIN
        };
        let name =
            format!("{kind}, keys {initiator:#05b} of the initiator and {responder:#05b} of the responder");
        cases.push(case(name, [side; 2], &[Act::Secure]));
    }
    let side = Setup { secure_connections, ..Setup::PLAIN };
    let none = Setup { initiator_keys: 0, responder_keys: 0, ..side };
    cases.push(case(format!("{kind}, only the initiator wants keys"), [side, none], &[Act::Secure]));
    cases.push(case(format!("{kind}, only the responder wants keys"), [none, side], &[Act::Secure]));
    let bare = Setup { bonding: false, ..side };
    cases.push(case(format!("{kind}, no bonding"), [bare; 2], &[Act::Secure]));
    cases.push(case(format!("{kind}, only the initiator bonds"), [side, bare], &[Act::Secure]));
    cases.push(case(format!("{kind}, only the responder bonds"), [bare, side], &[Act::Secure]));
}

/// What becomes of a bond.
fn bonds(secure_connections: bool, cases: &mut Vec<Case>) {
    let kind = kind(secure_connections);
    let plain = Setup { secure_connections, ..Setup::PLAIN };
    let passkey = [
        Setup::with(IoCapability::KeyboardOnly, secure_connections, true),
        Setup::with(IoCapability::DisplayOnly, secure_connections, true),
    ];
    let mut bond = |what: &str, sides: [Setup; 2], between: &[Act]| {
        let mut acts = vec![Act::Secure, Act::Leave];
        acts.extend(between);
        acts.push(Act::Secure);
        cases.push(case(format!("{kind}, {what}"), sides, &acts));
    };
    bond("encrypted again with the bond", [plain; 2], &[]);
    bond("encrypted again with an authenticated bond", passkey, &[]);
    bond("bond lost by the central", [plain; 2], &[Act::Forget(0)]);
    bond("bond lost by the peripheral", [plain; 2], &[Act::Forget(1)]);
    bond("bonds lost by both", [plain; 2], &[Act::Forget(0), Act::Forget(1)]);
    bond("another LTK in the central", [plain; 2], &[Act::Spoil(0)]);
    bond("another LTK in the peripheral", [plain; 2], &[Act::Spoil(1)]);
}

/// What people do wrong.
fn people(secure_connections: bool, cases: &mut Vec<Case>) {
    let kind = kind(secure_connections);
    let side = |io| Setup::with(io, secure_connections, true);
    let (display, keyboard) = (side(IoCapability::DisplayOnly), side(IoCapability::KeyboardOnly));
    let mut person = |what: &str, sides: [Setup; 2], seconds| {
        cases.push(Case { seconds, ..case(format!("{kind}, {what}"), sides, &[Act::Secure]) });
    };
    person("wrong passkey typed on the central", [Setup { says: Says::Wrong, ..keyboard }, display], 10);
    person("wrong passkey typed on the peripheral", [display, Setup { says: Says::Wrong, ..keyboard }], 10);
    person("no passkey typed on the central", [Setup { says: Says::No, ..keyboard }, display], 10);
    person("no passkey typed on the peripheral", [display, Setup { says: Says::No, ..keyboard }], 10);
    person("nobody at the central", [Setup { says: Says::Nothing, ..keyboard }, display], 45);
    person("nobody at the peripheral", [display, Setup { says: Says::Nothing, ..keyboard }], 45);
    if secure_connections {
        let compares = side(IoCapability::DisplayYesNo);
        person("numbers refused on the central", [Setup { says: Says::No, ..compares }, compares], 10);
        person("numbers refused on the peripheral", [compares, Setup { says: Says::No, ..compares }], 10);
    }
}

/// What a Security Manager refuses.
fn refusals(secure_connections: bool, cases: &mut Vec<Case>) {
    let kind = kind(secure_connections);
    let plain = Setup { secure_connections, ..Setup::PLAIN };
    let mut refusal = |what: &str, sides| {
        cases.push(case(format!("{kind}, {what}"), sides, &[Act::Secure]));
    };
    refusal("the peripheral does not pair", [plain, Setup { refuses_pairing: true, ..plain }]);
    let (short, long) = (Setup { max_key_size: 7, ..plain }, Setup { min_key_size: 16, ..plain });
    refusal("key of 7 octets at the most in the central, 16 at the least in the peripheral", [short, long]);
    refusal("key of 16 octets at the least in the central, 7 at the most in the peripheral", [long, short]);
    refusal("key of 7 octets", [short, plain]);
    refusal("key of 12 octets", [plain, Setup { max_key_size: 12, ..plain }]);
    let strict = Setup { level: Level::Three, mitm: true, io: IoCapability::KeyboardDisplay, ..plain };
    refusal("the central wants authentication, the peripheral has no means", [strict, plain]);
    refusal("the peripheral wants authentication, the central has no means", [plain, strict]);
}

/// One side knows LE Secure Connections and the other does not.
fn mixed(cases: &mut Vec<Case>) {
    let [new, old] = [true, false].map(|secure_connections| Setup { secure_connections, ..Setup::PLAIN });
    cases.push(case("SC central with legacy peripheral".to_owned(), [new, old], &[Act::Secure]));
    cases.push(case("legacy central with SC peripheral".to_owned(), [old, new], &[Act::Secure]));
    let only = Setup { level: Level::Four, mitm: true, io: IoCapability::KeyboardDisplay, ..new };
    let shows = Setup { mitm: true, io: IoCapability::DisplayOnly, ..old };
    cases.push(case("SC only central with legacy peripheral".to_owned(), [only, shows], &[Act::Secure]));
    cases.push(case("legacy central with SC only peripheral".to_owned(), [shows, only], &[Act::Secure]));
}
