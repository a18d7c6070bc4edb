//! Colour in text for terminals: what is wrong, what is decided, what is well.
//!
//! Invariant: colour repeats what the words say; without it nothing is lost. Must never know: what a terminal can show.

/// How a line looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Paint {
    Plain,
    Bold,
    Faint,
    Red,
    Green,
    Yellow,
    Cyan,
}

/// How a line about this topic looks.
pub(super) fn of_topic(topic: &str, text: &str) -> Paint {
    match topic {
        "FAULT" => Paint::Red,
        "host" if text.starts_with("FAILED") => Paint::Red,
        "host" if text == "SECURED" => Paint::Green,
        "policy" if text == "GAVE UP" => Paint::Red,
        "policy" => Paint::Yellow,
        "user" => Paint::Cyan,
        "" => Paint::Faint,
        _ => Paint::Plain,
    }
}

/// The line with the escape sequences of its look (ECMA-48 8.3.117), if there are to be any.
pub(super) fn paint(look: Paint, color: bool, line: &str) -> String {
    let code = match look {
        Paint::Plain => return line.to_owned(),
        Paint::Bold => "1",
        Paint::Faint => "2",
        Paint::Red => "31",
        Paint::Green => "32",
        Paint::Yellow => "33",
        Paint::Cyan => "36",
    };
    if color { format!("\u{1b}[{code}m{}\u{1b}[0m", line.trim_end()) } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line without colour is the line itself, and one with it ends as it began.
    #[test]
    fn colour_is_put_around() {
        assert_eq!(paint(Paint::Red, false, "a "), "a ");
        assert_eq!(paint(Paint::Red, true, "a "), "\u{1b}[31ma\u{1b}[0m");
        assert_eq!(paint(Paint::Plain, true, "a"), "a");
        assert_eq!(of_topic("host", "FAILED Pairing / SMP timeout"), Paint::Red);
    }
}
