//! Device addresses, Vol 6 Part B 1.3.

use core::fmt;
use core::str::FromStr;

/// Public or random, Vol 6 Part B 1.3.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AddressKind {
    /// Assigned by the registration authority.
    Public,
    /// Chosen by the device.
    Random,
}

/// A device address, Vol 6 Part B 1.3.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Address {
    /// Public or random.
    pub kind: AddressKind,
    /// Most significant octet first, as it is printed.
    pub octets: [u8; 6],
}

impl Address {
    /// A public address from its printed octets.
    #[must_use]
    pub const fn public(octets: [u8; 6]) -> Self {
        Self { kind: AddressKind::Public, octets }
    }

    /// A random address from its printed octets.
    #[must_use]
    pub const fn random(octets: [u8; 6]) -> Self {
        Self { kind: AddressKind::Random, octets }
    }

    /// The address from its octets in the order of the air, least significant first.
    #[must_use]
    pub fn from_wire(kind: AddressKind, mut wire: [u8; 6]) -> Self {
        wire.reverse();
        Self { kind, octets: wire }
    }

    /// The octets in the order of the air, least significant first.
    #[must_use]
    pub fn to_wire(self) -> [u8; 6] {
        let mut wire = self.octets;
        wire.reverse();
        wire
    }

    /// The 48 bits as a number.
    #[must_use]
    pub fn value(self) -> u64 {
        self.octets.iter().fold(0, |value, &octet| value << 8 | u64::from(octet))
    }

    /// A static random address: the two top bits are 11 (Vol 6 Part B 1.3.2.1).
    #[must_use]
    pub fn is_static_random(self) -> bool {
        self.kind == AddressKind::Random && self.octets[0] >> 6 == 0b11
    }

    /// A resolvable private address: the two top bits are 01 (Vol 6 Part B 1.3.2.2).
    #[must_use]
    pub fn is_resolvable(self) -> bool {
        self.kind == AddressKind::Random && self.octets[0] >> 6 == 0b01
    }

    /// A non-resolvable private address: the two top bits are 00 (Vol 6 Part B 1.3.2.2).
    #[must_use]
    pub fn is_non_resolvable(self) -> bool {
        self.kind == AddressKind::Random && self.octets[0] >> 6 == 0b00
    }
}

impl fmt::Display for Address {
    /// `D2:A7:4C:76:F3:E0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, rest @ ..] = self.octets;
        write!(f, "{first:02X}")?;
        rest.iter().try_for_each(|octet| write!(f, ":{octet:02X}"))
    }
}

/// The text is not six pairs of hexadecimal digits with colons between.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotAnAddress;

impl fmt::Display for NotAnAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address is six pairs of hexadecimal digits with colons between, as D2:A7:4C:76:F3:E0")
    }
}

impl core::error::Error for NotAnAddress {}

/// Reads the printed octets; the kind is not in the text.
///
/// # Errors
/// [`NotAnAddress`] if the text has another form.
pub fn parse_octets(text: &str) -> Result<[u8; 6], NotAnAddress> {
    let mut octets = [0; 6];
    let mut parts = text.split(':');
    for octet in &mut octets {
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|digit| digit.is_ascii_hexdigit());
        let part = parts.next().filter(|part| digits(part)).ok_or(NotAnAddress)?;
        *octet = u8::from_str_radix(part, 16).map_err(|_| NotAnAddress)?;
    }
    parts.next().is_none().then_some(octets).ok_or(NotAnAddress)
}

impl FromStr for Address {
    type Err = NotAnAddress;

    /// A public address; see [`parse_octets`] where the kind comes from elsewhere.
    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        parse_octets(text).map(Self::public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only six pairs of hexadecimal digits with colons between are an address, and print as they were read.
    #[test]
    fn text_form() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(text.parse::<Address>().ok().map(Address::value), expected, "{text}");
        };
        check("D2:A7:4C:76:F3:E0", Some(0xD2A7_4C76_F3E0));
        check("d2:a7:4c:76:f3:e0", Some(0xD2A7_4C76_F3E0));
        check("", None);
        check("D2:A7:4C:76:F3", None);
        check("D2:A7:4C:76:F3:E0:00", None);
        check("D2:A7:4C:76:F3:E", None);
        check("+2:A7:4C:76:F3:E0", None);
        check("D2-A7-4C-76-F3-E0", None);
        check("\u{e4}:A7:4C:76:F3:E0", None);
        assert_eq!(Address::random([0xD2, 0xA7, 0x4C, 0x76, 0xF3, 0xE0]).to_string(), "D2:A7:4C:76:F3:E0");
    }

    /// The two top bits of a random address tell its sub-type; a public one has none (Vol 6 Part B 1.3.2).
    #[test]
    fn sub_types() {
        let check = |address: Address, expected: [bool; 3]| {
            let found = [address.is_static_random(), address.is_resolvable(), address.is_non_resolvable()];
            assert_eq!(found, expected, "{address}");
        };
        check(Address::random([0xC0, 0, 0, 0, 0, 1]), [true, false, false]);
        check(Address::random([0x7F, 0, 0, 0, 0, 1]), [false, true, false]);
        check(Address::random([0x3F, 0, 0, 0, 0, 1]), [false, false, true]);
        check(Address::random([0x80, 0, 0, 0, 0, 1]), [false, false, false]);
        check(Address::public([0xC0, 0, 0, 0, 0, 1]), [false, false, false]);
    }

    /// The air has the octets the other way round.
    #[test]
    fn wire_order() {
        let address = Address::random([1, 2, 3, 4, 5, 6]);
        assert_eq!(address.to_wire(), [6, 5, 4, 3, 2, 1]);
        assert_eq!(Address::from_wire(AddressKind::Random, [6, 5, 4, 3, 2, 1]), address);
    }
}
