//! The commands that a result ends with, ready to be pasted into a shell.
//!
//! Invariant: a command that is printed does what it is said to do, from the folder it is printed in.

use blesim_study::Seeds;
use std::env;
use std::path::Path;

/// How this program was called, so that the shell finds it again.
pub(crate) fn program() -> String {
    env::args_os().next().map_or_else(|| "blesim".to_owned(), |name| quoted(&name.to_string_lossy()))
}

/// Repeats a run.
pub(crate) fn run(program: &str, scenario: &Path, seeds: Seeds, policies: &[String]) -> String {
    let mut command = format!("{program} run {} --seeds {seeds}", file(scenario));
    for policy in policies {
        command.push_str(" --policy ");
        command.push_str(&quoted(policy));
    }
    command
}

/// Shows one session.
pub(crate) fn trace(program: &str, scenario: &Path, policy: &str, seed: u64) -> String {
    format!("{program} trace {} --policy {} --seed {seed}", file(scenario), quoted(policy))
}

/// A path that no program takes for an option.
fn file(path: &Path) -> String {
    let name = path.to_string_lossy();
    if name.starts_with('-') { quoted(&format!("./{name}")) } else { quoted(&name) }
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words survive a shell, and a file is never taken for an option.
    #[test]
    fn commands_can_be_pasted() {
        let seeds = Seeds::new(5, 3).unwrap();
        let check = |path: &str, expected: &str| {
            assert_eq!(
                run("blesim", Path::new(path), seeds, &[]),
                format!("blesim run {expected} --seeds 5..8")
            );
        };
        check("scenarios/quickstart.ron", "scenarios/quickstart.ron");
        check("my file.ron", "'my file.ron'");
        check("it's.ron", "'it'\\''s.ron'");
        check("-x.ron", "./-x.ron");
        check("$(x).ron", "'$(x).ron'");
        let policies = ["a".to_owned(), "b c".to_owned()];
        let command = run("blesim", Path::new("s.ron"), seeds, &policies);
        assert_eq!(command, "blesim run s.ron --seeds 5..8 --policy a --policy 'b c'");
        assert_eq!(trace("blesim", Path::new("s.ron"), "a", 7), "blesim trace s.ron --policy a --seed 7");
    }
}
