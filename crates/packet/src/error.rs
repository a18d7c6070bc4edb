//! Why bytes could not be decoded.

use core::fmt;

/// Why bytes could not be decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DecodeError {
    /// Fewer octets than the fixed part needs.
    TooShort {
        /// Octets needed.
        need: usize,
        /// Octets there.
        got: usize,
    },
    /// More octets than the format or the buffer allows.
    TooLong {
        /// Octets allowed.
        limit: usize,
        /// Octets there.
        got: usize,
    },
    /// A length field disagrees with what follows.
    BadLength {
        /// What the field says.
        says: usize,
        /// Octets there.
        got: usize,
    },
    /// A code that the format does not know.
    UnknownCode {
        /// The code.
        code: u8,
    },
    /// A field holds a value that is reserved or out of its range.
    BadValue {
        /// The field's name in the specification.
        field: &'static str,
        /// The value.
        value: u64,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { need, got } => write!(f, "{got} octets where {need} are needed"),
            Self::TooLong { limit, got } => write!(f, "{got} octets where at most {limit} are allowed"),
            Self::BadLength { says, got } => {
                write!(f, "the length field says {says}, but {got} octets follow")
            }
            Self::UnknownCode { code } => write!(f, "unknown code {code:#04x}"),
            Self::BadValue { field, value } => write!(f, "{field} is {value:#x}, which is reserved"),
        }
    }
}

impl core::error::Error for DecodeError {}
