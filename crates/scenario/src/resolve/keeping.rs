//! How a device keeps its bonds.

use super::device::time;
use super::range::whole;
use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::{DeviceSpec, KeptWord, WhenFullWord};
use blesim_host::{BondRules, Memory, WhenFull};
use blesim_kernel::{Chance, Span};
use blesim_world::Keeping;

const CAPACITY: (&str, &str) = ("number of bonds a device can keep", "");
const OTHERS: (&str, &str) = ("number of bonds with devices that are not here", "");

/// The rules by which its host keeps bonds. A bond is written in the time the processor takes for it, unless
/// another is given.
pub(super) fn rules(spec: &DeviceSpec, path: &Path, cx: &mut Cx) -> BondRules {
    let path = path.field("bonds");
    let bonds = spec.bonds.unwrap_or_default();
    let capacity = whole((bonds.capacity, 8), (0, 32), CAPACITY, &path.field("capacity"), cx);
    let busy = spec.processor.as_ref().and_then(|processor| processor.bond_write_time);
    let memory = match bonds.kept.unwrap_or(KeptWord::Flash) {
        KeptWord::Flash => Memory::Flash,
        KeptWord::Ram => Memory::Ram,
    };
    for (given, field) in [
        (bonds.write_time.is_some(), "write_time"),
        (bonds.write_fails.is_some(), "write_fails"),
        (bonds.reports_failure.is_some(), "reports_failure"),
    ] {
        if given && memory == Memory::Ram {
            let title = format!("`{field}` has no effect: what is kept in RAM is not written");
            cx.warn(cx.at("S187", &path.field(field), title));
        }
    }
    BondRules {
        capacity: u8::try_from(capacity).expect("it is at most 32"),
        when_full: when_full(bonds.when_full.unwrap_or(WhenFullWord::PairWithoutBond)),
        memory,
        write_time: time(bonds.write_time.or(busy), Span::ZERO, &path.field("write_time"), cx),
        reports_failure: bonds.reports_failure.unwrap_or(true),
    }
}

/// What is left to chance, and what was there before.
pub(super) fn keeping(spec: &DeviceSpec, device: &Path, cx: &mut Cx) -> Keeping {
    let path = device.field("bonds");
    let bonds = spec.bonds.unwrap_or_default();
    let capacity = bonds.capacity.unwrap_or(8).clamp(0, 32);
    let others = whole((bonds.others, 0), (0, capacity), OTHERS, &path.field("others"), cx);
    Keeping {
        others: u8::try_from(others).expect("it is at most 32"),
        write_fails: bonds
            .write_fails
            .map_or(Chance::NEVER, |fails| cx.chance(fails, &path.field("write_fails"))),
        unresolved: super::privacy::unresolved(spec, device, cx),
    }
}

/// What happens to a bond for which there is no room.
pub(crate) fn when_full(word: WhenFullWord) -> WhenFull {
    match word {
        WhenFullWord::PairWithoutBond => WhenFull::PairWithoutBond,
        WhenFullWord::FailPairing => WhenFull::FailPairing,
        WhenFullWord::EvictOldest => WhenFull::EvictOldest,
        WhenFullWord::EvictLeastRecentlyUsed => WhenFull::EvictLeastRecentlyUsed,
    }
}
