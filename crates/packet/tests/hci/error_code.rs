//! The table of error codes against one typed in separately.

use blesim_packet::hci::ErrorCode;

/// Vol 1 Part F, table 1.1: codes and names, the reserved ones left out.
const NAMES: &[(u8, &str)] = &[
    (0x00, "Success"),
    (0x01, "Unknown HCI Command"),
    (0x02, "Unknown Connection Identifier"),
    (0x03, "Hardware Failure"),
    (0x04, "Page Timeout"),
    (0x05, "Authentication Failure"),
    (0x06, "PIN or Key Missing"),
    (0x07, "Memory Capacity Exceeded"),
    (0x08, "Connection Timeout"),
    (0x09, "Connection Limit Exceeded"),
    (0x0A, "Synchronous Connection Limit to a Device Exceeded"),
    (0x0B, "Connection Already Exists"),
    (0x0C, "Command Disallowed"),
    (0x0D, "Connection Rejected due to Limited Resources"),
    (0x0E, "Connection Rejected due to Security Reasons"),
    (0x0F, "Connection Rejected due to Unacceptable BD_ADDR"),
    (0x10, "Connection Accept Timeout Exceeded"),
    (0x11, "Unsupported Feature or Parameter Value"),
    (0x12, "Invalid HCI Command Parameters"),
    (0x13, "Remote User Terminated Connection"),
    (0x14, "Remote Device Terminated Connection due to Low Resources"),
    (0x15, "Remote Device Terminated Connection due to Power Off"),
    (0x16, "Connection Terminated by Local Host"),
    (0x17, "Repeated Attempts"),
    (0x18, "Pairing Not Allowed"),
    (0x19, "Unknown LMP PDU"),
    (0x1A, "Unsupported Remote Feature"),
    (0x1B, "SCO Offset Rejected"),
    (0x1C, "SCO Interval Rejected"),
    (0x1D, "SCO Air Mode Rejected"),
    (0x1E, "Invalid LMP Parameters / Invalid LL Parameters"),
    (0x1F, "Unspecified Error"),
    (0x20, "Unsupported LMP Parameter Value / Unsupported LL Parameter Value"),
    (0x21, "Role Change Not Allowed"),
    (0x22, "LMP Response Timeout / LL Response Timeout"),
    (0x23, "LMP Error Transaction Collision / LL Procedure Collision"),
    (0x24, "LMP PDU Not Allowed"),
    (0x25, "Encryption Mode Not Acceptable"),
    (0x26, "Link Key cannot be Changed"),
    (0x27, "Requested QoS Not Supported"),
    (0x28, "Instant Passed"),
    (0x29, "Pairing with Unit Key Not Supported"),
    (0x2A, "Different Transaction Collision"),
    (0x2C, "QoS Unacceptable Parameter"),
    (0x2D, "QoS Rejected"),
    (0x2E, "Channel Classification Not Supported"),
    (0x2F, "Insufficient Security"),
    (0x30, "Parameter Out of Mandatory Range"),
    (0x32, "Role Switch Pending"),
    (0x34, "Reserved Slot Violation"),
    (0x35, "Role Switch Failed"),
    (0x36, "Extended Inquiry Response Too Large"),
    (0x37, "Secure Simple Pairing Not Supported by Host"),
    (0x38, "Host Busy - Pairing"),
    (0x39, "Connection Rejected due to No Suitable Channel Found"),
    (0x3A, "Controller Busy"),
    (0x3B, "Unacceptable Connection Parameters"),
    (0x3C, "Advertising Timeout"),
    (0x3D, "Connection Terminated due to MIC Failure"),
    (0x3E, "Connection Failed to be Established"),
    (0x3F, "MAC Connection Failed"),
    (0x40, "Coarse Clock Adjustment Rejected but Will Try to Adjust Using Clock Dragging"),
    (0x41, "Type0 Submap Not Defined"),
    (0x42, "Unknown Advertising Identifier"),
    (0x43, "Limit Reached"),
    (0x44, "Operation Cancelled by Host"),
    (0x45, "Packet Too Long"),
];

#[test]
fn every_code_has_its_name() {
    // All 256 octets: those of the table have its name, the others have none.
    for code in 0..=u8::MAX {
        let expected = NAMES.iter().find(|(known, _)| *known == code).map(|(_, name)| *name);
        assert_eq!(ErrorCode(code).name(), expected, "{code:#04x}");
    }
    assert!(ErrorCode::ALL.iter().map(|code| code.0).eq(NAMES.iter().map(|(code, _)| *code)));
}

#[test]
fn a_code_prints_with_its_name() {
    // What a person reads: the name, then the code; a reserved code says so.
    let check = |code: u8, expected: &str| assert_eq!(ErrorCode(code).to_string(), expected);
    check(0x06, "PIN or Key Missing (0x06)");
    check(0x3D, "Connection Terminated due to MIC Failure (0x3D)");
    check(0x2B, "Reserved (0x2B)");
    check(0xFF, "Reserved (0xFF)");
}

#[test]
fn the_constants_in_use_have_their_codes() {
    // Constants that the other crates rely on, against Vol 1 Part F.
    let check = |constant: ErrorCode, code: u8| assert_eq!(constant.0, code);
    check(ErrorCode::SUCCESS, 0x00);
    check(ErrorCode::UNKNOWN_HCI_COMMAND, 0x01);
    check(ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER, 0x02);
    check(ErrorCode::AUTHENTICATION_FAILURE, 0x05);
    check(ErrorCode::PIN_OR_KEY_MISSING, 0x06);
    check(ErrorCode::CONNECTION_TIMEOUT, 0x08);
    check(ErrorCode::COMMAND_DISALLOWED, 0x0C);
    check(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS, 0x12);
    check(ErrorCode::REMOTE_USER_TERMINATED_CONNECTION, 0x13);
    check(ErrorCode::CONNECTION_TERMINATED_BY_LOCAL_HOST, 0x16);
    check(ErrorCode::UNSUPPORTED_REMOTE_FEATURE, 0x1A);
    check(ErrorCode::LL_RESPONSE_TIMEOUT, 0x22);
    check(ErrorCode::INSTANT_PASSED, 0x28);
    check(ErrorCode::MIC_FAILURE, 0x3D);
    check(ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED, 0x3E);
}
