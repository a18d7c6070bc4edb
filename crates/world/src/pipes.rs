//! The packets under way between each host and its controller.
//!
//! Invariants: each way is first in, first out; a packet is copied into its pipe once and looked at where it is, and
//! its memory serves another packet after it.

use blesim_packet::hci::HciPacket;
use std::collections::VecDeque;

/// Which way a packet goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// From the host to its controller.
    Down,
    /// From the controller to its host.
    Up,
}

/// The pipes of all devices.
#[derive(Debug)]
pub(crate) struct Pipes {
    /// Of each device, down and up.
    under_way: Vec<[VecDeque<Box<HciPacket>>; 2]>,
    /// Memory of packets that have arrived.
    #[expect(clippy::vec_box, reason = "a packet stays where it is while its place among the others moves")]
    spare: Vec<Box<HciPacket>>,
}

impl Pipes {
    pub(crate) fn new(devices: usize) -> Self {
        let pipe = || VecDeque::with_capacity(16);
        Self { under_way: (0..devices).map(|_| [pipe(), pipe()]).collect(), spare: Vec::with_capacity(16) }
    }

    /// Loses what is under way to and from all devices.
    pub(crate) fn clear(&mut self) {
        (0..self.under_way.len()).for_each(|device| self.lose(device));
    }

    /// Loses what is under way to and from a device.
    pub(crate) fn lose(&mut self, device: usize) {
        for pipe in &mut self.under_way[device] {
            self.spare.extend(pipe.drain(..));
        }
    }

    /// Sends a packet on its way; gives the place of its copy.
    #[inline]
    pub(crate) fn send(&mut self, device: usize, way: Way, packet: &HciPacket) -> &mut HciPacket {
        let copy = match self.spare.pop() {
            Some(mut spare) => {
                spare.copy_from(packet);
                spare
            }
            None => Box::new(*packet),
        };
        let pipe = &mut self.under_way[device][way as usize];
        pipe.push_back(copy);
        pipe.back_mut().expect("it was just put there")
    }

    /// The next packet, which arrives; it is to be given to [`Pipes::reuse`] when it has been looked at.
    ///
    /// # Panics
    /// If there is none: the agenda holds a token a packet.
    #[inline]
    pub(crate) fn arrive(&mut self, device: usize, way: Way) -> Box<HciPacket> {
        self.under_way[device][way as usize].pop_front().expect("a token a packet")
    }

    /// Takes back the memory of a packet that has arrived.
    #[inline]
    pub(crate) fn reuse(&mut self, packet: Box<HciPacket>) {
        self.spare.push(packet);
    }
}
