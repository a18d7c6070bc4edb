//! Frames on their way, and who hears them.
//!
//! Invariant: a receiver hears a frame only if it was listening on its channel for its access address when
//! the frame began. What begins meanwhile may still break it: how it arrives is known at its end.

use super::Reception;
use blesim_controller::Frame;
use blesim_kernel::Instant;
use blesim_packet::ll::ChannelIndex;

/// A frame on its way.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub(crate) from: usize,
    pub(crate) start: Instant,
    /// The first instant at which it is on the air no more.
    pub(crate) until: Instant,
    /// Taken out for its receivers to look at while it lands.
    frame: Option<Box<Frame>>,
    pub(crate) receivers: Vec<(usize, Reception)>,
    /// The sender lost power in the middle of it.
    pub(crate) cut: bool,
}

impl Flight {
    /// What is sent.
    pub(crate) fn frame(&self) -> &Frame {
        self.frame.as_deref().expect("nobody asks for a frame that is landing: it is on the air no more")
    }
}

/// Everything that is on the air. A place is used again and again: a frame is written into it once and read
/// from there.
#[derive(Clone, Debug)]
pub(crate) struct Air {
    /// Whether somebody waits for its end, and the frame.
    places: Vec<(bool, Flight)>,
    /// Places that a session has used.
    used: usize,
    /// When the last of what was launched has ended, or would have if nobody had cut it off.
    until: Instant,
}

impl Air {
    pub(crate) fn new() -> Self {
        Self { places: Vec::with_capacity(8), used: 0, until: Instant::ZERO }
    }

    pub(crate) fn clear(&mut self) {
        (self.used, self.until) = (0, Instant::ZERO);
    }

    /// Puts a frame on the air; the number names it until it lands.
    #[inline]
    pub(crate) fn launch(&mut self, from: usize, start: Instant, frame: &Frame) -> u8 {
        let free = self.places[..self.used].iter().position(|(busy, flight)| !busy && flight.until <= start);
        let place = free.unwrap_or(self.used);
        self.used = self.used.max(place + 1);
        if let Some((busy, flight)) = self.places.get_mut(place) {
            *busy = true;
            (flight.from, flight.start, flight.until) = (from, start, start);
            flight.frame.as_mut().expect("a free place has its frame").copy_from(frame);
            flight.cut = false;
            flight.receivers.clear();
        } else {
            // As many receivers as a small session has; more are a matter of the first frame to them.
            let (frame, receivers) = (Some(Box::new(*frame)), Vec::with_capacity(4));
            self.places.push((true, Flight { from, start, until: start, frame, receivers, cut: false }));
        }
        u8::try_from(place).expect("a device sends one frame at a time, and is switched off but now and then")
    }

    /// Settles when a frame that begins now ends; false if certainly nothing else is on the air.
    #[inline]
    pub(crate) fn ends(&mut self, place: u8, end: Instant) -> bool {
        let flight = self.flight_mut(place);
        flight.until = end;
        let among_others = self.until > self.flight(place).start;
        self.until = self.until.max(end);
        among_others
    }

    /// A frame on the air, or one that has just landed.
    #[inline]
    pub(crate) fn flight(&self, place: u8) -> &Flight {
        &self.places[usize::from(place)].1
    }

    /// A frame on the air.
    #[inline]
    pub(crate) fn flight_mut(&mut self, place: u8) -> &mut Flight {
        &mut self.places[usize::from(place)].1
    }

    /// The places to look at for what else is on the air.
    pub(crate) fn places(&self) -> core::ops::Range<u8> {
        0..u8::try_from(self.used).expect("a place has a number")
    }

    /// When the last of what is on the air now has ended.
    pub(crate) fn busy_until(&self) -> Instant {
        let flights = self.places[..self.used].iter();
        flights.map(|(_, flight)| flight.until).max().unwrap_or_default()
    }

    /// Who sends on `channel` at `now` from this place, if anybody does.
    pub(crate) fn sender(&self, place: u8, channel: ChannelIndex, now: Instant) -> Option<usize> {
        let flight = self.flight(place);
        (flight.until > now && flight.frame().channel == channel).then_some(flight.from)
    }

    /// Takes the frame out of a place, whose end has come, for its receivers to look at.
    #[inline]
    pub(crate) fn lift(&mut self, place: u8) -> Box<Frame> {
        self.flight_mut(place).frame.take().expect("a frame lands once")
    }

    /// Puts back what was lifted, and frees its place.
    #[inline]
    pub(crate) fn land_lifted(&mut self, place: u8, frame: Box<Frame>) {
        self.flight_mut(place).frame = Some(frame);
        self.land(place);
    }

    /// Frees the place of a frame that nobody waits for any more; it is still on the air until its end.
    #[inline]
    pub(crate) fn land(&mut self, place: u8) {
        let busy = core::mem::replace(&mut self.places[usize::from(place)].0, false);
        assert!(busy, "a frame lands once");
    }

    /// Cuts off what `device` is sending.
    pub(crate) fn cut(&mut self, device: usize, now: Instant) {
        for (busy, flight) in self.places[..self.used].iter_mut().filter(|(_, flight)| flight.from == device)
        {
            flight.cut |= *busy;
            flight.until = flight.until.min(now);
        }
    }
}
