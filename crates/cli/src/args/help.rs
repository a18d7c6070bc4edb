//! The help after each command: examples first.
//!
//! Invariant: every example can be pasted as it is, beside the scenarios of the project.

pub(super) const EXAMPLES: &str = "\
Start here:
  blesim check scenarios/quickstart.ron                 what the file means, and what was proved
  blesim run scenarios/quickstart.ron --seeds 10000     which policy secures the link most often
  blesim trace scenarios/quickstart.ron --seed 3        what happened in one session

Exit codes:
  0    fine
  1    an expectation of the scenario was not met, or a row of validate failed
  2    a mistake in the command or in a file, or a file that cannot be read or written
  3    inputs that do not fit together: parts of another study, a gap, an altered file
  70   a bug in blesim; the message has the command that shows it again
  130  interrupted";

pub(super) const RUN_EXAMPLES: &str = "\
Examples:
  blesim run scenarios/quickstart.ron
      every policy of the scenario on seeds 0 to 999
  blesim run scenarios/quickstart.ron --seeds 500..600 --jobs 1
      seeds 500 to 599 on one thread: the same rows as in any other run with them
  blesim run scenarios/quickstart.ron --policy never-retry --policy exponential-backoff
      these two, compared with the one that is named first
  blesim run scenarios/quickstart.ron --seeds 10000 -o results
      also writes report.html and report.md with their pictures, rows (sessions.csv, sessions.ndjson,
      rows.blesim), curves (survival.csv) and summary.json; interrupted or killed, it goes on with
      the same command and --resume
  blesim run scenarios/quickstart.ron --precision 0.5pp
      until the difference between the first two policies is known to half a point either way
  blesim run scenarios/quickstart.ron --seeds 1000000 --shard 3/16 -o parts
      the third of sixteen parts; blesim merge parts makes one result of all of them
  blesim run scenarios/quickstart.ron --format json | jq '.policies[].success.rate'

The same scenario, seeds and policies give the same digest on every machine, for any number of
jobs.

Differences are paired: every policy runs on the same seeds. Their p values are exact (McNemar) and
adjusted for the number of comparisons (Holm). A mean time counts a session that fails as its limit;
its differences are resampled in pairs. The log-rank test takes the two samples for independent, which
makes it careful here. A run with --precision looks at itself after numbers of seeds that are fixed
before, and widens every interval so that it covers at whichever look the run ends.

Columns:
  secured   sessions that ended with a secured link, with the 95 % Wilson interval
  p50, p95  time to the secured link over all sessions; one that failed counts as never
  attempts  mean number of attempts to secure the link in a session
  worst     what the stack showed last in most of the sessions that failed, how many times,
            and the first seed to look at";

pub(super) const REPORT_EXAMPLES: &str = "\
Examples:
  blesim run scenarios/quickstart.ron --seeds 10000 -o results
  blesim report results
      report.html, report.md, the pictures and the tables once more, from results/rows.blesim
  blesim report results -o elsewhere";

pub(super) const INIT_EXAMPLES: &str = "\
Examples:
  blesim init my-lock.ron
      a phone with Android and a device with Zephyr that have bonded, and what goes wrong between them
  blesim init my-lock.ron --phone apple --device nordic-sdk-17
  blesim run my-lock.ron -o results";

pub(super) const GALLERY_EXAMPLES: &str = "\
Examples:
  blesim gallery                                  all of reports/, some minutes
  blesim gallery --only quickstart -o elsewhere   one report of it";

pub(super) const TRACE_EXAMPLES: &str = "\
Examples:
  blesim trace scenarios/quickstart.ron --seed 3 --policy never-retry | less
      every PDU, key, timer, fault and decision of one session
  blesim trace scenarios/quickstart.ron --seed 3 --format pcapng -o session.pcapng
      the air, the same decrypted, and every host's HCI, for Wireshark
  blesim trace scenarios/quickstart.ron --seed 3 --format monitor -o session.btsnoop
      what hosts and controllers said, with faults and decisions as notes, for `btmon -r`
  blesim trace scenarios/quickstart.ron --seed 3 --format h4 -o logs
      the same as phones log it: logs/phone.btsnoop and logs/lock.btsnoop
  blesim trace scenarios/quickstart.ron --seed 3 --format keys | jq -r '.sessions[].ltk'
      the keys, to decrypt a capture with";

pub(super) const DIAGNOSE_EXAMPLES: &str = "\
Examples:
  blesim trace scenarios/rpi-unspecified-reason.ron --seed 0 --format monitor -o pairing.btsnoop
  blesim diagnose pairing.btsnoop
      what happened, what is proved of it, and what to do
  btmon -r pairing.btsnoop | blesim diagnose -
      the same from the text of btmon, also as it is quoted and wrapped in mails
  blesim diagnose pairing.btsnoop --scenario same.ron; blesim run same.ron
      a scenario with the features, parameters and keys of the capture, that fails in the same way
  blesim diagnose pairing.btsnoop --format json | jq -r '.findings[] | [.kind, .packet, .text] | @tsv'

Read are btsnoop (of the Linux monitor, of one host, Android's), pcap and pcapng (link types 187, 201,
251, 254, 256 and the nRF Sniffer's), and the text of btmon. Notes and comments in a file are not looked at.
Findings are verified (computed from the capture), a violation of a cited rule, or an inference.

Exit codes: 0 a link was secured and nothing failed; 1 something failed, or no securing is visible;
2 the file cannot be read.";

pub(super) const FIT_EXAMPLES: &str = "\
Examples:
  blesim trace scenarios/busy-office.ron --seed 1 --format pcapng -o office.pcapng
  blesim fit office.pcapng
      the connection's parameters, loss by channel and in bursts, delays of hosts and people

What comes out are fields of a scenario and of its devices, to be pasted there, with 95 % intervals beside
them. Loss needs the link layer (link types 251, 256 or the nRF Sniffer's), delays need a host's log.";

pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
  blesim check scenarios/*.ron
  blesim check scenarios/policies/mine.ron
      that the policy ends in every case, after how many attempts, and what it does to bonds";

pub(super) const LIST_EXAMPLES: &str = "\
Examples:
  blesim list policies
      a name and a sentence each, on a terminal
  blesim list stacks | xargs -n 1 blesim show
      the text of every stack profile
  blesim list measures --format json | jq -r '.rows[] | [.name, .unit] | @tsv'
      what is counted in a session, with units";

pub(super) const SHOW_EXAMPLES: &str = "\
Examples:
  blesim show nordic-pm-default
      what it rests on, what was proved about it, and its text
  blesim show bluez
      the policy and the stack of this name
  blesim show good_bonds_destroyed
      what the measure means";

pub(super) const GRAPH_EXAMPLES: &str = "\
Examples:
  blesim graph nordic-pm-default -o nordic.svg
      what it does after which failure
  blesim graph exponential-backoff --scenario scenarios/quickstart.ron --seeds 1000 -o backoff.svg
      how often a thousand sessions went each way
  blesim graph bluez --states --format dot | dot -Tpdf -o bluez.pdf
      every state that is proved, by Graphviz";

pub(super) const SWEEP_EXAMPLES: &str = "\
Examples:
  blesim sweep scenarios/loss.ron --seeds 5000
      every policy at every loss, and the largest loss at which each keeps 99 %
  blesim sweep scenarios/loss.ron --policy never-retry -o results
      one policy; also writes the grid and the rows of all sessions

What varies is written in the scenario, by the path of any field that is in it:
  sweep: (over: [(what: \"link.interval\", values: [ms(15), ms(30), ms(60)])], keeps: percent(99))
With more than one field the last varies fastest, and it is the one along which the share is kept.";

pub(super) const MERGE_EXAMPLES: &str = "\
Examples:
  blesim merge parts
      one result of all parts in the folder, the same octets as from a run that was never divided
  blesim merge parts -o results
      also writes the files that run -o writes

Parts of another study, a part that is missing, doubled or altered end it with code 3; the commands
that make what is missing are printed.";

pub(super) const SLURM_EXAMPLES: &str = "\
Examples:
  blesim cluster slurm scenarios/quickstart.ron --seeds 1000000 --shards 64
      prints the script: a job array of 64 parts, and the merge that waits for it
  blesim cluster slurm scenarios/quickstart.ron --seeds 1000000 --shards 64 -o parts --submit \\
      --sbatch=--time=01:00:00 --sbatch=--cpus-per-task=8
      submits both, with these options for each

Run it again after a failure: only parts that are missing in the folder are run, and those that were
killed go on where they ended.";

pub(super) const MATRIX_EXAMPLES: &str = "\
Examples:
  blesim matrix
      every error with its causes against every verdict, on seeds 0 to 999 of each cause
  blesim matrix --seeds 10000 -o results
      also writes matrix.json, matrix.csv and matrix.svg
  blesim matrix --format json | jq -r '.rows[] | [.procedure, .error, .recommended] | @tsv'

Verdicts: N do not restart, D restart directly, P change parameters, R reconnect, B delete the bond
with consent, X give up; each restarts at most once. Only sessions whose first failure is the error are
counted. Shares are of sessions without an attacker; `won` is of those with one. R->B is R, and then B.

Left out is a verdict under which an attacker wins or reads, or a good bond goes without consent, more
often than under N. Of D, P and R comes first what recovers significantly more sessions than N, and most;
between equals fewer prompts and then less time decide. B follows where it alone helps.";

pub(super) const VALIDATE_EXAMPLES: &str = "\
Examples:
  blesim validate
      every row: reference, measured, 99 % interval, verdict; within a minute on two cores
  blesim validate --row S6 --row pairing-events
      two rows, by number or name
  blesim validate --format json | jq '.rows[] | select(.verdict != \"pass\") | .name'

A comparison passes if the 99 % interval, widened by the row's tolerance, holds the reference, or
if both are equal where nothing is left to chance. Of a hundred such intervals one misses though
all is well: an estimate that misses is made once more with other trials and judged by these. The
exit code is 1 if one fails. The output is the same for any number of jobs.";

pub(super) const SESSIONS_EXAMPLES: &str = "\
Examples:
  blesim edges scenarios/update-during-encryption.ron --seeds 200
      which steps of the link layer's procedures these sessions take, and which they never do
  blesim energy scenarios/quickstart.ron --policy exponential-backoff --seeds 1000
      time on air and charge of each device, by what they were spent on";

pub(super) const SERVE_EXAMPLES: &str = "\
Examples:
  blesim serve scenarios/quickstart.ron
      both controllers, at tcp:9721 and tcp:9722, for two hosts of your own
  blesim serve scenarios/quickstart.ron --attach phone=tcp:9721 -o session.btsnoop
      your phone against the simulated lock; `btmon -r session.btsnoop` shows it while it goes on
  blesim serve scenarios/quickstart.ron --attach lock=pty:./hci0
      your lock at a serial port: `btattach -P h4 -B ./hci0`, or BTstack's posix-h4 with `-u ./hci0`
  blesim serve scenarios/quickstart.ron --controller phone=tcp:127.0.0.1:6402 --once
      our phone, with its policy, over somebody else's controller

A port takes one host at a time. Air, faults and simulated devices are the scenario's, from one seed;
when packets of a real host come is not, so a session can't be repeated: keep its capture.";

pub(super) const INTEROP_EXAMPLES: &str = "\
Examples:
  blesim interop
      every case with Bumble as central and as peripheral; needs `python3 -m pip install bumble`
  blesim interop --python venv/bin/python --case 'bond lost'
      some of them, with the Bumble of a virtual environment
  blesim interop --format json | jq -r '.rows[] | select(.verdict != \"equal\") | .detail'

Each case is run three times: with our hosts alone, and with Bumble on either side. equal: all that can
be seen from outside is the same, on both sides. peer-departs: Bumble departs from the specification; the
rule is named. differs: nobody knows why, and the exit code is 1. Time is simulated, so nothing depends on
how fast the machine is.";
