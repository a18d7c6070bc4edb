//! S15: how many connection events a pairing takes under loss.

use super::Row;
use crate::check::{Check, real};
use crate::effort::{Effort, Moments};
use crate::sessions::{self, Run};
use blesim_controller::AirPdu;
use blesim_host::Note;
use blesim_kernel::{Chance, Instant, Span};
use blesim_world::{Entry, Loss, Plan, Trace};

pub(crate) const ROW: Row = Row {
    id: "S15",
    name: "pairing-loss-mean",
    configuration: "sessions of two devices, 30 ms, timeout 32 s, each packet lost with chance p \
                    (unheard): mean events from the Pairing Request's, which counts, to the last key",
    source: "D/(1-p) + A/(1-p)^2 for D PDUs that the other side answers and A others; and p/(1-p)^2 for \
             each answer of the peripheral",
    tolerance: "0.5 % and the 99 % interval",
    measure,
};

const SLACK: f64 = 0.005;
const SESSIONS: u64 = 10_000;
/// Of pairings that take long.
const LONG_SESSIONS: u64 = 3_000;

/// When the pairing's first PDU was on the air and when the last key had arrived.
#[derive(Default)]
struct Keys {
    first: Option<Instant>,
    delivered: Option<Instant>,
}

impl Trace for Keys {
    const ON: bool = true;
    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        match entry {
            Entry::Frame { frame, .. } => {
                if let AirPdu::Data(pdu) = &frame.pdu
                    && !pdu.payload.is_empty()
                {
                    self.first.get_or_insert(at);
                }
            }
            Entry::Host { device: 1, note: Note::BondStored } => self.delivered = Some(at),
            _ => {}
        }
    }
}

fn measure(effort: Effort) -> Vec<Check> {
    let secure = sessions::plan();
    let mut legacy = sessions::plan();
    sessions::legacy(&mut legacy);
    let mut passkey = sessions::plan();
    sessions::passkey(&mut passkey);
    let mut checks = Vec::new();
    for percent in [10, 20] {
        let p = real(percent) / 100.0;
        let plain = |d: f64, a: f64| d / (1.0 - p) + a / ((1.0 - p) * (1.0 - p));
        // Whatever the central says and the peripheral answers is one of D; the last PDU is one more.
        for (name, plan, sessions, (answered, others)) in [
            ("legacy", &legacy, SESSIONS, (6.0, 13.0)),
            ("SC Just Works", &secure, SESSIONS, (7.0, 15.0)),
            ("SC passkey", &passkey, LONG_SESSIONS, (46.0, 53.0)),
        ] {
            let answers = answered - 1.0;
            let moments = events(effort, plan, percent, sessions);
            let (table, reference) = (plain(answered, others), plain(answered, others + answers * p));
            let check = Check::mean(format!("{name}, p = {p}"), reference, &moments, (1.0, SLACK));
            checks.push(check.noted(format!(
                "reference corrected from {table:.3}: an unacknowledged empty PDU is retransmitted as empty"
            )));
        }
    }
    checks
}

fn events(effort: Effort, plan: &Plan, percent: u64, sessions: u64) -> Moments {
    let mut plan = plan.clone();
    plan.air.loss = Loss::Independent(Chance::ratio(percent, 100));
    plan.devices[0].host.link.supervision_timeout = 3_200;
    effort.sum(
        sessions,
        || Run::new(&plan),
        |run, seed, moments: &mut Moments| {
            let mut seen = Keys::default();
            let record = run.session(&plan, 0, seed, &mut seen);
            if let (Some(first), Some(delivered), true) = (seen.first, seen.delivered, record.secured()) {
                moments.add(delivered.since(first).as_nanos() / Span::from_millis(30).as_nanos() + 1);
            }
        },
    )
}
