//! Runs that end before their end: what is finished stays, nothing else does, and going on gives the octets
//! of a run that never ended.

#![cfg(unix)]

use crate::world::{RESULTS, SCENARIO, World};
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const SEEDS: &str = "12000";
const RUN: [&str; 6] = ["run", "small.ron", "--seeds", SEEDS, "-o", "results"];

fn unfinished(world: &World) -> PathBuf {
    world.path("results/unfinished.blesim")
}

/// Starts a run and waits until so many octets of it are kept.
fn begun(world: &World, args: &[&str], octets: u64) -> Child {
    let child = world.command(args).spawn().unwrap();
    let from = Instant::now();
    while fs::metadata(unfinished(world)).map_or(0, |file| file.len()) < octets {
        assert!(from.elapsed() < Duration::from_secs(60), "nothing is kept");
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// The files of a run of `args` that is never interrupted.
fn expected(args: &[&str]) -> Vec<Vec<u8>> {
    let world = World::new();
    world.fine(args);
    RESULTS.map(|name| fs::read(world.path("results").join(name)).unwrap()).to_vec()
}

fn results(world: &World) -> Vec<Vec<u8>> {
    RESULTS.map(|name| fs::read(world.path("results").join(name)).unwrap()).to_vec()
}

/// Interrupted: code 130, no result, and the command that goes on, which gives the same octets.
#[test]
fn an_interrupted_run_goes_on() {
    let world = World::new();
    let child = begun(&world, &RUN, 20_000);
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout), (Some(130), Vec::new()), "{told}");
    assert_eq!(world.listing(), ["results", "results/unfinished.blesim", "small.ron"]);
    let command = told.lines().find(|line| line.ends_with("--resume")).unwrap_or_else(|| panic!("{told}"));
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    world.fine(&words);
    assert_eq!(results(&world), expected(&RUN));
    assert!(!unfinished(&world).exists());
}

/// Killed again and again, at any moment and on any number of threads, and gone on with: the same octets, and
/// less and less to do.
#[test]
fn a_killed_run_goes_on() {
    let world = World::new();
    let mut kept = 0;
    for (round, jobs) in ["2", "1", "3"].into_iter().enumerate() {
        let args = [&RUN[..], &["--resume", "--jobs", jobs]].concat();
        let mut child = begun(&world, &args, kept + 30_000);
        signal(&child, "-KILL");
        child.wait().unwrap();
        let now = fs::metadata(unfinished(&world)).unwrap().len();
        assert!(now > kept, "round {round}: {now} after {kept}");
        kept = now;
    }
    // As if it had been killed in the middle of a chunk.
    let mut octets = fs::read(unfinished(&world)).unwrap();
    octets.truncate(octets.len() - 7);
    fs::write(unfinished(&world), octets).unwrap();
    world.fine(&[&RUN[..], &["--resume"]].concat());
    assert_eq!(results(&world), expected(&RUN));
    assert!(!unfinished(&world).exists());
}

/// A run that may end early goes on as well, to the same end.
#[test]
fn a_precise_run_goes_on() {
    let args = ["run", "small.ron", "--seeds", "60000", "--precision", "1.5pp", "-o", "results"];
    let world = World::new();
    let mut child = begun(&world, &args, 30_000);
    signal(&child, "-KILL");
    child.wait().unwrap();
    world.fine(&[&args[..], &["--resume"]].concat());
    assert_eq!(results(&world), expected(&args));
}

/// What an interrupted run left is not overwritten unasked, nor gone on with by another run, nor by two at a
/// time.
#[test]
fn what_is_left_is_safe() {
    let world = World::new();
    world.put("other.ron", SCENARIO.replace("percent(40)", "percent(41)"));
    let mut child = begun(&world, &RUN, 20_000);
    let second = world.run(&[&RUN[..], &["--resume"]].concat());
    assert_eq!(second.code, Some(2), "{}", second.err);
    assert!(second.err.contains("another run is writing"), "{}", second.err);
    signal(&child, "-KILL");
    child.wait().unwrap();
    let left = fs::read(unfinished(&world)).unwrap();
    let check = |args: &[&str], code: i32, word: &str| {
        let ended = world.run(args);
        assert_eq!((ended.code, &ended.out[..]), (Some(code), ""), "{args:?}: {}", ended.err);
        assert!(ended.err.contains(word), "{args:?}: {}", ended.err);
        assert_eq!(fs::read(unfinished(&world)).unwrap(), left, "{args:?}");
    };
    check(&RUN, 2, "--resume");
    let resumed = |scenario, seeds| ["run", scenario, "--seeds", seeds, "-o", "results", "--resume"];
    check(&resumed("other.ron", SEEDS), 3, "another scenario");
    check(&resumed("small.ron", "11999"), 3, "11999");
    check(&[&resumed("small.ron", SEEDS)[..], &["-p", "never-retry"]].concat(), 3, "policies");
    check(&[&resumed("small.ron", SEEDS)[..], &["--precision", "3pp"]].concat(), 3, "precision");
    let mut altered = left.clone();
    altered[15_000] ^= 1;
    fs::write(unfinished(&world), &altered).unwrap();
    let ended = world.run(&resumed("small.ron", SEEDS));
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(ended.err.contains("not what was written"), "{}", ended.err);
    assert_eq!(fs::read(unfinished(&world)).unwrap(), altered);
    fs::write(unfinished(&world), "something else entirely\n").unwrap();
    let ended = world.run(&resumed("small.ron", SEEDS));
    assert_eq!(ended.code, Some(3), "{}", ended.err);
}

/// A file that was killed while its header was written is begun anew.
#[test]
fn a_torn_header_is_begun_anew() {
    let args = ["run", "small.ron", "--seeds", "40", "-o", "results"];
    let world = World::new();
    let mut child = begun(&world, &RUN, 1);
    signal(&child, "-KILL");
    child.wait().unwrap();
    let octets = fs::read(unfinished(&world)).unwrap();
    for cut in [0, 10, 200] {
        // The headers differ in the number of seeds only, which comes after these octets or is not reached.
        let start = String::from_utf8(octets[..cut.min(octets.len())].to_vec()).unwrap();
        fs::write(unfinished(&world), start.replace("\"seeds\":12000", "\"seeds\":40")).unwrap();
        world.fine(&[&args[..], &["--resume"]].concat());
        assert_eq!(results(&world), expected(&args), "cut at {cut}");
    }
}

/// A mounted folder, unmounted with the value.
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// The disk is full in mid-run: what is finished stays and says how to go on, and with room again the run
/// ends as ever. Needs the right to mount a small file system; where there is none, that part is skipped.
#[test]
fn a_full_disk_loses_nothing() {
    let world = World::new();
    fs::create_dir(world.path("results")).unwrap();
    let mounted = |options: &[&str]| {
        let status = Command::new("mount").args(options).arg(world.path("results")).output();
        status.is_ok_and(|output| output.status.success())
    };
    if !mounted(&["-t", "tmpfs", "-o", "size=64k", "blesim"]) {
        eprintln!("skipped: no file system can be mounted here");
        return;
    }
    let guard = Mounted(world.path("results"));
    let ended = world.run(&RUN);
    assert_eq!((ended.code, &ended.out[..]), (Some(2), ""), "{}", ended.err);
    for word in ["results/unfinished.blesim", "space", "--resume"] {
        assert!(ended.err.contains(word), "no {word:?} in {}", ended.err);
    }
    assert!(fs::metadata(unfinished(&world)).unwrap().len() > 10_000);
    assert!(mounted(&["-o", "remount,size=64m"]));
    world.fine(&[&RUN[..], &["--resume"]].concat());
    assert_eq!(results(&world), expected(&RUN));
    drop(guard);
}

/// Results that cannot be written are a clear error as well: standard output that is full, and a part's
/// folder that nobody can write.
#[test]
fn what_cannot_be_written_is_told() {
    let world = World::new();
    if let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") {
        let output = world.command(&["run", "small.ron", "--seeds", "30"]).stdout(full).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("standard output") && told.contains("space"), "{told}");
    }
    world.put("file", "as it was");
    for args in [&["--shard", "1/2", "-o", "file/parts"][..], &["-o", "file"]] {
        let ended = world.run(&[&["run", "small.ron", "--seeds", "2000000000"], args].concat());
        assert_eq!(ended.code, Some(2), "{}", ended.err);
        assert!(ended.err.contains("file"), "{}", ended.err);
    }
    assert_eq!(fs::read_to_string(world.path("file")).unwrap(), "as it was");
}
