//! The HCI commands by which a host advertises and connects, for each kind of advertising.
//!
//! Invariant: a host sticks to the legacy or to the extended commands (Vol 4 Part E 3.1.1), and so do the
//! lists here: what enables, stops and asks belongs to one kind. It must never know a session.

use crate::config::LinkParameters;
use arrayvec::ArrayVec;
use blesim_packet::hci::{
    AdvertisingSetEnable, Command, InitiatingPhy, LeCreateConnection, LeExtendedCreateConnection,
    LeSetAdvertisingParameters, LeSetExtendedAdvertisingData, LeSetExtendedAdvertisingParameters,
    LeSetExtendedScanParameters, LeSetScanParameters, ScanningPhy,
};
use blesim_packet::ll::Phy;
use blesim_packet::{Address, AddressKind, Octets};

/// The one advertising set.
pub const SET: u8 = 0;
/// The events a host of extended discovery adds to its LE event mask: Enhanced Connection Complete, Extended
/// Advertising Report, Scan Timeout, Advertising Set Terminated, Channel Selection Algorithm (Vol 4 Part E
/// 7.8.1).
const LE_EVENT_MASK: u64 = 1 << 9 | 1 << 12 | 1 << 16 | 1 << 17 | 1 << 19;
/// No preference for the TX power (Vol 4 Part E 7.8.53).
const NO_PREFERENCE: i8 = 127;
/// Operation: the data is given whole (Vol 4 Part E 7.8.54).
const WHOLE: u8 = 3;

/// The commands that set advertising up.
type SetUp = ArrayVec<Command, 4>;

/// How a peripheral lets itself be connected to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Advertising {
    /// ADV_IND by the legacy commands.
    Legacy,
    /// ADV_DIRECT_IND by the legacy commands, for 1.28 s if `high_duty`; a high duty that ends is told by a
    /// connection complete event of status 0x3C.
    Directed {
        /// Every 3.75 ms.
        high_duty: bool,
    },
    /// ADV_EXT_IND and AUX_ADV_IND.
    Extended {
        /// LE 1M or LE Coded.
        primary: Phy,
        /// The PHY on which the connection begins.
        secondary: Phy,
        /// For the known peer only.
        directed: bool,
    },
}

/// The commands by which a central asks for connections.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Connects {
    /// LE Create Connection.
    Legacy,
    /// LE Extended Create Connection: scans on LE 1M and, if `coded`, on LE Coded, and connects on those and, if
    /// `two_m`, on LE 2M.
    Extended {
        /// It has parameters for connections on LE 2M.
        two_m: bool,
        /// It scans on LE Coded.
        coded: bool,
    },
}

/// How a host advertises, if it is a peripheral, and connects, if it is a central.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Discovery {
    /// Of a peripheral.
    pub advertising: Advertising,
    /// Of a central.
    pub connects: Connects,
}

impl Discovery {
    /// By the legacy commands, for anybody.
    pub const LEGACY: Self = Self { advertising: Advertising::Legacy, connects: Connects::Legacy };

    /// The events it adds to the LE event mask of a host.
    #[must_use]
    pub const fn le_event_mask(self) -> u64 {
        let legacy = matches!(self.advertising, Advertising::Legacy | Advertising::Directed { .. })
            && matches!(self.connects, Connects::Legacy);
        if legacy { 0 } else { LE_EVENT_MASK }
    }
}

/// A PHY in HCI (Vol 4 Part E 7.8.53).
const fn code(phy: Phy) -> u8 {
    match phy {
        Phy::Le1M => 1,
        Phy::Le2M => 2,
        Phy::CodedS2 | Phy::CodedS8 => 3,
    }
}

impl Advertising {
    /// What sets advertising up, once, before it is first enabled: own address, the peer of directed
    /// advertising, and the data.
    #[must_use]
    pub fn set_up(self, own: Address, peer: Address, link: &LinkParameters, data: &[u8]) -> SetUp {
        let Self::Extended { primary, secondary, directed } = self else {
            return self.set_up_legacy(own, peer, link, data);
        };
        let parameters = LeSetExtendedAdvertisingParameters {
            set: SET,
            // Connectable, and directed if asked for.
            properties: if directed { 0b101 } else { 0b001 },
            interval_min: u32::from(link.advertising_interval),
            interval_max: u32::from(link.advertising_interval),
            channel_map: 0b111,
            own_address_kind: own.kind,
            peer,
            filter_policy: 0,
            tx_power: NO_PREFERENCE,
            primary_phy: code(primary),
            secondary_max_skip: 0,
            secondary_phy: code(secondary),
            sid: 0,
            scan_request_notification: false,
        };
        let data = Octets::from_slice(data).unwrap_or_default();
        let data = LeSetExtendedAdvertisingData { set: SET, operation: WHOLE, fragment_preference: 1, data };
        let mut commands = SetUp::new();
        commands.push(Command::LeSetExtendedAdvertisingParameters(parameters));
        if own.kind == AddressKind::Random {
            commands.push(Command::LeSetAdvertisingSetRandomAddress { set: SET, address: own });
        }
        commands.push(Command::LeSetExtendedAdvertisingData(data));
        commands
    }

    fn set_up_legacy(self, own: Address, peer: Address, link: &LinkParameters, data: &[u8]) -> SetUp {
        let parameters = LeSetAdvertisingParameters {
            interval_min: link.advertising_interval,
            interval_max: link.advertising_interval,
            // Advertising_Type (Vol 4 Part E 7.8.5).
            kind: match self {
                Self::Directed { high_duty: true } => 1,
                Self::Directed { high_duty: false } => 4,
                Self::Legacy | Self::Extended { .. } => 0,
            },
            own_address_kind: own.kind,
            peer,
            channel_map: 0b111,
            filter_policy: 0,
        };
        let data = Octets::from_slice(data).unwrap_or_default();
        let commands = [Command::LeSetAdvertisingParameters(parameters), Command::LeSetAdvertisingData(data)];
        commands.into_iter().collect()
    }

    /// What enables or disables it.
    #[must_use]
    pub const fn enable(self, enable: bool) -> Command {
        match self {
            Self::Legacy | Self::Directed { .. } => Command::LeSetAdvertisingEnable(enable),
            Self::Extended { .. } => {
                let set = Some(AdvertisingSetEnable { set: SET, duration: 0, max_events: 0 });
                Command::LeSetExtendedAdvertisingEnable { enable, set }
            }
        }
    }
}

/// What asks for a connection.
#[must_use]
pub fn connect(how: Connects, own: Address, peer: Address, link: &LinkParameters) -> Command {
    let (scan_interval, scan_window) = (link.scan_interval, link.scan_window);
    let (interval, latency, timeout) = (link.interval, link.latency, link.supervision_timeout);
    let Connects::Extended { two_m, coded } = how else {
        return Command::LeCreateConnection(LeCreateConnection {
            scan_interval,
            scan_window,
            filter_policy: 0,
            peer,
            own_address_kind: own.kind,
            interval_min: interval,
            interval_max: interval,
            latency,
            timeout,
            min_ce_length: 0,
            max_ce_length: 0,
        });
    };
    let phy = Some(InitiatingPhy {
        scan_interval,
        scan_window,
        interval_min: interval,
        interval_max: interval,
        latency,
        timeout,
        min_ce_length: 0,
        max_ce_length: 0,
    });
    let phys = [phy, phy.filter(|_| two_m), phy.filter(|_| coded)];
    let request = LeExtendedCreateConnection { filter_policy: 0, own_address_kind: own.kind, peer, phys };
    Command::LeExtendedCreateConnection(request)
}

/// What sets scanning up: passive, on the PHYs that connections are asked for on.
#[must_use]
pub fn scan(how: Connects, own: Address, link: &LinkParameters) -> Command {
    let (kind, interval, window) = (0, link.scan_interval, link.scan_window);
    let (own_address_kind, filter_policy) = (own.kind, 0);
    match how {
        Connects::Legacy => Command::LeSetScanParameters(LeSetScanParameters {
            kind,
            interval,
            window,
            own_address_kind,
            filter_policy,
        }),
        Connects::Extended { coded, .. } => {
            let phy = Some(ScanningPhy { kind, interval, window });
            let phys = [phy, phy.filter(|_| coded)];
            let parameters = LeSetExtendedScanParameters { own_address_kind, filter_policy, phys };
            Command::LeSetExtendedScanParameters(parameters)
        }
    }
}

/// What starts and stops scanning; every advertisement is reported.
#[must_use]
pub const fn scan_enable(how: Connects, enable: bool) -> Command {
    match how {
        Connects::Legacy => Command::LeSetScanEnable { enable, filter_duplicates: false },
        Connects::Extended { .. } => {
            Command::LeSetExtendedScanEnable { enable, filter_duplicates: 0, duration: 0, period: 0 }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Address = Address::random([0xC0, 0, 0, 0, 0, 1]);
    const PEER: Address = Address::public([0, 0, 0, 0, 0, 2]);
    const LINK: LinkParameters = LinkParameters {
        interval: 24,
        latency: 0,
        supervision_timeout: 400,
        scan_interval: 96,
        scan_window: 48,
        advertising_interval: 160,
    };

    /// Each kind of advertising is set up and enabled by the commands of its style, in this order.
    #[test]
    fn commands_of_each_kind() {
        let check = |kind: Advertising, names: &[&str]| {
            let mut commands = kind.set_up(OWN, PEER, &LINK, &[2, 1, 6]);
            commands.push(kind.enable(true));
            let found: Vec<_> = commands.iter().filter_map(Command::name).collect();
            assert_eq!(found, names, "{kind:?}");
        };
        let legacy = [
            "HCI_LE_Set_Advertising_Parameters",
            "HCI_LE_Set_Advertising_Data",
            "HCI_LE_Set_Advertising_Enable",
        ];
        check(Advertising::Legacy, &legacy);
        check(Advertising::Directed { high_duty: true }, &legacy);
        check(
            Advertising::Extended { primary: Phy::Le1M, secondary: Phy::Le2M, directed: false },
            &[
                "HCI_LE_Set_Extended_Advertising_Parameters",
                "HCI_LE_Set_Advertising_Set_Random_Address",
                "HCI_LE_Set_Extended_Advertising_Data",
                "HCI_LE_Set_Extended_Advertising_Enable",
            ],
        );
    }

    /// The request scans where it is told to, and has parameters for every PHY a connection may begin on.
    #[test]
    fn requests() {
        let phys = |how| match connect(how, OWN, PEER, &LINK) {
            Command::LeExtendedCreateConnection(request) => Some(request.phys.map(|phy| phy.is_some())),
            _ => None,
        };
        assert_eq!(phys(Connects::Legacy), None);
        for (two_m, coded) in [(false, false), (true, false), (false, true), (true, true)] {
            assert_eq!(phys(Connects::Extended { two_m, coded }), Some([true, two_m, coded]));
        }
    }
}
