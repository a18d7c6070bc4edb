//! What hosts send when they come up (`HOSTS.md`), sent to our controller, and every answer read.
//!
//! Invariant: a command that a list counts on is answered with success, one that is sent to find out is answered as the
//! specification says; none is without its one answer.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use blesim_bridge::h4::{Framer, Item, Sender};
use blesim_controller::{Config, Controller, Draw, Frame, Input, Note, Port, feature};
use blesim_kernel::{Instant, Span};
use blesim_packet::Address;
use blesim_packet::hci::{Command, Event, HciPacket};

/// Takes what the controller says.
#[derive(Default)]
struct Answers(Vec<HciPacket>);

impl Port for Answers {
    fn to_host(&mut self, packet: &HciPacket) {
        self.0.push(*packet);
    }
    fn transmit(&mut self, _: &Frame) {}
    fn draw(&mut self, _: Draw) -> u64 {
        0x0123_4567_89AB_CDEF
    }
    fn listened(&mut self, _: Span) {}
    fn note(&mut self, _: u16, _: Note) {}
}

/// Sends a command, as octets through the framer; its status and what it returns after that.
fn send(controller: &mut Controller, opcode: u16, parameters: &[u8]) -> Option<(u8, Vec<u8>)> {
    let [low, high] = opcode.to_le_bytes();
    let mut framer = Framer::new(Sender::Host);
    framer.push(&[&[0x01, low, high, u8::try_from(parameters.len()).unwrap()], parameters].concat());
    let (Some(Item::Packet(packet) | Item::Malformed(packet, _)), None) =
        (framer.next().unwrap(), framer.next().unwrap())
    else {
        panic!("{opcode:#06x} is one packet");
    };
    let mut answers = Answers::default();
    controller.handle(Instant::ZERO, Input::Hci(&packet), &mut answers);
    let mut answer = None;
    for packet in answers.0 {
        match packet {
            HciPacket::Event(Event::CommandComplete { opcode: of, parameters, packets: 1 })
                if of == opcode =>
            {
                assert!(answer.is_none(), "{opcode:#06x} is answered twice");
                answer = Some((parameters[0], parameters[1..].to_vec()));
            }
            HciPacket::Event(Event::CommandStatus { opcode: of, status, packets: 1 }) if of == opcode => {
                assert!(answer.is_none(), "{opcode:#06x} is answered twice");
                answer = Some((status.0, Vec::new()));
            }
            _ => {}
        }
    }
    answer
}

fn controller(extended: bool) -> Controller {
    let mut config = Config::new(Address::public([0x00, 0x00, 0x5E, 0x00, 0x53, 0x01]));
    if !extended {
        config.link_layer.features &= !feature::EXTENDED_ADVERTISING;
    }
    Controller::new(config)
}

/// Opcode, parameters, and the status that is right.
type Row = (u16, &'static [u8], u8);

const OK: u8 = 0x00;
const UNKNOWN: u8 = 0x01;

/// All events that BTstack and Zephyr ask for.
const MASK: &[u8] = &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x3F];
const LE_MASK: &[u8] = &[0xFF, 0xFD, 0xFF, 0xFF, 0x07, 0, 0, 0];

const BUMBLE: &[Row] = &[
    (0x0C03, &[], OK),
    (0x1002, &[], OK),
    (0x1001, &[], OK),
    (0x2003, &[], OK),
    (0x1003, &[], OK),
    (0x0C01, MASK, OK),
    (0x0C63, &[0, 0, 0x80, 0, 0, 0, 0, 0], OK),
    (0x2001, LE_MASK, OK),
    (0x1005, &[], OK),
    (0x2060, &[], OK),
    (0x2002, &[], OK),
    (0x2023, &[], OK),
    (0x2024, &[0xFB, 0x00, 0x48, 0x08], OK),
    (0x203B, &[], OK),
    (0x203A, &[], OK),
    (0x1009, &[], OK),
    (0x2005, &[1, 0, 0, 0, 0, 0xC0], OK),
];

const ZEPHYR: &[Row] = &[
    (0x0C03, &[], OK),
    (0x1003, &[], OK),
    (0x1001, &[], OK),
    (0x1009, &[], OK),
    (0x1002, &[], OK),
    // With CONFIG_BT_HCI_ACL_FLOW_CONTROL.
    (0x0C33, &[0x4C, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00], OK),
    (0x0C31, &[0x01], OK),
    (0x2003, &[], OK),
    (0x2002, &[], OK),
    (0x200F, &[], OK),
    (0x201C, &[], OK),
    (0x202F, &[], OK),
    (0x2024, &[0xFB, 0x00, 0x48, 0x08], OK),
    (0x202A, &[], OK),
    (0x2001, &[0x5F, 0x08, 0x0F, 0, 0, 0, 0, 0], OK),
    (0x0C01, &[0x90, 0xE8, 0x00, 0x02, 0x00, 0x80, 0x00, 0x20], OK),
    (0x0C63, &[0, 0, 0x80, 0, 0, 0, 0, 0], OK),
    // Vendor's: another maker's controller does not know it.
    (0xFC01, &[], UNKNOWN),
    (0x2018, &[], OK),
    (0x2005, &[1, 0, 0, 0, 0, 0xC0], OK),
];

const NIMBLE: &[Row] = &[
    (0x0C03, &[], OK),
    (0x1001, &[], OK),
    (0x0C01, &[0x90, 0x80, 0x00, 0x02, 0x00, 0x00, 0x00, 0x20], OK),
    (0x0C63, &[0, 0, 0x80, 0, 0, 0, 0, 0], OK),
    (0x2001, &[0x7F, 0x1A, 0x0F, 0, 0, 0, 0, 0], OK),
    (0x2002, &[], OK),
    (0x2003, &[], OK),
    (0x1009, &[], OK),
    (0x202D, &[0x00], OK),
    (0x2029, &[], OK),
    (0x202D, &[0x01], OK),
    (0x2027, &[0; 39], OK),
    (0x204E, &[0, 0, 0, 0, 0, 0, 0, 1], OK),
    (0x202E, &[0x2C, 0x01], OK),
    (0x2018, &[], OK),
];

const BTSTACK: &[Row] = &[
    (0x0C03, &[], OK),
    (0x1001, &[], OK),
    // Read Local Name is of BR/EDR.
    (0x0C14, &[], UNKNOWN),
    (0x1002, &[], OK),
    (0x1009, &[], OK),
    (0x1005, &[], OK),
    (0x1003, &[], OK),
    // With ENABLE_HCI_CONTROLLER_TO_HOST_FLOW_CONTROL, in this order.
    (0x0C31, &[0x03], OK),
    (0x0C33, &[0x00, 0x04, 0x3C, 0x14, 0x00, 0x0A, 0x00], OK),
    (0x0C01, MASK, OK),
    (0x0C63, &[0, 0, 0, 2, 0, 0, 0, 0], OK),
    (0x2060, &[], OK),
    (0x2001, LE_MASK, OK),
    (0x202F, &[], OK),
    (0x2024, &[0xFB, 0x00, 0x48, 0x08], OK),
    (0x200F, &[], OK),
    (0x203A, &[], OK),
    (0x2017, &[0; 32], OK),
];

const BLUEZ: &[Row] = &[
    (0x0C03, &[], OK),
    (0x1003, &[], OK),
    (0x1001, &[], OK),
    (0x1009, &[], OK),
    (0x1002, &[], OK),
    (0x2003, &[], OK),
    (0x2002, &[], OK),
    (0x201C, &[], OK),
    (0x0C01, &[0x90, 0x88, 0x00, 0x02, 0x00, 0x80, 0x00, 0x20], OK),
    (0x2001, &[0x7F, 0x1A, 0x0F, 0, 0, 0, 0, 0], OK),
    (0x204B, &[], OK),
    (0x200F, &[], OK),
    (0x2010, &[], OK),
    (0x202A, &[], OK),
    (0x2029, &[], OK),
    (0x202E, &[0x84, 0x03], OK),
    (0x202F, &[], OK),
    (0x2023, &[], OK),
    (0x203B, &[], OK),
    (0x0C63, &[0, 0, 0x80, 0, 0, 0, 0, 0], OK),
    (0x2031, &[0, 7, 7], OK),
];

/// Every list, from the first command to the last, on one controller after the other.
#[test]
fn hosts_come_up() {
    let lists =
        [("Bumble", BUMBLE), ("Zephyr", ZEPHYR), ("NimBLE", NIMBLE), ("BTstack", BTSTACK), ("BlueZ", BLUEZ)];
    for (host, list) in lists {
        let mut controller = controller(true);
        for (opcode, parameters, expected) in list {
            let answer = send(&mut controller, *opcode, parameters).map(|(status, _)| status);
            assert_eq!(answer, Some(*expected), "{host}: {opcode:#06x}");
        }
    }
}

/// Supported_Commands tells the truth, with and without extended advertising: a command with its bit is known, one
/// without it is not, whatever its parameters (Vol 4 Part E 6.27).
#[test]
fn supported_commands_are_those_that_are_known() {
    for extended in [true, false] {
        let (_, supported) = send(&mut controller(extended), 0x1002, &[]).unwrap();
        assert_eq!(supported.len(), 64);
        let mut told = 0;
        for opcode in Command::opcodes() {
            let (octet, bit) = Command::supported_at(opcode).unwrap();
            let is_told = supported[usize::from(octet)] >> bit & 1 == 1;
            told += u32::from(is_told);
            // One octet of 255 is the right length of no command that has parameters of more.
            let answer = send(&mut controller(extended), opcode, &[0xFF; 40]).or_else(|| {
                // That which is not answered unless it is wrong.
                send(&mut controller(extended), opcode, &[])
            });
            let known = answer.is_some_and(|(status, _)| status != UNKNOWN);
            assert_eq!(known, is_told, "{opcode:#06x} with extended advertising {extended}");
        }
        let bits: u32 = supported.iter().map(|octet| octet.count_ones()).sum();
        assert_eq!(bits, told, "no bit is set for a command that has no name here");
    }
}

/// What is told fits together: features and commands of extended advertising, buffers by either version, an LE-only
/// controller, the same cipher that everybody has (FIPS-197, appendix C.1).
#[test]
fn what_is_told_fits_together() {
    let returned = |extended: bool, opcode: u16, parameters: &[u8]| {
        let (status, returned) = send(&mut controller(extended), opcode, parameters).unwrap();
        assert_eq!(status, OK, "{opcode:#06x}");
        returned
    };
    for extended in [true, false] {
        // LE Extended Advertising is feature 12 (Vol 6 Part B 4.6).
        assert_eq!(returned(extended, 0x2003, &[])[1] >> 4 & 1, u8::from(extended));
    }
    assert_eq!(returned(true, 0x2002, &[]), [251, 0, 3]);
    assert_eq!(returned(true, 0x2060, &[]), [251, 0, 3, 0, 0, 0]);
    // BR/EDR Not Supported and LE Supported (Vol 2 Part C 3.3).
    assert_eq!(returned(true, 0x1003, &[]), [0, 0, 0, 0, 0x60, 0, 0, 0]);
    assert_eq!(returned(true, 0x1009, &[]), [0x01, 0x53, 0x00, 0x5E, 0x00, 0x00]);
    assert_eq!(returned(true, 0x2018, &[]), 0x0123_4567_89AB_CDEF_u64.to_le_bytes());
    // With room for one link there is no state of a link beside what leads to another (Vol 4 Part E 7.8.27).
    assert_eq!(returned(true, 0x201C, &[]), 0x0007_EFFF_FFFF_u64.to_le_bytes());
    let key: Vec<u8> = (0..16).rev().collect();
    let plain: Vec<u8> = (0..16).rev().map(|n| n * 0x11).collect();
    let cipher = 0x69C4_E0D8_6A7B_0430_D8CD_B780_70B4_C55A_u128;
    assert_eq!(returned(true, 0x2017, &[key, plain].concat()), cipher.to_le_bytes());
}
