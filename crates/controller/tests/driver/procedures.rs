//! Every control procedure in both roles, with every answer, refusal and collision; together they take every
//! row of the table (Vol 6 Part B 5.1, 5.3).

use crate::rig::HANDLE;
use crate::script::Line::{Ends, Host, Peer, Quiet, Refused, Rejects, Says, Told};
use crate::script::{ALL, PARAMETERS, Script, UPDATE, play, script};
use blesim_controller::Role::{Central, Peripheral};
use blesim_controller::{PROCEDURES, Role, procedures_dot};
use blesim_packet::hci::{Command, ErrorCode, LeSetPhy};
use blesim_packet::ll::{ChannelMap, LlControl as Pdu};

const FEATURES: Command = Command::LeReadRemoteFeatures { handle: HANDLE };
const VERSION: Command = Command::ReadRemoteVersionInformation { handle: HANDLE };
const ACCURACY: Command = Command::LeRequestPeerSca { handle: HANDLE };
const LENGTH: Command = Command::LeSetDataLength { handle: HANDLE, octets: 251, time: 2_120 };
const TWO_M: Command =
    Command::LeSetPhy(LeSetPhy { handle: HANDLE, all_phys: 0, tx_phys: 2, rx_phys: 2, options: 0 });
const ONE_M: Command =
    Command::LeSetPhy(LeSetPhy { handle: HANDLE, all_phys: 0, tx_phys: 1, rx_phys: 1, options: 0 });
const ACCEPT: Command = Command::LeRemoteConnectionParameterRequestReply(PARAMETERS);
const REFUSE: Command = Command::LeRemoteConnectionParameterRequestNegativeReply {
    handle: HANDLE,
    reason: ErrorCode::UNACCEPTABLE_CONNECTION_PARAMETERS,
};
const FEWER_CHANNELS: Command = Command::LeSetHostChannelClassification([0xFF, 0, 0, 0, 0]);
const PING_SOON: Command = Command::WriteAuthenticatedPayloadTimeout { handle: HANDLE, timeout: 100 };

const FEATURES_DONE: &str = "HCI_LE_Read_Remote_Features_Complete";
const VERSION_DONE: &str = "HCI_Read_Remote_Version_Information_Complete";
const ACCURACY_DONE: &str = "HCI_LE_Request_Peer_SCA_Complete";
const UPDATE_DONE: &str = "HCI_LE_Connection_Update_Complete";
const PHY_DONE: &str = "HCI_LE_PHY_Update_Complete";
const LENGTH_CHANGED: &str = "HCI_LE_Data_Length_Change";
const ASKED: &str = "HCI_LE_Remote_Connection_Parameter_Request";

fn version(_: u16) -> Pdu {
    Pdu::LlVersionInd { version: 9, company: 2, subversion: 3 }
}
fn feature_rsp(_: u16) -> Pdu {
    Pdu::LlFeatureRsp { features: u64::MAX }
}
fn param_req(event: u16) -> Pdu {
    Pdu::LlConnectionParamReq {
        interval_min: 40,
        interval_max: 48,
        latency: 0,
        timeout: 500,
        preferred_periodicity: 0,
        reference_event: event,
        offsets: [0xFFFF; 6],
    }
}
fn bad_param_req(event: u16) -> Pdu {
    Pdu::LlConnectionParamReq {
        interval_min: 4,
        interval_max: 5,
        latency: 0,
        timeout: 500,
        preferred_periodicity: 0,
        reference_event: event,
        offsets: [0xFFFF; 6],
    }
}
fn param_rsp(event: u16) -> Pdu {
    Pdu::LlConnectionParamRsp {
        interval_min: 40,
        interval_max: 48,
        latency: 0,
        timeout: 500,
        preferred_periodicity: 0,
        reference_event: event,
        offsets: [0xFFFF; 6],
    }
}
fn bad_param_rsp(event: u16) -> Pdu {
    Pdu::LlConnectionParamRsp {
        interval_min: 48,
        interval_max: 40,
        latency: 0,
        timeout: 500,
        preferred_periodicity: 0,
        reference_event: event,
        offsets: [0xFFFF; 6],
    }
}
fn update_ind(event: u16) -> Pdu {
    let instant = event.wrapping_add(6);
    Pdu::LlConnectionUpdateInd { win_size: 1, win_offset: 0, interval: 48, latency: 0, timeout: 500, instant }
}
fn update_now(event: u16) -> Pdu {
    let instant = event;
    Pdu::LlConnectionUpdateInd { win_size: 1, win_offset: 0, interval: 48, latency: 0, timeout: 500, instant }
}
fn update_late(event: u16) -> Pdu {
    let instant = event.wrapping_sub(1);
    Pdu::LlConnectionUpdateInd { win_size: 1, win_offset: 0, interval: 48, latency: 0, timeout: 500, instant }
}
fn update_illegal(event: u16) -> Pdu {
    let instant = event.wrapping_add(6);
    Pdu::LlConnectionUpdateInd { win_size: 1, win_offset: 0, interval: 0, latency: 0, timeout: 500, instant }
}
fn map_ind(event: u16) -> Pdu {
    Pdu::LlChannelMapInd { channel_map: ChannelMap::new(0xFFFF).unwrap(), instant: event.wrapping_add(6) }
}
fn map_of_one(event: u16) -> Pdu {
    Pdu::LlChannelMapInd { channel_map: ChannelMap::new(1).unwrap(), instant: event.wrapping_add(6) }
}
fn map_late(event: u16) -> Pdu {
    Pdu::LlChannelMapInd { channel_map: ChannelMap::ALL, instant: event.wrapping_sub(2) }
}
fn phy_req(_: u16) -> Pdu {
    Pdu::LlPhyReq { tx_phys: 2, rx_phys: 2 }
}
fn phy_req_1m(_: u16) -> Pdu {
    Pdu::LlPhyReq { tx_phys: 1, rx_phys: 1 }
}
fn phy_rsp(_: u16) -> Pdu {
    Pdu::LlPhyRsp { tx_phys: 7, rx_phys: 7 }
}
fn phy_ind(event: u16) -> Pdu {
    Pdu::LlPhyUpdateInd { phy_c_to_p: 2, phy_p_to_c: 2, instant: event.wrapping_add(6) }
}
fn phy_ind_none(_: u16) -> Pdu {
    Pdu::LlPhyUpdateInd { phy_c_to_p: 0, phy_p_to_c: 0, instant: 0 }
}
fn phy_ind_two(event: u16) -> Pdu {
    Pdu::LlPhyUpdateInd { phy_c_to_p: 3, phy_p_to_c: 2, instant: event.wrapping_add(6) }
}
fn phy_ind_late(event: u16) -> Pdu {
    Pdu::LlPhyUpdateInd { phy_c_to_p: 2, phy_p_to_c: 2, instant: event.wrapping_sub(1) }
}
fn length_req(_: u16) -> Pdu {
    Pdu::LlLengthReq { max_rx_octets: 251, max_rx_time: 2_120, max_tx_octets: 100, max_tx_time: 1_000 }
}
fn length_rsp(_: u16) -> Pdu {
    Pdu::LlLengthRsp { max_rx_octets: 251, max_rx_time: 2_120, max_tx_octets: 100, max_tx_time: 1_000 }
}
fn reject_phy(_: u16) -> Pdu {
    Pdu::LlRejectExtInd { opcode: Pdu::PHY_REQ, error: 0x23 }
}
fn reject_params(_: u16) -> Pdu {
    Pdu::LlRejectExtInd { opcode: Pdu::CONNECTION_PARAM_REQ, error: 0x2A }
}
fn reject_rsp(_: u16) -> Pdu {
    Pdu::LlRejectExtInd { opcode: Pdu::CONNECTION_PARAM_RSP, error: 0x1E }
}
fn reject(_: u16) -> Pdu {
    Pdu::LlRejectInd { error: 0x1F }
}
macro_rules! unknown {
    ($opcode:ident) => {
        Peer(|_| Pdu::LlUnknownRsp { opcode: Pdu::$opcode })
    };
}

/// Features and versions: questions with one answer.
fn exchanges(role: Role) -> Vec<Script> {
    let ask = if role == Central { Pdu::FEATURE_REQ } else { Pdu::PERIPHERAL_FEATURE_REQ };
    let unknown = if role == Central { unknown!(FEATURE_REQ) } else { unknown!(PERIPHERAL_FEATURE_REQ) };
    let asked = if role == Central {
        Peer(|_| Pdu::LlPeripheralFeatureReq { features: 1 })
    } else {
        Peer(|_| Pdu::LlFeatureReq { features: 1 })
    };
    let script = |name, lines: &[_]| script(name, role, None, lines);
    vec![
        script("features", &[Host(FEATURES), Says(ask), Peer(feature_rsp), Told(FEATURES_DONE, 0), Quiet]),
        script(
            "features twice",
            &[
                Host(FEATURES),
                Refused(FEATURES, 0x0C),
                Says(ask),
                Peer(feature_rsp),
                Told(FEATURES_DONE, 0),
                Host(FEATURES),
                Told(FEATURES_DONE, 0),
                Quiet,
            ],
        ),
        script("features unknown", &[Host(FEATURES), Says(ask), unknown, Told(FEATURES_DONE, 0x1A)]),
        script("features refused", &[Host(FEATURES), Says(ask), Peer(reject), Told(FEATURES_DONE, 0x1F)]),
        script("asked for features", &[asked, Says(Pdu::FEATURE_RSP), Quiet]),
        script(
            "version",
            &[Host(VERSION), Says(Pdu::VERSION_IND), Peer(version), Told(VERSION_DONE, 0), Quiet],
        ),
        script(
            "version unknown",
            &[Host(VERSION), Says(Pdu::VERSION_IND), unknown!(VERSION_IND), Told(VERSION_DONE, 0x1A)],
        ),
        // LL_VERSION_IND is sent once: what was said is not said again (5.1.5).
        script(
            "asked for the version",
            &[
                Peer(version),
                Says(Pdu::VERSION_IND),
                Peer(version),
                Quiet,
                Host(VERSION),
                Told(VERSION_DONE, 0),
                Quiet,
            ],
        ),
    ]
}

/// Clock accuracy, pings and lengths: questions with one answer.
fn more_exchanges(role: Role) -> Vec<Script> {
    let script = |name, lines: &[_]| script(name, role, None, lines);
    vec![
        script(
            "accuracy",
            &[
                Host(ACCURACY),
                Says(Pdu::CLOCK_ACCURACY_REQ),
                Peer(|_| Pdu::LlClockAccuracyRsp { sca: 7 }),
                Told(ACCURACY_DONE, 0),
            ],
        ),
        script(
            "accuracy unknown",
            &[
                Host(ACCURACY),
                Says(Pdu::CLOCK_ACCURACY_REQ),
                unknown!(CLOCK_ACCURACY_REQ),
                Told(ACCURACY_DONE, 0x1A),
                Refused(ACCURACY, 0x1A),
            ],
        ),
        script(
            "asked for the accuracy",
            &[Peer(|_| Pdu::LlClockAccuracyReq { sca: 7 }), Says(Pdu::CLOCK_ACCURACY_RSP)],
        ),
        script("asked for a ping", &[Peer(|_| Pdu::LlPingReq), Says(Pdu::PING_RSP), Quiet]),
        script(
            "length",
            &[Host(LENGTH), Says(Pdu::LENGTH_REQ), Peer(length_rsp), Told(LENGTH_CHANGED, 0), Quiet],
        ),
        script(
            "length unknown",
            &[Host(LENGTH), Says(Pdu::LENGTH_REQ), unknown!(LENGTH_REQ), Quiet, Refused(LENGTH, 0x1A)],
        ),
        script(
            "asked for the length",
            &[Peer(length_req), Told(LENGTH_CHANGED, 0), Says(Pdu::LENGTH_RSP), Quiet],
        ),
        script(
            "answers without a question",
            &[
                Peer(feature_rsp),
                Peer(length_rsp),
                Peer(|_| Pdu::LlPingRsp),
                Peer(|_| Pdu::LlClockAccuracyRsp { sca: 1 }),
                Peer(reject),
                Peer(reject_phy),
                Peer(reject_rsp),
                unknown!(PHY_REQ),
                Quiet,
            ],
        ),
    ]
}

/// Pings on an encrypted link, in time for their answer, and what the host hears of silence (5.4).
fn pings(role: Role) -> Vec<Script> {
    let expired = "HCI_Authenticated_Payload_Timeout_Expired";
    let script =
        |name, features, lines: &[_]| Script { encrypted: true, ..script(name, role, features, lines) };
    vec![
        script(
            "ping",
            ALL,
            &[Host(PING_SOON), Says(Pdu::PING_REQ), Peer(|_| Pdu::LlPingRsp), Says(Pdu::PING_REQ)],
        ),
        script(
            "ping unknown",
            ALL,
            &[Host(PING_SOON), Says(Pdu::PING_REQ), unknown!(PING_REQ), Told(expired, 0), Told(expired, 0)],
        ),
        script("no ping answered", ALL, &[Host(PING_SOON), Says(Pdu::PING_REQ), Told(expired, 0)]),
        script("nobody to ping", Some(1), &[Host(PING_SOON), Told(expired, 0), Told(expired, 0)]),
    ]
}

fn phys() -> Vec<Script> {
    let c = |name, lines: &[_]| script(name, Central, ALL, lines);
    let p = |name, lines: &[_]| script(name, Peripheral, ALL, lines);
    let (req, rsp, ind) = (Pdu::PHY_REQ, Pdu::PHY_RSP, Pdu::PHY_UPDATE_IND);
    vec![
        c("phy", &[Host(TWO_M), Says(req), Peer(phy_rsp), Says(ind), Told(PHY_DONE, 0)]),
        c("phy as it is", &[Host(ONE_M), Says(req), Peer(phy_rsp), Told(PHY_DONE, 0), Says(ind), Quiet]),
        c("phy unknown", &[Host(TWO_M), Says(req), unknown!(PHY_REQ), Told(PHY_DONE, 0x1A)]),
        c("asked for a phy", &[Peer(phy_req), Says(ind), Told(PHY_DONE, 0)]),
        c("asked for the phy there is", &[Peer(phy_req_1m), Says(ind), Quiet]),
        p("phy", &[Host(TWO_M), Says(req), Peer(phy_ind), Told(PHY_DONE, 0)]),
        p("phy as it is", &[Host(TWO_M), Says(req), Peer(phy_ind_none), Told(PHY_DONE, 0), Quiet]),
        p("phy refused", &[Host(TWO_M), Says(req), Peer(reject_phy), Told(PHY_DONE, 0x23)]),
        p("phy unknown", &[Host(TWO_M), Says(req), unknown!(PHY_REQ), Told(PHY_DONE, 0x1A)]),
        p("asked for a phy", &[Peer(phy_req), Says(rsp), Peer(phy_ind), Told(PHY_DONE, 0)]),
        p("asked for a phy for nothing", &[Peer(phy_req), Says(rsp), Peer(phy_ind_none), Quiet]),
        p("phy passed", &[Peer(phy_req), Says(rsp), Peer(phy_ind_late), Ends(0x28)]),
        p("phy of two", &[Peer(phy_req), Says(rsp), Peer(phy_ind_two), Ends(0x20)]),
        p("phy unasked", &[Peer(phy_ind), Quiet]),
        c("phy for a central", &[Peer(phy_ind), Says(Pdu::UNKNOWN_RSP), Quiet]),
    ]
}

fn parameters() -> Vec<Script> {
    let c = |name, lines: &[_]| script(name, Central, ALL, lines);
    let p = |name, lines: &[_]| script(name, Peripheral, ALL, lines);
    let (req, rsp, ind) = (Pdu::CONNECTION_PARAM_REQ, Pdu::CONNECTION_PARAM_RSP, Pdu::CONNECTION_UPDATE_IND);
    let (done, asked) = (UPDATE_DONE, ASKED);
    vec![
        c("request", &[Host(UPDATE), Says(req), Peer(param_rsp), Says(ind), Told(done, 0)]),
        c(
            "bad answer",
            &[Host(UPDATE), Says(req), Peer(bad_param_rsp), Told(done, 0x1E), Rejects(rsp, 0x1E)],
        ),
        c("request refused", &[Host(UPDATE), Says(req), Peer(reject_params), Told(done, 0x2A), Quiet]),
        c(
            "request unknown",
            &[Host(UPDATE), Says(req), unknown!(CONNECTION_PARAM_REQ), Says(ind), Told(done, 0)],
        ),
        c("asked, host agrees", &[Peer(param_req), Told(asked, 0), Host(ACCEPT), Says(ind), Told(done, 0)]),
        c("asked, host refuses", &[Peer(param_req), Told(asked, 0), Host(REFUSE), Rejects(req, 0x3B), Quiet]),
        c("asked badly", &[Peer(bad_param_req), Rejects(req, 0x1E), Quiet]),
        c(
            "host not asked",
            &[Host(Command::LeSetEventMask(0x1F)), Peer(param_req), Rejects(req, 0x1A), Quiet],
        ),
        c("nothing to answer", &[Refused(ACCEPT, 0x0C), Refused(REFUSE, 0x0C)]),
        p("request", &[Host(UPDATE), Says(req), Peer(update_ind), Told(done, 0)]),
        p("request refused", &[Host(UPDATE), Says(req), Peer(reject_params), Told(done, 0x2A), Quiet]),
        p(
            "request unknown",
            &[
                Host(UPDATE),
                Refused(UPDATE, 0x0C),
                Says(req),
                unknown!(CONNECTION_PARAM_REQ),
                Told(done, 0x1A),
                Refused(UPDATE, 0x1A),
            ],
        ),
        p("asked, host refuses", &[Peer(param_req), Told(asked, 0), Host(REFUSE), Rejects(req, 0x3B), Quiet]),
        p(
            "asked, host agrees",
            &[Peer(param_req), Told(asked, 0), Host(ACCEPT), Says(rsp), Peer(update_ind), Told(done, 0)],
        ),
        p(
            "answer refused",
            &[Peer(param_req), Told(asked, 0), Host(ACCEPT), Says(rsp), Peer(reject_rsp), Quiet],
        ),
        script("update", Central, None, &[Host(UPDATE), Says(ind), Told(done, 0)]),
        p("update", &[Peer(update_ind), Told(done, 0)]),
        p("update in its own event", &[Peer(update_now), Told(done, 0)]),
        p("update passed", &[Peer(update_late), Ends(0x28)]),
        p("update out of range", &[Peer(update_illegal), Ends(0x1E)]),
        c("update for a central", &[Peer(update_ind), Says(Pdu::UNKNOWN_RSP), Quiet]),
    ]
}

fn channels() -> Vec<Script> {
    let c = |name, lines: &[_]| script(name, Central, ALL, lines);
    let p = |name, lines: &[_]| script(name, Peripheral, ALL, lines);
    let more = Peer(|_| Pdu::LlMinUsedChannelsInd { phys: 1, min_used_channels: 20 });
    vec![
        c(
            "channel map",
            &[
                Host(FEWER_CHANNELS),
                Says(Pdu::CHANNEL_MAP_IND),
                Quiet,
                Quiet,
                Quiet,
                more,
                Says(Pdu::CHANNEL_MAP_IND),
            ],
        ),
        c("channels enough", &[more, Quiet]),
        c("too few channels", &[Refused(Command::LeSetHostChannelClassification([1, 0, 0, 0, 0]), 0x12)]),
        c("channel map for a central", &[Peer(map_ind), Says(Pdu::UNKNOWN_RSP)]),
        p("channel map", &[Peer(map_ind), Quiet, Quiet, Quiet]),
        p("channel map passed", &[Peer(map_late), Ends(0x28)]),
        p("one channel", &[Peer(map_of_one), Ends(0x1E)]),
        p("min channels for a peripheral", &[more, Says(Pdu::UNKNOWN_RSP)]),
    ]
}

/// The end of the link, by either side (5.1.6).
fn terminations(role: Role) -> Vec<Script> {
    let bye = Command::Disconnect { handle: HANDLE, reason: ErrorCode::REMOTE_USER_TERMINATED_CONNECTION };
    let peer_ends = Peer(|_| Pdu::LlTerminateInd { error: 0x13 });
    let script = |name, lines: &[_]| script(name, role, None, lines);
    vec![
        script("own end", &[Host(bye), Says(Pdu::TERMINATE_IND), Ends(0x16)]),
        script("the peer's end", &[peer_ends, Ends(0x13)]),
    ]
}

/// Two procedures with an instant at once (5.3): the central's goes on, 0x23 for the same, 0x2A for another; a
/// peer that has answered and yet begins one is left.
fn collisions() -> Vec<Script> {
    let c = |name, lines: &[_]| script(name, Central, ALL, lines);
    let (phy, params) = (Pdu::PHY_REQ, Pdu::CONNECTION_PARAM_REQ);
    let ind = Pdu::PHY_UPDATE_IND;
    vec![
        c("same", &[Host(TWO_M), Says(phy), Peer(phy_req), Rejects(phy, 0x23), Peer(phy_rsp), Says(ind)]),
        c(
            "other",
            &[Host(TWO_M), Says(phy), Peer(param_req), Rejects(params, 0x2A), Peer(phy_rsp), Says(ind)],
        ),
        c(
            "map first",
            &[Host(FEWER_CHANNELS), Says(Pdu::CHANNEL_MAP_IND), Peer(phy_req), Rejects(phy, 0x2A), Quiet],
        ),
        // A peer without the extended form gets the short one.
        script("short form", Central, None, &[Host(TWO_M), Says(phy), Peer(phy_req), Says(Pdu::REJECT_IND)]),
        c("answered, same", &[Host(TWO_M), Says(phy), Peer(phy_rsp), Says(ind), Peer(phy_req), Ends(0x23)]),
        c(
            "answered, other",
            &[Host(TWO_M), Says(phy), Peer(phy_rsp), Says(ind), Peer(param_req), Ends(0x2A)],
        ),
        c("two of the peer", &[Peer(param_req), Told(ASKED, 0), Peer(phy_req), Ends(0x2A)]),
        c(
            "own waits for the peer's",
            &[
                Peer(param_req),
                Told(ASKED, 0),
                Host(TWO_M),
                Quiet,
                Host(REFUSE),
                Rejects(params, 0x3B),
                Says(phy),
            ],
        ),
        c(
            "own waits for the own",
            &[
                Host(ACCURACY),
                Host(TWO_M),
                Says(Pdu::CLOCK_ACCURACY_REQ),
                Quiet,
                Peer(|_| Pdu::LlClockAccuracyRsp { sca: 7 }),
                Told(ACCURACY_DONE, 0),
                Says(phy),
            ],
        ),
    ]
}

/// The same where this side is the peripheral.
fn crossings() -> Vec<Script> {
    let p = |name, lines: &[_]| script(name, Peripheral, ALL, lines);
    let phy = Pdu::PHY_REQ;
    vec![
        p(
            "same, crossed",
            &[
                Host(TWO_M),
                Says(phy),
                Peer(phy_req),
                Says(Pdu::PHY_RSP),
                Peer(reject_phy),
                Told(PHY_DONE, 0x23),
                Peer(phy_ind),
                Told(PHY_DONE, 0),
            ],
        ),
        p(
            "other, crossed",
            &[
                Host(TWO_M),
                Says(phy),
                Peer(update_ind),
                Peer(reject_phy),
                Told(PHY_DONE, 0x23),
                Told(UPDATE_DONE, 0),
            ],
        ),
        p("two of the central", &[Peer(update_ind), Peer(map_ind), Ends(0x2A)]),
    ]
}

fn scripts() -> Vec<Script> {
    let mut all = Vec::new();
    for role in [Central, Peripheral] {
        all.extend(exchanges(role));
        all.extend(more_exchanges(role));
        all.extend(pings(role));
        all.extend(terminations(role));
    }
    all.extend(phys());
    all.extend(parameters());
    all.extend(channels());
    all.extend(collisions());
    all.extend(crossings());
    all
}

/// Each script is followed, and together they leave no row of the table untaken, in either role where a row is
/// of both.
#[test]
fn every_script_and_every_row() {
    let mut taken = Vec::new();
    for script in scripts() {
        taken.extend(play(&script).into_iter().map(|number| (script.role, usize::from(number))));
    }
    for (number, row) in PROCEDURES.iter().enumerate() {
        for role in [Central, Peripheral].into_iter().filter(|&role| row.role.is_none_or(|of| of == role)) {
            assert!(taken.contains(&(role, number)), "{role:?} never takes {row:?}");
        }
    }
}

/// No two rows answer the same question.
#[test]
fn rows_are_unambiguous() {
    for (index, row) in PROCEDURES.iter().enumerate() {
        for other in &PROCEDURES[index + 1..] {
            let roles = row.role.is_none() || other.role.is_none() || row.role == other.role;
            let same = (row.procedure, row.side, row.from, row.on)
                == (other.procedure, other.side, other.from, other.on);
            assert!(!(roles && same), "{row:?} {other:?}");
        }
    }
}

/// The table as a graph; a change of a procedure shows here.
#[test]
fn picture() {
    insta::assert_snapshot!(procedures_dot());
}
