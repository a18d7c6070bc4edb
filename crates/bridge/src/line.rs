//! A line to somebody outside: octets in, packets out, neither without bound.
//!
//! Invariant: reading and writing never wait; what the other side does not read is kept up to a limit, beyond
//! which the line is given up.

use crate::h4::{Framer, Item, Sender};
use blesim_packet::hci::HciPacket;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

/// Octets that wait for somebody who does not read.
const MOST_WAITING: usize = 64 * 1024;
/// Octets of one read.
const PIECE: usize = 4096;

/// What carries the octets.
#[derive(Debug)]
pub(crate) enum Carrier {
    Tcp(std::net::TcpStream),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixStream),
    #[cfg(unix)]
    Pty(std::fs::File),
}

impl Carrier {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(into),
            #[cfg(unix)]
            Self::Unix(stream) => stream.read(into),
            #[cfg(unix)]
            Self::Pty(file) => file.read(into),
        }
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(octets),
            #[cfg(unix)]
            Self::Unix(stream) => stream.write(octets),
            #[cfg(unix)]
            Self::Pty(file) => file.write(octets),
        }
    }

    /// Whether it comes back by itself after an error in the stream, as a serial line does.
    pub(crate) const fn is_serial(&self) -> bool {
        #[cfg(unix)]
        let serial = matches!(self, Self::Pty(_));
        #[cfg(not(unix))]
        let serial = false;
        serial
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for Carrier {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
            Self::Pty(file) => file.as_fd(),
        }
    }
}

/// A line.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) carrier: Carrier,
    framer: Framer,
    waiting: VecDeque<u8>,
}

/// How a read ended.
#[derive(Debug)]
pub(crate) enum Heard {
    /// There is no more for now.
    Dry,
    /// The other side has hung up, in the middle of a packet or not.
    HungUp { amid: bool },
    /// Nothing can be made of what came.
    Garbage(crate::h4::H4Error),
    /// The line itself has failed.
    Broken(io::Error),
}

impl Line {
    pub(crate) fn new(carrier: Carrier, from: Sender) -> Self {
        Self { carrier, framer: Framer::new(from), waiting: VecDeque::new() }
    }

    /// Takes one piece of what has come; `each` gets the packets in it.
    pub(crate) fn read(&mut self, mut each: impl FnMut(Item)) -> Heard {
        let mut piece = [0; PIECE];
        let got = match self.carrier.read(&mut piece) {
            Ok(0) => return Heard::HungUp { amid: self.framer.is_amid() },
            Ok(got) => got,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                return Heard::Dry;
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                return Heard::HungUp { amid: self.framer.is_amid() };
            }
            Err(error) => return Heard::Broken(error),
        };
        self.framer.push(&piece[..got]);
        loop {
            match self.framer.next() {
                Ok(Some(item)) => each(item),
                Ok(None) => return Heard::Dry,
                Err(error) => {
                    if self.carrier.is_serial() {
                        self.framer.lose();
                    }
                    return Heard::Garbage(error);
                }
            }
        }
    }

    /// Keeps a packet for the other side; false if too much waits for it already.
    pub(crate) fn send(&mut self, packet: &HciPacket) -> bool {
        let octets = packet.encode();
        let fits = self.waiting.len() + octets.len() <= MOST_WAITING;
        if fits {
            self.waiting.extend(octets.iter());
        }
        fits
    }

    /// Whether something waits to be written.
    pub(crate) fn has_more(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether so much waits that nothing more is taken from it.
    pub(crate) fn is_crowded(&self) -> bool {
        self.waiting.len() > MOST_WAITING / 2
    }

    /// Forgets what waits: whoever it was for is gone.
    pub(crate) fn forget(&mut self) {
        self.waiting.clear();
    }

    /// Writes as much as the line takes now.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        while self.has_more() {
            let (front, _) = self.waiting.as_slices();
            match self.carrier.write(front) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => drop(self.waiting.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
