//! Why a pairing failed, Vol 3 Part H 3.5.5.
//!
//! Invariant: the constants and the names come from one table, so they cannot disagree.

use core::fmt;

/// The reason in Pairing Failed, Vol 3 Part H 3.5.5, table 3.7.
///
/// Any octet can travel; those the specification names have a [`Self::name`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Reason(pub u8);

macro_rules! reasons {
    ($($code:literal $constant:ident $name:literal $meaning:literal)*) => {
        impl Reason {
            $(
                #[doc = concat!($name, ": ", $meaning, ".")]
                pub const $constant: Self = Self($code);
            )*

            /// Every reason that the specification names, in ascending order.
            pub const ALL: &[Self] = &[$(Self($code)),*];

            /// The name in the specification, or `None` for a reserved code.
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

// Vol 3 Part H 3.5.5, table 3.7.
reasons! {
    0x01 PASSKEY_ENTRY_FAILED "Passkey Entry Failed" "the user cancelled or could not enter the passkey"
    0x02 OOB_NOT_AVAILABLE "OOB Not Available" "there is no out-of-band data although it was agreed"
    0x03 AUTHENTICATION_REQUIREMENTS "Authentication Requirements" "what is offered is not secure enough"
    0x04 CONFIRM_VALUE_FAILED "Confirm Value Failed" "the confirm value is not the one computed"
    0x05 PAIRING_NOT_SUPPORTED "Pairing Not Supported" "the device does not pair"
    0x06 ENCRYPTION_KEY_SIZE "Encryption Key Size" "the key would be shorter than the device accepts"
    0x07 COMMAND_NOT_SUPPORTED "Command Not Supported" "the device does not support the PDU"
    0x08 UNSPECIFIED_REASON "Unspecified Reason" "any other failure"
    0x09 REPEATED_ATTEMPTS "Repeated Attempts" "too little time since the last attempt"
    0x0A INVALID_PARAMETERS "Invalid Parameters" "a PDU has a wrong length or a field out of its range"
    0x0B DHKEY_CHECK_FAILED "DHKey Check Failed" "the DHKey check or the public key does not hold"
    0x0C NUMERIC_COMPARISON_FAILED "Numeric Comparison Failed" "the user said that the numbers differ"
    0x0D BR_EDR_PAIRING_IN_PROGRESS "BR/EDR Pairing in Progress" "the other transport is being paired"
    0x0E CROSS_TRANSPORT_NOT_ALLOWED "Cross-transport Key Derivation/Generation Not Allowed"
        "no key may be made from the key of the other transport"
    0x0F KEY_REJECTED "Key Rejected" "the device does not accept a distributed key"
    0x10 BUSY "Busy" "the device is not ready to pair"
}

impl fmt::Display for Reason {
    /// `Confirm Value Failed (0x04)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (0x{:02X})", self.name().unwrap_or("Reserved"), self.0)
    }
}
