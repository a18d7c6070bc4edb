//! Arbitrary packets and frames in arbitrary order: no panic, one answer a command, and nothing of a
//! connection on an advertising channel.

use crate::encryption::{STAGES, central, peripheral};
use crate::refresh::{PAUSES, refreshing_central, refreshing_peripheral};
use crate::rig::{ACCESS_ADDRESS, HANDLE, OWN, PEER, Rig, connect_ind, create, ll_data};
use blesim_controller::{AirPdu, Frame, Input};
use blesim_kernel::Span;
use blesim_packet::hci::{
    AdvertisingSetEnable, Command, ErrorCode, Event, HciPacket, InitiatingPhy, LeConnectionUpdate,
    LeExtendedCreateConnection, LeSetExtendedAdvertisingParameters, LeSetExtendedScanParameters, LeSetPhy,
    ScanningPhy,
};
use blesim_packet::ll::{
    AccessAddress, AdvMode, AdvPdu, AuxPtr, ChannelIndex, ChannelMap, DataPdu, ExtendedPdu, LlControl,
};
use blesim_packet::{AddressKind, Octets};
use proptest::collection::vec;
use proptest::prelude::*;

/// What a test throws at the controller.
#[derive(Clone, Debug)]
enum Throw {
    Hci(HciPacket),
    Frame { pdu: AirPdu, crc_ok: bool, sync: bool, micros: u64 },
    Wait(u64),
    Wake,
}

/// Opcodes the controller knows, and one it does not.
const OPCODES: [u16; 53] = [
    0x041D, 0x0C7B, 0x0C7C, 0x2003, 0x2014, 0x2015, 0x2016, 0x2020, 0x2021, 0x2022, 0x2023, 0x2024, 0x202F,
    0x2030, 0x2031, 0x2032, 0x206D, 0x0406, 0x0C01, 0x0C03, 0x1009, 0x2001, 0x2002, 0x2005, 0x2006, 0x2008,
    0x2009, 0x200A, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2010, 0x2011, 0x2012, 0x2013, 0x2019, 0x201A,
    0x201B, 0x2035, 0x2036, 0x2037, 0x2038, 0x2039, 0x203A, 0x203B, 0x203C, 0x203D, 0x2041, 0x2042, 0x2043,
    0x2099,
];

fn command_of_bytes() -> impl Strategy<Value = Option<Command>> {
    (0..OPCODES.len(), vec(any::<u8>(), 0..32)).prop_map(|(opcode, parameters)| {
        let mut packet = OPCODES[opcode].to_le_bytes().to_vec();
        packet.push(u8::try_from(parameters.len()).unwrap());
        packet.extend(parameters);
        Command::decode(&packet).ok()
    })
}

/// Commands that find their mark more often than random bytes do.
fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        1 => Just(Command::LeSetAdvertisingEnable(true)),
        1 => Just(Command::LeCreateConnection(create())),
        1 => Just(Command::LeCreateConnectionCancel),
        1 => Just(Command::Disconnect { handle: HANDLE, reason: ErrorCode(0x13) }),
        1 => any::<u128>().prop_map(|ltk| Command::LeEnableEncryption { handle: HANDLE, rand: 0, ediv: 0, ltk }),
        1 => any::<u128>().prop_map(|ltk| Command::LeLongTermKeyRequestReply { handle: HANDLE, ltk }),
        1 => Just(Command::LeLongTermKeyRequestNegativeReply { handle: HANDLE }),
        1 => any::<u16>().prop_map(|interval| {
            let mut request = create();
            (request.interval_min, request.interval_max) = (interval, interval);
            Command::LeCreateConnection(request)
        }),
        1 => command_of_bytes().prop_filter_map("decodes", |command| command),
        4 => of_the_link(),
        4 => discovery(),
    ]
}

/// Commands for the one link, with parameters that are often legal.
fn of_the_link() -> impl Strategy<Value = Command> {
    let handle = HANDLE;
    let parameters =
        any::<[u8; 4]>().prop_map(move |[interval, latency, timeout, wide]| LeConnectionUpdate {
            handle,
            interval_min: u16::from(interval),
            interval_max: u16::from(interval) + u16::from(wide & 7),
            latency: u16::from(latency & 3),
            timeout: u16::from(timeout) * 4,
            min_ce_length: 0,
            max_ce_length: 0,
        });
    prop_oneof![
        Just(Command::LeSetEventMask(u64::MAX)),
        parameters.clone().prop_map(Command::LeConnectionUpdate),
        parameters.prop_map(Command::LeRemoteConnectionParameterRequestReply),
        any::<u8>().prop_map(move |reason| {
            let reason = ErrorCode(reason);
            Command::LeRemoteConnectionParameterRequestNegativeReply { handle, reason }
        }),
        any::<[u8; 5]>().prop_map(|mut map| {
            map[4] &= 0x1F;
            Command::LeSetHostChannelClassification(map)
        }),
        (any::<(u8, u8, u8)>(), 0_u16..4).prop_map(move |((all_phys, tx_phys, rx_phys), options)| {
            let (all_phys, tx_phys, rx_phys) = (all_phys & 3, tx_phys & 7, rx_phys & 7);
            Command::LeSetPhy(LeSetPhy { handle, all_phys, tx_phys, rx_phys, options })
        }),
        (20_u16..300, 300_u16..20_000)
            .prop_map(move |(octets, time)| { Command::LeSetDataLength { handle, octets, time } }),
        any::<u8>().prop_map(move |timeout| {
            Command::WriteAuthenticatedPayloadTimeout { handle, timeout: u16::from(timeout) }
        }),
        Just(Command::LeReadRemoteFeatures { handle }),
        Just(Command::ReadRemoteVersionInformation { handle }),
        Just(Command::LeRequestPeerSca { handle }),
        Just(Command::LeReadChannelMap { handle }),
        Just(Command::LeReadPhy { handle }),
    ]
}

/// Control PDUs whose bodies have the right length and often a meaning.
fn control_pdu() -> impl Strategy<Value = LlControl> {
    let event = || 0_u16..12;
    prop_oneof![
        (any::<[u8; 4]>(), event()).prop_map(|([win_size, win_offset, interval, timeout], instant)| {
            LlControl::LlConnectionUpdateInd {
                win_size: win_size & 15,
                win_offset: u16::from(win_offset),
                interval: u16::from(interval),
                latency: 0,
                timeout: u16::from(timeout) * 4,
                instant,
            }
        }),
        (any::<u64>(), event()).prop_map(|(bits, instant)| {
            let channel_map = ChannelMap::new(bits & ChannelMap::ALL.bits()).unwrap();
            LlControl::LlChannelMapInd { channel_map, instant }
        }),
        (any::<(u8, u8)>(), event()).prop_map(|((phy_c_to_p, phy_p_to_c), instant)| {
            let (phy_c_to_p, phy_p_to_c) = (phy_c_to_p & 7, phy_p_to_c & 7);
            LlControl::LlPhyUpdateInd { phy_c_to_p, phy_p_to_c, instant }
        }),
        any::<(u8, u8)>().prop_map(|(tx_phys, rx_phys)| LlControl::LlPhyReq { tx_phys, rx_phys }),
        any::<(u8, u8)>().prop_map(|(tx_phys, rx_phys)| LlControl::LlPhyRsp { tx_phys, rx_phys }),
        any::<[u16; 4]>().prop_map(|[max_rx_octets, max_rx_time, max_tx_octets, max_tx_time]| {
            LlControl::LlLengthReq { max_rx_octets, max_rx_time, max_tx_octets, max_tx_time }
        }),
        any::<[u16; 4]>().prop_map(|[max_rx_octets, max_rx_time, max_tx_octets, max_tx_time]| {
            LlControl::LlLengthRsp { max_rx_octets, max_rx_time, max_tx_octets, max_tx_time }
        }),
        any::<[u8; 3]>().prop_map(|[interval, latency, timeout]| LlControl::LlConnectionParamReq {
            interval_min: u16::from(interval),
            interval_max: u16::from(interval),
            latency: u16::from(latency & 3),
            timeout: u16::from(timeout) * 4,
            preferred_periodicity: 0,
            reference_event: 0,
            offsets: [0xFFFF; 6],
        }),
        any::<u64>().prop_map(|features| LlControl::LlFeatureReq { features }),
        any::<u64>().prop_map(|features| LlControl::LlPeripheralFeatureReq { features }),
        any::<u64>().prop_map(|features| LlControl::LlFeatureRsp { features }),
        any::<(u8, u8)>().prop_map(|(opcode, error)| LlControl::LlRejectExtInd { opcode, error }),
        any::<(u8, u8)>()
            .prop_map(|(phys, least)| { LlControl::LlMinUsedChannelsInd { phys, min_used_channels: least } }),
        (0_u8..0x1F).prop_map(|opcode| LlControl::LlUnknownRsp { opcode }),
        any::<u8>().prop_map(|error| LlControl::LlRejectInd { error }),
        Just(LlControl::LlPauseEncReq),
        Just(LlControl::LlPauseEncRsp),
        Just(LlControl::LlPingReq),
        Just(LlControl::LlStartEncRsp),
        Just(LlControl::LlVersionInd { version: 9, company: 1, subversion: 1 }),
    ]
}

/// Discovery by the extended commands, or by those of the legacy ones that no other row has.
fn discovery() -> impl Strategy<Value = Command> {
    let set = |duration, max_events| Some(AdvertisingSetEnable { set: 0, duration, max_events });
    let parameters = (0_u16..0x20, 0_u8..4, 0_u8..4, 0_u8..4).prop_map(
        |(properties, primary_phy, secondary_phy, filter_policy)| {
            Command::LeSetExtendedAdvertisingParameters(LeSetExtendedAdvertisingParameters {
                set: 0,
                properties,
                interval_min: 32,
                interval_max: 32,
                channel_map: 7,
                own_address_kind: AddressKind::Public,
                peer: PEER,
                filter_policy,
                tx_power: 0,
                primary_phy,
                secondary_max_skip: 0,
                secondary_phy,
                sid: 0,
                scan_request_notification: true,
            })
        },
    );
    let scan = (0_u8..2, 0_u8..2, any::<[bool; 2]>()).prop_map(|(kind, filter_policy, on)| {
        let phy = ScanningPhy { kind, interval: 96, window: 48 };
        let phys = on.map(|on| on.then_some(phy));
        let own_address_kind = AddressKind::Public;
        Command::LeSetExtendedScanParameters(LeSetExtendedScanParameters {
            own_address_kind,
            filter_policy,
            phys,
        })
    });
    let connect = (0_u8..2, any::<[bool; 3]>()).prop_map(|(filter_policy, on)| {
        let phy = InitiatingPhy {
            scan_interval: 96,
            scan_window: 96,
            interval_min: 24,
            interval_max: 24,
            latency: 0,
            timeout: 400,
            min_ce_length: 0,
            max_ce_length: 0,
        };
        let phys = on.map(|on| on.then_some(phy));
        let (own_address_kind, peer) = (AddressKind::Public, PEER);
        let request = LeExtendedCreateConnection { filter_policy, own_address_kind, peer, phys };
        Command::LeExtendedCreateConnection(request)
    });
    prop_oneof![
        parameters,
        scan,
        connect,
        any::<(bool, u16, u8)>().prop_map(move |(enable, duration, events)| {
            Command::LeSetExtendedAdvertisingEnable { enable, set: set(duration, events) }
        }),
        any::<(bool, u16)>().prop_map(|(enable, duration)| Command::LeSetExtendedScanEnable {
            enable,
            filter_duplicates: 1,
            duration,
            period: 0,
        }),
        any::<bool>()
            .prop_map(|filter_duplicates| { Command::LeSetScanEnable { enable: true, filter_duplicates } }),
        Just(Command::LeAddDeviceToFilterAcceptList(PEER)),
        Just(Command::LeSetEventMask(u64::MAX)),
    ]
}

/// A packet of extended advertising that the controller may take for one it waits for.
fn extended_pdu() -> impl Strategy<Value = AirPdu> {
    (0_u8..3, any::<[bool; 4]>(), 0_u8..5, 0_u16..200).prop_map(|(mode, fields, phy, offset)| {
        let mode = [AdvMode::Neither, AdvMode::Connectable, AdvMode::Scannable][usize::from(mode)];
        let aux = AuxPtr { channel: ChannelIndex(phy * 10), accurate: true, coarse: false, offset, phy };
        let pdu = ExtendedPdu {
            advertiser: fields[0].then_some(PEER),
            target: fields[1].then_some(OWN),
            aux: fields[2].then_some(aux),
            ..ExtendedPdu::new(mode)
        };
        let pdu = if fields[3] { AdvPdu::Extended(pdu) } else { AdvPdu::AuxConnectRsp(pdu) };
        AirPdu::Advertising(pdu)
    })
}

fn hci() -> impl Strategy<Value = HciPacket> {
    prop_oneof![
        4 => command().prop_map(HciPacket::Command),
        2 => (vec(any::<u8>(), 0..=251), any::<[u8; 2]>()).prop_map(|(data, [flags, own])| {
            let handle = if own < 200 { HANDLE } else { u16::from(own) };
            let data = Octets::from_slice(&data).unwrap();
            let (boundary, broadcast) = (flags & 3, flags >> 2 & 3);
            HciPacket::Acl(blesim_packet::hci::AclData { handle, boundary, broadcast, data })
        }),
        1 => any::<[u8; 2]>().prop_map(|[status, enabled]| {
            let status = ErrorCode(status);
            HciPacket::Event(Event::EncryptionChange { status, handle: HANDLE, enabled })
        }),
    ]
}

fn pdu() -> impl Strategy<Value = AirPdu> {
    let data = |octets: Vec<u8>| {
        let length = u8::try_from(octets.len() - 1).unwrap();
        let octets: Vec<_> =
            [octets[0] & 0x1F, length].into_iter().chain(octets[1..].iter().copied()).collect();
        AirPdu::Data(DataPdu::decode(&octets).unwrap())
    };
    // A control PDU of a real opcode and a short body reaches further than noise.
    let control =
        (any::<u8>(), 0_u8..0x1A, vec(any::<u8>(), 0..27)).prop_map(move |(flags, opcode, body)| {
            data([flags & 0x0F | 3, opcode].into_iter().chain(body).collect())
        });
    let meant = (any::<u8>(), control_pdu()).prop_map(move |(flags, pdu)| {
        data([flags & 0x0F | 3].into_iter().chain(pdu.encode().iter().copied()).collect())
    });
    prop_oneof![
        vec(any::<u8>(), 1..=256).prop_map(data),
        control,
        meant.boxed(),
        vec(any::<u8>(), 2..64).prop_filter_map("decodes", |octets| {
            let mut octets = octets;
            octets[1] = u8::try_from(octets.len() - 2).unwrap();
            AdvPdu::decode(&octets).ok().map(AirPdu::Advertising)
        }),
        vec(any::<u8>(), 34).prop_filter_map("decodes", |mut octets| {
            octets[..2].copy_from_slice(&[0xC5, 34]);
            octets.resize(36, 0);
            octets[8..14].copy_from_slice(&OWN.to_wire());
            AdvPdu::decode(&octets).ok().map(AirPdu::Advertising)
        }),
        Just(connect_ind(ll_data())),
        extended_pdu(),
        any::<bool>().prop_map(|own| {
            let (scanner, advertiser) = if own { (PEER, OWN) } else { (OWN, PEER) };
            AirPdu::Advertising(AdvPdu::ScanReq { scanner, advertiser })
        }),
        Just(AirPdu::Advertising(AdvPdu::ScanRsp { advertiser: PEER, data: Octets::new() })),
        Just(AirPdu::Advertising(AdvPdu::AdvInd { ch_sel: true, advertiser: PEER, data: Octets::new() })),
    ]
}

fn throw() -> impl Strategy<Value = Throw> {
    prop_oneof![
        3 => hci().prop_map(Throw::Hci),
        4 => (pdu(), any::<bool>(), any::<bool>(), 0_u64..2_000)
            .prop_map(|(pdu, crc_ok, sync, micros)| Throw::Frame { pdu, crc_ok, sync, micros }),
        1 => (0_u64..50_000_000).prop_map(Throw::Wait),
        4 => Just(Throw::Wake),
    ]
}

fn at(rig: &mut Rig, throw: &Throw) {
    match throw {
        Throw::Hci(packet) => {
            let before = rig.port.host.len();
            rig.handle(Input::Hci(packet));
            let answers = rig.port.host[before..].iter().filter(|packet| is_answer(packet)).count();
            assert_eq!(answers, usize::from(matches!(packet, HciPacket::Command(_))), "{packet:?}");
        }
        Throw::Frame { pdu, crc_ok, sync, micros } => {
            let start = rig.now;
            rig.now = start + Span::from_micros(*micros);
            if *sync {
                rig.handle(Input::Sync { end: rig.now });
            }
            rig.handle(Input::Frame { start, pdu, crc_ok: *crc_ok });
        }
        Throw::Wait(nanos) => {
            // The owner never passes over a deadline.
            let until = rig.now + Span::from_nanos(*nanos);
            rig.now = rig.controller.deadline().map_or(until, |(at, _)| until.min(at).max(rig.now));
        }
        Throw::Wake => {
            if let Some((at, _)) = rig.controller.deadline() {
                rig.now = rig.now.max(at);
            }
            rig.handle(Input::Wake);
        }
    }
    let _listening = rig.controller.listening(rig.now);
}

fn is_answer(packet: &HciPacket) -> bool {
    matches!(packet, HciPacket::Event(Event::CommandComplete { .. } | Event::CommandStatus { .. }))
}

/// A controller in one of the states a link can be in.
fn start(which: usize) -> Rig {
    match which {
        0 => Rig::new(true),
        1..=5 => central(STAGES[which - 1]),
        6..=10 => peripheral(STAGES[which - 6]),
        11..=14 => refreshing_central(PAUSES[which - 11]),
        _ => refreshing_peripheral(PAUSES[which - 15]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    /// From every stage of a link's life, whatever comes in whatever order.
    #[test]
    fn nothing_panics(which in 0_usize..19, throws in vec(throw(), 1..60)) {
        let mut rig = start(which);
        for throw in &throws {
            at(&mut rig, throw);
        }
        // A secondary channel has data channels' numbers and advertising PDUs.
        let apart = |frame: &Frame| {
            let data = matches!(frame.pdu, AirPdu::Data(_));
            data == (frame.access_address == ACCESS_ADDRESS) && !(data && frame.channel.is_advertising())
        };
        let own = |frame: &&Frame| matches!(frame.access_address, ACCESS_ADDRESS | AccessAddress::ADVERTISING);
        prop_assert!(rig.port.air.iter().filter(own).all(apart));
    }
}
