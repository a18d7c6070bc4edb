//! What the words of a scenario mean, for whoever asks a program.
//!
//! Invariant: every word that a file may use has its row, in the order of the language.

pub use crate::words::did_you_mean;

/// What a fault does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FaultWord {
    /// The word.
    pub name: &'static str,
    /// How it is written, with a parameter where it has one.
    pub written: &'static str,
    /// What it does, in one sentence.
    pub about: &'static str,
    /// The unit of its parameter, if it has one.
    pub unit: Option<&'static str>,
}

const fn plain(name: &'static str, about: &'static str) -> FaultWord {
    FaultWord { name, written: name, about, unit: None }
}

const fn with(
    name: &'static str,
    written: &'static str,
    unit: &'static str,
    about: &'static str,
) -> FaultWord {
    FaultWord { name, written, about, unit: Some(unit) }
}

/// Every word for a fault's effect.
pub const FAULTS: &[FaultWord] = &[
    plain("ForgetBond", "The device loses its bonds."),
    with(
        "ForgetBondWith",
        "ForgetBondWith(\"phone\")",
        "a device",
        "The device loses the bond with this one.",
    ),
    plain("ForgetBondsInRam", "The device loses its bonds until a restart brings back what is in flash."),
    with(
        "PowerCut",
        "PowerCut(s(3))",
        "time",
        "The device loses power for so long, and comes back with what was written.",
    ),
    with(
        "HostSilent",
        "HostSilent(ms(500))",
        "time",
        "The host does nothing for so long, while the controller goes on.",
    ),
    plain("AppGivesUp", "The application ends a link that is not secured by now."),
    with(
        "RadioStops",
        "RadioStops(ms(400))",
        "time",
        "The controller does nothing for so long: no instant is met and nothing is heard.",
    ),
    plain("StrayData", "A data PDU slips into the device's next encryption start."),
    plain("LosePdu", "A PDU of the Security Manager does not reach the host; with `Pdu(step, n)`."),
    plain("LoseFrame", "One frame that the device sends is not heard; with `Frame(n)`."),
    plain("BreakFrame", "One frame that the device sends arrives with a wrong CRC; with `Frame(n)`."),
    plain(
        "CorruptFrame",
        "One frame that the device sends arrives changed with a right CRC; with `Frame(n)`.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locate::options;
    use crate::spec::EffectSpec;

    /// The rows are the words of the language, in its order, and each is written as it can be read.
    #[test]
    fn every_word_has_its_row() {
        let error = options().from_str::<EffectSpec>("Nothing").unwrap_err().code;
        let ron::Error::NoSuchEnumVariant { expected, .. } = error else { panic!("{error}") };
        assert_eq!(FAULTS.iter().map(|row| row.name).collect::<Vec<_>>(), expected);
        for row in FAULTS {
            options().from_str::<EffectSpec>(row.written).unwrap();
            assert_eq!(row.written.split('(').next(), Some(row.name));
            assert_eq!(row.unit.is_some(), row.written.contains('('), "{}", row.name);
        }
    }
}
