//! `blesim serve`: a scenario whose hosts, or controllers, are real.
//!
//! Invariant: what is listened to beyond this machine was asked for; a file that is written can be read at any
//! moment.

use crate::args::{LiveFormat, ServeArgs};
use crate::failure::Failure;
use crate::live::LiveFile;
use crate::run::stopped_by_interrupt;
use crate::select;
use blesim_bridge::{Attached, Doors, Ended, Endpoint, Pace, Said, ServeError, Server};
use blesim_capture::{MonitorTrace, PcapngTrace, TextTrace};
use blesim_controller::feature;
use blesim_host::{Answer, Role};
use blesim_world::{Foreign, NoTrace, Plan, Trace};
use std::io::{self, BufRead, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, channel};

/// The command names one policy, or means the first.
const POLICY: usize = 0;
/// The port of the first device, where none is named.
const FIRST_PORT: u16 = 9721;

pub(crate) fn serve(args: &ServeArgs) -> Result<(), Failure> {
    let policies: Vec<String> = args.policy.iter().cloned().collect();
    let mut plan = select::scenario(&args.scenario, &policies)?.plan;
    let attached = attached(args, &plan)?;
    if args.legacy_advertising {
        for seat in attached.iter().filter(|seat| seat.half == Foreign::Host) {
            plan.devices[seat.device].controller.link_layer.features &= !feature::EXTENDED_ADVERTISING;
        }
    }
    beyond(args, &attached)?;
    let format =
        args.output.as_deref().map(|path| args.format.map_or_else(|| format_of(path), Ok)).transpose()?;
    let doors = Doors::open(&attached).map_err(|error| Failure::Usage(error.to_string()))?;
    let stop = stopped_by_interrupt();
    let session = Session { args, plan: &plan, attached: &attached, stop };
    let (Some(path), Some(format)) = (&args.output, format) else {
        return session.run(doors, NoTrace, None).map(drop);
    };
    session.write(doors, path, format)
}

/// The form that the name of a file asks for.
fn format_of(path: &Path) -> Result<LiveFormat, Failure> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("btsnoop" | "snoop" | "log") => Ok(LiveFormat::Monitor),
        Some("pcapng") => Ok(LiveFormat::Pcapng),
        Some("txt") => Ok(LiveFormat::Text),
        _ => {
            let what = "name it .btsnoop, .pcapng or .txt, or say `--format`";
            Err(Failure::Usage(format!("cannot tell how to write {}: {what}", path.display())))
        }
    }
}

/// Which halves of which devices are outside.
fn attached(args: &ServeArgs, plan: &Plan) -> Result<Vec<Attached>, Failure> {
    let mut attached: Vec<Attached> = Vec::new();
    let hosts = args.attach.iter().map(|place| (Foreign::Host, place));
    let all = hosts.chain(args.controller.iter().map(|place| (Foreign::Controller, place)));
    for (half, (name, endpoint)) in all {
        let device = plan.devices.iter().position(|device| device.name == *name);
        let names: Vec<&str> = plan.devices.iter().map(|device| device.name.as_str()).collect();
        let unknown = || format!("there is no device \"{name}\"; the scenario has {}", names.join(", "));
        let device = device.ok_or_else(|| Failure::Usage(unknown()))?;
        if plan.devices[device].attack.is_some() {
            return Err(Failure::Usage(format!("\"{name}\" is an attacker, and stays simulated")));
        }
        if attached.iter().any(|other| other.device == device) {
            return Err(Failure::Usage(format!("\"{name}\" is attached twice")));
        }
        attached.push(Attached { device, half, endpoint: endpoint.clone() });
    }
    if attached.is_empty() {
        let ours = (0..plan.devices.len()).filter(|&device| plan.devices[device].attack.is_none());
        attached.extend(ours.zip(FIRST_PORT..).map(|(device, port)| Attached {
            device,
            half: Foreign::Host,
            endpoint: Endpoint::Tcp(SocketAddr::from(([127, 0, 0, 1], port))),
        }));
    }
    Ok(attached)
}

/// Whoever is let in from other machines can do anything a host can: that has to be wanted.
fn beyond(args: &ServeArgs, attached: &[Attached]) -> Result<(), Failure> {
    let beyond = attached.iter().find(|seat| seat.half == Foreign::Host && !seat.endpoint.is_local());
    let Some(Attached { endpoint, .. }) = beyond else { return Ok(()) };
    if !args.listen_beyond {
        let what =
            format!("{endpoint} can be reached from other machines; add --listen-beyond if that is wanted");
        return Err(Failure::Usage(what));
    }
    anstream::eprintln!(
        "\u{1b}[1;33mwarning\u{1b}[0m: {endpoint} can be reached from other machines, and nobody is asked who they are"
    );
    Ok(())
}

/// What is served.
struct Session<'a> {
    args: &'a ServeArgs,
    plan: &'a Plan,
    attached: &'a [Attached],
    stop: Arc<AtomicBool>,
}

impl Session<'_> {
    /// Serves, and writes what happens into a file.
    fn write(&self, doors: Doors, path: &Path, format: LiveFormat) -> Result<(), Failure> {
        let Self { args, plan, .. } = self;
        let unwritable = |error: io::Error| Failure::unwritable(path, &error);
        let title =
            format!("{}, policy {}, seed {}, served", plan.name, plan.policies[POLICY].name, args.seed);
        let file = LiveFile::create(path).map_err(unwritable)?;
        let live = Some(&file);
        match format {
            LiveFormat::Text => self
                .run(doors, TextTrace::new(file.clone(), plan, POLICY, &title, false), live)?
                .finish()
                .map(drop),
            LiveFormat::Monitor => {
                let trace = MonitorTrace::new(file.clone(), plan, POLICY, &title).map_err(unwritable)?;
                self.run(doors, trace, live)?.finish().map(drop)
            }
            LiveFormat::Pcapng => {
                let trace = PcapngTrace::new(file.clone(), plan, POLICY, &title).map_err(unwritable)?;
                self.run(doors, trace, live)?.finish().map(drop)
            }
        }
        .map_err(unwritable)
    }

    fn run<T: Trace>(&self, doors: Doors, trace: T, live: Option<&LiveFile>) -> Result<T, Failure> {
        let Self { args, plan, stop, .. } = self;
        let pace = if args.free { Pace::Free } else { Pace::Wall };
        let places: Vec<(usize, String)> = doors.places().collect();
        let mut server = Server::new(plan, (POLICY, args.seed), doors, pace, trace);
        if args.once {
            server.only_once();
        }
        if args.ask {
            server.listen_to(answers(plan));
        }
        say(&self.banner(&places));
        let ended = server.run(stop, |said| say(&line(plan, said)), || live.map_or(Ok(()), LiveFile::push));
        match ended {
            Ok(Ended::Gone(device)) => {
                let name = &plan.devices[device].name;
                Err(Failure::Unfit(format!("the controller of \"{name}\" has gone before its host was done")))
            }
            Ok(Ended::Over) if !server.is_secured() => Err(Failure::NotMet),
            Ok(_) => Ok(server.close()),
            Err(ServeError::Bug(bug)) => Err(Failure::bug(bug, None)),
            Err(ServeError::Io(error)) => match &args.output {
                Some(path) => Err(Failure::unwritable(path, &error)),
                None => Err(Failure::Usage(format!("cannot go on: {error}"))),
            },
        }
    }

    /// Who is who, where real hosts come in, and how.
    fn banner(&self, places: &[(usize, String)]) -> String {
        let Self { args, plan, attached, .. } = self;
        let width = plan.devices.iter().map(|device| device.name.chars().count()).max().unwrap_or(0);
        let mut lines = vec![format!(
            "{}, policy {}, seed {}. Time follows the clock on the wall, so no two sessions are alike.",
            plan.name, plan.policies[POLICY].name, args.seed
        )];
        for (device, config) in plan.devices.iter().enumerate() {
            let role = match config.host.role {
                Role::Central => "central",
                Role::Peripheral => "peripheral",
            };
            let (name, address) = (&config.name, config.host.address);
            let seat = attached.iter().find(|seat| seat.device == device);
            let place = places.iter().find(|(other, _)| *other == device).map(|(_, place)| place);
            let what = match (seat.map(|seat| seat.half), place) {
                (Some(Foreign::Host), Some(place)) => format!("a real host comes in at {place}"),
                (Some(Foreign::Controller), _) => "our host over a real controller".to_owned(),
                _ => "simulated".to_owned(),
            };
            lines.push(format!("  {name:<width$}  {role:<10}  {address}  {what}"));
            lines.extend(place.map(|place| hints(place)).into_iter().flatten());
        }
        lines.push("Ctrl-C ends it.".to_owned());
        lines.join("\n")
    }
}

/// How the usual hosts are told to go there.
fn hints(place: &str) -> Vec<String> {
    let (kind, rest) = place.split_once(':').unwrap_or((place, ""));
    let hints = match kind {
        "tcp" => vec![
            ("Bumble", format!("tcp-client:{rest}")),
            ("Zephyr", format!("zephyr.exe --bt-dev={rest}   (native_sim)")),
            (
                "NimBLE",
                format!("BLE_SOCK_USE_TCP=1, BLE_SOCK_TCP_PORT={}", rest.rsplit(':').next().unwrap_or(rest)),
            ),
        ],
        "unix" => vec![("socat", format!("socat PTY,link=./hci0,rawer UNIX-CONNECT:{rest}"))],
        _ => vec![
            ("Bumble", format!("serial:{rest}")),
            ("BTstack", format!("-u {rest}   (posix-h4)")),
            ("BlueZ", format!("btattach -P h4 -B {rest}")),
        ],
    };
    hints.into_iter().map(|(stack, how)| format!("        {stack:<8} {how}")).collect()
}

fn line(plan: &Plan, said: &Said) -> String {
    format!("{:>12}  {}: {}", said.at.to_string(), plan.devices[said.device].name, said.text)
}

/// Says it at once: somebody may be waiting for the line.
fn say(text: &str) {
    let mut out = anstream::stdout().lock();
    // A reader that went away does not end the session.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// What is typed, as answers of users.
fn answers(plan: &Plan) -> Receiver<(usize, Answer)> {
    let (sender, receiver) = channel();
    let names: Vec<String> = plan.devices.iter().map(|device| device.name.clone()).collect();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            match answer(&names, &line) {
                Ok(answer) if sender.send(answer).is_err() => return,
                Ok(_) => {}
                Err(what) => anstream::eprintln!("{what}"),
            }
        }
    });
    receiver
}

/// `lock yes`.
fn answer(names: &[String], line: &str) -> Result<(usize, Answer), String> {
    let form = "write DEVICE and yes, no, cancel or a passkey of six digits, such as `lock 123456`";
    let (name, word) = line.trim().rsplit_once(' ').ok_or(form)?;
    let device = names.iter().position(|known| known == name.trim());
    let device = device.ok_or_else(|| format!("there is no device \"{}\"; {form}", name.trim()))?;
    let answer = match word {
        "yes" | "y" => Answer::Yes,
        "no" | "n" => Answer::No,
        "cancel" => Answer::Cancel,
        digits => {
            let passkey = digits.parse().ok().filter(|&passkey: &u32| passkey < 1_000_000);
            Answer::Passkey(passkey.ok_or(form)?)
        }
    };
    Ok((device, answer))
}
