//! The words on the chart: made to fit, and made legal.
//!
//! Invariant: what leaves here holds no character that XML 1.0 forbids; markup characters are escaped later,
//! by whoever writes the document.
//! Must never know: where on the chart the words go.

/// How wide a text may be, in hundredths of the letter height.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room(i32);

impl Room {
    /// The room that `pixels` give to letters of `size` pixels.
    pub(super) const fn of(pixels: i32, size: i32) -> Self {
        Self(pixels * 100 / size)
    }

    /// The same room for bold letters, which are wider by an eighth.
    pub(super) const fn bold(self) -> Self {
        Self(self.0 * 8 / 9)
    }

    fn holds(self, text: impl IntoIterator<Item = char>) -> bool {
        text.into_iter().map(width).sum::<i32>() <= self.0
    }
}

/// The width of a letter in hundredths of its height, as in the widest of the usual sans-serif faces: no font
/// is at hand when the picture is made, and the reader's is unknown.
fn width(c: char) -> i32 {
    match c {
        'f' | 'i' | 'j' | 'l' | 'r' | 't' | 'I' | ' ' | '-' | '.' | ',' | ':' | '\'' | '|' | '/' => 42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' | '\u{1100}'.. => 102,
        'A'..='Z' | '+' | '<' | '>' | '=' | '&' | '_' | '\u{80}'.. => 80,
        _ => 64,
    }
}

/// About how wide a text is in letters of `size` pixels, rather too much.
pub(super) fn pixels(text: &str, size: i32) -> i32 {
    text.chars().map(width).sum::<i32>() * size / 100
}

/// `name` as it fits, its middle replaced by an ellipsis: names that share a stem differ at the end.
pub(super) fn shortened(name: &str, room: Room) -> String {
    let legal: Vec<char> = name.chars().map(legal).collect();
    let with_tail = |tail: usize, head: usize| {
        legal[..head].iter().chain(&['…']).chain(&legal[legal.len() - tail..]).copied().collect::<Vec<char>>()
    };
    let mut kept = legal.clone();
    let mut letters = legal.len();
    while letters > 0 && !room.holds(kept.iter().copied()) {
        letters -= 1;
        kept = with_tail(letters / 2, letters - letters / 2);
    }
    kept.into_iter().collect()
}

/// `text` broken at spaces into lines that fit; a longer word is shortened.
pub(super) fn wrapped(text: &str, room: Room) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace().map(|word| shortened(word, room)) {
        match lines.last_mut() {
            Some(line) if room.holds(line.chars().chain([' ']).chain(word.chars())) => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// A share as a percentage with one decimal, without ever claiming a certainty that is not there.
pub(super) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0005 {
        "<0.1 %".to_owned()
    } else if (0.9995..1.0).contains(&share) {
        ">99.9 %".to_owned()
    } else {
        format!("{:.1} %", share * 100.0)
    }
}

/// Text for an XML attribute in double quotes.
pub(super) fn attribute(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars().map(legal) {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The character itself, or the replacement character where XML 1.0 has no place for it (section 2.2).
fn legal(c: char) -> char {
    if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Room for so many letters of the usual width.
    fn letters(count: i32) -> Room {
        Room(64 * count)
    }

    /// Names that fit are untouched; others keep both ends, and wide letters are given up sooner.
    #[test]
    fn names_keep_both_ends() {
        for (name, room, expected) in [
            ("never-no", letters(8), "never-no"),
            ("abcdefghk", letters(9), "abcdefghk"),
            ("abcdefghk", letters(8), "abc…ghk"),
            ("zzzzzzzzzzzzzzzz-a", letters(8), "zzz…z-a"),
            ("zzzzzzzzzzzzzzzz-b", letters(8), "zzz…z-b"),
            ("WWWWWWWWWWWW", letters(8), "WW…WW"),
            ("", letters(5), ""),
            ("abc", letters(0), "…"),
        ] {
            assert_eq!(shortened(name, room), expected, "{name}");
        }
    }

    /// Lines break at spaces, keep to their room, and lose no word.
    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrapped("do this, then ask", letters(9)), ["do this,", "then ask"]);
        assert_eq!(wrapped("abcdegghok k", letters(6)), ["ab…ok", "k"]);
        assert_eq!(wrapped("  \n ", letters(6)), Vec::<String>::new());
        let words = "the quick brown fox jumps over MANY WWWWW lazy dogs and so on";
        let lines = wrapped(words, letters(12));
        assert_eq!(lines.join(" "), words);
        assert!(lines.iter().all(|line| letters(12).holds(line.chars())), "{lines:?}");
    }

    /// A percentage is 0 or 100 only when it is exactly that.
    #[test]
    fn percentages_are_honest() {
        for (share, expected) in [
            (0.0, "0.0 %"),
            (0.000_1, "<0.1 %"),
            (0.000_5, "0.1 %"),
            (0.5, "50.0 %"),
            (0.999_4, "99.9 %"),
            (0.999_9, ">99.9 %"),
            (1.0, "100.0 %"),
        ] {
            assert_eq!(percent(share), expected, "{share}");
        }
    }

    /// Control characters become the replacement character, markup becomes entities.
    #[test]
    fn illegal_characters_are_replaced() {
        assert_eq!(shortened("a\u{0}b\u{1b}", letters(9)), "a\u{fffd}b\u{fffd}");
        assert_eq!(attribute("\"a\" < b & c > d\u{7}"), "&quot;a&quot; &lt; b &amp; c &gt; d\u{fffd}");
    }
}
