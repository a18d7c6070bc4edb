//! `blesim gallery`: the committed reports of the shipped scenarios, each made anew.
//!
//! Invariant: what is made depends on the program and the scenarios alone, so that a test can hold the committed files
//! to it. Must never know: what a report says.

mod entry;

use crate::args::GalleryArgs;
use crate::failure::Failure;
use crate::output::to_folder;
use entry::{ENTRIES, Entry};
use std::fmt::Write as _;
use std::path::Path;

pub(crate) fn gallery(args: &GalleryArgs) -> Result<(), Failure> {
    let unknown = args.only.iter().find(|name| ENTRIES.iter().all(|entry| entry.name != **name));
    if let Some(name) = unknown {
        let known: Vec<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
        return Err(Failure::Usage(format!("--only {name}: the gallery has {}", known.join(", "))));
    }
    for entry in
        ENTRIES.iter().filter(|entry| args.only.is_empty() || args.only.iter().any(|one| one == entry.name))
    {
        let made = entry.made(args)?;
        let folder = args.output.join(entry.name);
        let names: Vec<String> = made.iter().map(|(name, _)| name.clone()).collect();
        to_folder(&folder, &names, |file, sink| sink.write_all(made[file].1.as_bytes()))?;
        if !args.quiet {
            anstream::eprintln!("wrote {}: {}", folder.display(), names.join(", "));
        }
    }
    if args.only.is_empty() {
        let index = index();
        to_folder(&args.output, &["README.md".to_owned()], |_, sink| sink.write_all(index.as_bytes()))?;
    }
    Ok(())
}

/// What there is, and how it is made.
fn index() -> String {
    let mut text = "# Gallery\n\n\
                    Reports of the shipped scenarios, made by one command and held to it by a test:\n\n    \
                    blesim gallery\n\n\
                    | report | what it shows | made of |\n|---|---|---|\n"
        .to_owned();
    for Entry { name, about, from, seeds, .. } in &ENTRIES {
        let of = if from.is_empty() { "the scenarios of their own".to_owned() } else { format!("`{from}`") };
        let _ = writeln!(text, "| [{name}]({name}/report.md) | {about} | {of}, {seeds} seeds |");
    }
    // Made by a command of its own, which takes minutes.
    text.push_str(
        "| [diagnose](diagnose/report.md) | What `diagnose` makes of captures of which the truth is known | `field`, \
         `reasons`, `matrix`, 1200 sessions |\n",
    );
    text.push_str(
        "\nEach report ends with the command that gives it again and the digest of its results. The page that runs in \
         a browser, with every session in it, comes out of `blesim run SCENARIO -o DIR` as `DIR/report.html`.\n",
    );
    text
}

/// The file of this name in the folder of the scenarios.
fn scenario(args: &GalleryArgs, name: &str) -> std::path::PathBuf {
    args.scenarios.join(name)
}

/// A path as a command is to name it wherever the program is called: beside the scenarios of the project.
fn named(name: &str) -> std::path::PathBuf {
    Path::new("scenarios").join(name)
}
