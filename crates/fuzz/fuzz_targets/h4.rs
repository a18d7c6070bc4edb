//! Any octets as the H4 stream of a host, in pieces, with a controller behind it: no panic, no packet twice, and every
//! command answered once at the most.
#![no_main]

use blesim_bridge::h4::{Framer, Item, Sender};
use blesim_controller::{Config, Controller, Draw, Frame, Input, Note, Port};
use blesim_kernel::{Instant, Span};
use blesim_packet::Address;
use blesim_packet::hci::{Event, HciPacket};

/// Counts answers.
#[derive(Default)]
struct Answers(usize);

impl Port for Answers {
    fn to_host(&mut self, packet: &HciPacket) {
        if let HciPacket::Event(Event::CommandComplete { .. } | Event::CommandStatus { .. }) = packet {
            self.0 += 1;
        }
    }
    fn transmit(&mut self, _: &Frame) {}
    fn draw(&mut self, _: Draw) -> u64 {
        7
    }
    fn listened(&mut self, _: Span) {}
    fn note(&mut self, _: u16, _: Note) {}
}

libfuzzer_sys::fuzz_target!(|input: (u8, &[u8])| {
    let (piece, octets) = input;
    let mut framer = Framer::new(Sender::Host);
    let mut controller = Controller::new(Config::new(Address::public([0, 0, 0x5E, 0, 0x53, 1])));
    let (mut answers, mut commands) = (Answers::default(), 0);
    for piece in octets.chunks(usize::from(piece).max(1)) {
        framer.push(piece);
        loop {
            match framer.next() {
                Ok(Some(Item::Packet(packet) | Item::Malformed(packet, _))) => {
                    commands += usize::from(matches!(packet, HciPacket::Command(_)));
                    controller.handle(Instant::ZERO, Input::Hci(&packet), &mut answers);
                    assert!(answers.0 <= commands);
                }
                Ok(Some(Item::Ignored { .. })) => {}
                Ok(None) => break,
                Err(_) => framer.lose(),
            }
        }
    }
});
