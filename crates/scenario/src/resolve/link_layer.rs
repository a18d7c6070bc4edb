//! What a device's link layer can do and does unasked.

use super::range::{Steps, whole};
use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::{FeatureWord, LinkLayerSpec, PhyWord, StartWord};
use blesim_controller::{LinkLayer, Starts, feature};

/// Supported_Max_TX_Octets and Supported_Max_TX_Time, Vol 4 Part E 7.8.46.
pub(super) const OCTETS: (i64, i64) = (27, 251);
pub(super) const OCTETS_RULE: (&str, &str) =
    ("longest payload in octets", "Vol 6 Part B 4.5.10: 27 to 251 octets");
pub(super) const TIME: Steps = Steps {
    name: "time of the longest packet",
    step: 1_000,
    least: 328,
    most: 17_040,
    rule: "Vol 6 Part B 4.5.10",
};

pub(super) fn resolve(spec: Option<&LinkLayerSpec>, path: &Path, cx: &mut Cx) -> LinkLayer {
    let usual = LinkLayer::default();
    let Some(spec) = spec else { return usual };
    let features = spec.without.iter().fold(usual.features, |all, word| all & !bit(*word));
    let starts = |word| spec.starts.contains(&word);
    let at = path.field("max_data_octets");
    let octets = whole((spec.max_data_octets, OCTETS.1), OCTETS, OCTETS_RULE, &at, cx);
    let time = TIME.count(spec.max_data_time, TIME.most, &path.field("max_data_time"), cx);
    if features & feature::DATA_LENGTH == 0 && (octets != OCTETS.1 || time != TIME.most) {
        let title = "without LE Data Packet Length Extension packets have 27 octets and 328 us";
        let problem = cx.at("S190", path, title).note("Vol 6 Part B 4.5.10".to_owned());
        cx.error(
            problem.help("leave out `max_data_octets` and `max_data_time`, or the `DataLength` in `without`"),
        );
    }
    let mut link_layer = LinkLayer {
        features,
        max_data: (u16::try_from(octets).expect("it is at most 251"), time),
        starts: Starts {
            version: starts(StartWord::Version),
            features: starts(StartWord::Features),
            data_length: starts(StartWord::DataLength),
            phy: starts(StartWord::Phy),
        },
        updates_during_encryption: spec.updates_during_encryption,
        ignores_pings: spec.ignores_pings,
        ..usual
    };
    if let Some(words) = &spec.phys {
        link_layer.phys = phys(words, &link_layer, &path.field("phys"), cx);
        if words.is_empty() {
            let problem = cx.at("S191", &path.field("phys"), "a device prefers at least one PHY");
            cx.error(problem.write("for example", "[Le1M]"));
        }
    }
    link_layer
}

/// A list of PHYs as bits: bit 0 LE 1M, bit 1 LE 2M, bit 2 LE Coded. Those that are not there are errors.
pub(super) fn phys(words: &[PhyWord], link_layer: &LinkLayer, path: &Path, cx: &mut Cx) -> u8 {
    let all = words.iter().fold(0, |all, word| all | phy_bit(*word));
    let left = all & link_layer.supported_phys();
    if all != left {
        let title = format!("this device has no {}", name(all & !left));
        let problem = cx.at("S191", path, title);
        let rule = "Vol 6 Part B 4.6: LE 1M is always there, LE 2M and LE Coded are features".to_owned();
        let nearest = if left == 0 { 1 } else { left };
        let word = |bit| [PhyWord::Le1M, PhyWord::Le2M, PhyWord::Coded][bit];
        let words = (0..3).filter(|bit| nearest >> bit & 1 == 1).map(|bit| format!("{:?}", word(bit)));
        let words = words.collect::<Vec<_>>().join(", ");
        cx.error(problem.note(rule).write("the nearest legal value is", format!("[{words}]")));
    }
    left
}

/// The names of PHYs.
pub(super) fn name(bits: u8) -> String {
    let names = ["LE 1M", "LE 2M", "LE Coded"].iter().enumerate();
    let there = names.filter(|&(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| *name);
    there.collect::<Vec<_>>().join(" and no ")
}

pub(super) const fn phy_bit(word: PhyWord) -> u8 {
    match word {
        PhyWord::Le1M => 1,
        PhyWord::Le2M => 2,
        PhyWord::Coded => 4,
    }
}

const fn bit(word: FeatureWord) -> u64 {
    match word {
        FeatureWord::Encryption => feature::ENCRYPTION,
        FeatureWord::ConnectionParametersRequest => feature::CONNECTION_PARAMETERS_REQUEST,
        FeatureWord::ExtendedReject => feature::EXTENDED_REJECT,
        FeatureWord::PeripheralFeatureExchange => feature::PERIPHERAL_FEATURE_EXCHANGE,
        FeatureWord::Ping => feature::PING,
        FeatureWord::DataLength => feature::DATA_LENGTH,
        FeatureWord::Le2M => feature::PHY_2M,
        FeatureWord::Coded => feature::PHY_CODED,
        FeatureWord::MinimumUsedChannels => feature::MINIMUM_USED_CHANNELS,
        FeatureWord::SleepClockAccuracy => feature::SLEEP_CLOCK_ACCURACY,
    }
}
