//! The policy file as it is written.
//!
//! Invariant: a code is known by the name the host gives it, or by its number.

use super::responder::ResponderSpec;
use crate::spec::RoleWord;
use crate::unit::Time;
use blesim_host::{Procedure, SHOWN, Shown};
use blesim_packet::hci::ErrorCode;
use blesim_packet::smp::Reason;
use serde::Deserialize;
use serde::de::{Deserializer, EnumAccess, Error, IgnoredAny, VariantAccess, Visitor};
use std::fmt;

/// A policy file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicySpec {
    pub(crate) name: String,
    pub(crate) basis: Basis,
    #[serde(default)]
    pub(crate) about: String,
    pub(crate) patience: Option<Time>,
    #[serde(default)]
    pub(crate) rules: Vec<RuleSpec>,
    #[serde(default)]
    pub(crate) probes_bonds: bool,
    #[serde(default)]
    pub(crate) raises_level: bool,
    pub(crate) responder: Option<ResponderSpec>,
}

/// What a policy rests on.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub enum Basis {
    /// Somebody's judgement.
    Assumed(String),
    /// A stack's source or a document: which, and where in it.
    Source(String),
}

/// A rule. `procedure`, `error` and `level` hold one word or a list of them, and some verbs have parameters or
/// none: these are read in a second step.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleSpec {
    pub(crate) procedure: Option<IgnoredAny>,
    pub(crate) error: Option<IgnoredAny>,
    pub(crate) attempt: Option<AttemptSpec>,
    pub(crate) role: Option<RoleWord>,
    pub(crate) bond: Option<BondWord>,
    pub(crate) level: Option<IgnoredAny>,
    #[serde(rename = "do")]
    pub(crate) actions: Vec<IgnoredAny>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum AttemptSpec {
    Only(i64),
    From(i64),
    UpTo(i64),
    FromTo(i64, i64),
}

/// Whether this side holds a bond with the peer.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum BondWord {
    Held,
    Missing,
}

/// The procedures by the names of [`Procedure`].
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum ProcedureWord {
    Connection,
    Encryption,
    Pairing,
    Bonding,
}

impl From<ProcedureWord> for Procedure {
    fn from(word: ProcedureWord) -> Self {
        match word {
            ProcedureWord::Connection => Self::Connection,
            ProcedureWord::Encryption => Self::Encryption,
            ProcedureWord::Pairing => Self::Pairing,
            ProcedureWord::Bonding => Self::Bonding,
        }
    }
}

/// A code that a stack shows, by name or as `Hci(0x06)` or `PairingFailed(0x08)`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Code(pub(crate) Shown);

const HCI: &str = "Hci";
const PAIRING_FAILED: &str = "PairingFailed";

/// Every name of [`SHOWN`] and the two for numbers.
const NAMES: [&str; SHOWN.len() + 2] = {
    let mut names = [HCI; SHOWN.len() + 2];
    let mut index = 0;
    while index < SHOWN.len() {
        names[index] = SHOWN[index].0;
        index += 1;
    }
    names[SHOWN.len() + 1] = PAIRING_FAILED;
    names
};

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_enum("Code", &NAMES, CodeVisitor)
    }
}

struct CodeVisitor;

impl<'de> Visitor<'de> for CodeVisitor {
    type Value = Code;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a code")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Code, A::Error> {
        let (Name(name), value) = data.variant()?;
        Ok(Code(match name {
            HCI => Shown::Hci(ErrorCode(value.newtype_variant()?)),
            PAIRING_FAILED => Shown::PairingFailed(Reason(value.newtype_variant()?)),
            name => {
                value.unit_variant()?;
                let known = SHOWN.iter().find(|(known, _)| *known == name);
                known.map(|(_, shown)| *shown).ok_or_else(|| A::Error::unknown_variant(name, &NAMES))?
            }
        }))
    }
}

/// One of [`NAMES`].
struct Name(&'static str);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl Visitor<'_> for NameVisitor {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a code")
            }

            fn visit_str<E: Error>(self, found: &str) -> Result<Name, E> {
                let known = NAMES.iter().find(|name| **name == found);
                known.map(|name| Name(name)).ok_or_else(|| E::unknown_variant(found, &NAMES))
            }
        }

        deserializer.deserialize_identifier(NameVisitor)
    }
}
