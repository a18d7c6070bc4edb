//! S13 and S14: how many connection events pairing and encryption take on a clean link.

use super::{EXACT, Row};
use crate::check::{Check, Value};
use crate::effort::Effort;
use crate::sessions::{self, Run};
use blesim_controller::AirPdu;
use blesim_host::Step;
use blesim_kernel::{Instant, Span};
use blesim_world::{Entry, History, Outcome, Plan, Trace};

pub(crate) const EVENTS: Row = Row {
    id: "S13",
    name: "pairing-events",
    configuration: "sessions of two devices without loss, 30 ms; events from the Pairing Request's, which counts, to \
                    encryption and to the last key",
    source: "enumeration of the protocol's PDUs: what is received in one event is answered in the next",
    tolerance: EXACT,
    measure: events,
};

pub(crate) const AGAIN: Row = Row {
    id: "S14",
    name: "re-encrypt",
    configuration: "the same with a bond: events from LL_ENC_REQ to the last LL_START_ENC_RSP",
    source: "enumeration; 3 with fast encryption is Zephyr's own figure (BT_CTLR_FAST_ENC)",
    tolerance: EXACT,
    measure: again,
};

/// The time that a host takes where an event carries many packets: longer than the event.
const SLOW_HOST: Span = Span::from_millis(10);

/// When the link layer first and last carried something, and when the central was encrypted.
#[derive(Default)]
pub(crate) struct Events {
    first_data: Option<Instant>,
    last_data: Option<Instant>,
    encrypted: Option<Instant>,
}

impl Trace for Events {
    const ON: bool = true;
    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        match entry {
            Entry::Frame { frame, .. } => {
                if let AirPdu::Data(pdu) = &frame.pdu
                    && !pdu.payload.is_empty()
                {
                    self.first_data.get_or_insert(at);
                    self.last_data = Some(at);
                }
            }
            Entry::Step { device: 0, step: Step::Encrypted } => self.encrypted = Some(at),
            _ => {}
        }
    }
}

impl Events {
    /// Whole intervals from the event that carried the first PDU to encryption and to the last PDU.
    pub(crate) fn since_first(&self, interval: Span) -> Option<(u64, u64)> {
        let first = self.first_data?;
        let intervals = |at: Instant| at.since(first).as_nanos() / interval.as_nanos();
        Some((intervals(self.encrypted?), intervals(self.last_data?)))
    }
}

/// How many packets an event carries, and whether the peripheral encrypts fast.
#[derive(Clone, Copy)]
struct Mode {
    exchanges: u8,
    fast: bool,
}

const ONE: Mode = Mode { exchanges: 1, fast: false };
const MANY: Mode = Mode { exchanges: 0, fast: false };
const FAST: Mode = Mode { exchanges: 1, fast: true };

/// Events to encryption and to the last key.
fn counted(plan: &Plan, Mode { exchanges, fast }: Mode) -> String {
    let mut plan = plan.clone();
    for device in &mut plan.devices {
        device.controller.exchanges = exchanges;
        device.controller.fast_encryption = fast;
        device.hci_delay.up = SLOW_HOST;
    }
    let mut events = Events::default();
    let record = Run::new(&plan).session(&plan, 0, 7, &mut events);
    match events.since_first(Span::from_millis(30)) {
        Some((encrypted, keys)) if record.outcome == Outcome::Secured => {
            format!("{} / {}", encrypted + 1, keys + 1)
        }
        _ => record.outcome.name().to_owned(),
    }
}

fn events(_: Effort) -> Vec<Check> {
    let secure = sessions::plan();
    let mut legacy = sessions::plan();
    sessions::legacy(&mut legacy);
    let buffers = "enumerated KEYS: a peripheral's keys follow its LL_START_ENC_RSP in the same event, and three \
                   ACL buffers bound the rest";
    let row = |what: &str, plan: &Plan, mode, expected: &str| Check::exact(what, expected, &counted(plan, mode));
    let not = |what: &str, expected: &str, why: &str| {
        Check::not_possible(what, Value::Text(expected.to_owned()), why)
    };
    let length = "no controller starts the data length procedure yet";
    let people = "nobody reads or types in a session yet";
    vec![
        row("legacy Just Works, one packet an event", &legacy, ONE, "11 / 19"),
        row("legacy Just Works, fast encryption", &legacy, FAST, "9 / 17"),
        row("legacy Just Works, many packets an event", &legacy, MANY, "10 / 13").noted(buffers.replace("KEYS", "12")),
        row("SC Just Works, one packet an event", &secure, ONE, "18 / 22"),
        row("SC Just Works, fast encryption", &secure, FAST, "16 / 20"),
        row("SC Just Works, many packets an event", &secure, MANY, "12 / 13").noted(buffers.replace("KEYS", "14")),
        not("SC Just Works, data length extension", "14 / 18", length),
        not("SC passkey, one packet an event", "95 / 99", people),
        not("SC passkey, data length extension", "91 / 95", length),
        not("SC passkey, many packets an event", "90 / 92", people),
    ]
}

fn again(_: Effort) -> Vec<Check> {
    let bonded = |secure_connections| {
        let mut plan = Plan { history: History::Bonded { secure_connections }, ..sessions::plan() };
        if !secure_connections {
            sessions::legacy(&mut plan);
        }
        plan
    };
    let row = |what: &str, plan: &Plan, mode, expected: &str| {
        let found = counted(plan, mode);
        Check::exact(what, expected, found.split(' ').next().unwrap_or_default())
    };
    let mut checks = Vec::new();
    for (name, plan) in [("SC bond", bonded(true)), ("legacy bond", bonded(false))] {
        checks.push(row(&format!("{name}, one packet an event"), &plan, ONE, "5"));
        checks.push(row(&format!("{name}, many packets an event"), &plan, MANY, "4"));
        checks.push(row(&format!("{name}, fast encryption"), &plan, FAST, "3"));
    }
    checks
}
