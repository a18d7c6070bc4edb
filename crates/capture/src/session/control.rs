//! Words for LL control PDUs: the fields people look for in their units, all others by their names.

use blesim_kernel::Span;
use blesim_packet::hci::ErrorCode;
use blesim_packet::ll::LlControl;

/// An LL control PDU.
pub(super) fn words(pdu: &LlControl) -> String {
    let fields = fields(pdu);
    let name = pdu.name();
    if fields.is_empty() { name.to_owned() } else { format!("{name} {fields}") }
}

fn fields(pdu: &LlControl) -> String {
    match *pdu {
        LlControl::LlEncReq { rand, ediv, skd_c, iv_c } => {
            format!("Rand {rand:016x} EDIV {ediv:04x} SKD_C {skd_c:016x} IV_C {iv_c:08x}")
        }
        LlControl::LlEncRsp { skd_p, iv_p } => format!("SKD_P {skd_p:016x} IV_P {iv_p:08x}"),
        LlControl::LlRejectInd { error } | LlControl::LlTerminateInd { error } => {
            ErrorCode(error).to_string()
        }
        LlControl::LlRejectExtInd { opcode, error } => {
            format!("of {}: {}", opcode_name(opcode), ErrorCode(error))
        }
        LlControl::LlUnknownRsp { opcode } => format!("to {}", opcode_name(opcode)),
        LlControl::LlConnectionUpdateInd { win_size, win_offset, interval, latency, timeout, instant } => {
            let parameters = parameters((interval, interval), latency, timeout);
            let unit = Span::from_micros(1_250);
            let (width, delay) = (unit * u64::from(win_size), unit * u64::from(win_offset));
            format!("{parameters}, window {width} after {delay}, instant {instant}")
        }
        LlControl::LlConnectionParamReq { interval_min, interval_max, latency, timeout, .. }
        | LlControl::LlConnectionParamRsp { interval_min, interval_max, latency, timeout, .. } => {
            parameters((interval_min, interval_max), latency, timeout)
        }
        LlControl::LlChannelMapInd { channel_map, instant } => {
            let (bits, count) = (channel_map.bits(), channel_map.count());
            format!("{bits:#012x}, {count} channels, instant {instant}")
        }
        LlControl::LlFeatureReq { features }
        | LlControl::LlFeatureRsp { features }
        | LlControl::LlPeripheralFeatureReq { features } => format!("{features:#018x}"),
        LlControl::LlVersionInd { version, company, subversion } => {
            format!("version {version:#04x}, company {company:#06x}, subversion {subversion:#06x}")
        }
        LlControl::LlLengthReq { max_rx_octets, max_rx_time, max_tx_octets, max_tx_time }
        | LlControl::LlLengthRsp { max_rx_octets, max_rx_time, max_tx_octets, max_tx_time } => {
            format!(
                "receives {max_rx_octets} octets in {max_rx_time} us, sends {max_tx_octets} octets in {max_tx_time} us"
            )
        }
        LlControl::LlPhyReq { tx_phys, rx_phys } | LlControl::LlPhyRsp { tx_phys, rx_phys } => {
            format!("sends on {}, receives on {}", phys(tx_phys), phys(rx_phys))
        }
        LlControl::LlPhyUpdateInd { phy_c_to_p, phy_p_to_c, instant } => {
            let change = |bits| if bits == 0 { "no change".to_owned() } else { phys(bits) };
            format!(
                "central to peripheral {}, back {}, instant {instant}",
                change(phy_c_to_p),
                change(phy_p_to_c)
            )
        }
        LlControl::LlMinUsedChannelsInd { phys: bits, min_used_channels } => {
            format!("{min_used_channels} channels on {}", phys(bits))
        }
        LlControl::Unknown { opcode, data } => format!("{opcode:#04x}, {} octets", data.len()),
        _ => named(pdu),
    }
}

/// Interval, latency and timeout of a connection.
pub(super) fn parameters(interval: (u16, u16), latency: u16, timeout: u16) -> String {
    let span = |units: u16| Span::from_micros(1_250) * u64::from(units);
    let (least, most) = (span(interval.0), span(interval.1));
    let interval = if least == most { least.to_string() } else { format!("{least} to {most}") };
    let timeout = Span::from_millis(10) * u64::from(timeout);
    format!("interval {interval}, latency {latency}, timeout {timeout}")
}

/// The PHYs of a field of the PHY update procedure, Vol 6 Part B 2.4.2.22.
fn phys(bits: u8) -> String {
    let names = ["1M", "2M", "Coded"];
    let set: Vec<&str> =
        names.iter().enumerate().filter(|&(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| *name).collect();
    if set.is_empty() { format!("{bits:#04x}") } else { set.join("+") }
}

/// The PDU of an opcode, or its number where it has no name.
fn opcode_name(opcode: u8) -> String {
    let length = LlControl::data_len(opcode).unwrap_or_default();
    let octets: Vec<u8> = core::iter::once(opcode).chain(core::iter::repeat_n(0, length)).collect();
    match LlControl::decode(&octets) {
        Ok(LlControl::Unknown { .. }) | Err(_) => format!("opcode {opcode:#04x}"),
        Ok(pdu) => pdu.name().to_owned(),
    }
}

/// Every field as `name value`, as its declaration names it.
fn named(pdu: &LlControl) -> String {
    let text = format!("{pdu:?}");
    let inside = text.split_once(" { ").and_then(|(_, rest)| rest.strip_suffix(" }"));
    inside.map(|fields| fields.replace(": ", " ")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use blesim_packet::ll::{ChannelMap, U24};

    /// A person reads units and names, not raw numbers, and no PDU is without its fields.
    #[test]
    fn control_pdus_read_like_the_specification() {
        let check = |pdu: LlControl, expected: &str| assert_eq!(words(&pdu), expected);
        check(LlControl::LlPingReq, "LL_PING_REQ");
        check(
            LlControl::LlRejectExtInd { opcode: 3, error: 6 },
            "LL_REJECT_EXT_IND of LL_ENC_REQ: PIN or Key Missing (0x06)",
        );
        check(LlControl::LlUnknownRsp { opcode: 0xEE }, "LL_UNKNOWN_RSP to opcode 0xee");
        check(
            LlControl::LlConnectionUpdateInd {
                win_size: 2,
                win_offset: 4,
                interval: 24,
                latency: 1,
                timeout: 400,
                instant: 77,
            },
            "LL_CONNECTION_UPDATE_IND interval 30 ms, latency 1, timeout 4 s, window 2.5 ms after 5 ms, instant 77",
        );
        let channel_map = ChannelMap::new(0x3FF).unwrap();
        check(
            LlControl::LlChannelMapInd { channel_map, instant: 6 },
            "LL_CHANNEL_MAP_IND 0x00000003ff, 10 channels, instant 6",
        );
        check(
            LlControl::LlPhyUpdateInd { phy_c_to_p: 2, phy_p_to_c: 0, instant: 9 },
            "LL_PHY_UPDATE_IND central to peripheral 2M, back no change, instant 9",
        );
        check(
            LlControl::LlPhyReq { tx_phys: 5, rx_phys: 0 },
            "LL_PHY_REQ sends on 1M+Coded, receives on 0x00",
        );
        check(LlControl::LlClockAccuracyReq { sca: 5 }, "LL_CLOCK_ACCURACY_REQ sca 5");
        let offset = U24::new(7).unwrap();
        let response =
            LlControl::LlCisRsp { cis_offset_min: offset, cis_offset_max: offset, connection_event: 3 };
        check(response, "LL_CIS_RSP cis_offset_min U24(7), cis_offset_max U24(7), connection_event 3");
    }
}
