//! The types of a scenario file and of a policy file, in the order of the page.
//!
//! Invariant: every type that a field names is here, by test. Must never know: what is asked of them.

use super::probe::{Content, Found, Probe, Question, section};
use crate::policy::Basis;
use crate::policy::written::{
    ActionSpec, AllowedSpec, AttemptSpec, BondWord, BondedPeerSpec, BucketSpec, ChangesSpec, Code,
    CountsWord, DetailedSpec, KeyedOnWord, LevelWord, OldBondDiesWord, PenaltySpec, PolicySpec,
    ProcedureWord, QuestionWord, ResponderSpec, RuleSpec, SecurityRequestWord,
};
use crate::spec::{
    AcceptsSpec, ActSpec, AddressSpec, AdvertisingWord, AfterSpec, AirSpec, ApplicationSpec, AskSpec,
    AttackerSpec, AxisSpec, BatteryWord, BondsSpec, BrEdrWord, CodingWord, CompareSpec, DebugKeysWord,
    DelaySpec, DeviceSpec, EffectSpec, ExpectSpec, FaultSpec, FeatureWord, Given, HistorySpec,
    InterfererSpec, IoWord, KeptWord, KeyWord, KindSpec, LimitsSpec, LinkLayerSpec, LinkSpec, LocalWord,
    LossSpec, LostPacketWord, MalformedWord, OutageSpec, PairSpec, PhyWord, PrivacySpec, ProcessorSpec,
    QuirkWord, RadioSpec, RepeatedAttemptsSpec, ResolverWord, RoleWord, Scan, ScanWord, ScenarioSpec,
    SensitivitySpec, ShadowingSpec, SignalSpec, StartWord, SweepSpec, TriggerSpec, UserSpec, WayWord,
    WhenFullWord, WidthWord,
};
use serde::Deserialize;
use serde::de::value::Error;
use std::cell::RefCell;

/// A type of the language.
pub(super) struct Kind {
    /// The name of its section.
    pub(super) name: &'static str,
    /// What it is, in one sentence.
    pub(super) about: &'static str,
    /// Asks what it is made of.
    pub(super) trace: fn() -> Content,
    /// Reads a value.
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests doubt what is written in the table"))]
    pub(super) reads: Reads,
}

/// Fields that are read in a second step, which the first passes over: what they take.
pub(super) const LATER: [(&str, &str); 5] = [
    ("Axis.values", "list of what the field takes"),
    ("Rule.procedure", "[Procedure](#procedure), or a list of them"),
    ("Rule.error", "[Code](#code), or a list of them"),
    ("Rule.level", "[Level](#level), or a list of them"),
    ("Rule.do", "list of [Action](#action) or [Detailed](#detailed)"),
];

/// Reads a value: of which word, which field is left out, and which is a text.
type Reads = fn(usize, Option<&str>, Option<(&str, &str)>) -> Result<(), Error>;

fn ask<'a, T: Deserialize<'a>>(asked: Question<'a>) -> Result<(), Error> {
    T::deserialize(Probe { asked, depth: 0 }).map(drop)
}

/// What a type is made of.
fn trace<T: for<'a> Deserialize<'a>>() -> Content {
    let of_word = |word: usize| {
        let found = RefCell::new(Found::default());
        let asked = Question { found: &found, word, without: None, with: None };
        ask::<T>(asked).expect("a type reads what it has asked for");
        found.into_inner()
    };
    let first = of_word(0);
    if first.words.is_empty() {
        return Content::Fields(first.fields);
    }
    let words = first.words.iter().enumerate();
    Content::Words(words.map(|(word, name)| (*name, Content::Fields(of_word(word).fields))).collect())
}

fn reads<T: for<'a> Deserialize<'a>>(
    word: usize,
    without: Option<&str>,
    with: Option<(&str, &str)>,
) -> Result<(), Error> {
    let found = RefCell::new(Found::default());
    ask::<T>(Question { found: &found, word, without, with })
}

macro_rules! kinds {
    ($($of:ty, $about:literal;)*) => {
        vec![$(Kind {
            name: section(stringify!($of)),
            about: $about,
            trace: trace::<$of>,
            reads: reads::<$of>,
        }),*]
    };
}

/// All of them.
pub(super) fn all() -> Vec<Kind> {
    let mut all = of_scenarios();
    all.extend(of_policies());
    all
}

fn of_scenarios() -> Vec<Kind> {
    kinds![
        ScenarioSpec, "The file itself.";
        DeviceSpec, "One of `devices`.";
        RoleWord, "";
        AddressSpec, "An address, most significant octet first.";
        IoWord, "Input and output, as the specification names them (Vol 3 Part H 2.3.2).";
        KeyWord, "Keys that are distributed; `LinkKey` is derived, with LE Secure Connections only.";
        BondsSpec, "How a device keeps its bonds.";
        WhenFullWord, "";
        KeptWord, "";
        PrivacySpec, "Private addresses.";
        LocalWord, "";
        ResolverWord, "";
        UserSpec, "The habits of the person before a device; the defaults are assumptions.";
        DelaySpec, "A time that a person takes.";
        RepeatedAttemptsSpec, "How long a responder refuses a peer after failed pairings (Vol 3 Part H 2.3.6).";
        DebugKeysWord, "";
        BrEdrWord, "";
        ApplicationSpec, "What an application sends on a link of its level.";
        ProcessorSpec, "What a processor is busy with.";
        BatteryWord, "Where a device's charge comes from.";
        Scan, "How a central scans.";
        ScanWord, "";
        AdvertisingWord, "How a peripheral advertises.";
        PhyWord, "";
        LinkLayerSpec, "What a link layer can do.";
        FeatureWord, "";
        StartWord, "";
        AcceptsSpec, "The connection parameters that a host grants a peer.";
        AskSpec, "A procedure that a host asks its link layer for.";
        AfterSpec, "When it asks.";
        WayWord, "";
        CodingWord, "";
        RadioSpec, "A radio in air with a `signal`.";
        SensitivitySpec, "";
        Given, "Secret values that are fixed, to reproduce a recorded exchange.";
        QuirkWord, "What stacks in the field do against the specification.";
        MalformedWord, "";
        AttackerSpec, "One of `attackers`.";
        KindSpec, "What an attacker is.";
        LinkSpec, "Connection parameters.";
        HistorySpec, "What was between the devices before the session.";
        AirSpec, "What the air does to packets.";
        LossSpec, "How packets get lost.";
        LostPacketWord, "";
        PairSpec, "Another loss between two devices.";
        InterfererSpec, "Something else that sends in the band.";
        WidthWord, "";
        OutageSpec, "A time in which nothing gets through.";
        SignalSpec, "How strong signals are.";
        ShadowingSpec, "How levels rise and fall.";
        FaultSpec, "Something that may go wrong.";
        EffectSpec, "What a fault does.";
        TriggerSpec, "When a fault strikes.";
        ActSpec, "One act of a `script`.";
        CompareSpec, "What is compared.";
        LimitsSpec, "How long a session may last.";
        ExpectSpec, "What is expected of a policy.";
        SweepSpec, "A grid of values.";
        AxisSpec, "One axis of the grid.";
    ]
}

fn of_policies() -> Vec<Kind> {
    kinds![
        PolicySpec, "A policy file: `policies/NAME.ron` beside the scenario.";
        Basis, "What a policy rests on.";
        RuleSpec, "One of `rules`: the first that matches a failure is taken.";
        AttemptSpec, "Failures so far in an episode, the present one included.";
        BondWord, "Whether this side holds a bond with the peer, whatever the peer holds.";
        ProcedureWord, "What failed.";
        Code, "An error as the stack shows it.";
        LevelWord, "The levels of LE security mode 1.";
        ActionSpec, "What a rule does.";
        DetailedSpec, "Actions with parameters that they need not have.";
        QuestionWord, "";
        ChangesSpec, "Parameters of a pairing that differ from the device's.";
        ResponderSpec, "What a device does when its peer begins.";
        BondedPeerSpec, "The answer to a Pairing Request of a bonded peer.";
        OldBondDiesWord, "When a bond goes whose peer pairs again.";
        AllowedSpec, "";
        SecurityRequestWord, "What a central does on a Security Request.";
        PenaltySpec, "How long a peer that has failed is refused with Repeated Attempts.";
        BucketSpec, "Failures of all peers together.";
        KeyedOnWord, "";
        CountsWord, "Failures that count.";
    ]
}
