//! The commands that a result ends with, ready to be pasted into a shell.
//!
//! Invariant: a command that is printed does what it is said to do, from the folder it is printed in.

use blesim_study::Seeds;
use std::env;
use std::fmt::Write;
use std::path::Path;

/// How this program was called, so that the shell finds it again.
pub(crate) fn program() -> String {
    env::args_os().next().map_or_else(|| "blesim".to_owned(), |name| quoted(&name.to_string_lossy()))
}

/// What a command runs: what of a study has to be said to get the same study again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The scenario's file.
    pub(crate) path: &'a Path,
    /// The policies that were named.
    pub(crate) policies: &'a [String],
    /// The seeds.
    pub(crate) seeds: Seeds,
    /// The precision at which the run may end, and the policy it is asked of.
    pub(crate) precision: Option<&'a (String, Option<String>)>,
}

/// Runs a study, with options after it.
pub(crate) fn run(program: &str, asked: &Asked<'_>, options: &str) -> String {
    let mut command = format!("{program} run {} --seeds {}", file(asked.path), asked.seeds);
    if let Some((precision, policy)) = asked.precision {
        let _ = write!(command, " --precision {}", quoted(precision));
        if let Some(policy) = policy {
            let _ = write!(command, " --precision-for {}", quoted(policy));
        }
    }
    for policy in asked.policies {
        command.push_str(" --policy ");
        command.push_str(&quoted(policy));
    }
    command.push_str(options);
    command
}

/// Runs a sweep.
pub(crate) fn sweep(program: &str, scenario: &Path, seeds: Seeds, policies: &[String]) -> String {
    let mut command = format!("{program} sweep {} --seeds {seeds}", file(scenario));
    for policy in policies {
        let _ = write!(command, " --policy {}", quoted(policy));
    }
    command
}

/// Makes one result of the parts in a folder.
pub(crate) fn merge(program: &str, folder: &Path) -> String {
    format!("{program} merge {}", file(folder))
}

/// Shows one session.
pub(crate) fn trace(program: &str, scenario: &Path, policy: &str, seed: u64) -> String {
    format!("{}{seed}", replay(program, scenario, policy))
}

/// The same up to the seed.
pub(crate) fn replay(program: &str, scenario: &Path, policy: &str) -> String {
    format!("{program} trace {} --policy {} --seed ", file(scenario), quoted(policy))
}

/// A path that no program takes for an option.
pub(crate) fn file(path: &Path) -> String {
    let name = path.to_string_lossy();
    if name.starts_with('-') { quoted(&format!("./{name}")) } else { quoted(&name) }
}

/// A word as a POSIX shell reads it back.
pub(crate) fn quoted(word: &str) -> String {
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
            let asked = Asked { path: Path::new(path), policies: &[], seeds, precision: None };
            assert_eq!(run("blesim", &asked, ""), format!("blesim run {expected} --seeds 5..8"));
        };
        check("scenarios/quickstart.ron", "scenarios/quickstart.ron");
        check("my file.ron", "'my file.ron'");
        check("it's.ron", "'it'\\''s.ron'");
        check("-x.ron", "./-x.ron");
        check("$(x).ron", "'$(x).ron'");
        let policies = ["a".to_owned(), "b c".to_owned()];
        let precision = Some(&("0.5pp".to_owned(), Some("b c".to_owned())));
        let asked = Asked { path: Path::new("s.ron"), policies: &policies, seeds, precision };
        let expected = "blesim run s.ron --seeds 5..8 --precision 0.5pp --precision-for 'b c' \
                        --policy a --policy 'b c' --resume";
        assert_eq!(run("blesim", &asked, " --resume"), expected);
        assert_eq!(trace("blesim", Path::new("s.ron"), "a", 7), "blesim trace s.ron --policy a --seed 7");
    }
}
