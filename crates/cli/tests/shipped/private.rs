//! Private addresses on the air resolve with the exported IRKs, by rules written down here again.

use crate::Case;
use crate::decrypt::aes;
use crate::pcapng::packets;

/// The access address of advertising channels, in the order of the air (Vol 6 Part B 2.1.2).
const ADVERTISING: [u8; 4] = 0x8E89_BED6_u32.to_le_bytes();
/// PDU types (Vol 6 Part B 2.3).
const ADV_IND: u8 = 0;
const CONNECT_IND: u8 = 5;

/// Vol 6 Part B 1.3.2.3: hash and prand from six octets in the order of the air, and prand encrypted with the IRK.
fn resolves(address: &[u8], irk: [u8; 16]) -> bool {
    let mut block = [0; 16];
    let (hash, prand) = address.split_at(3);
    block[13..].copy_from_slice(prand);
    block[13..].reverse();
    let [.., h0, h1, h2] = aes(irk, block);
    prand[2] >> 6 == 0b01 && hash == [h2, h1, h0]
}

/// The IRKs of the exported file, by device.
fn irks(case: &Case) -> Vec<(String, [u8; 16])> {
    let file: serde_json::Value = serde_json::from_slice(&case.trace("keys")).expect("it is JSON");
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let keys = file["keys"].as_array().expect("a list").iter().filter(|key| key["key"] == "IRK");
    keys.map(|key| {
        let value = u128::from_str_radix(&text(&key["value"]), 16).expect("hexadecimal digits");
        (text(&key["device"]), value.to_be_bytes())
    })
    .collect()
}

/// Every address of an advertiser is the lock's, every one of an initiator the phone's; none is an identity
/// address, and a connection is listed under the names of both.
#[test]
fn private_addresses_resolve_with_the_exported_keys() {
    for seed in 0..4 {
        let case =
            Case { scenario: "private-address".to_owned(), policy: Some("reconnect-then-retry"), seed };
        let irks = irks(&case);
        let irk = |name: &str| irks.iter().find(|(device, _)| device == name).expect("both have one").1;
        let file = case.trace("pcapng");
        let mut seen = [0, 0];
        for found in packets(&file).iter().filter(|found| found.interface == 0) {
            let pdu = found.pdu();
            if found.octets[10..14] != ADVERTISING {
                continue;
            }
            let (first, of_lock) = (&pdu[2..8], resolves(&pdu[2..8], irk("lock")));
            match pdu[0] & 0xF {
                ADV_IND => {
                    assert!(of_lock, "{case}: {first:02X?}");
                    seen[0] += 1;
                }
                CONNECT_IND => {
                    assert!(resolves(first, irk("phone")) && !of_lock, "{case}: {first:02X?}");
                    assert!(resolves(&pdu[8..14], irk("lock")), "{case}");
                    seen[1] += 1;
                }
                other => panic!("{case}: PDU type {other}"),
            }
        }
        assert!(seen.iter().all(|&count| count > 0), "{case}: {seen:?}");
        let file: serde_json::Value = serde_json::from_slice(&case.trace("keys")).expect("it is JSON");
        let link = &file["links"][0];
        assert_eq!((link["central"].as_str(), link["peripheral"].as_str()), (Some("phone"), Some("lock")));
    }
}
