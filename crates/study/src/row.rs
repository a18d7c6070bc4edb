//! A record as a row of whole numbers: what a digest seals and what a file keeps.
//!
//! Invariant: every field of a record is in its row, once, and a row gives back the record it came from. Must
//! never know: what the numbers mean.

use blesim_world::{Acts, Effort, Exposure, Outcome, Record, Scripted, unpack_step};

/// How many numbers a row has.
pub const WIDTH: usize = PLAIN + ASKED + Exposure::WIDTH + WAY;

/// How many of them every session has: the others are zero in one that asks nothing of people, has no script and is
/// not watched for what it exposes.
pub(crate) const PLAIN: usize = 14;
/// Those about people and scripts.
const ASKED: usize = 5;

/// How many of them, the last ones, say which way a session went: what its digest seals, in a few words.
pub(crate) const WAY: usize = 2;

/// The row of a record, field by field: the layout in memory is the compiler's own affair.
#[must_use]
pub fn to_row(record: &Record) -> [u64; WIDTH] {
    // No `..`: a new field has to find its place here.
    let Record {
        seed,
        digest,
        time_us,
        first_failure,
        last_failure,
        frames,
        events,
        struck,
        failures,
        connections,
        bonds_deleted,
        charge_uc,
        outcome,
        effort: Effort { prompts, consents, needed_ms },
        scripted: Scripted { begun, secured },
        last_step,
        acts,
        exposure,
    } = *record;
    let [central_charge, peripheral_charge] = charge_uc.map(u64::from);
    let [first_failure, last_failure, frames, events, struck] =
        [first_failure, last_failure, frames, events, struck].map(u64::from);
    let [failures, connections, bonds_deleted] = [failures, connections, bonds_deleted].map(u64::from);
    let plain: [u64; PLAIN] = [
        seed,
        digest,
        time_us,
        outcome as u64,
        first_failure,
        last_failure,
        frames,
        events,
        struck,
        failures,
        connections,
        bonds_deleted,
        central_charge,
        peripheral_charge,
    ];
    let mut row = [0; WIDTH];
    row[..PLAIN].copy_from_slice(&plain);
    let [prompts, consents, begun, secured] = [prompts, consents, begun, secured].map(u64::from);
    row[PLAIN..PLAIN + ASKED].copy_from_slice(&[prompts, consents, u64::from(needed_ms), begun, secured]);
    row[PLAIN + ASKED..WIDTH - WAY].copy_from_slice(&exposure.numbers());
    row[WIDTH - WAY..].copy_from_slice(&[u64::from(last_step), u64::from(acts.bits())]);
    row
}

/// The record of a row; `None` if a number does not fit its field.
#[must_use]
pub fn from_row(row: &[u64; WIDTH]) -> Option<Record> {
    let (row, others) = row.split_first_chunk::<PLAIN>()?;
    let (&[prompts, consents, needed_ms, begun, secured], others) = others.split_first_chunk::<ASKED>()?;
    let (exposure, [last_step, acts]) = others.split_last_chunk::<WAY>()?;
    let [seed, digest, time_us, outcome, ..] = *row;
    let [_, _, _, _, first_failure, last_failure, frames, events, struck, ..] = *row;
    let [.., failures, connections, bonds_deleted, central_charge, peripheral_charge] = *row;
    Some(Record {
        seed,
        digest,
        time_us,
        outcome: Outcome::ALL.into_iter().find(|&known| known as u64 == outcome)?,
        first_failure: u32::try_from(first_failure).ok()?,
        last_failure: u32::try_from(last_failure).ok()?,
        frames: u32::try_from(frames).ok()?,
        events: u32::try_from(events).ok()?,
        struck: u32::try_from(struck).ok()?,
        failures: u16::try_from(failures).ok()?,
        connections: u16::try_from(connections).ok()?,
        bonds_deleted: u16::try_from(bonds_deleted).ok()?,
        charge_uc: [u32::try_from(central_charge).ok()?, u32::try_from(peripheral_charge).ok()?],
        effort: Effort {
            prompts: u16::try_from(prompts).ok()?,
            consents: u16::try_from(consents).ok()?,
            needed_ms: u32::try_from(needed_ms).ok()?,
        },
        scripted: Scripted { begun: u16::try_from(begun).ok()?, secured: u16::try_from(secured).ok()? },
        last_step: u8::try_from(*last_step).ok().filter(|&step| unpack_step(step).is_some())?,
        acts: Acts::from_bits(u16::try_from(*acts).ok()?)?,
        exposure: Exposure::from_numbers(exposure.try_into().ok()?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of distinct numbers comes back as it was, and one that is too large for its field does not.
    #[test]
    fn rows_come_back() {
        for outcome in 0..4 {
            let plain = [u64::MAX, u64::MAX - 1, 1 << 40, outcome, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];
            let mut row: [u64; WIDTH] = core::array::from_fn(|place| place as u64);
            row[..PLAIN].copy_from_slice(&plain);
            row[WIDTH - WAY] = 10;
            assert_eq!(to_row(&from_row(&row).unwrap()), row);
        }
        for place in 3..WIDTH {
            let mut row = [0; WIDTH];
            row[place] = 1 << 33;
            assert_eq!(from_row(&row), None, "place {place}");
        }
    }
}
