//! Whether the records of a run fit into the memory that is free.
//!
//! Invariant: a run that cannot end is refused before it begins, instead of being killed by the system later.

use crate::failure::Failure;
use blesim_study::Seeds;
use blesim_world::Record;
use std::fs;

const MIB: u128 = 1 << 20;

/// Refuses a run whose records need more memory than is free. Where that is unknown, nothing is refused.
pub(crate) fn holds(seeds: Seeds, policies: usize) -> Result<(), Failure> {
    let needed = u128::from(seeds.count()) * policies as u128 * size_of::<Record>() as u128;
    let free = fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text));
    match free {
        Some(free) if needed > free => Err(Failure::Usage(format!(
            "--seeds {seeds}: the records need {} MiB of memory and {} MiB are free; run fewer seeds at a \
             time, in ranges A..B",
            needed / MIB,
            free / MIB,
        ))),
        _ => Ok(()),
    }
}

/// The octets of memory that programs can still have, as Linux tells.
fn available(meminfo: &str) -> Option<u128> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u128 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line is found among others; a text in another form tells nothing.
    #[test]
    fn available_memory_is_read() {
        let text = "MemTotal:  8000 kB\nMemFree:  100 kB\nMemAvailable:    2048 kB\n";
        assert_eq!(available(text), Some(2 << 20));
        for text in ["", "MemAvailable: 12", "MemAvailable: x kB"] {
            assert_eq!(available(text), None, "{text}");
        }
    }

    /// A run that no machine can hold is refused; a usual one is not.
    #[test]
    fn impossible_runs_are_refused() {
        assert!(holds(Seeds::new(0, 1_000).unwrap(), 5).is_ok());
        if fs::exists("/proc/meminfo").unwrap() {
            assert!(holds(Seeds::new(0, u64::MAX).unwrap(), 5).is_err());
        }
    }
}
