//! The air: frames on their way and who hears them.
//!
//! Invariant: a receiver hears a frame only if it was listening on its channel for its access address when
//! the frame began; whether it does is decided at that moment and told at once, what it carries at its end.

use arrayvec::ArrayVec;
use blesim_controller::Frame;
use blesim_kernel::Instant;

/// Devices that can hear one frame.
pub(crate) const MAX_RECEIVERS: usize = 8;
/// Frames that can be on the air at once: one a device.
const MAX_FLIGHTS: usize = 8;

/// How a frame reaches one receiver.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reception {
    /// Whole.
    Whole,
    /// With an error that the CRC shows.
    CrcError,
    /// With an error that the CRC does not show.
    Corrupted,
    /// Not at all, though the receiver listened.
    Lost,
}

/// A frame on its way.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub(crate) from: usize,
    pub(crate) start: Instant,
    pub(crate) frame: Frame,
    pub(crate) receivers: ArrayVec<(usize, Reception), MAX_RECEIVERS>,
    /// The sender lost power in the middle of it.
    pub(crate) cut: bool,
}

/// Everything that is on the air.
#[derive(Clone, Debug)]
pub(crate) struct Air {
    flights: [Option<Flight>; MAX_FLIGHTS],
}

impl Air {
    pub(crate) fn new() -> Self {
        Self { flights: [const { None }; MAX_FLIGHTS] }
    }

    pub(crate) fn clear(&mut self) {
        self.flights.fill(None);
    }

    /// Puts a frame on the air; the number names it until it lands.
    pub(crate) fn launch(&mut self, flight: Flight) -> u8 {
        let slot = self.flights.iter().position(Option::is_none).expect("a device sends one frame at a time");
        self.flights[slot] = Some(flight);
        u8::try_from(slot).expect("there are few slots")
    }

    /// Takes a frame off the air.
    pub(crate) fn land(&mut self, slot: u8) -> Flight {
        self.flights[usize::from(slot)].take().expect("a frame lands once")
    }

    /// Cuts off what `device` is sending.
    pub(crate) fn cut(&mut self, device: usize) {
        for flight in self.flights.iter_mut().flatten().filter(|flight| flight.from == device) {
            flight.cut = true;
        }
    }
}
