//! The air and the history.

mod interferer;

use super::device::Resolved;
use super::fault::who;
use super::link::Link;
use super::range::level;
use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::{
    AirSpec, HistorySpec, LossSpec, LostPacketWord, OutageSpec, PairSpec, ScenarioSpec, SignalSpec,
};
use crate::unit::{Decibels, Percent, Time, nearest, written};
use blesim_kernel::{Chance, Instant, Span};
use blesim_world::{AirPlan, History, Loss, LossMode, Outage, PairLoss, Shadowing, Signal};

/// The most entries of each list of the air.
const MOST: usize = 64;
/// What the stretches of the air may last.
const LASTING: (Span, Span) = (Span::from_millis(1), Span::from_secs(3_600));
/// Every frame looks at all of them, so there is an end.
const WHY_MOST: &str = "every packet meets all of them";

pub(super) fn resolve(spec: &ScenarioSpec, devices: &[Resolved], link: Link, cx: &mut Cx) -> AirPlan {
    places(spec, cx);
    let none = AirSpec::default();
    let spec = spec.air.as_ref().unwrap_or(&none);
    let root = Path::root().field("air");
    let slot = Span::from_micros(1_250) * u64::from(link.interval);
    let usual =
        (loss(spec.loss.unwrap_or(LossSpec::None), slot, &root.field("loss"), cx), mode(spec.lost_packet));
    let signal = spec.signal.map(|signal| one_signal(signal, &root.field("signal"), cx));
    let (pairs, interferers, outages) =
        (root.field("pairs"), root.field("interferers"), root.field("outages"));
    few(spec.pairs.len(), &pairs, cx);
    few(spec.interferers.len(), &interferers, cx);
    few(spec.outages.len(), &outages, cx);
    let first = |index: usize| index < MOST;
    AirPlan {
        loss: usual.0,
        loss_mode: usual.1,
        pairs: (0..spec.pairs.len())
            .filter(|index| first(*index))
            .filter_map(|index| pair(&spec.pairs[index], devices, (slot, usual.1), &pairs.index(index), cx))
            .collect(),
        interferers: (0..spec.interferers.len())
            .filter(|index| first(*index))
            .filter_map(|index| {
                let spec = &spec.interferers[index];
                interferer::resolve(spec, signal.is_some(), &interferers.index(index), cx)
            })
            .collect(),
        outages: (0..spec.outages.len())
            .filter(|index| first(*index))
            .filter_map(|index| outage(&spec.outages[index], devices, &outages.index(index), cx))
            .collect(),
        signal,
    }
}

fn few(count: usize, path: &Path, cx: &mut Cx) {
    if count > MOST {
        let problem =
            cx.at("S170", &path.index(MOST), format!("here are {count}, and at most {MOST} can be"));
        cx.error(problem.note(WHY_MOST.to_owned()));
    }
}

/// Levels need places, and places are good for nothing else.
fn places(spec: &ScenarioSpec, cx: &mut Cx) {
    let signal = spec.air.as_ref().is_some_and(|air| air.signal.is_some());
    for (name, device) in &spec.devices.0 {
        let path = Path::root().field("devices").field(name);
        let radio = device.radio.as_ref();
        let placed = radio.is_some_and(|radio| radio.place.is_some() || radio.path.is_some());
        if signal && !placed {
            let title = format!("the air has a `signal`, so \"{name}\" needs a place");
            let problem = cx.at("S175", &path.field("radio"), title);
            cx.error(problem.help("write `radio: (place: (m(0), m(2)))` in it"));
        } else if radio.is_some() && !signal {
            let title = "without a `signal` in `air` a radio has no effect";
            cx.warn(cx.at("S176", &path.field("radio"), title).help("write `air: (signal: ())`"));
        }
    }
}

fn mode(word: Option<LostPacketWord>) -> LossMode {
    match word.unwrap_or(LostPacketWord::Unheard) {
        LostPacketWord::Unheard => LossMode::Sync,
        LostPacketWord::BadCrc => LossMode::Crc,
    }
}

fn loss(spec: LossSpec, interval: Span, path: &Path, cx: &mut Cx) -> Loss {
    match spec {
        LossSpec::None => Loss::Independent(Chance::NEVER),
        LossSpec::Independent(chance) => Loss::Independent(cx.chance(chance, path)),
        LossSpec::Burst { good, bad, mean_good, mean_bad } => {
            let (good, bad) = good_and_bad(good, bad, path, cx);
            Loss::Burst {
                good,
                bad,
                mean_good: stretch(mean_good, &path.field("mean_good"), cx),
                mean_bad: stretch(mean_bad, &path.field("mean_bad"), cx),
            }
        }
        LossSpec::Slots { worsens, recovers, good, bad, slot } => {
            let usual = |value: Option<Percent>, usual| value.unwrap_or(Percent::percent(usual));
            let (good, bad) = good_and_bad(usual(good, 0.0), usual(bad, 100.0), path, cx);
            Loss::Slots {
                good,
                bad,
                worsens: cx.chance(worsens, &path.field("worsens")),
                recovers: cx.chance(recovers, &path.field("recovers")),
                slot: slot.map_or(interval, |slot| {
                    let title = "a slot lasts between 1 ms and an hour";
                    lasting(slot, LASTING, title, &path.field("slot"), cx)
                }),
            }
        }
    }
}

fn good_and_bad(good: Percent, bad: Percent, path: &Path, cx: &mut Cx) -> (Chance, Chance) {
    if good.value() > bad.value() {
        let problem = cx.at("S105", &path.field("good"), "good air loses more packets than bad air");
        cx.error(problem.help("exchange `good` and `bad`"));
    }
    (cx.chance(good, &path.field("good")), cx.chance(bad, &path.field("bad")))
}

/// The mean length of a stretch of air: shorter than a packet it would mean nothing and cost much.
fn stretch(time: Time, path: &Path, cx: &mut Cx) -> Span {
    lasting(time, LASTING, "a mean stretch of air lasts between 1 ms and an hour", path, cx)
}

/// A time between two others; where it is not, an error, and the nearest.
fn lasting(time: Time, (least, most): (Span, Span), title: &str, path: &Path, cx: &mut Cx) -> Span {
    let span = cx.span(time, path);
    if time.span().is_ok() && !(least..=most).contains(&span) {
        let nearest = written(span.clamp(least, most));
        cx.error(cx.at("S106", path, title).write("the nearest is", nearest));
    }
    span.clamp(least, most)
}

fn pair(
    spec: &PairSpec,
    devices: &[Resolved],
    (interval, usual): (Span, LossMode),
    path: &Path,
    cx: &mut Cx,
) -> Option<PairLoss> {
    let from = who(&spec.from, devices, &path.field("from"), cx);
    let to = who(&spec.to, devices, &path.field("to"), cx);
    let loss = loss(spec.loss, interval, &path.field("loss"), cx);
    if from.is_some() && from == to {
        let title = format!("\"{}\" does not send to itself", spec.to);
        cx.error(cx.at("S171", &path.field("to"), title).help("name the other device of the pair"));
    }
    let both_ways = spec.both_ways.unwrap_or(true);
    let loss_mode = spec.lost_packet.map_or(usual, |word| mode(Some(word)));
    Some(PairLoss { from: from?, to: to?, both_ways, loss, loss_mode })
}

fn outage(spec: &OutageSpec, devices: &[Resolved], path: &Path, cx: &mut Cx) -> Option<Outage> {
    let one = |name: &Option<String>, field: &str, cx: &mut Cx| match name {
        Some(name) => who(name, devices, &path.field(field), cx).map(Some),
        None => Some(None),
    };
    let (from, to) = (one(&spec.from, "from", cx), one(&spec.to, "to", cx));
    let begins = Instant::ZERO + cx.span(spec.begins, &path.field("begins"));
    let lasts = cx.span(spec.lasts, &path.field("lasts"));
    if lasts.is_zero() && spec.lasts.span().is_ok() {
        let problem = cx.at("S178", &path.field("lasts"), "an outage of no length is no outage");
        cx.error(problem.write("for example", "ms(100)"));
    }
    let both_ways = spec.both_ways.unwrap_or(true);
    Some(Outage { from: from?, to: to?, both_ways, begins, ends: begins + lasts })
}

/// Free space over the first metre at 2440 MHz, 20 log10(4 pi d f / c).
const FREE_SPACE: i32 = 4_020;
/// Vol 6 Part A 4.2, C/I co-channel of LE 1M and LE 2M.
const CO_CHANNEL: i32 = 2_100;

fn one_signal(spec: SignalSpec, path: &Path, cx: &mut Cx) -> Signal {
    let of = Decibels::hundredths;
    let exponent = nearest(spec.exponent.unwrap_or(2.0) * 100.0);
    let legal = exponent.clamp(100, 600);
    if legal != exponent {
        let problem = cx.at("S179", &path.field("exponent"), "the path loss exponent lies between 1 and 6");
        let note = "2 in free space, 1.6 to 1.8 along a corridor, 3 and more through walls".to_owned();
        let nearest = if legal == 100 { "1.0" } else { "6.0" };
        cx.error(problem.note(note).write("the nearest legal value is", nearest));
    }
    let at = path.field("loss_at_1m");
    let name = ("path loss over the first metre", "40.2 dB in free space at 2440 MHz");
    let loss_at_1m = level(spec.loss_at_1m.map(of), FREE_SPACE, (0, 10_000), name, &at, cx);
    let at = path.field("co_channel");
    let name = ("co-channel margin", "Vol 6 Part A 4.2: 21 dB for LE 1M and LE 2M");
    let co_channel = level(spec.co_channel.map(of), CO_CHANNEL, (0, 4_000), name, &at, cx);
    let shadowing = spec.shadowing.map(|spec| {
        let path = path.field("shadowing");
        let at = path.field("sigma");
        let name = ("standard deviation of the shadowing", "");
        let sigma = level(Some(of(spec.sigma)), 0, (0, 2_000), name, &at, cx);
        let title = "a coherence time lies between 1 ms and an hour";
        let coherence = lasting(spec.coherence, LASTING, title, &path.field("coherence"), cx);
        Shadowing { sigma: sigma.unsigned_abs(), coherence }
    });
    let exponent = legal.unsigned_abs();
    Signal { loss_at_1m, exponent, shadowing, co_channel }
}

pub(super) fn history(spec: Option<&HistorySpec>, devices: &[Resolved], cx: &mut Cx) -> History {
    match *spec.unwrap_or(&HistorySpec::Strangers) {
        HistorySpec::Strangers => History::Strangers,
        HistorySpec::Bonded { secure_connections, by_just_works: true } => {
            History::BondedByJustWorks { secure_connections }
        }
        HistorySpec::Bonded { secure_connections, by_just_works: false } => {
            History::Bonded { secure_connections }
        }
        HistorySpec::HalfBonded { secure_connections, ref lost_by } => {
            let path = Path::root().field("history").field("lost_by");
            let lost_by = who(lost_by, devices, &path, cx).unwrap_or(0);
            History::HalfBonded { secure_connections, lost_by }
        }
        HistorySpec::MismatchedKeys { secure_connections } => History::MismatchedKeys { secure_connections },
    }
}
