//! What is said of a capture in the end.

use crate::advice::Advice;
use crate::cause::Cause;
use crate::dialogue::Dialogue;
use crate::failures::Failed;
use crate::finding::Finding;
use crate::step::{Moment, Parameters, Side};
use crate::story::Line;
use blesim_capture::Form;
use blesim_host::{Procedure, Shown, Stack};
use blesim_packet::Address;

/// One connection, or one that did not come about.
#[derive(Clone, Debug)]
pub struct Told {
    /// When it began and ended, as far as the capture shows.
    pub span: (Moment, Moment),
    /// The addresses, the central's first, where they are known.
    pub addresses: [Option<Address>; 2],
    /// The hosts from which it is seen, the central's first, by their place in [`Diagnosis::hosts`].
    pub hosts: [Option<u16>; 2],
    /// Whether it is seen on the air.
    pub on_the_air: bool,
    /// Its parameters, the last ones.
    pub parameters: Option<Parameters>,
    /// What happened, from the place that tells most.
    pub story: Vec<Line>,
    /// The pairings.
    pub dialogues: Vec<Dialogue>,
    /// What failed, in order.
    pub failed: Vec<Failed>,
    /// What may stand behind the first of them, the likeliest first.
    pub causes: Vec<Cause>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// When it was secured and by what.
    pub secured: Option<(Moment, Procedure)>,
    /// What was under way when the capture ended.
    pub open: Option<(Moment, Procedure)>,
}

/// Everything that is said of a capture.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// What it is written in.
    pub form: Form,
    /// The hosts, by interface or adapter.
    pub hosts: Vec<String>,
    /// Packets read.
    pub packets: u64,
    /// The connections, in order.
    pub connections: Vec<Told>,
    /// Connections that were too many to be kept.
    pub more: u64,
    /// What could not be seen.
    pub not_visible: Vec<String>,
    /// What to do about the first failure.
    pub advice: Option<Advice>,
    /// Where reading stopped before the end, and why.
    pub stopped: Option<String>,
    /// Packets that could not be read, and the first of them.
    pub broken: (u64, Option<(Moment, String)>),
}

/// How it comes out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// A link was secured, and nothing failed.
    Secured,
    /// Something failed.
    Failed,
    /// Neither is visible.
    NotVisible,
}

impl Diagnosis {
    /// The first failure with its connection.
    #[must_use]
    pub fn first(&self) -> Option<(&Told, &Failed)> {
        let all =
            self.connections.iter().flat_map(|told| told.failed.iter().map(move |failed| (told, failed)));
        all.min_by_key(|(_, failed)| failed.at)
    }

    /// All failures, in order.
    #[must_use]
    pub fn failures(&self) -> Vec<&Failed> {
        let mut all: Vec<&Failed> = self.connections.iter().flat_map(|told| &told.failed).collect();
        all.sort_by_key(|failed| failed.at);
        all
    }

    /// The first failure that the stack of this side shows, or both do.
    #[must_use]
    pub fn first_at(&self, side: Side) -> Option<(&Told, &Failed)> {
        let all =
            self.connections.iter().flat_map(|told| told.failed.iter().map(move |failed| (told, failed)));
        all.filter(|(_, failed)| failed.is_shown_to(side)).min_by_key(|(_, failed)| failed.at)
    }

    /// How it comes out.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.first().is_some() {
            Verdict::Failed
        } else if self.connections.iter().any(|told| told.secured.is_some()) {
            Verdict::Secured
        } else {
            Verdict::NotVisible
        }
    }

    /// All findings, in the order of their packets.
    #[must_use]
    pub fn findings(&self) -> Vec<&Finding> {
        let mut all: Vec<&Finding> = self.connections.iter().flat_map(|told| &told.findings).collect();
        all.sort_by_key(|finding| finding.at.packet);
        all
    }
}

impl Failed {
    /// Whether the stack of this side shows it: what is said in Pairing Failed, and a timer that runs on both, both do.
    #[must_use]
    pub fn is_shown_to(&self, side: Side) -> bool {
        let both = matches!(self.failure.shown, Shown::PairingFailed(_) | Shown::SmpTimeout);
        self.side == side || both
    }

    /// What it is called by the stacks that engineers know, on the side that shows it.
    #[must_use]
    pub fn stacks(&self) -> Vec<(&'static str, String)> {
        let found = match self.found_by {
            Some(by) if by != self.side => blesim_host::Side::Remote,
            _ => blesim_host::Side::Local,
        };
        Stack::ALL.into_iter().map(|(stack, name)| (name, stack.words(self.failure, found))).collect()
    }

    /// The code as a number: of HCI, or the reason of Pairing Failed; none for a timer.
    #[must_use]
    pub const fn code(&self) -> Option<u8> {
        match self.failure.shown {
            Shown::Hci(code) => Some(code.0),
            Shown::PairingFailed(reason) => Some(reason.0),
            Shown::SmpTimeout | Shown::ConnectTimeout => None,
        }
    }
}
