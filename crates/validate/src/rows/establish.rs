//! S6 and S7: how often a connection fails to be established.

use super::{INSIDE, Row};
use crate::bench::{Bench, LinkSpec, Loss, PERIPHERAL};
use crate::check::{Check, real};
use crate::effort::{Effort, Share};
use crate::sessions::{self, Run};
use blesim_host::Shown;
use blesim_kernel::Chance;
use blesim_packet::hci::ErrorCode;
use blesim_world::{History, LossMode, NoTrace, Plan};

pub(crate) const SIX_EVENTS: Row = Row {
    id: "S6",
    name: "establish-6",
    configuration: "two controllers, CONNECT_IND delivered, then each packet lost with chance p (unheard), \
                    30 ms",
    source: "(1 - (1 - p)^2)^6: in six events in a row a packet is lost, Vol 6 Part B 4.5",
    tolerance: INSIDE,
    measure: six_events,
};

pub(crate) const WHOLE: Row = Row {
    id: "S7",
    name: "0x3E-total",
    configuration: "sessions of two devices, every packet lost with chance p, CONNECT_IND too",
    source: "p + (1 - p) Q with Q of S6: CONNECT_IND is not acknowledged, Vol 6 Part B 4.5",
    tolerance: INSIDE,
    measure: whole,
};

const PERCENT: [u64; 4] = [10, 20, 30, 50];

/// The chance that six events in a row fail.
fn q(p: f64) -> f64 {
    (1.0 - (1.0 - p) * (1.0 - p)).powi(6)
}

fn six_events(effort: Effort) -> Vec<Check> {
    let check = |percent: u64| {
        let spec = LinkSpec::quick(24, 400);
        let share: Share = effort.sum(
            1_000_000,
            || Bench::new(spec),
            |bench, number, share: &mut Share| {
                bench.restart(number * 64 + percent);
                bench.connect();
                bench.loss = Loss { chance: Chance::ratio(percent, 100), mode: LossMode::Sync };
                let ended = loop {
                    bench.step();
                    if bench.seen[PERIPHERAL].whole > 0 {
                        break None;
                    }
                    if let Some(reason) = bench.ended() {
                        break Some(reason);
                    }
                };
                share.add(ended == Some(ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED.0));
            },
        );
        let p = real(percent) / 100.0;
        Check::share(format!("p = {p}"), q(p), share.pair())
    };
    PERCENT.map(check).into()
}

fn whole(effort: Effort) -> Vec<Check> {
    let check = |percent: u64| {
        let mut plan = Plan { history: History::Bonded { secure_connections: true }, ..sessions::plan() };
        plan.air.loss = blesim_world::Loss::Independent(Chance::ratio(percent, 100));
        plan.devices[0].host.link.supervision_timeout = 3_200;
        let share: Share = effort.sum(
            100_000,
            || Run::new(&plan),
            |run, seed, share: &mut Share| {
                let shown =
                    run.session(&plan, 0, seed, &mut NoTrace).first_failure().map(|failure| failure.shown);
                share.add(shown == Some(Shown::Hci(ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED)));
            },
        );
        let p = real(percent) / 100.0;
        Check::share(format!("p = {p}"), p + (1.0 - p) * q(p), share.pair())
    };
    PERCENT.map(check).into()
}
