//! Interfaces of a pcapng section, and the options of blocks.

use super::super::LinkType;
use super::super::ng::option;
use std::sync::Arc;

/// An interface as its block describes it.
#[derive(Clone, Debug)]
pub(super) struct Described {
    pub(super) link_type: LinkType,
    pub(super) name: Arc<str>,
    pub(super) clock: Clock,
}

/// What the numbers of an interface's times mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Units in a second; `None` if they are more than 128 bits can count.
    units: Option<u128>,
    /// Seconds to be added.
    offset: i64,
}

impl Described {
    /// From the block's body; `None` if it is too short.
    pub(super) fn new(body: &[u8], big: bool) -> Option<Self> {
        let (head, rest) = body.split_first_chunk::<8>()?;
        let mut name = "";
        let mut clock = Clock { units: Some(1_000_000), offset: 0 };
        for (code, value) in options(rest, big) {
            match (code, value) {
                (option::NAME, text) => name = core::str::from_utf8(text).unwrap_or_default(),
                (option::RESOLUTION, &[exponent]) => {
                    let base: u128 = if exponent & 0x80 == 0 { 10 } else { 2 };
                    clock.units = base.checked_pow(u32::from(exponent & 0x7F));
                }
                (option::OFFSET, value) => {
                    let seconds = |octets: [u8; 8]| {
                        if big { i64::from_be_bytes(octets) } else { i64::from_le_bytes(octets) }
                    };
                    clock.offset = value.try_into().map(seconds).unwrap_or_default();
                }
                _ => {}
            }
        }
        Some(Self { link_type: LinkType(u16_at(head, 0, big)), name: name.into(), clock })
    }
}

impl Clock {
    /// Nanoseconds since 1970; at its bounds where 64 bits do not hold it.
    pub(super) fn time_ns(self, time: u64) -> u64 {
        const SECOND: u128 = 1_000_000_000;
        let since = self.units.map_or(0, |units| u128::from(time) * SECOND / units);
        let since = i128::try_from(since).unwrap_or(i128::MAX);
        let offset = i128::from(self.offset) * SECOND.cast_signed();
        let sum = since.saturating_add(offset).clamp(0, i128::from(u64::MAX));
        u64::try_from(sum).expect("it was clamped just now")
    }
}

/// The options at the end of a block, up to the last that is whole.
pub(super) fn options(mut octets: &[u8], big: bool) -> impl Iterator<Item = (u16, &[u8])> {
    core::iter::from_fn(move || {
        let (head, rest) = octets.split_first_chunk::<4>()?;
        let (code, length) = (u16_at(head, 0, big), usize::from(u16_at(head, 2, big)));
        if code == option::END {
            return None;
        }
        let value = rest.get(..length)?;
        octets = rest.get(length + super::super::padding(length)..).unwrap_or_default();
        Some((code, value))
    })
}

/// The number of 32 bits at `at`, where it must be.
pub(super) fn u32_at(octets: &[u8], at: usize, big: bool) -> u32 {
    let field = octets[at..at + 4].try_into().expect("four octets were asked for");
    if big { u32::from_be_bytes(field) } else { u32::from_le_bytes(field) }
}

/// The number of 16 bits at `at`, where it must be.
pub(super) fn u16_at(octets: &[u8], at: usize, big: bool) -> u16 {
    let field = octets[at..at + 2].try_into().expect("two octets were asked for");
    if big { u16::from_be_bytes(field) } else { u16::from_le_bytes(field) }
}
