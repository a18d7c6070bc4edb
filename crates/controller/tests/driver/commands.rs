//! Commands: each is answered once, by the right kind of event and with the right status (Vol 4 Part E 7).

use crate::rig::{HANDLE, OWN, PEER, Rig, advertising_parameters, create, ll_data};
use blesim_controller::Why;
use blesim_kernel::Instant;
use blesim_packet::hci::{Command, ErrorCode, Event, LeCreateConnection, LeSetAdvertisingParameters};
use blesim_packet::{Address, Octets};

const OK: u8 = 0x00;
const UNKNOWN_COMMAND: u8 = 0x01;
const UNKNOWN_CONNECTION: u8 = 0x02;
const DISALLOWED: u8 = 0x0C;
const ALREADY_EXISTS: u8 = 0x0B;
const INVALID: u8 = 0x12;

/// The status of the one answer among the events, and whether it was Command Complete.
fn answer(command: &Command, events: &[Event]) -> (bool, u8) {
    let mut answers = events.iter().filter_map(|event| match event {
        Event::CommandComplete { packets, opcode, parameters } => {
            Some((true, *packets, *opcode, parameters[0]))
        }
        Event::CommandStatus { packets, opcode, status } => Some((false, *packets, *opcode, status.0)),
        _ => None,
    });
    let (complete, packets, opcode, status) = answers.next().expect("an answer");
    assert_eq!(answers.next(), None, "one answer only");
    assert_eq!((packets, opcode), (1, command.opcode()));
    (complete, status)
}

fn check(rig: &mut Rig, command: Command, complete: bool, status: u8) {
    let events = rig.hci(command);
    assert_eq!(answer(&command, &events), (complete, status), "{command:?}");
}

fn disconnect(handle: u16, reason: ErrorCode) -> Command {
    Command::Disconnect { handle, reason }
}

const BYE: ErrorCode = ErrorCode::REMOTE_USER_TERMINATED_CONNECTION;
const ENABLE: Command = Command::LeEnableEncryption { handle: HANDLE, rand: 0, ediv: 0, ltk: 1 };
const REPLY: Command = Command::LeLongTermKeyRequestReply { handle: HANDLE, ltk: 1 };
const NEGATIVE: Command = Command::LeLongTermKeyRequestNegativeReply { handle: HANDLE };

/// What a host sends to bring a controller up works, and returns what it should.
#[test]
fn bring_up() {
    let mut rig = Rig::new(true);
    for command in [
        Command::Reset,
        Command::SetEventMask(0x2000_1FFF_FFFF_FFFF),
        Command::LeSetEventMask(0x1F),
        Command::LeSetRandomAddress(PEER),
        Command::LeSetAdvertisingParameters(advertising_parameters()),
        Command::LeSetAdvertisingData(Octets::from_slice(&[2, 1, 6]).unwrap()),
        Command::LeReadBufferSize,
        Command::ReadBdAddr,
        Command::LeSetAdvertisingEnable(true),
    ] {
        check(&mut rig, command, true, OK);
    }
    let returned = |command: Command| match rig_answer(command) {
        Event::CommandComplete { parameters, .. } => parameters.to_vec(),
        other => panic!("{other:?}"),
    };
    // Data packet length 251, three packets (Vol 4 Part E 7.8.2).
    assert_eq!(returned(Command::LeReadBufferSize), [0, 251, 0, 3]);
    assert_eq!(returned(Command::ReadBdAddr)[1..], OWN.to_wire());
}

fn rig_answer(command: Command) -> Event {
    Rig::new(true).hci(command)[0]
}

/// Commands without a connection to refer to, commands in the wrong state, and commands that do not exist.
#[test]
fn refused() {
    let rig = &mut Rig::new(true);
    for (opcode, completes, status) in [
        (0x0000, true, UNKNOWN_COMMAND),
        (0x0401, true, UNKNOWN_COMMAND),
        (0xFC00, true, UNKNOWN_COMMAND),
        (0xFFFF, true, UNKNOWN_COMMAND),
        // Known, with parameters that can't be read.
        (0x2036, true, INVALID),
        (0x0C35, true, INVALID),
        (0x200D, false, INVALID),
        (0x0406, false, INVALID),
    ] {
        let unknown = Command::Unknown { opcode, parameters: Octets::from_slice(&[1, 2, 3]).unwrap() };
        check(rig, unknown, completes, status);
    }
    check(rig, disconnect(HANDLE, BYE), false, UNKNOWN_CONNECTION);
    check(rig, ENABLE, false, UNKNOWN_CONNECTION);
    check(rig, REPLY, true, UNKNOWN_CONNECTION);
    check(rig, NEGATIVE, true, UNKNOWN_CONNECTION);
    check(rig, Command::LeCreateConnectionCancel, true, DISALLOWED);
    check(rig, Command::LeSetAdvertisingEnable(false), true, OK);
    check(rig, Command::LeCreateConnection(create()), false, OK);
    check(rig, Command::LeCreateConnection(create()), false, DISALLOWED);

    // With a link there is room for others, but not with the same peer (Vol 4 Part E 7.8.12).
    let rig = &mut Rig::central(create());
    check(rig, Command::LeCreateConnection(create()), false, ALREADY_EXISTS);
    check(rig, Command::LeSetAdvertisingEnable(true), true, OK);
    check(rig, disconnect(HANDLE + 1, BYE), false, UNKNOWN_CONNECTION);
    check(rig, REPLY, true, DISALLOWED);
    check(rig, NEGATIVE, true, DISALLOWED);
    check(rig, ENABLE, false, OK);
    check(rig, ENABLE, false, DISALLOWED);

    // A peripheral has no say in the start of encryption (Vol 4 Part E 7.8.24).
    check(&mut Rig::peripheral(ll_data()), ENABLE, false, DISALLOWED);
}

/// The reasons a host may give for ending a link (Vol 4 Part E 7.1.6).
#[test]
fn disconnect_reasons() {
    for (reason, status) in [
        (0x05, OK),
        (0x13, OK),
        (0x14, OK),
        (0x15, OK),
        (0x1A, OK),
        (0x29, OK),
        (0x3B, OK),
        (0x00, INVALID),
        (0x08, INVALID),
        (0x16, INVALID),
        (0xFF, INVALID),
    ] {
        let rig = &mut Rig::central(create());
        check(rig, disconnect(HANDLE, ErrorCode(reason)), false, status);
    }
}

/// Each parameter of LE Create Connection at and beyond its bounds (Vol 4 Part E 7.8.12).
#[test]
fn create_connection_ranges() {
    type Change = fn(&mut LeCreateConnection);
    let rows: &[(u8, Change)] = &[
        (OK, |_| {}),
        (OK, |r| (r.interval_min, r.interval_max, r.timeout) = (6, 6, 10)),
        (OK, |r| (r.interval_min, r.interval_max, r.timeout) = (6, 3_200, 3_200)),
        (INVALID, |r| r.interval_min = 5),
        (INVALID, |r| r.interval_min = 25),
        (INVALID, |r| (r.interval_min, r.interval_max) = (5, 5)),
        (INVALID, |r| (r.interval_max, r.timeout) = (3_201, 3_200)),
        (OK, |r| (r.latency, r.interval_min, r.interval_max, r.timeout) = (499, 6, 6, 3_200)),
        (INVALID, |r| (r.latency, r.interval_min, r.interval_max, r.timeout) = (500, 6, 6, 3_200)),
        (INVALID, |r| (r.interval_min, r.interval_max, r.timeout) = (6, 6, 9)),
        (INVALID, |r| r.timeout = 3_201),
        // 10 intervals of 30 ms, twice, are 600 ms: the timeout must be longer.
        (INVALID, |r| (r.latency, r.timeout) = (9, 60)),
        (OK, |r| (r.latency, r.timeout) = (9, 61)),
        (OK, |r| (r.scan_window, r.scan_interval) = (4, 4)),
        (INVALID, |r| (r.scan_window, r.scan_interval) = (3, 4)),
        (INVALID, |r| (r.scan_window, r.scan_interval) = (5, 4)),
        (OK, |r| (r.scan_window, r.scan_interval) = (0x4000, 0x4000)),
        (INVALID, |r| (r.scan_window, r.scan_interval) = (4, 0x4001)),
        (INVALID, |r| (r.scan_window, r.scan_interval) = (0x4001, 0x4001)),
    ];
    for (row, (status, change)) in rows.iter().enumerate() {
        let mut request = create();
        change(&mut request);
        let command = Command::LeCreateConnection(request);
        let events = Rig::new(true).hci(command);
        assert_eq!(answer(&command, &events), (false, *status), "row {row}: {request:?}");
    }
}

/// Advertising parameters out of range are refused, and none change while advertising (Vol 4 Part E 7.8.4,
/// 7.8.5).
#[test]
fn advertising_parameters_ranges() {
    let with = |interval_min, interval_max| {
        let parameters =
            LeSetAdvertisingParameters { interval_min, interval_max, ..advertising_parameters() };
        Command::LeSetAdvertisingParameters(parameters)
    };
    let rig = &mut Rig::new(true);
    for (min, max, status) in [
        (0x20, 0x20, OK),
        (0x4000, 0x4000, OK),
        (0x1F, 0x20, INVALID),
        (0x21, 0x20, INVALID),
        (0x20, 0x4001, INVALID),
        (0, 0, INVALID),
    ] {
        check(rig, with(min, max), true, status);
    }
    check(rig, Command::LeSetAdvertisingEnable(true), true, OK);
    check(rig, with(0x20, 0x20), true, DISALLOWED);
    check(rig, Command::LeSetRandomAddress(PEER), true, DISALLOWED);
    check(rig, Command::LeSetAdvertisingEnable(false), true, OK);
    check(rig, Command::LeSetRandomAddress(PEER), true, OK);
}

/// A cancelled attempt ends with a Connection Complete that says Unknown Connection Identifier, after the
/// answer to the command (Vol 4 Part E 7.8.13).
#[test]
fn cancel() {
    let mut rig = Rig::new(true);
    rig.hci(Command::LeCreateConnection(create()));
    let events = rig.hci(Command::LeCreateConnectionCancel);
    assert_eq!(answer(&Command::LeCreateConnectionCancel, &events), (true, OK));
    let status = ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER;
    assert!(matches!(events[1], Event::LeConnectionComplete { status: found, .. } if found == status));
    assert_eq!(rig.controller.deadline(), None);
    assert_eq!(rig.controller.listening(Instant::ZERO), None);
}

/// Reset leaves a controller as new, whatever it was doing (Vol 4 Part E 7.3.2).
#[test]
fn reset() {
    let mut advertising = Rig::new(true);
    advertising.hci(Command::LeSetAdvertisingEnable(true));
    for mut rig in [advertising, Rig::central(create()), Rig::peripheral(ll_data())] {
        assert_eq!(rig.hci(Command::Reset).len(), 1, "no Disconnection Complete");
        assert_eq!(rig.controller.deadline(), None);
        assert_eq!(rig.link(), None);
        assert_eq!(rig.hci(Command::LeSetAdvertisingEnable(true)).len(), 1);
        assert_eq!(rig.wake(), Why::Advertise);
    }
}

/// Events and data without a connection are ignored when they come from the wrong side.
#[test]
fn nonsense_from_the_host() {
    let mut rig = Rig::new(true);
    rig.acl(&[1, 2, 3]);
    let none = Address::public([0; 6]);
    assert!(rig.port.host.is_empty(), "{none}");
}
