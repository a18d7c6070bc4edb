//! A study on a real Slurm: controller and node on loopback, started here, with state, keys and ports of
//! their own.
//!
//! Where Slurm or munge is not installed the test is skipped with a message, except where the variable CI is
//! set.

#![cfg(unix)]

use crate::world::{RESULTS, World};
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const TOOLS: [&str; 6] = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel"];

/// A cluster of one node, gone with the value.
struct Cluster {
    home: tempfile::TempDir,
    daemons: Vec<Child>,
}

/// The path of a program, administrators' folders included.
fn found(name: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let more = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&paths).chain(more).map(|folder| folder.join(name)).find(|path| path.is_file())
}

fn said(command: &str, args: &[&str]) -> String {
    let output = Command::new(command).args(args).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Waits until `done`, or fails with what `told` says.
fn wait(what: &str, seconds: u64, mut done: impl FnMut() -> bool, told: impl FnOnce() -> String) {
    let from = Instant::now();
    while !done() {
        assert!(from.elapsed() < Duration::from_secs(seconds), "{what} did not happen:\n{}", told());
        std::thread::sleep(Duration::from_millis(50));
    }
}

impl Cluster {
    /// Starts the daemons; `None` where they are not installed.
    fn start() -> Option<Self> {
        let missing: Vec<&str> = TOOLS.into_iter().filter(|name| found(name).is_none()).collect();
        if !missing.is_empty() {
            assert!(std::env::var_os("CI").is_none(), "{missing:?} have to be installed where CI is set");
            let _closed = writeln!(std::io::stderr(), "skipped: {missing:?} are not installed");
            return None;
        }
        let mut cluster = Self { home: tempfile::tempdir().unwrap(), daemons: Vec::new() };
        let home = cluster.home.path().to_path_buf();
        for (folder, mode) in [("key", 0o700), ("run", 0o755), ("state", 0o755), ("spool", 0o755)] {
            fs::create_dir(home.join(folder)).unwrap();
            fs::set_permissions(home.join(folder), fs::Permissions::from_mode(mode)).unwrap();
        }
        // The socket of munge is for all users of the machine.
        fs::set_permissions(&home, fs::Permissions::from_mode(0o755)).unwrap();
        let key: Vec<u8> =
            (0..1_024u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0]).collect();
        fs::write(home.join("key/munge.key"), key).unwrap();
        fs::set_permissions(home.join("key/munge.key"), fs::Permissions::from_mode(0o400)).unwrap();
        fs::write(home.join("slurm.conf"), configuration(&home)).unwrap();

        let at = |name: &str| home.join(name).display().to_string();
        let munge = ["--foreground", "--force"].map(str::to_owned).into_iter().chain([
            format!("--socket={}", at("run/munge.sock")),
            format!("--key-file={}", at("key/munge.key")),
            format!("--pid-file={}", at("run/munged.pid")),
            format!("--log-file={}", at("munged.log")),
            format!("--seed-file={}", at("key/seed")),
        ]);
        cluster.daemon("munged", &munge.collect::<Vec<String>>());
        wait("the socket of munge", 20, || home.join("run/munge.sock").exists(), || cluster.logs());
        for daemon in ["slurmctld", "slurmd"] {
            cluster.daemon(daemon, &["-D".to_owned(), "-f".to_owned(), at("slurm.conf")]);
        }
        let idle = || cluster.ask("sinfo", &["--noheader", "--format=%T"]) == "idle";
        wait("an idle node", 60, idle, || cluster.logs());
        Some(cluster)
    }

    fn daemon(&mut self, name: &str, args: &[String]) {
        let log = fs::File::create(self.home.path().join(format!("{name}.out"))).unwrap();
        let mut command = Command::new(found(name).unwrap());
        command.args(args).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.daemons.push(command.spawn().unwrap());
    }

    /// Lets a command see this cluster and no other.
    fn seen_by<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("SLURM_CONF", self.home.path().join("slurm.conf"))
    }

    fn ask(&self, name: &str, args: &[&str]) -> String {
        let output = self.seen_by(&mut Command::new(name)).args(args).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Waits until no job is left.
    fn wait_for_all(&self, world: &World) {
        let told = || format!("{}\n{}", self.ask("squeue", &[]), job_logs(world));
        wait("the end of all jobs", 240, || self.ask("squeue", &["--noheader"]).is_empty(), told);
    }

    fn logs(&self) -> String {
        let read = |name: &&str| fs::read_to_string(self.home.path().join(name)).unwrap_or_default();
        ["munged.out", "slurmctld.out", "slurmd.out"].iter().map(read).collect()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.ask("scancel", &["--state=PENDING"]);
        let _ = self.ask("scancel", &["--state=RUNNING"]);
        for daemon in self.daemons.iter_mut().rev() {
            let _ = Command::new("kill").arg(daemon.id().to_string()).status();
        }
        for mut daemon in self.daemons.drain(..) {
            let from = Instant::now();
            while matches!(daemon.try_wait(), Ok(None)) && from.elapsed() < Duration::from_secs(5) {
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

/// One node that needs no control groups, no accounting and no right to be root.
fn configuration(home: &Path) -> String {
    let (host, user) = (said("hostname", &["-s"]), said("id", &["-un"]));
    // Both are held at once, so that they differ.
    let listeners = [TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap()];
    let [controller, node] = listeners.map(|listener| listener.local_addr().unwrap().port());
    let home = home.display();
    format!(
        "ClusterName=blesim\nSlurmctldHost={host}(127.0.0.1)\nSlurmctldPort={controller}\nSlurmdPort={node}\n\
         AuthType=auth/munge\nAuthInfo=socket={home}/run/munge.sock\nCredType=cred/munge\n\
         SlurmUser={user}\nSlurmdUser={user}\nStateSaveLocation={home}/state\nSlurmdSpoolDir={home}/spool\n\
         SlurmctldPidFile={home}/run/slurmctld.pid\nSlurmdPidFile={home}/run/slurmd.pid\n\
         ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nJobAcctGatherType=jobacct_gather/none\n\
         AccountingStorageType=accounting_storage/none\nSelectType=select/cons_tres\n\
         SelectTypeParameters=CR_Core\nReturnToService=2\nMpiDefault=none\nSwitchType=switch/none\n\
         SchedulerParameters=sched_interval=1,bf_interval=1\nKillWait=2\n\
         NodeName={host} NodeAddr=127.0.0.1 CPUs=2\nPartitionName=debug Nodes=ALL Default=YES\n"
    )
}

fn job_logs(world: &World) -> String {
    let mut text = String::new();
    for name in world.listing() {
        if let Some(log) = name.strip_suffix(".log") {
            text += &[log, ":\n", &fs::read_to_string(world.path(&name)).unwrap_or_default()].concat();
        }
    }
    text
}

/// The files in `folder` are those of a run that was never divided.
fn check_results(world: &World, folder: &str, seeds: &str) {
    world.fine(&["run", "small.ron", "--seeds", seeds, "-o", "whole"]);
    for name in RESULTS {
        let read = |folder: &str| {
            let path = world.path(folder).join(name);
            fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}\n{}", job_logs(world)))
        };
        assert!(read(folder) == read("whole"), "{name} differs");
    }
}

/// Runs the program where it sees the cluster.
fn submitted(cluster: &Cluster, world: &World, args: &[&str]) -> String {
    let output = cluster.seen_by(&mut world.command(args)).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The printed script submits an array and a merge that waits for it; the result is that of one machine.
/// Submitted directly, an element that is killed in mid-run keeps the merge from running; the same command
/// again runs what is missing from where it ended, and the result is that of one machine again.
#[test]
fn an_array_gives_the_result_of_one_machine() {
    let Some(cluster) = Cluster::start() else { return };
    let world = World::new();
    // Without a word about the folder it is `parts`.
    let args = ["cluster", "slurm", "small.ron", "--seeds", "200", "--shards", "4"];
    let script = submitted(&cluster, &world, &args);
    world.put("submit.sh", &script);
    let mut shell = Command::new("sh");
    let shell = cluster.seen_by(shell.arg("submit.sh").current_dir(world.path("")));
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
    cluster.wait_for_all(&world);
    check_results(&world, "parts/merged", "200");

    let args =
        ["cluster", "slurm", "small.ron", "--seeds", "60000", "--shards", "4", "-o", "killed", "--submit"];
    let told = submitted(&cluster, &world, &args);
    let array = told.split_whitespace().nth(1).unwrap().trim_end_matches(',');
    assert!(told.contains("parts 1-4"), "{told}");
    let unfinished = world.path("killed/part-002-of-004.unfinished");
    let begun = || fs::metadata(&unfinished).is_ok_and(|file| file.len() > 20_000);
    wait("the second part", 60, begun, || job_logs(&world));
    cluster.ask("scancel", &[&format!("{array}_2")]);
    cluster.wait_for_all(&world);
    assert!(unfinished.exists(), "it was not killed in mid-run");
    assert!(!world.path("killed/merged").exists(), "nothing was merged");
    let incomplete = world.run(&["merge", "killed"]);
    assert_eq!(incomplete.code, Some(3), "{}", incomplete.err);
    assert!(incomplete.err.contains("1 of 4 parts is missing"), "{}", incomplete.err);
    assert!(incomplete.err.contains("--shard 2/4"), "{}", incomplete.err);

    let kept = fs::metadata(&unfinished).unwrap().len();
    let told = submitted(&cluster, &world, &args);
    assert!(told.contains("parts 2\n"), "{told}");
    cluster.wait_for_all(&world);
    assert!(kept > 20_000 && !unfinished.exists());
    check_results(&world, "killed/merged", "60000");
    let told = submitted(&cluster, &world, &args);
    assert!(!told.contains("array"), "all parts are there: {told}");
    cluster.wait_for_all(&world);
}

/// Without Slurm the script is printed all the same, and submitting says what is missing; a mistake in the
/// scenario is told at once.
#[test]
fn the_script_needs_no_cluster() {
    let world = World::new();
    let args = ["cluster", "slurm", "small.ron", "--seeds", "1000", "--shards", "8", "-o", "my parts"];
    let script = world.fine(&[&args[..], &["--sbatch=--time=01:00:00"]].concat());
    for part in
        ["--array=1-8", "--shard auto/8", "--resume", "afterok:\"$array\"", "--kill-on-invalid-dep=yes"]
    {
        assert!(script.contains(part), "no {part} in\n{script}");
    }
    assert_eq!(script.matches("--time=01:00:00").count(), 2, "{script}");
    world.put("syntax.sh", &script);
    assert!(Command::new("sh").arg("-n").arg(world.path("syntax.sh")).status().unwrap().success());
    let output = world.command(&[&args[..], &["--submit"]].concat()).env("PATH", "").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("sbatch is not installed"));
    let few = world.run(&["cluster", "slurm", "small.ron", "--seeds", "4", "--shards", "8", "-o", "parts"]);
    assert_eq!(few.code, Some(2), "{}", few.err);
    let none =
        world.run(&["cluster", "slurm", "absent.ron", "--seeds", "40", "--shards", "8", "-o", "parts"]);
    assert_eq!(none.code, Some(2), "{}", none.err);
}
