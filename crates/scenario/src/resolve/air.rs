//! The air and the history.

use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::{AirSpec, HistorySpec, LossSpec, LostPacketWord};
use crate::unit::Time;
use blesim_kernel::{Chance, Span};
use blesim_world::{History, Loss, LossMode};

pub(super) fn resolve(spec: Option<&AirSpec>, cx: &mut Cx) -> (Loss, LossMode) {
    let none = AirSpec::default();
    let spec = spec.unwrap_or(&none);
    let path = Path::root().field("air").field("loss");
    let loss = match spec.loss.unwrap_or(LossSpec::None) {
        LossSpec::None => Loss::Independent(Chance::NEVER),
        LossSpec::Independent(chance) => Loss::Independent(cx.chance(chance, &path)),
        LossSpec::Burst { good, bad, mean_good, mean_bad } => {
            if good.value() > bad.value() {
                let problem = cx.at("S105", &path.field("good"), "good air loses more packets than bad air");
                cx.error(problem.help("exchange `good` and `bad`"));
            }
            Loss::Burst {
                good: cx.chance(good, &path.field("good")),
                bad: cx.chance(bad, &path.field("bad")),
                mean_good: stretch(mean_good, &path.field("mean_good"), cx),
                mean_bad: stretch(mean_bad, &path.field("mean_bad"), cx),
            }
        }
    };
    let mode = match spec.lost_packet.unwrap_or(LostPacketWord::Unheard) {
        LostPacketWord::Unheard => LossMode::Sync,
        LostPacketWord::BadCrc => LossMode::Crc,
    };
    (loss, mode)
}

/// The mean length of a stretch of air: shorter than a packet it would mean nothing and cost much.
fn stretch(time: Time, path: &Path, cx: &mut Cx) -> Span {
    let span = cx.span(time, path);
    let (least, most) = (Span::from_millis(1), Span::from_secs(3_600));
    if time.span().is_ok() && !(least..=most).contains(&span) {
        let nearest = if span < least { "ms(1)" } else { "s(3600)" };
        let problem = cx.at("S106", path, "a mean stretch of air lasts between 1 ms and an hour");
        cx.error(problem.write("the nearest is", nearest));
    }
    span.clamp(least, most)
}

pub(super) fn history(spec: Option<HistorySpec>) -> History {
    match spec.unwrap_or(HistorySpec::Strangers) {
        HistorySpec::Strangers => History::Strangers,
        HistorySpec::Bonded { secure_connections, by_just_works: true } => {
            History::BondedByJustWorks { secure_connections }
        }
        HistorySpec::Bonded { secure_connections, by_just_works: false } => {
            History::Bonded { secure_connections }
        }
    }
}
