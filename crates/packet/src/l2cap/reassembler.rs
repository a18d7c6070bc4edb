//! Whole frames from fragments, Vol 3 Part A 7.2.2.
//!
//! Invariant: the buffer holds the beginning of one frame, or one whole frame, or nothing. Any sequence of
//! fragments gives frames and errors, never a panic.

use super::{FRAME_MAX, Frame, HEADER};
use crate::Octets;
use core::fmt;

/// Puts frames together, Vol 3 Part A 7.2.2.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Reassembler {
    buffer: Octets<FRAME_MAX>,
    complete: bool,
    abandoned: u32,
}

/// Why a fragment led to no frame (Vol 3 Part A 7.2). What was in the buffer is gone; continuations that still come are
/// unexpected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReassemblyError {
    /// A continuation came with nothing to continue.
    Unexpected,
    /// The header promises more than the buffer holds.
    TooLong {
        /// Octets of payload the header says.
        says: usize,
    },
    /// More came than the header says.
    LengthMismatch {
        /// Octets of payload the header says.
        says: usize,
        /// Octets of payload there.
        got: usize,
    },
}

impl fmt::Display for ReassemblyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected => f.write_str("a continuation without a start"),
            Self::TooLong { says } => write!(f, "a frame with {says} octets of payload is too long"),
            Self::LengthMismatch { says, got } => {
                write!(f, "the frame's header says {says} octets, but {got} came")
            }
        }
    }
}

impl core::error::Error for ReassemblyError {}

impl Reassembler {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: Octets::new(), complete: false, abandoned: 0 }
    }

    /// How many frames were given up because another began before they were whole.
    #[must_use]
    pub const fn abandoned(&self) -> u32 {
        self.abandoned
    }

    /// Takes a fragment: `start` tells the first of a frame from a continuation. Gives the frame once it is
    /// whole. A start gives up what is incomplete, see [`Self::abandoned`].
    ///
    /// # Errors
    /// [`ReassemblyError`]; afterwards the buffer is empty.
    pub fn feed(&mut self, start: bool, fragment: &[u8]) -> Result<Option<Frame<'_>>, ReassemblyError> {
        if self.complete {
            self.clear();
        }
        if start && !self.buffer.is_empty() {
            self.abandoned = self.abandoned.saturating_add(1);
            self.clear();
        } else if !start && self.buffer.is_empty() {
            return Err(ReassemblyError::Unexpected);
        }
        match self.append(fragment) {
            Ok(complete) => self.complete = complete,
            Err(error) => {
                self.clear();
                return Err(error);
            }
        }
        Ok(if self.complete { Frame::decode(&self.buffer).ok() } else { None })
    }

    fn clear(&mut self) {
        self.buffer.truncate(0);
        self.complete = false;
    }

    /// Adds the fragment and says whether the frame is whole.
    fn append(&mut self, fragment: &[u8]) -> Result<bool, ReassemblyError> {
        let room = FRAME_MAX - self.buffer.len();
        let (fits, excess) = fragment.split_at(fragment.len().min(room));
        self.buffer.extend_from_slice(fits).expect("cut to the room there is");
        let Some(&[low, high]) = self.buffer.first_chunk::<2>() else { return Ok(false) };
        let says = usize::from(u16::from_le_bytes([low, high]));
        let got = self.buffer.len() + excess.len();
        if HEADER + says > FRAME_MAX {
            Err(ReassemblyError::TooLong { says })
        } else if got > HEADER + says {
            Err(ReassemblyError::LengthMismatch { says, got: got - HEADER })
        } else {
            Ok(got == HEADER + says)
        }
    }
}
