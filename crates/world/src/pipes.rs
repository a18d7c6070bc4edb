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

/// What a packet is, as far as it decides which memory serves for it at the least expense.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Acl,
    /// A command or an event.
    Control,
}

impl Kind {
    pub(crate) fn of(packet: &HciPacket) -> Self {
        match packet {
            HciPacket::Acl(_) => Self::Acl,
            HciPacket::Command(_) | HciPacket::Event(_) => Self::Control,
        }
    }
}

/// The pipes of all devices.
#[derive(Debug)]
pub(crate) struct Pipes {
    /// Of each device, down and up.
    under_way: Vec<[VecDeque<Box<HciPacket>>; 2]>,
    /// Memory of packets that have arrived, of each kind.
    #[expect(clippy::vec_box, reason = "a packet stays where it is while its place among the others moves")]
    spare: [Vec<Box<HciPacket>>; 2],
}

impl Pipes {
    pub(crate) fn new(devices: usize) -> Self {
        let pipe = || VecDeque::with_capacity(16);
        let spare = [Vec::with_capacity(16), Vec::with_capacity(16)];
        Self { under_way: (0..devices).map(|_| [pipe(), pipe()]).collect(), spare }
    }

    /// Loses what is under way to and from all devices.
    pub(crate) fn clear(&mut self) {
        (0..self.under_way.len()).for_each(|device| self.lose(device));
    }

    /// Loses what is under way to and from a device.
    pub(crate) fn lose(&mut self, device: usize) {
        let Self { under_way, spare } = self;
        for packet in under_way[device].iter_mut().flat_map(|pipe| pipe.drain(..)) {
            spare[Kind::of(&packet) as usize].push(packet);
        }
    }

    /// Sends a packet on its way, which `write` writes to a place where there is another.
    #[inline]
    pub(crate) fn send(&mut self, device: usize, way: Way, kind: Kind, write: impl FnOnce(&mut HciPacket)) {
        let place = self.spare[kind as usize].pop();
        let mut place = place.unwrap_or_else(|| Box::new(HciPacket::acl(0, 0, &[])));
        write(&mut place);
        self.under_way[device][way as usize].push_back(place);
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
        self.spare[Kind::of(&packet) as usize].push(packet);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets arrive in their order and whole, in memory that held others before; what is lost does not arrive.
    #[test]
    fn first_in_first_out_until_the_power_fails() {
        let packet = |number: u8| HciPacket::acl(u16::from(number), 0, &[number; 5]);
        let mut pipes = Pipes::new(2);
        let send = |pipes: &mut Pipes, device, way, number| {
            pipes.send(device, way, Kind::Acl, |place| place.copy_from(&packet(number)));
        };
        for round in 0..3 {
            send(&mut pipes, 1, Way::Down, round);
            send(&mut pipes, 1, Way::Down, round + 10);
            send(&mut pipes, 1, Way::Up, round + 20);
            for (way, number) in [(Way::Down, round), (Way::Up, round + 20), (Way::Down, round + 10)] {
                let arrived = pipes.arrive(1, way);
                assert_eq!(*arrived, packet(number));
                pipes.reuse(arrived);
            }
        }
        assert_eq!(pipes.spare.each_ref().map(Vec::len), [3, 0], "no more than were under way at once");
        send(&mut pipes, 0, Way::Up, 1);
        send(&mut pipes, 1, Way::Up, 2);
        pipes.lose(0);
        send(&mut pipes, 0, Way::Up, 3);
        assert_eq!(*pipes.arrive(0, Way::Up), packet(3));
        assert_eq!(*pipes.arrive(1, Way::Up), packet(2));
    }
}
