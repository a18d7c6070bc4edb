//! Parts come back as they were written, and nothing else passes for one.

use super::*;
use proptest::prelude::*;

fn header() -> Header {
    Header {
        format: FORMAT.to_owned(),
        version: "1.2.3".to_owned(),
        plan: "0123456789abcdef".to_owned(),
        first_seed: 5,
        seeds: 4,
        shard: 1,
        shards: 1,
        precision: Some(("0.5pp".to_owned(), None)),
        study: Study {
            path: "a b.ron".to_owned(),
            chosen: vec!["steady".to_owned()],
            scenario: "made-up\n#".to_owned(),
            devices: ["phone".to_owned(), "lock".to_owned()],
            policies: vec!["steady".to_owned(), "patient".to_owned()],
            limit_ns: 60_000_000_000,
            expected: vec![Expected {
                policy: "steady".to_owned(),
                secured_at_least_ppb: Some(950_000_000),
                p95_at_most_ns: None,
            }],
            looks: 1,
            ended: None,
            about: "a\tb".to_owned(),
            text: "(name: \"x\")\n#\n".to_owned(),
            facts: vec![["air".to_owned(), "none".to_owned()]],
        },
    }
}

fn octets() -> Vec<u8> {
    let mut octets = Vec::new();
    write_part(&mut octets, &header(), crate::made_up::table().rows(), 3).unwrap();
    octets
}

/// All records of a part, and whether it is whole.
fn read(octets: &[u8]) -> Result<(Header, Vec<Record>, bool, u64), PartError> {
    let (header, mut reader) = PartReader::open(octets)?;
    let mut records = Vec::new();
    loop {
        match reader.read()? {
            Some(Paragraph::Rows(rows)) => records.extend(rows),
            Some(Paragraph::End) => return Ok((header, records, true, reader.whole())),
            None => return Ok((header, records, false, reader.whole())),
        }
    }
}

/// Header and records come back, to the end.
#[test]
fn a_part_comes_back() {
    let octets = octets();
    let (found, records, ended, whole) = read(&octets).unwrap();
    assert_eq!((found, &records[..]), (header(), crate::made_up::table().rows()));
    assert!(ended);
    assert_eq!(whole, octets.len() as u64);
}

/// A part that is cut anywhere gives the chunks that are whole and never claims to be; what is left is a part
/// that can be written on.
#[test]
fn a_torn_part_gives_its_whole_chunks() {
    let octets = octets();
    let (mut last, mut torn) = (0, 0);
    for cut in 0..octets.len() {
        match read(&octets[..cut]) {
            Err(PartError::Truncated) => torn += 1,
            Err(error) => panic!("cut at {cut}: {error}"),
            Ok((_, records, ended, whole)) => {
                assert!(!ended && records.len() >= last && whole <= cut as u64, "cut at {cut}");
                assert_eq!(records, crate::made_up::table().rows()[..records.len()]);
                last = records.len();
                let kept = &octets[..usize::try_from(whole).unwrap()];
                assert_eq!(read(kept).unwrap().1.len(), last, "cut at {cut}");
            }
        }
    }
    assert!(torn > 0 && last == 8, "{torn} {last}");
}

/// No octet can be another without notice, nor can a paragraph be left out, doubled or added.
#[test]
fn an_altered_part_is_refused() {
    let octets = octets();
    let sound = |octets: &[u8]| read(octets).is_ok_and(|(.., ended, _)| ended);
    assert!(sound(&octets));
    for place in 0..octets.len() {
        for change in [1, 0x20, 0x80] {
            let mut altered = octets.clone();
            altered[place] ^= change;
            assert!(!sound(&altered), "octet {place} changed by {change}");
        }
    }
    let text = String::from_utf8(octets).unwrap();
    let paragraphs: Vec<&str> = text.split_inclusive("\n#").collect();
    let mut ends = Vec::new();
    let mut at = 0;
    for paragraph in &paragraphs[..paragraphs.len() - 1] {
        at += paragraph.len();
        ends.push(at + text[at..].find('\n').unwrap() + 1);
    }
    for pair in ends.windows(2) {
        let without = format!("{}{}", &text[..pair[0]], &text[pair[1]..]);
        let doubled = format!("{}{}", &text[..pair[1]], &text[pair[0]..]);
        assert!(!sound(without.as_bytes()) && !sound(doubled.as_bytes()), "{pair:?}");
    }
    assert!(!sound(format!("{text}x").as_bytes()));
}

/// Another form of parts, or something that is none, is told apart from one that is altered.
#[test]
fn what_is_no_part_is_named() {
    let other = Header { format: "blesim.part/1".to_owned(), ..header() };
    for octets in [header_text(&other).into_bytes(), sealed("{}\n".to_owned()).into_bytes()] {
        assert!(matches!(read(&octets), Err(PartError::NoPart)), "{octets:?}");
    }
    assert!(matches!(read(b"anything\n#0\n"), Err(PartError::Altered(2))));
    assert!(matches!(read(b""), Err(PartError::Truncated)));
}

proptest! {
    /// No octets bring the reader down.
    #[test]
    fn any_octets_are_read(octets in proptest::collection::vec(any::<u8>(), 0..600), at in 0usize..4_000) {
        let _ = read(&octets);
        let mut part = self::octets();
        let at = at.min(part.len());
        part.splice(at..(at + octets.len() / 8).min(part.len()), octets);
        let _ = read(&part);
    }
}
