//! S1: how long PDUs occupy the air.

use super::{EXACT, Row};
use crate::check::Check;
use crate::effort::Effort;
use blesim_packet::ll::{Phy, airtime_us};
use std::fmt::Write;

pub(crate) const ROW: Row = Row {
    id: "S1",
    name: "airtime",
    configuration: "payloads of 0 to 251 octets with and without MIC on four PHYs, in us",
    source: "Vol 6 Part B 2.1, 2.2; the limits 328, 2120, 2704, 17040, 4542 us are the specification's own",
    tolerance: EXACT,
    measure,
};

/// Octets of payload with the MIC where there is one: empty; Pairing Request; Confirm; Central Identification
/// and identity address; LL_ENC_REQ, LL_ENC_RSP, LL_START_ENC; 27; Public Key; 251; in pairs without and with
/// MIC. Then advertising without and with 31 octets, CONNECT_IND and SCAN_REQ.
const LENGTHS: [usize; 25] =
    [0, 11, 15, 21, 25, 15, 19, 12, 16, 23, 27, 13, 17, 1, 5, 27, 31, 69, 73, 251, 255, 6, 37, 34, 12];

const EXPECTED: [(Phy, &str, &str); 4] = [
    (
        Phy::Le1M,
        "LE 1M",
        "80 168 200 248 280 200 232 176 208 264 296 184 216 88 120 296 328 632 664 2088 2120 128 376 352 176",
    ),
    (
        Phy::Le2M,
        "LE 2M",
        "44 88 104 128 144 104 120 92 108 136 152 96 112 48 64 152 168 320 336 1048 1064 68 192 180 92",
    ),
    (
        Phy::CodedS8,
        "LE Coded S=8",
        "720 1424 1680 2064 2320 1680 1936 1488 1744 2192 2448 1552 1808 784 1040 2448 2704 5136 5392 16784 17040 \
         1104 3088 2896 1488",
    ),
    (
        Phy::CodedS2,
        "LE Coded S=2",
        "462 638 702 798 862 702 766 654 718 830 894 670 734 478 542 894 958 1566 1630 4478 4542 558 1054 1006 654",
    ),
];

fn measure(_: Effort) -> Vec<Check> {
    let row = |(phy, name, expected): (Phy, &str, &str)| {
        let mut found = String::new();
        for length in LENGTHS {
            let _ = write!(found, "{} ", airtime_us(phy, length));
        }
        Check::exact(name, expected, found.trim_end())
    };
    EXPECTED.map(row).into()
}
