//! What is encrypted on the air opens with the exported Long Term Key alone, by rules written down here again: none
//! of our own cryptography, link layer or readers is used.

use crate::pcapng::{Found, packets};
use crate::{Case, cases};
use aes::Aes128Enc;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use std::collections::HashMap;

/// Interfaces of our files.
const AIR: u32 = 0;
const DECRYPTED: u32 = 1;
/// The octets before the access address.
const HEADER: usize = 10;
/// LLID of LL control PDUs, and the opcodes of the encryption start procedure (Vol 6 Part B 2.4.2).
const CONTROL: u8 = 3;
const LL_ENC_REQ: u8 = 3;
const LL_ENC_RSP: u8 = 4;
const LL_START_ENC_REQ: u8 = 5;

/// AES-128 of one block, all octets in the order of FIPS 197.
pub(crate) fn aes(key: [u8; 16], block: [u8; 16]) -> [u8; 16] {
    let mut block = Array::from(block);
    Aes128Enc::new(&Array::from(key)).encrypt_block(&mut block);
    block.into()
}

fn xor(mut a: [u8; 16], b: &[u8]) -> [u8; 16] {
    a.iter_mut().zip(b).for_each(|(a, b)| *a ^= b);
    a
}

/// Opens a payload with its MIC by RFC 3610 with a nonce of 13 octets, a MIC of 4 and one octet of associated data.
fn open(key: [u8; 16], nonce: [u8; 13], associated: u8, sealed: &[u8]) -> Option<Vec<u8>> {
    let (cipher, mic) = sealed.split_at(sealed.len() - 4);
    let stream = |index: usize| {
        let [high, low] = u16::try_from(index).expect("a PDU is short").to_be_bytes();
        let block: Vec<u8> = [&[1][..], &nonce, &[high, low]].concat();
        aes(key, block.try_into().expect("1 + 13 + 2"))
    };
    let mut plain = Vec::new();
    for (index, block) in cipher.chunks(16).enumerate() {
        plain.extend(&xor(stream(index + 1), block)[..block.len()]);
    }
    let [high, low] = u16::try_from(plain.len()).expect("a PDU is short").to_be_bytes();
    let first: Vec<u8> = [&[0x49][..], &nonce, &[high, low]].concat();
    let mut tag = aes(key, first.try_into().expect("1 + 13 + 2"));
    tag = aes(key, xor(tag, &[0, 1, associated]));
    for block in plain.chunks(16) {
        tag = aes(key, xor(tag, block));
    }
    (xor(tag, &stream(0))[..4] == *mic).then_some(plain)
}

/// What a listener knows of one connection.
#[derive(Default)]
struct Connection {
    /// SKD and IV, least significant octet first, central's half first.
    skd: [u8; 16],
    iv: [u8; 8],
    /// From LL_START_ENC_REQ on.
    starting: bool,
    /// The session key, once one of the keys has opened a PDU.
    key: Option<[u8; 16]>,
    counters: [u64; 2],
    /// The last sequence number of each side.
    last: [Option<u8>; 2],
}

/// What became of a packet.
#[derive(PartialEq, Eq, Debug)]
enum Heard {
    Again,
    Plain,
    Opened(Vec<u8>),
    Shut,
}

impl Connection {
    /// A data channel PDU from the central (0) or the peripheral (1).
    fn hear(&mut self, side: usize, pdu: &[u8], keys: &[[u8; 16]]) -> Heard {
        let (first, payload) = (pdu[0], &pdu[2..]);
        let number = first >> 3 & 1;
        if self.last[side].replace(number) == Some(number) {
            return Heard::Again;
        }
        if payload.is_empty() {
            return Heard::Plain;
        }
        if self.starting && payload.len() > 4 {
            if let Some(plain) = self.open(side, first, payload, keys) {
                return Heard::Opened(plain);
            }
            return Heard::Shut;
        }
        if first & 3 == CONTROL {
            match (payload[0], payload.len()) {
                (LL_ENC_REQ, 23) => {
                    self.skd[..8].copy_from_slice(&payload[11..19]);
                    self.iv[..4].copy_from_slice(&payload[19..]);
                }
                (LL_ENC_RSP, 13) => {
                    self.skd[8..].copy_from_slice(&payload[1..9]);
                    self.iv[4..].copy_from_slice(&payload[9..]);
                }
                (LL_START_ENC_REQ, 1) => (self.starting, self.key, self.counters) = (true, None, [0; 2]),
                _ => {}
            }
        }
        Heard::Plain
    }

    fn open(&mut self, side: usize, first: u8, payload: &[u8], keys: &[[u8; 16]]) -> Option<Vec<u8>> {
        let mut skd = self.skd;
        skd.reverse();
        let tried: Vec<[u8; 16]> = match self.key {
            Some(key) => vec![key],
            None => keys.iter().map(|ltk| aes(*ltk, skd)).collect(),
        };
        let mut nonce = [0; 13];
        nonce[..5].copy_from_slice(&self.counters[side].to_le_bytes()[..5]);
        // The direction bit is set for what the central sends.
        nonce[4] |= if side == 0 { 0x80 } else { 0 };
        nonce[5..].copy_from_slice(&self.iv);
        for key in tried {
            if let Some(plain) = open(key, nonce, first & 0xE3, payload) {
                self.key = Some(key);
                self.counters[side] += 1;
                return Some(plain);
            }
        }
        None
    }
}

/// The keys of the exported file.
fn keys(case: &Case) -> Vec<[u8; 16]> {
    let file: serde_json::Value = serde_json::from_slice(&case.trace("keys")).expect("it is JSON");
    let sessions = file["sessions"].as_array().expect("a list");
    let ltk = |session: &serde_json::Value| {
        let digits = session["ltk"].as_str().expect("text");
        u128::from_str_radix(digits, 16).expect("hexadecimal digits").to_be_bytes()
    };
    sessions.iter().map(ltk).collect()
}

/// Packets that were opened in a session; every one that should open does, and says what the decrypted twin says.
fn opened(case: &Case) -> usize {
    let (keys, file) = (keys(case), case.trace("pcapng"));
    let air: Vec<Found<'_>> =
        packets(&file).into_iter().filter(|found| found.interface <= DECRYPTED).collect();
    let mut connections: HashMap<[u8; 4], Connection> = HashMap::new();
    let mut opened = 0;
    for pair in air.chunks(2) {
        let [sent, twin] = pair else { panic!("{case}: a frame without its twin") };
        assert_eq!((sent.interface, twin.interface), (AIR, DECRYPTED), "{case}");
        let address: [u8; 4] = sent.octets[HEADER..HEADER + 4].try_into().expect("four octets");
        let (pdu, _crc) = sent.pdu().split_last_chunk::<3>().expect("a CRC");
        let flags = u16::from_le_bytes([sent.octets[8], sent.octets[9]]);
        match flags >> 7 & 7 {
            // CONNECT_IND, Vol 6 Part B 2.3.3.1: two addresses and the new access address.
            0 | 1 if pdu[0] & 0xF == 5 => {
                let access_address = pdu[14..18].try_into().expect("four octets");
                connections.insert(access_address, Connection::default());
            }
            side @ (2 | 3) => {
                let connection = connections.get_mut(&address).expect("it was asked for");
                let heard = connection.hear(usize::from(side - 2), pdu, &keys);
                let decrypted = u16::from_le_bytes([twin.octets[8], twin.octets[9]]) & 0x3008 == 0x3008;
                match heard {
                    Heard::Opened(plain) => {
                        assert!(decrypted, "{case}: the twin of an encrypted frame says so");
                        let (told, _crc) = twin.pdu().split_last_chunk::<3>().expect("a CRC");
                        assert_eq!(told[2..], plain, "{case}");
                        opened += 1;
                    }
                    Heard::Plain => assert!(!decrypted, "{case}: nothing was decrypted"),
                    Heard::Shut => panic!("{case}: no exported key opens the frame at {}", sent.at),
                    Heard::Again => {}
                }
            }
            _ => {}
        }
    }
    opened
}

#[test]
fn the_air_opens_with_the_exported_key() {
    let mut total = 0;
    // Where frames are changed on the way, what was sent is not what can be heard; and a device that sends what it
    // should not while encryption starts sends it in the clear.
    let departs = ["hostile", "update-during-encryption", "field/g-update-collision"];
    for case in cases().iter().filter(|case| !departs.contains(&case.scenario.as_str())) {
        total += opened(case);
    }
    assert!(total > 30, "{total} encrypted frames are too few to believe in");
}

/// The cipher above against the specification's own sample (Vol 6 Part C 1), or it would prove nothing.
#[test]
fn the_cipher_of_this_check_is_the_specifications() {
    let number = |text: &str| u128::from_str_radix(text, 16).expect("hexadecimal digits").to_be_bytes();
    let ltk = number("4c68384139f574d836bcf34e9dfb01bf");
    let skd = number("0213243546576879acbdcedfe0f10213");
    assert_eq!(aes(ltk, skd), number("99ad1b5226a37e3e058e3b8e27c2c666"));
    let iv = [0x24, 0xAB, 0xDC, 0xBA, 0xBE, 0xBA, 0xAF, 0xDE];
    let nonce: Vec<u8> = [&[0, 0, 0, 0, 0x80][..], &iv].concat();
    let sealed = [0x9F, 0xCD, 0xA7, 0xF4, 0x48];
    let plain = open(aes(ltk, skd), nonce.try_into().expect("13 octets"), 3, &sealed);
    assert_eq!(plain, Some(vec![6]));
}
