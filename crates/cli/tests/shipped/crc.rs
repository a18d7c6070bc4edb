//! Every CRC on the air is right for its connection, by a second formulation of Vol 6 Part B 3.1.1; wrong are those
//! of frames that a fault broke, and they say so.

use crate::{cases, pcapng};
use std::collections::HashMap;

/// Octets before the access address.
const HEADER: usize = 10;
/// The CRC was checked, and was right.
const CHECKED: u16 = 0x0400;
const VALID: u16 = 0x0800;
/// Frames of connections.
const DATA: [u16; 2] = [2, 3];

/// The CRC as it is on the air: the register mirrored, so that it shifts as octets do, least significant bit first.
fn crc(init: [u8; 3], pdu: &[u8]) -> [u8; 3] {
    // CRCInit's own bit 0 is in position 0, which is the last to be sent.
    let [low, middle, high] = init.map(|octet| u32::from(octet.reverse_bits()));
    let mut register = low << 16 | middle << 8 | high;
    for octet in pdu {
        register ^= u32::from(*octet);
        for _ in 0..8 {
            // x^24 + x^10 + x^9 + x^6 + x^4 + x^3 + x + 1, mirrored.
            register = register >> 1 ^ if register & 1 == 1 { 0x00DA_6000 } else { 0 };
        }
    }
    let [a, b, c, _] = register.to_le_bytes();
    [a, b, c]
}

/// A packet from a sniffer of others, with the CRC it had: ADV_IND of nine octets.
#[test]
fn the_crc_of_this_check_is_the_specifications() {
    let pdu = [0x00, 0x09, 0xE0, 0xF3, 0x76, 0x4C, 0xA7, 0xD2, 0x02, 0x01, 0x06];
    assert_eq!(crc([0x55; 3], &pdu), [0x5B, 0x4F, 0xA5]);
}

#[test]
fn every_crc_is_that_of_its_connection() {
    let (mut data, mut broken) = (0, 0);
    for case in cases() {
        let file = case.trace("pcapng");
        let mut inits: HashMap<[u8; 4], [u8; 3]> = HashMap::new();
        for found in pcapng::packets(&file).iter().filter(|found| found.interface <= 1) {
            let address: [u8; 4] = found.octets[HEADER..HEADER + 4].try_into().expect("four octets");
            let (pdu, sent) = found.pdu().split_last_chunk::<3>().expect("a CRC");
            let flags = u16::from_le_bytes([found.octets[8], found.octets[9]]);
            let init = if DATA.contains(&(flags >> 7 & 7)) {
                data += 1;
                inits[&address]
            } else {
                // Of CONNECT_IND, after two addresses and the access address (Vol 6 Part B 2.3.3.1).
                if pdu[0] & 0xF == 5 {
                    let new = pdu[14..18].try_into().expect("four octets");
                    inits.insert(new, pdu[18..21].try_into().expect("three octets"));
                }
                [0x55; 3]
            };
            let right = crc(init, pdu) == *sent;
            assert_eq!(flags & (CHECKED | VALID), if right { CHECKED | VALID } else { CHECKED }, "{case}");
            assert!(right || found.commented, "{case}: a broken frame has a comment");
            broken += usize::from(!right);
        }
    }
    assert!(data > 1_000 && broken > 0, "{data} frames, {broken} of them broken");
}
