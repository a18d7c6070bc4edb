//! Draws sessions, exports them, diagnoses the captures alone, and compares.
//!
//! Invariant: the same sessions on every machine; what a session's record knows reaches the comparison and never the
//! diagnosis.

use super::truth::truth;
use blesim_capture::{H4Trace, MonitorTrace, PcapTrace, PcapngTrace};
use blesim_diagnose::{Cause, Diagnosis, Failed, Told, Verdict, diagnose};
use blesim_host::{Failure, Role, Shown};
use blesim_kernel::Digest;
use blesim_packet::Address;
use blesim_scenario::policy::BuiltIn;
use blesim_scenario::{Scenario, load, parse};
use blesim_study::session;
use blesim_world::{NoTrace, Plan};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The forms that a session is exported in.
pub(crate) const FORMS: [&str; 4] = ["monitor", "pcapng", "h4", "pcap"];
const FOLDERS: [&str; 3] = ["field", "reasons", "matrix"];
/// Seeds are below this.
const SEEDS: u64 = 1_000_000;

/// How a diagnosis fares.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Grade {
    /// The failure that was shown and, first of all causes, what was injected.
    Right,
    /// The failure; what was injected is among the causes.
    Partly,
    /// The failure, or that none is visible, and no word about the cause.
    Unknown,
    /// Another failure, or causes of which none was injected.
    Wrong,
}

impl Grade {
    pub(crate) const ALL: [Self; 4] = [Self::Right, Self::Partly, Self::Unknown, Self::Wrong];
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Partly => "partly right",
            Self::Unknown => "unknown",
            Self::Wrong => "wrong",
        }
    }
}

/// A session that is drawn.
pub(crate) struct Draw {
    path: PathBuf,
    folder: &'static str,
    seed: u64,
}

/// What came of one capture.
pub(crate) struct Score {
    folder: &'static str,
    scenario: String,
    seed: u64,
    policy: String,
    pub(crate) form: &'static str,
    shown: Option<Failure>,
    said: Option<Failure>,
    causes: Vec<Cause>,
    pub(crate) grade: Grade,
    /// Whether the scenario made of it shows the same failure first; none if nothing failed.
    pub(crate) again: Option<bool>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// So many sessions from a number on: the scenarios in turn, each with seeds drawn by a digest.
pub(crate) fn draws(from: usize, sessions: usize) -> Vec<Draw> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        let entries = fs::read_dir(root().join("scenarios").join(folder)).expect("the folder is there");
        let paths = entries.map(|entry| entry.expect("it can be read").path());
        files.extend(
            paths.filter(|path| path.extension().is_some_and(|end| end == "ron")).map(|path| (path, folder)),
        );
    }
    files.sort();
    let draw = |index: usize| {
        let mut digest = Digest::new();
        digest.octets(&index.to_le_bytes());
        let (path, folder) = files[index % files.len()].clone();
        Draw { path, folder, seed: digest.value() % SEEDS }
    };
    (from..from + sessions).map(draw).collect()
}

/// Runs a session, and diagnoses it in every form.
pub(crate) fn score(draw: &Draw) -> Vec<Score> {
    let scenario: Scenario = load(&draw.path).unwrap_or_else(|problems| panic!("{problems}"));
    let plan = &scenario.plan;
    let policy = usize::try_from(draw.seed).expect("it is small") % plan.policies.len();
    let record = session(plan, draw.seed, policy, &mut NoTrace).unwrap_or_else(|bug| panic!("{bug:?}"));
    let shown = record.first_failure();
    let one = |form: &'static str| {
        let capture = capture(plan, draw.seed, policy, form);
        let diagnosis =
            diagnose(&capture[..]).unwrap_or_else(|error| panic!("{}: {error}", draw.path.display()));
        let (said, causes) = said(&diagnosis, plan, form);
        let grade = grade(form, &diagnosis, shown, said, &causes, truth(&plan.name, shown));
        let (scenario, policy) = (plan.name.clone(), plan.policies[policy].name.clone());
        let again = diagnosis.first().map(|(_, failed)| shows_again(&diagnosis, failed.failure));
        Score {
            folder: draw.folder,
            scenario,
            seed: draw.seed,
            policy,
            form,
            shown,
            said,
            causes,
            grade,
            again,
        }
    };
    // Who uses whose address is not on the air: whose failure is the first there has no answer.
    let attacked = plan.devices.iter().any(|device| device.attack.is_some());
    FORMS.into_iter().filter(|form| *form != "pcap" || !attacked).map(one).collect()
}

/// Whether the scenario that is written for a diagnosis shows its first failure, in most of a few sessions.
fn shows_again(diagnosis: &Diagnosis, failure: Failure) -> bool {
    const TRIES: u64 = 5;
    let Some(text) = blesim_diagnose::scenario(diagnosis, "a capture") else { return false };
    let scenario =
        parse("diagnosed.ron", &text, &BuiltIn).unwrap_or_else(|problems| panic!("{problems}\n{text}"));
    let shows = |seed: &u64| {
        let record =
            session(&scenario.plan, *seed, 0, &mut NoTrace).unwrap_or_else(|bug| panic!("{bug:?}\n{text}"));
        record.first_failure() == Some(failure)
    };
    (0..TRIES).filter(shows).count() * 2 > usize::try_from(TRIES).expect("a few")
}

fn capture(plan: &Plan, seed: u64, policy: usize, form: &str) -> Vec<u8> {
    let run = |result: Result<_, blesim_study::SessionBug>| {
        result.unwrap_or_else(|bug| panic!("{bug:?}"));
    };
    let octets = match form {
        "monitor" => {
            let mut trace = MonitorTrace::new(Vec::new(), plan, policy, "").expect("memory takes everything");
            run(session(plan, seed, policy, &mut trace));
            trace.finish()
        }
        "pcapng" => {
            let mut trace = PcapngTrace::new(Vec::new(), plan, policy, "").expect("memory takes everything");
            run(session(plan, seed, policy, &mut trace));
            trace.finish()
        }
        "pcap" => {
            let mut trace = PcapTrace::new(Vec::new(), plan).expect("memory takes everything");
            run(session(plan, seed, policy, &mut trace));
            trace.finish()
        }
        _ => {
            let mut trace = H4Trace::new(Vec::new(), plan.varied).expect("memory takes everything");
            run(session(plan, seed, policy, &mut trace));
            trace.finish()
        }
    };
    octets.expect("memory takes everything")
}

/// The first failure that the diagnosis finds at the varied device, and what it says stands behind it.
fn said(diagnosis: &Diagnosis, plan: &Plan, form: &str) -> (Option<Failure>, Vec<Cause>) {
    let device = &plan.devices[plan.varied];
    let name = match form {
        "monitor" => format!("hci{}", plan.varied),
        "pcapng" => device.name.clone(),
        _ => "hci0".to_owned(),
    };
    let host =
        diagnosis.hosts.iter().position(|host| *host == name).and_then(|host| u16::try_from(host).ok());
    let side = match device.host.role {
        Role::Central => blesim_diagnose::Side::Central,
        Role::Peripheral => blesim_diagnose::Side::Peripheral,
    };
    // The air knows no hosts, but who has a private address is not known by it either.
    let known = |address: &Address| !address.is_resolvable();
    let own = |told: &Told| {
        told.addresses[side as usize].filter(known).is_none_or(|own| own == device.host.address)
    };
    let of_host = |told: &&Told| match form {
        "pcap" => own(told),
        _ => host.is_some() && told.hosts[side as usize] == host,
    };
    let all = diagnosis
        .connections
        .iter()
        .filter(of_host)
        .flat_map(|told| told.failed.iter().map(move |failed| (told, failed)));
    let first = all
        .filter(|(_, failed): &(&Told, &Failed)| failed.is_shown_to(side))
        .min_by_key(|(_, failed)| failed.at);
    first.map_or((None, Vec::new()), |(told, failed)| (Some(failed.failure), told.causes.clone()))
}

fn grade(
    form: &str,
    diagnosis: &Diagnosis,
    shown: Option<Failure>,
    said: Option<Failure>,
    causes: &[Cause],
    truth: &[Cause],
) -> Grade {
    match (shown, said) {
        (None, None) if diagnosis.verdict() == Verdict::Secured => Grade::Right,
        (None, None) => Grade::Unknown,
        (Some(_), None) if diagnosis.verdict() == Verdict::NotVisible => Grade::Unknown,
        // A host that gives up looking for a peer leaves nothing on the air, and the end of a link that cannot be
        // read is said to be hidden.
        (Some(shown), None) if form == "pcap" && shown.shown == Shown::ConnectTimeout => Grade::Unknown,
        (Some(_), None) if diagnosis.not_visible.iter().any(|text| text.contains("encrypted")) => {
            Grade::Unknown
        }
        (Some(shown), Some(said)) if shown == said => match causes {
            [] => Grade::Unknown,
            [first, ..] if truth.contains(first) => Grade::Right,
            _ if causes.iter().any(|cause| truth.contains(cause)) => Grade::Partly,
            _ => Grade::Wrong,
        },
        (Some(shown), Some(said)) if shown.shown == said.shown => Grade::Partly,
        _ => Grade::Wrong,
    }
}

/// The table: each scenario and form with its grades.
pub(crate) fn table(scores: &[Score]) -> String {
    let mut text = String::new();
    let sessions = scores.iter().filter(|score| score.form == FORMS[0]).count();
    let _ = writeln!(
        text,
        "{sessions} sessions, each as {}, diagnosed from the capture alone\n",
        FORMS.join(", ")
    );
    let line = |text: &mut String, name: &str, form: &str, of: &[&Score]| {
        let count = |grade: Grade| of.iter().filter(|score| score.grade == grade).count();
        let [right, partly, unknown, wrong] = Grade::ALL.map(count);
        let again = |wanted: Option<bool>| of.iter().filter(|score| score.again == wanted).count();
        let share = format!("{}/{}", again(Some(true)), of.len() - again(None));
        let _ = writeln!(
            text,
            "{name:<46} {form:<8} {:>6} {right:>6} {partly:>13} {unknown:>8} {wrong:>6} {share:>11}",
            of.len()
        );
    };
    let _ = writeln!(
        text,
        "{:<46} {:<8} {:>6} {:>6} {:>13} {:>8} {:>6} {:>11}",
        "scenario", "form", "all", "right", "partly right", "unknown", "wrong", "shown again"
    );
    for form in FORMS {
        let of: Vec<&Score> = scores.iter().filter(|score| score.form == form).collect();
        line(&mut text, "all", form, &of);
    }
    let _ = writeln!(text);
    let mut rows: BTreeMap<(&str, &str, &str), Vec<&Score>> = BTreeMap::new();
    for score in scores {
        rows.entry((score.folder, &score.scenario, score.form)).or_default().push(score);
    }
    for ((folder, scenario, form), of) in rows {
        line(&mut text, &format!("{folder}/{scenario}"), form, &of);
    }
    text
}

/// A row a capture.
pub(crate) fn csv(scores: &[Score]) -> String {
    let mut text = "scenario,seed,policy,form,shown,said,causes,grade,again\n".to_owned();
    let failure = |failure: Option<Failure>| failure.map_or("none".to_owned(), |failure| failure.to_string());
    for score in scores {
        let causes: Vec<&str> = score.causes.iter().map(|cause| cause.name()).collect();
        let _ = writeln!(
            text,
            "{}/{},{},{},{},{},{},{},{},{}",
            score.folder,
            score.scenario,
            score.seed,
            score.policy,
            score.form,
            failure(score.shown),
            failure(score.said),
            causes.join(" "),
            score.grade.name(),
            score.again.map_or("", |again| if again { "yes" } else { "no" })
        );
    }
    text
}
