//! Controller error codes, Vol 1 Part F.
//!
//! Invariant: the constants and the names come from one table, so they cannot disagree.

use core::fmt;

/// A controller error code, Vol 1 Part F 1.3; also the reason field of LL and HCI.
///
/// Any octet can travel; those the specification names have a [`Self::name`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ErrorCode(pub u8);

macro_rules! error_codes {
    ($($code:literal $constant:ident $name:literal)*) => {
        impl ErrorCode {
            $(
                #[doc = concat!($name, ".")]
                pub const $constant: Self = Self($code);
            )*

            /// Every code that the specification names, in ascending order.
            pub const ALL: &[Self] = &[$(Self($code)),*];

            /// The name in Vol 1 Part F, or `None` for a reserved code.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

// Vol 1 Part F 1.3 and 2.1 to 2.67. 0x2B, 0x31 and 0x33 are reserved.
error_codes! {
    0x00 SUCCESS "Success"
    0x01 UNKNOWN_HCI_COMMAND "Unknown HCI Command"
    0x02 UNKNOWN_CONNECTION_IDENTIFIER "Unknown Connection Identifier"
    0x03 HARDWARE_FAILURE "Hardware Failure"
    0x04 PAGE_TIMEOUT "Page Timeout"
    0x05 AUTHENTICATION_FAILURE "Authentication Failure"
    0x06 PIN_OR_KEY_MISSING "PIN or Key Missing"
    0x07 MEMORY_CAPACITY_EXCEEDED "Memory Capacity Exceeded"
    0x08 CONNECTION_TIMEOUT "Connection Timeout"
    0x09 CONNECTION_LIMIT_EXCEEDED "Connection Limit Exceeded"
    0x0A SYNCHRONOUS_CONNECTION_LIMIT_EXCEEDED "Synchronous Connection Limit to a Device Exceeded"
    0x0B CONNECTION_ALREADY_EXISTS "Connection Already Exists"
    0x0C COMMAND_DISALLOWED "Command Disallowed"
    0x0D CONNECTION_REJECTED_LIMITED_RESOURCES "Connection Rejected due to Limited Resources"
    0x0E CONNECTION_REJECTED_SECURITY_REASONS "Connection Rejected due to Security Reasons"
    0x0F CONNECTION_REJECTED_UNACCEPTABLE_BD_ADDR "Connection Rejected due to Unacceptable BD_ADDR"
    0x10 CONNECTION_ACCEPT_TIMEOUT_EXCEEDED "Connection Accept Timeout Exceeded"
    0x11 UNSUPPORTED_FEATURE_OR_PARAMETER_VALUE "Unsupported Feature or Parameter Value"
    0x12 INVALID_HCI_COMMAND_PARAMETERS "Invalid HCI Command Parameters"
    0x13 REMOTE_USER_TERMINATED_CONNECTION "Remote User Terminated Connection"
    0x14 REMOTE_DEVICE_TERMINATED_LOW_RESOURCES "Remote Device Terminated Connection due to Low Resources"
    0x15 REMOTE_DEVICE_TERMINATED_POWER_OFF "Remote Device Terminated Connection due to Power Off"
    0x16 CONNECTION_TERMINATED_BY_LOCAL_HOST "Connection Terminated by Local Host"
    0x17 REPEATED_ATTEMPTS "Repeated Attempts"
    0x18 PAIRING_NOT_ALLOWED "Pairing Not Allowed"
    0x19 UNKNOWN_LMP_PDU "Unknown LMP PDU"
    0x1A UNSUPPORTED_REMOTE_FEATURE "Unsupported Remote Feature"
    0x1B SCO_OFFSET_REJECTED "SCO Offset Rejected"
    0x1C SCO_INTERVAL_REJECTED "SCO Interval Rejected"
    0x1D SCO_AIR_MODE_REJECTED "SCO Air Mode Rejected"
    0x1E INVALID_LL_PARAMETERS "Invalid LMP Parameters / Invalid LL Parameters"
    0x1F UNSPECIFIED_ERROR "Unspecified Error"
    0x20 UNSUPPORTED_LL_PARAMETER_VALUE "Unsupported LMP Parameter Value / Unsupported LL Parameter Value"
    0x21 ROLE_CHANGE_NOT_ALLOWED "Role Change Not Allowed"
    0x22 LL_RESPONSE_TIMEOUT "LMP Response Timeout / LL Response Timeout"
    0x23 LL_PROCEDURE_COLLISION "LMP Error Transaction Collision / LL Procedure Collision"
    0x24 LMP_PDU_NOT_ALLOWED "LMP PDU Not Allowed"
    0x25 ENCRYPTION_MODE_NOT_ACCEPTABLE "Encryption Mode Not Acceptable"
    0x26 LINK_KEY_CANNOT_BE_CHANGED "Link Key cannot be Changed"
    0x27 REQUESTED_QOS_NOT_SUPPORTED "Requested QoS Not Supported"
    0x28 INSTANT_PASSED "Instant Passed"
    0x29 PAIRING_WITH_UNIT_KEY_NOT_SUPPORTED "Pairing with Unit Key Not Supported"
    0x2A DIFFERENT_TRANSACTION_COLLISION "Different Transaction Collision"
    0x2C QOS_UNACCEPTABLE_PARAMETER "QoS Unacceptable Parameter"
    0x2D QOS_REJECTED "QoS Rejected"
    0x2E CHANNEL_CLASSIFICATION_NOT_SUPPORTED "Channel Classification Not Supported"
    0x2F INSUFFICIENT_SECURITY "Insufficient Security"
    0x30 PARAMETER_OUT_OF_MANDATORY_RANGE "Parameter Out of Mandatory Range"
    0x32 ROLE_SWITCH_PENDING "Role Switch Pending"
    0x34 RESERVED_SLOT_VIOLATION "Reserved Slot Violation"
    0x35 ROLE_SWITCH_FAILED "Role Switch Failed"
    0x36 EXTENDED_INQUIRY_RESPONSE_TOO_LARGE "Extended Inquiry Response Too Large"
    0x37 SIMPLE_PAIRING_NOT_SUPPORTED_BY_HOST "Secure Simple Pairing Not Supported by Host"
    0x38 HOST_BUSY_PAIRING "Host Busy - Pairing"
    0x39 CONNECTION_REJECTED_NO_SUITABLE_CHANNEL "Connection Rejected due to No Suitable Channel Found"
    0x3A CONTROLLER_BUSY "Controller Busy"
    0x3B UNACCEPTABLE_CONNECTION_PARAMETERS "Unacceptable Connection Parameters"
    0x3C ADVERTISING_TIMEOUT "Advertising Timeout"
    0x3D MIC_FAILURE "Connection Terminated due to MIC Failure"
    0x3E CONNECTION_FAILED_TO_BE_ESTABLISHED "Connection Failed to be Established"
    0x3F MAC_CONNECTION_FAILED "MAC Connection Failed"
    0x40 COARSE_CLOCK_ADJUSTMENT_REJECTED
        "Coarse Clock Adjustment Rejected but Will Try to Adjust Using Clock Dragging"
    0x41 TYPE0_SUBMAP_NOT_DEFINED "Type0 Submap Not Defined"
    0x42 UNKNOWN_ADVERTISING_IDENTIFIER "Unknown Advertising Identifier"
    0x43 LIMIT_REACHED "Limit Reached"
    0x44 OPERATION_CANCELLED_BY_HOST "Operation Cancelled by Host"
    0x45 PACKET_TOO_LONG "Packet Too Long"
}

impl fmt::Display for ErrorCode {
    /// `PIN or Key Missing (0x06)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (0x{:02X})", self.name().unwrap_or("Reserved"), self.0)
    }
}
