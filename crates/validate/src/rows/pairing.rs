//! S13 and S14: how many connection events pairing and encryption take on a clean link.

use super::{EXACT, Row};
use crate::check::Check;
use crate::effort::Effort;
use crate::sessions::{self, Run};
use blesim_controller::AirPdu;
use blesim_host::Step;
use blesim_kernel::{Instant, Span};
use blesim_packet::ll::Llid;
use blesim_world::{Entry, History, Outcome, Plan, Trace};

pub(crate) const EVENTS: Row = Row {
    id: "S13",
    name: "pairing-events",
    configuration: "sessions of two devices without loss, 30 ms, one packet an event each way unless \
                    said; events from the Pairing Request's, which counts, to \
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
    /// Whether a control PDU is the first that counts.
    begins_with_control: bool,
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
                    // What comes before the Pairing Request is the link layer's own; with a bond, all is.
                    if pdu.header.llid != Llid::Control || self.begins_with_control {
                        self.first_data.get_or_insert(at);
                    }
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
    /// Whether both controllers ask for longer packets when the link begins.
    long: bool,
}

const ONE: Mode = Mode { exchanges: 1, fast: false, long: false };
const MANY: Mode = Mode { exchanges: 0, ..ONE };
const FAST: Mode = Mode { fast: true, ..ONE };
const LONG: Mode = Mode { long: true, ..ONE };

/// Events to encryption and to the last key.
fn counted(plan: &Plan, Mode { exchanges, fast, long }: Mode) -> String {
    let mut plan = plan.clone();
    for device in &mut plan.devices {
        device.controller.exchanges = exchanges;
        device.controller.fast_encryption = fast;
        device.hci_delay.up = SLOW_HOST;
    }
    for device in &mut plan.devices {
        device.controller.link_layer.starts.data_length = long;
    }
    let mut events = Events { begins_with_control: plan.history != History::Strangers, ..Events::default() };
    let record = Run::new(&plan).session(&plan, 0, 7, &mut events);
    match events.since_first(Span::from_millis(30)) {
        Some((encrypted, keys)) if record.outcome == Outcome::Secured => {
            format!("{} / {}", encrypted + 1, keys + 1)
        }
        _ => record.outcome.name().to_owned(),
    }
}

fn events(_: Effort) -> Vec<Check> {
    let with = |change: &dyn Fn(&mut Plan)| {
        let mut plan = sessions::plan();
        change(&mut plan);
        plan
    };
    let secure = sessions::plan();
    let [legacy, passkey, numeric] =
        [with(&sessions::legacy), with(&sessions::passkey), with(&sessions::numeric)];
    let row =
        |what: &str, plan: &Plan, mode, expected: &str| Check::exact(what, expected, &counted(plan, mode));
    let buffers = |keys: &str| {
        format!(
            "enumerated {keys}: a peripheral's keys follow its LL_START_ENC_RSP in the same event, and three ACL \
             buffers bound the rest"
        )
    };
    let many = "many packets an event";
    vec![
        row("legacy Just Works", &legacy, ONE, "11 / 19"),
        row("legacy Just Works, fast encryption", &legacy, FAST, "9 / 17"),
        row("legacy Just Works, data length extension", &legacy, LONG, "11 / 19"),
        row(&format!("legacy Just Works, {many}"), &legacy, MANY, "10 / 13").noted(buffers("12")),
        row("SC Just Works", &secure, ONE, "18 / 22"),
        row("SC Just Works, fast encryption", &secure, FAST, "16 / 20"),
        row("SC Just Works, data length extension", &secure, LONG, "14 / 18"),
        row(&format!("SC Just Works, {many}"), &secure, MANY, "12 / 13").noted(buffers("14")),
        row("SC Numeric Comparison", &numeric, ONE, "18 / 22"),
        row("SC Numeric Comparison, data length extension", &numeric, LONG, "14 / 18"),
        row("SC passkey", &passkey, ONE, "95 / 99"),
        row("SC passkey, data length extension", &passkey, LONG, "91 / 95"),
        row(&format!("SC passkey, {many}"), &passkey, MANY, "90 / 91").noted(buffers("92")),
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
