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

/// Everything that is on the air. A place is used again and again: a frame is written into it once and read
/// from there.
#[derive(Clone, Debug)]
pub(crate) struct Air {
    places: Vec<(bool, Flight)>,
}

impl Air {
    pub(crate) fn new() -> Self {
        Self { places: Vec::with_capacity(MAX_FLIGHTS) }
    }

    pub(crate) fn clear(&mut self) {
        self.places.clear();
    }

    /// Puts a frame on the air; the number names it until it lands.
    pub(crate) fn launch(&mut self, from: usize, start: Instant, frame: Frame) -> u8 {
        let free = self.places.iter().position(|(busy, _)| !busy);
        let place = free.unwrap_or(self.places.len());
        assert!(place < MAX_FLIGHTS, "a device sends one frame at a time");
        if let Some((busy, flight)) = self.places.get_mut(place) {
            *busy = true;
            (flight.from, flight.start, flight.frame, flight.cut) = (from, start, frame, false);
            flight.receivers.clear();
        } else {
            let flight = Flight { from, start, frame, receivers: ArrayVec::new(), cut: false };
            self.places.push((true, flight));
        }
        u8::try_from(place).expect("there are few places")
    }

    /// A frame on the air, or one that has just landed.
    pub(crate) fn flight(&self, place: u8) -> &Flight {
        &self.places[usize::from(place)].1
    }

    /// A frame on the air.
    pub(crate) fn flight_mut(&mut self, place: u8) -> &mut Flight {
        &mut self.places[usize::from(place)].1
    }

    /// Frees the place of a frame; what stands there stays until the next launch.
    pub(crate) fn land(&mut self, place: u8) {
        let busy = core::mem::replace(&mut self.places[usize::from(place)].0, false);
        assert!(busy, "a frame lands once");
    }

    /// Cuts off what `device` is sending.
    pub(crate) fn cut(&mut self, device: usize) {
        for (_, flight) in self.places.iter_mut().filter(|(busy, flight)| *busy && flight.from == device) {
            flight.cut = true;
        }
    }
}
