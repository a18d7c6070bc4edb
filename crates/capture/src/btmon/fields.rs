//! The details below a header: names with values, and octets that btmon could not name.

use super::header::code;
use blesim_packet::Address;
use blesim_packet::address::parse_octets;

/// The most octets that are kept of a dump.
const DUMP_MAX: usize = 512;

/// The details of one packet, in their order.
#[derive(Clone, Default, Debug)]
pub(super) struct Fields {
    /// What stands before the first name: the subevent, or the command that is answered.
    title: String,
    named: Vec<(String, String)>,
    dump: Vec<u8>,
}

impl Fields {
    pub(super) fn clear(&mut self) {
        self.title.clear();
        self.named.clear();
        self.dump.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.title.is_empty() && self.named.is_empty() && self.dump.is_empty()
    }

    /// Takes a line; one without a name goes on with what was before it.
    pub(super) fn line(&mut self, text: &str) {
        if let Some((name, value)) = named(text) {
            self.named.push((name.to_owned(), value.to_owned()));
        } else if let Some(octets) = dumped(text) {
            let room = DUMP_MAX - self.dump.len();
            self.dump.extend(octets.iter().take(room));
        } else {
            let goes_on = self.named.last_mut().map_or(&mut self.title, |(_, value)| value);
            if !goes_on.is_empty() {
                goes_on.push(' ');
            }
            goes_on.push_str(text);
        }
    }

    pub(super) fn title(&self) -> &str {
        &self.title
    }

    pub(super) fn dump(&self) -> &[u8] {
        &self.dump
    }

    /// The value of the first of these names.
    pub(super) fn text(&self, names: &[&str]) -> Option<&str> {
        self.named.iter().find(|(name, _)| names.contains(&&name[..])).map(|(_, value)| &value[..])
    }

    /// The number of a value: in parentheses, or else as it stands.
    pub(super) fn number(&self, names: &[&str]) -> Option<u64> {
        let value = self.text(names)?;
        code(value).or_else(|| plain(value))
    }

    /// The same, if it fits.
    pub(super) fn get<N: TryFrom<u64>>(&self, names: &[&str]) -> Option<N> {
        N::try_from(self.number(names)?).ok()
    }

    /// The number of the n-th field of this name, if it fits.
    pub(super) fn nth<N: TryFrom<u64>>(&self, name: &str, n: usize) -> Option<N> {
        let (_, value) = self.named.iter().filter(|(known, _)| known == name).nth(n)?;
        N::try_from(code(value).or_else(|| plain(value))?).ok()
    }

    /// The connection handle: what stands behind it is the peer's address.
    pub(super) fn handle(&self) -> Option<u16> {
        plain(self.text(&["Handle"])?).and_then(|handle| u16::try_from(handle).ok())
    }

    /// Octets as they travel.
    pub(super) fn octets<const N: usize>(&self, names: &[&str]) -> Option<[u8; N]> {
        let digits = self.text(names)?.bytes().filter(|digit| !digit.is_ascii_whitespace());
        let digits: Vec<u8> = digits.take_while(u8::is_ascii_hexdigit).collect();
        let digits = core::str::from_utf8(&digits).ok().filter(|digits| digits.len() == 2 * N)?;
        let mut octets = [0; N];
        for (index, octet) in octets.iter_mut().enumerate() {
            *octet = u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).ok()?;
        }
        Some(octets)
    }

    /// 128 bits, which btmon prints in the order in which they travel.
    pub(super) fn key(&self, names: &[&str]) -> Option<u128> {
        self.octets(names).map(u128::from_le_bytes)
    }

    /// An address with the type that stands in a field of its own, or behind it in words.
    pub(super) fn address(&self, kinds: &[&str], names: &[&str]) -> Option<Address> {
        let text = self.text(names)?;
        let octets = parse_octets(text.get(..17)?).ok()?;
        // Types 2 and 3 are identities of public and random addresses. A public one has its maker behind it.
        let random = self.number(kinds).map_or_else(|| is_random(text), |kind| kind & 1 == 1);
        Some(if random { Address::random(octets) } else { Address::public(octets) })
    }
}

/// Whether what stands behind an address is a kind of random ones.
fn is_random(text: &str) -> bool {
    ["(Static)", "(Resolvable)", "(Non-Resolvable)"].iter().any(|kind| text.contains(kind))
}

/// `0x0036`, or the decimal digits that come first.
fn plain(value: &str) -> Option<u64> {
    let first = value.split_whitespace().next()?;
    match first.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => first.parse().ok(),
    }
}

/// `Name: value`; an address and the like are none.
fn named(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once(':')?;
    let spaced = value.is_empty() || value.starts_with(' ');
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.len() <= 64;
    (spaced && is_name).then(|| (name, value.trim()))
}

/// A line of a dump: pairs of digits, and the same as letters after a wide gap.
fn dumped(text: &str) -> Option<Vec<u8>> {
    let digits = text.split("  ").next()?;
    let octet = |pair: &str| (pair.len() == 2).then(|| u8::from_str_radix(pair, 16).ok()).flatten();
    let octets: Option<Vec<u8>> = digits.split(' ').map(octet).collect();
    octets.filter(|octets| octets.len() <= 16)
}
