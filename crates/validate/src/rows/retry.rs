//! S17: a policy that tries three times.

use super::{INSIDE, Row};
use crate::check::Check;
use crate::effort::{Effort, Moments, Share};
use crate::sessions::{self, Run, retry};
use blesim_host::Shown;
use blesim_host::recovery::Program;
use blesim_kernel::{Chance, Span};
use blesim_packet::hci::ErrorCode;
use blesim_packet::ll::ChannelIndex;
use blesim_world::{ChannelSet, Harm, HciDelay, History, Interferer, NoTrace, Plan, Rhythm};

pub(crate) const ROW: Row = Row {
    id: "S17",
    name: "retry",
    configuration: "sessions of two bonded devices; something breaks 30 % of the frames on channels 37 to \
                    39 and none on the others, so that 30 % of the attempts end with 0x3E; Fuchsia's \
                    policy: 3 attempts, on 0x3E alone, after 2 s and after 4 s",
    source: "s = 0.7: 1 - 0.3^3; 0.5 s + (0.21 x 2.3 s + 0.063 x 6.6 s) / 0.973 where an attempt takes 0.5 \
             s if it succeeds and 0.3 s if it fails",
    tolerance: INSIDE,
    measure,
};

const SESSIONS: u64 = 100_000;
const NOT_ESTABLISHED: Shown = Shown::Hci(ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED);
/// What attempts take in the reference, in us.
const TAKES: Attempts = Attempts { success: 500_000, failure: 300_000 };

/// The time that an attempt takes, in us.
#[derive(Clone, Copy)]
struct Attempts {
    success: u64,
    failure: u64,
}

fn plan() -> Plan {
    let mut plan = Plan { history: History::Bonded { secure_connections: true }, ..sessions::plan() };
    let channels = (37..=39).map(ChannelIndex).fold(ChannelSet::NONE, ChannelSet::with);
    let harm = Harm::Breaks(Chance::ratio(3, 10));
    plan.air.interferers.push(Interferer { channels, rhythm: Rhythm::Steady, harm });
    for device in &mut plan.devices {
        device.hci_delay = HciDelay { up: Span::ZERO, down: Span::ZERO };
        device.host.link.advertising_interval = 32;
    }
    let rules =
        [(1, 2), (2, 4)].map(|(attempt, wait)| retry(NOT_ESTABLISHED, attempt, Span::from_secs(wait)));
    let three = Program { rules: rules.into(), ..Program::passive("three-attempts") };
    plan.policies.push(three);
    plan
}

fn measure(effort: Effort) -> Vec<Check> {
    let plan = plan();
    let one: (Moments, Moments) = effort.sum(
        SESSIONS,
        || Run::new(&plan),
        |run, seed, (success, failure): &mut (Moments, Moments)| {
            let record = run.session(&plan, 0, seed, &mut NoTrace);
            if record.secured() { success.add(record.time_us) } else { failure.add(record.time_us) }
        },
    );
    let alone = Attempts { success: whole(one.0.mean()), failure: whole(one.1.mean()) };
    let (share, latency): (Share, Moments) = effort.sum(
        SESSIONS,
        || Run::new(&plan),
        |run, seed, (share, latency): &mut (Share, Moments)| {
            // Other sessions than those that told how long an attempt takes.
            let record = run.session(&plan, 1, seed + SESSIONS, &mut NoTrace);
            share.add(record.secured());
            if record.secured() {
                let failures = u64::from(record.failures);
                let time = record.time_us + TAKES.success + failures * TAKES.failure;
                latency.add(time.saturating_sub(alone.success + failures * alone.failure));
            }
        },
    );
    let restated = format!(
        "attempts take {:.3} and {:.3} s here, by sessions that do not retry; restated for 0.5 and 0.3 s",
        seconds(alone.success),
        seconds(alone.failure)
    );
    let single = (one.0.of, one.0.of + one.1.of);
    vec![
        Check::share("one attempt secures the link", 0.7, single),
        Check::share("three attempts secure it", 0.973, share.pair()),
        Check::mean("mean time to it, in s", LATENCY, &latency, (1e-6, 0.0)).noted(restated),
    ]
}

const LATENCY: f64 = 0.5 + (0.21 * 2.3 + 0.063 * 6.6) / 0.973;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a mean of seconds in microseconds"
)]
fn whole(mean: f64) -> u64 {
    mean.round() as u64
}

fn seconds(micros: u64) -> f64 {
    crate::check::real(micros) / 1e6
}
