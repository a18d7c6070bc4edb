//! One file as the rules see it: its text, its code without comments and literals, and which lines are tests.
//!
//! Invariant: every view has the same lines, so a line number means the same in all of them.
//! Must never know: the rules.

use std::path::Path;

/// A file, read.
pub(crate) struct Source {
    /// Path from the workspace root, with `/`.
    pub(crate) path: String,
    /// The file as it is.
    text: Vec<String>,
    /// The same with comments and the insides of literals replaced by blanks.
    code: Vec<String>,
    /// For each line, whether it belongs to test code.
    in_tests: Vec<bool>,
}

impl Source {
    /// Reads `text` as the file at `path`.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let blanked = if is_rust(path) { blank(text) } else { text.to_owned() };
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<String>>();
        let code = lines(&blanked);
        let in_tests = test_lines(path, &blanked, code.len());
        Self { path: path.to_owned(), text: lines(text), code, in_tests }
    }

    /// A line by its number from 1; empty past the end.
    pub(crate) fn line(&self, number: usize) -> &str {
        self.text.get(number.wrapping_sub(1)).map_or("", String::as_str)
    }

    /// How many lines there are.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// The code as one text, comments and literals blanked.
    pub(crate) fn code(&self) -> String {
        self.code.join("\n")
    }

    /// The numbers of the lines whose text satisfies `broken`.
    pub(crate) fn text_lines(&self, broken: impl Fn(&str) -> bool) -> Vec<usize> {
        (1..).zip(&self.text).filter(|(_, line)| broken(line)).map(|(number, _)| number).collect()
    }

    /// The numbers of the lines whose code satisfies `broken`.
    pub(crate) fn code_lines(&self, broken: impl Fn(&str) -> bool) -> Vec<usize> {
        (1..).zip(&self.code).filter(|(_, line)| broken(line)).map(|(number, _)| number).collect()
    }

    /// Whether a line is test code: below `#[cfg(test)]`, or in a file that holds only tests.
    pub(crate) fn is_test(&self, number: usize) -> bool {
        self.in_tests.get(number.wrapping_sub(1)).copied().unwrap_or(false)
    }
}

/// Whether the path is that of a Rust source file.
pub(crate) fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "rs")
}

/// The text with comments and literals blanked, line by line as long as before.
fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while at < chars.len() {
        let end = literal_end(&chars, at).unwrap_or(at).min(chars.len());
        if end > at {
            out.extend(chars[at..end].iter().map(|&c| if c == '\n' { c } else { ' ' }));
            at = end;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// The end of the comment or literal that begins at `at`, if one does.
fn literal_end(chars: &[char], at: usize) -> Option<usize> {
    let next = chars.get(at + 1).copied();
    match (chars[at], next) {
        ('/', Some('/')) => Some(find(chars, at, &['\n']).unwrap_or(chars.len())),
        ('/', Some('*')) => Some(comment_end(chars, at)),
        ('"', _) => Some(quoted_end(chars, at, '"')),
        ('r', Some('"' | '#')) if at == 0 || !is_raw_blocked(chars, at) => raw_end(chars, at),
        ('\'', Some('\\')) => Some(quoted_end(chars, at, '\'')),
        ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => Some(at + 3),
        _ => None,
    }
}

/// Whether the `r` at `at` is the end of a name rather than the start of a raw string; `br` and `cr` are
/// starts.
fn is_raw_blocked(chars: &[char], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).and_then(|i| chars.get(i)).copied().is_some_and(is_word);
    before(1) && (!matches!(chars[at - 1], 'b' | 'c') || before(2))
}

fn comment_end(chars: &[char], start: usize) -> usize {
    let (mut depth, mut at) = (0, start);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    chars.len()
}

fn quoted_end(chars: &[char], start: usize, quote: char) -> usize {
    let mut at = start + 1;
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn raw_end(chars: &[char], start: usize) -> Option<usize> {
    let hashes = chars[start + 1..].iter().take_while(|&&c| c == '#').count();
    let open = start + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    Some(find(chars, open + 1, &close).map_or(chars.len(), |at| at + close.len()))
}

fn find(chars: &[char], from: usize, wanted: &[char]) -> Option<usize> {
    chars[from..].windows(wanted.len()).position(|window| window == wanted).map(|at| from + at)
}

/// Whether a character can be part of a name.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The index of the brace that closes the one at `open`, in blanked code.
pub(crate) fn closing(code: &[char], open: usize) -> usize {
    let mut depth = 0;
    for (at, c) in code.iter().enumerate().skip(open) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    code.len()
}

/// The line number, from 1, of an index into the code.
pub(crate) fn line_of(code: &[char], at: usize) -> usize {
    1 + code[..at.min(code.len())].iter().filter(|&&c| c == '\n').count()
}

fn test_lines(path: &str, code: &str, lines: usize) -> Vec<bool> {
    let only_tests = path.split('/').any(|part| part == "tests" || part == "tests.rs");
    let mut test = vec![only_tests; lines];
    let chars: Vec<char> = code.chars().collect();
    let attribute: Vec<char> = "#[cfg(test)]".chars().collect();
    let mut from = 0;
    while let Some(start) = find(&chars, from, &attribute) {
        from = start + attribute.len();
        let item = chars[from..].iter().position(|&c| c == '{' || c == ';').map(|at| from + at);
        let end = item.map_or(from, |at| if chars[at] == '{' { closing(&chars, at) } else { at });
        let (first, last) = (line_of(&chars, start) - 1, line_of(&chars, end).min(lines));
        test[first..last].fill(true);
    }
    test
}

/// Comments, every kind of literal and lifetimes: what is blanked keeps its lines, what is code stays.
#[test]
fn blanks_comments_and_literals_only() {
    for (text, expected) in [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */ d */ e", "a                   e"),
        (r#"f("x\"y", z)"#, "f(      , z)"),
        ("r\"a\\\" b", "      b"),
        ("br#\"a\"b\"# c", "b         c"),
        ("r#type x", "r#type x"),
        ("var\"s\"", "var   "),
        ("'a' 'b: '\\'' x", "    'b:      x"),
        ("\"a\nb\" c", "  \n   c"),
        ("\"open", "     "),
    ] {
        assert_eq!(blank(text), expected, "{text}");
    }
}

/// Test code is what hangs below the attribute, to its closing brace or semicolon, and files of tests in
/// whole.
#[test]
fn knows_test_lines() {
    let tests = "#[cfg(test)]\nmod tests {\n    fn b() { {} }\n}\n";
    let text = format!("fn a() {{}}\n{tests}fn c() {{}}\n#[cfg(test)]\nuse x;\nfn d() {{}}\n");
    for (path, expected) in
        [("crates/a/src/b.rs", vec![2, 3, 4, 5, 7, 8]), ("a/tests/b.rs", (1..=9).collect())]
    {
        let source = Source::new(path, &text);
        assert_eq!((1..=9).filter(|&line| source.is_test(line)).collect::<Vec<_>>(), expected, "{path}");
    }
}
