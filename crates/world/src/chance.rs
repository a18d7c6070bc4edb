//! Where chance comes from: the published stream numbers and the places of the field.
//!
//! Invariant: these numbers never change and are never used twice. A purpose has one row.

use blesim_controller::Draw as ControllerDraw;
use blesim_host::{Draw as HostDraw, Mishap};
use blesim_kernel::{Field, Instant, Stream, StreamName, Streams};
use blesim_packet::ll::ChannelIndex;

/// Purpose 1: the key of the field of single fates (owner 0).
pub const FIELD: u32 = 1;
/// Purpose 2: the weather; the owner is the link, 0 for the one there is.
pub const WEATHER: u32 = 2;
/// Purpose 3: which planned faults strike and when (the owner is the fault's index in the plan).
pub const FAULTS: u32 = 3;
/// Purpose 4: the book of secrets (the owner is the device, with the number of the peer above it).
pub const SECRETS: u32 = 4;
/// Purpose 5: ECDH secrets (the owner is the device, with the number of the peer above it, above the number of
/// the pairing).
pub const ECDH: u32 = 5;
/// Purpose 6: what was before the session; the owner is the pair.
pub const HISTORY: u32 = 6;

/// Purpose 7: when an interferer sends (the owner is its index in the plan).
pub const INTERFERERS: u32 = 7;

/// Field, place 1: the fate of a frame, by sender, receiver and channel, at the time of its first bit.
const PLACE_FRAME: u64 = 1 << 56;
/// Field, place 2: numbers of a controller that are no secrets, by device and kind, at the count of the draw
/// or, for advDelay, at its time.
const PLACE_CONTROLLER: u64 = 2 << 56;
/// Field, place 3: the random part of a wait, by device, at the count of the wait.
const PLACE_JITTER: u64 = 3 << 56;
/// Field, place 4: when a central is switched on, by device, at time 0.
const PLACE_START: u64 = 4 << 56;
/// Field, place 5: whether an interferer breaks a frame, by interferer, sender, receiver and channel, at the
/// time of the frame's first bit.
const PLACE_BREAK: u64 = 5 << 56;
/// Field, place 6: bit errors in a frame, by sender, receiver and channel, at the time of its first bit.
const PLACE_BITS: u64 = 6 << 56;
/// Field, place 7: shadowing between two devices, by link and try, at the number of the period.
const PLACE_SHADOW: u64 = 7 << 56;
/// Field, place 8: phase and channels of a regular interferer, by interferer, at the number of its event.
const PLACE_HOP: u64 = 8 << 56;
/// Field, place 9: what a person does, by device and moment, at the number of the prompt.
const PLACE_PERSON: u64 = 9 << 56;

/// Field, place 10: what goes wrong in a host, by device and kind, at the count of the occasion.
const PLACE_MISHAP: u64 = 10 << 56;

/// Lines on a page of the book of secrets: one for each kind of secret, with room for more.
const LINES: usize = 16;

/// The secrets of one device: the n-th secret of a kind stands on page n in the kind's own line, whatever else
/// was drawn before it.
#[derive(Clone, Debug)]
struct Book {
    stream: Stream,
    pages: Vec<[u128; LINES]>,
    drawn: [u16; LINES],
}

impl Book {
    fn new(streams: Streams, device: u32) -> Self {
        let stream = streams.stream(StreamName::new(SECRETS, device));
        Self { stream, pages: Vec::with_capacity(64), drawn: [0; LINES] }
    }

    fn restart(&mut self, streams: Streams, device: u32) {
        self.stream = streams.stream(StreamName::new(SECRETS, device));
        self.pages.clear();
        self.reread();
    }

    /// Begins at the first page again, of the same book.
    fn reread(&mut self) {
        self.drawn = [0; LINES];
    }

    fn next(&mut self, line: usize) -> u128 {
        let page = usize::from(self.drawn[line]);
        self.drawn[line] += 1;
        while self.pages.len() <= page {
            self.pages.push(core::array::from_fn(|_| u128::from_le_bytes(self.stream.octets())));
        }
        self.pages[page][line]
    }
}

/// The line of a host's secret; jitter is none.
const fn host_line(what: HostDraw) -> usize {
    match what {
        HostDraw::PairingRandom => 0,
        HostDraw::Ltk => 1,
        HostDraw::Ediv => 2,
        HostDraw::Rand => 3,
        HostDraw::Irk => 4,
        HostDraw::Csrk => 5,
        HostDraw::Passkey => 8,
        HostDraw::Tk => 9,
        HostDraw::OobRandom => 10,
        HostDraw::Prand => 11,
        HostDraw::Jitter => 15,
    }
}

/// The line of the session key diversifier and of the initialisation vector.
const SKD_LINE: usize = 6;
const IV_LINE: usize = 7;

/// The field of single fates: what becomes of each frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fates(Field);

impl Fates {
    fn new(streams: Streams) -> Self {
        Self(Field::new(&streams, StreamName::new(FIELD, 0)))
    }

    /// The draw that decides whether a frame is lost.
    #[inline]
    pub(crate) fn frame(self, from: usize, to: usize, channel: ChannelIndex, start: Instant) -> u64 {
        self.0.at(PLACE_FRAME | way(from, to, channel), start.as_nanos())[0]
    }

    /// The draw that decides whether interferer `index` breaks a frame that it overlaps.
    pub(crate) fn breaks(
        self,
        index: u32,
        (from, to): (usize, usize),
        channel: ChannelIndex,
        start: Instant,
    ) -> u64 {
        let place = PLACE_BREAK | u64::from(index) << 32;
        self.0.at(place | way(from, to, channel), start.as_nanos())[0]
    }

    /// The draw that decides over the bit errors in a frame.
    pub(crate) fn bits(self, from: usize, to: usize, channel: ChannelIndex, start: Instant) -> u64 {
        self.0.at(PLACE_BITS | way(from, to, channel), start.as_nanos())[0]
    }

    /// Two numbers for the shadowing of a link in a period.
    pub(crate) fn shadow(self, link: u32, period: u64, attempt: u64) -> [u64; 2] {
        self.0.at(PLACE_SHADOW | u64::from(link) << 8 | attempt, period)
    }

    /// The phase of a regular interferer, as event 0, or the draw of the channel of one of its events.
    pub(crate) fn hop(self, index: u32, event: u64) -> u64 {
        self.0.at(PLACE_HOP | u64::from(index), event)[0]
    }
}

/// A sender, a receiver and a channel as part of a place; a session has fewer than 256 devices.
fn way(from: usize, to: usize, channel: ChannelIndex) -> u64 {
    u64::from(number(from)) << 16 | u64::from(number(to)) << 8 | u64::from(channel.0)
}

/// All chance of one session.
#[derive(Clone, Debug)]
pub struct SessionChance {
    streams: Streams,
    fates: Fates,
    /// By peer, and for each by device.
    books: Vec<Book>,
    counts: Vec<[u32; 8]>,
}

impl SessionChance {
    /// The chance of `seed` for `devices` devices.
    #[must_use]
    pub fn new(seed: u64, devices: usize) -> Self {
        let streams = Streams::new(seed);
        let books = (0..devices).map(|device| Book::new(streams, number(device))).collect();
        Self { streams, fates: Fates::new(streams), books, counts: vec![[0; 8]; devices] }
    }

    /// Starts over for another seed and the same number of devices, keeping the memory; for the same seed, as
    /// for another policy, what was drawn as well.
    pub fn restart(&mut self, seed: u64) {
        if seed == self.streams.seed() {
            self.books.iter_mut().for_each(Book::reread);
            self.counts.fill([0; 8]);
            return;
        }
        self.streams = Streams::new(seed);
        self.fates = Fates::new(self.streams);
        let devices = self.counts.len();
        for (index, book) in self.books.iter_mut().enumerate() {
            let device = owner(index % devices, index / devices);
            book.restart(self.streams, device);
        }
        self.counts.fill([0; 8]);
    }

    /// The streams of this seed.
    #[must_use]
    pub fn streams(&self) -> Streams {
        self.streams
    }

    /// The draw that decides the fate of a frame.
    #[inline]
    #[must_use]
    pub fn frame(&self, from: usize, to: usize, channel: u8, start: Instant) -> u64 {
        self.fates.frame(from, to, ChannelIndex(channel), start)
    }

    /// The field that decides what becomes of frames.
    pub(crate) fn fates(&self) -> Fates {
        self.fates
    }

    /// When a central is switched on, as a draw.
    #[must_use]
    pub fn start(&self, device: usize) -> u64 {
        self.fates.0.at(PLACE_START | u64::from(number(device)), 0)[0]
    }

    /// The draw that decides what the user of a device does at a moment of a prompt.
    pub(crate) fn person(&self, device: usize, prompt: u32, moment: u8) -> u64 {
        let place = PLACE_PERSON | u64::from(number(device)) << 8 | u64::from(moment);
        self.fates.0.at(place, u64::from(prompt))[0]
    }

    /// A number for a controller.
    pub(crate) fn controller(&mut self, device: usize, what: ControllerDraw, now: Instant) -> u64 {
        let low = |word: u128| u64::try_from(word & u128::from(u64::MAX)).expect("it is masked");
        let kind = match what {
            ControllerDraw::Skd => return low(self.books[device].next(SKD_LINE)),
            ControllerDraw::Iv => return low(self.books[device].next(IV_LINE)),
            ControllerDraw::AdvDelay => {
                let place = PLACE_CONTROLLER | u64::from(number(device)) << 8;
                return self.fates.0.at(place, now.as_nanos())[0];
            }
            ControllerDraw::AccessAddress => 1,
            ControllerDraw::CrcInit => 2,
            ControllerDraw::Hop => 3,
            ControllerDraw::Backoff => 4,
            ControllerDraw::Random => 5,
        };
        self.counted(PLACE_CONTROLLER, device, kind)
    }

    /// The book of a device for its dealings with one peer: what happens with another turns no page in it.
    fn book(&mut self, device: usize, peer: usize) -> &mut Book {
        let devices = self.counts.len();
        for index in self.books.len()..=peer * devices + device {
            self.books.push(Book::new(self.streams, owner(index % devices, index / devices)));
        }
        &mut self.books[peer * devices + device]
    }

    /// A number for a host, for its dealings with one peer.
    pub(crate) fn host(&mut self, device: usize, peer: usize, what: HostDraw) -> u128 {
        match what {
            HostDraw::Jitter => u128::from(self.counted(PLACE_JITTER, device, 0)),
            // A device has one IRK: always the first.
            HostDraw::Irk => {
                let line = host_line(what);
                self.books[device].drawn[line] = 0;
                self.books[device].next(line)
            }
            HostDraw::Prand => self.books[device].next(host_line(what)),
            HostDraw::PairingRandom
            | HostDraw::Ltk
            | HostDraw::Ediv
            | HostDraw::Rand
            | HostDraw::Csrk
            | HostDraw::Passkey
            | HostDraw::Tk
            | HostDraw::OobRandom => self.book(device, peer).next(host_line(what)),
        }
    }

    /// The draw that decides whether something goes wrong in a host.
    pub(crate) fn mishap(&mut self, device: usize, what: Mishap) -> u64 {
        let kind = match what {
            Mishap::BondWrite => 5,
            Mishap::Resolution => 6,
        };
        self.counted(PLACE_MISHAP, device, kind)
    }

    /// The stream of the `attempt`-th ECDH secret of a device.
    #[must_use]
    pub fn ecdh(streams: Streams, device: u16, attempt: u16) -> Stream {
        streams.stream(StreamName::new(ECDH, u32::from(device) << 16 | u32::from(attempt)))
    }

    fn counted(&mut self, place: u64, device: usize, kind: u8) -> u64 {
        let count = &mut self.counts[device][usize::from(kind)];
        *count += 1;
        let place = place | u64::from(number(device)) << 8 | u64::from(kind);
        self.fates.0.at(place, u64::from(*count))[0]
    }
}

/// The owner of what a device does with one of its peers.
pub(crate) fn owner(device: usize, peer: usize) -> u32 {
    number(peer) << 8 | number(device)
}

fn number(device: usize) -> u32 {
    u32::try_from(device).expect("a session has a handful of devices")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a session of `seed` draws: more pages of one kind of secret than of another, with two peers.
    fn draws(chance: &mut SessionChance) -> Vec<u128> {
        let host = [(0, 0), (0, 0), (1, 0), (0, 1), (0, 1)].map(|(device, peer)| {
            [HostDraw::PairingRandom, HostDraw::Irk, HostDraw::Jitter]
                .map(|what| chance.host(device, peer, what))
        });
        let controller = [ControllerDraw::Skd, ControllerDraw::Skd, ControllerDraw::Hop]
            .map(|what| u128::from(chance.controller(1, what, Instant::ZERO)));
        host.into_iter().flatten().chain(controller).chain([u128::from(chance.start(0))]).collect()
    }

    /// Starting over draws what a new beginning does, whether the seed is the same as before or another.
    #[test]
    fn starting_over_is_beginning_anew() {
        let mut used = SessionChance::new(0, 2);
        for seed in [0, 0, 5, 5, 5, 0, 6, 5] {
            used.restart(seed);
            assert_eq!(draws(&mut used), draws(&mut SessionChance::new(seed, 2)), "seed {seed}");
        }
    }
}
