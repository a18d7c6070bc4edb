//! The line with which btmon begins a packet.

use crate::btsnoop::Direction;
use blesim_packet::Address;
use blesim_packet::address::parse_octets;

/// The beginning of a packet.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// Its line in the text.
    pub(super) line: u64,
    /// What it is.
    pub(super) kind: Kind,
    /// The whole line, and what of it stands in the next lines.
    pub(super) title: String,
    /// N of `[hciN]`.
    pub(super) adapter: Option<u16>,
    /// When.
    pub(super) time_us: Option<i64>,
}

/// What a header begins.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Command {
        opcode: u16,
    },
    Event {
        code: u8,
    },
    Acl {
        direction: Direction,
        handle: Option<u16>,
        flags: u8,
    },
    /// An adapter is there.
    Adapter(Address),
    /// Something that is no packet: management, notes, other data.
    Other,
}

impl Header {
    /// The header that this line is, if it is one.
    pub(super) fn new(line: &str, number: u64) -> Option<Self> {
        let line = without_program(line);
        let (mark, rest) = line.split_once(' ')?;
        let known = matches!(mark, "<" | ">" | "@" | "=" | "*");
        let title = rest.trim_start();
        // A sign of another kind stands before words of all sorts; btmon's titles begin with a capital letter.
        if !known || !title.starts_with(|first: char| first.is_ascii_uppercase()) {
            return None;
        }
        Some(Self { line: number, kind: Kind::Other, title: line.to_owned(), adapter: None, time_us: None })
    }

    /// Takes what a line that follows adds to it, if the header was broken there.
    pub(super) fn takes(&mut self, text: &str) -> bool {
        let packet = self.title.starts_with(['<', '>']);
        let lengths = self.title.contains("plen ") || self.title.contains("dlen ");
        let tail = text.starts_with('#') && text[1..].starts_with(|next: char| next.is_ascii_digit())
            || text.starts_with("[hci")
            || text.starts_with("{0x");
        let broken = packet && !lengths && (text.contains("plen ") || text.contains("dlen "));
        if tail || broken {
            self.title.push(' ');
            self.title.push_str(text);
        }
        tail || broken
    }

    /// Finds out what the whole of it says.
    pub(super) fn complete(&mut self) {
        let title = &self.title;
        (self.adapter, self.time_us) = place(title);
        self.kind = kind(title);
    }
}

/// Without the program that newer versions name first: `bluetoothd[888]: < ...`.
fn without_program(line: &str) -> &str {
    match line.split_once("]: ") {
        Some((program, rest))
            if program.contains('[') && !program.contains(' ') && rest.starts_with(['<', '>', '@']) =>
        {
            rest
        }
        _ => line,
    }
}

fn kind(title: &str) -> Kind {
    let Some((mark, rest)) = title.split_once(' ') else { return Kind::Other };
    let rest = rest.trim_start();
    let found = match mark {
        "<" | ">" if rest.starts_with("HCI Command") => opcode(rest).map(|opcode| Kind::Command { opcode }),
        "<" | ">" if rest.starts_with("HCI Event") => {
            code(rest).and_then(|code| u8::try_from(code).ok()).map(|code| Kind::Event { code })
        }
        "<" | ">" if rest.starts_with("ACL Data") || rest.starts_with("LE-ACL") => {
            let direction = if mark == "<" { Direction::FromHost } else { Direction::ToHost };
            Some(Kind::Acl { direction, handle: after(rest, "Handle "), flags: flags(rest) })
        }
        "=" if rest.starts_with("New Index")
            || rest.starts_with("Index Info")
            || rest.starts_with("Open Index") =>
        {
            adapter(rest).map(Kind::Adapter)
        }
        _ => None,
    };
    found.unwrap_or(Kind::Other)
}

/// The opcode of `(0x08|0x0019)`: group and command.
fn opcode(title: &str) -> Option<u16> {
    let (before, after) = title.split_once("|0x")?;
    let group = u16::from_str_radix(before.rsplit_once("(0x")?.1, 16).ok().filter(|group| *group < 0x40)?;
    let digits = after.split(')').next()?;
    let command = u16::from_str_radix(digits, 16).ok().filter(|command| *command < 0x400)?;
    Some(group << 10 | command)
}

/// The opcode in a title such as `LE Start Encryption (0x08|0x0019) ncmd 1`.
pub(super) fn opcode_of(title: &str) -> Option<u16> {
    opcode(title)
}

/// The last number in parentheses: `(0x3e)`.
pub(super) fn code(text: &str) -> Option<u64> {
    let (_, digits) = text.rsplit_once("(0x")?;
    u64::from_str_radix(digits.split(')').next()?, 16).ok()
}

/// The decimal number after a word.
fn after(text: &str, word: &str) -> Option<u16> {
    let (_, rest) = text.split_once(word)?;
    rest.split(|next: char| !next.is_ascii_digit()).next()?.parse().ok()
}

fn flags(text: &str) -> u8 {
    let digits = text.split_once("flags 0x").and_then(|(_, rest)| rest.get(..2));
    digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or(0)
}

/// `New Index: 00:00:5E:00:53:01 (Primary,Virtual,phone)`.
fn adapter(rest: &str) -> Option<Address> {
    let (_, rest) = rest.split_once(": ")?;
    let octets = parse_octets(rest.get(..17)?).ok()?;
    // An adapter without an address of its own shows zeros.
    (octets != [0; 6]).then(|| Address::public(octets))
}

/// `[hci0] 298.154979`, with a time of day, or with date and time of day.
fn place(title: &str) -> (Option<u16>, Option<i64>) {
    let Some((_, rest)) = title.rsplit_once("[hci") else { return (None, time(title)) };
    let Some((number, rest)) = rest.split_once(']') else { return (None, None) };
    (number.parse().ok(), time(rest))
}

/// The last word as a time in microseconds.
fn time(text: &str) -> Option<i64> {
    let mut words = text.split_whitespace().rev();
    let clock = words.next()?;
    let (whole, fraction) = clock.split_once('.')?;
    if fraction.len() != 6 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let mut seconds: i64 = 0;
    for part in whole.split(':') {
        let part: i64 = part.parse().ok()?;
        seconds = seconds.checked_mul(60)?.checked_add(part)?;
    }
    seconds = seconds.checked_add(words.next().and_then(day).unwrap_or(0).checked_mul(86_400)?)?;
    seconds.checked_mul(1_000_000)?.checked_add(fraction.parse().ok()?)
}

/// The days before this date, `2022-01-31`, since a day long ago.
fn day(date: &str) -> Option<i64> {
    let mut parts =
        date.split('-').map(|part| part.parse::<i64>().ok().filter(|part| (1..=9999).contains(part)));
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || month > 12 || day > 31 {
        return None;
    }
    // Years that begin in March have their odd day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day)
}
