//! The real host of a case: Bumble in a process of its own, and the two lines to it.
//!
//! Invariant: after every order the host is at rest: all that it was sent has reached it, all that it has to say
//! to that has come back. So nothing in a case depends on how fast anybody is.

use crate::h4::{Framer, H4Error, Item, Sender};
use blesim_packet::hci::HciPacket;
use core::fmt;
use core::time::Duration;
use serde_json::{Value, json};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// The program that the process runs.
const PROGRAM: &str = include_str!("peer.py");
/// How the library is got.
const PIP: &str = "python3 -m pip install bumble";
/// A host that says nothing for so long is taken for dead.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why the real host is not there.
#[derive(Debug)]
pub enum PeerError {
    /// There is no such Python.
    NoPython(String, io::Error),
    /// Python is there, and the library is not.
    NoBumble {
        /// The Python.
        python: String,
        /// What it said.
        said: String,
    },
    /// It has ended, or said what nobody expects.
    Lost(String),
}

impl fmt::Display for PeerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPython(python, error) => {
                write!(f, "cannot run {python}: {error}; name another by --python")
            }
            Self::NoBumble { python, said } => {
                let last = said.lines().last().unwrap_or("it said nothing");
                write!(f, "{python} has no Bumble ({last}): get it by `{PIP}`, or name another by --python")
            }
            Self::Lost(what) => write!(f, "the Bumble host is lost: {what}"),
        }
    }
}

impl core::error::Error for PeerError {}

impl From<io::Error> for PeerError {
    fn from(error: io::Error) -> Self {
        Self::Lost(error.to_string())
    }
}

impl From<H4Error> for PeerError {
    fn from(error: H4Error) -> Self {
        Self::Lost(error.to_string())
    }
}

/// The line on which HCI passes.
#[derive(Debug)]
struct Hci {
    stream: TcpStream,
    framer: Framer,
    sent: u64,
    got: u64,
}

/// The process.
#[derive(Debug)]
pub(crate) struct Peer {
    child: Child,
    orders: TcpStream,
    answers: BufReader<TcpStream>,
    hosts: TcpListener,
    hci: Option<Hci>,
    number: u64,
    /// The library's version.
    pub(crate) version: String,
}

impl Peer {
    /// Starts the process by this Python.
    pub(crate) fn start(python: &Path) -> Result<Self, PeerError> {
        let version = version(python)?;
        let (control, hosts) =
            (TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?, TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?);
        let ports = [control.local_addr()?.port(), hosts.local_addr()?.port()].map(|port| port.to_string());
        let mut child = Command::new(python)
            .args(["-c", PROGRAM])
            .args(ports)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| PeerError::NoPython(python.display().to_string(), error))?;
        let orders = accept(&control, &mut child)?;
        orders.set_nodelay(true)?;
        orders.set_read_timeout(Some(PATIENCE))?;
        let answers = BufReader::new(orders.try_clone()?);
        Ok(Self { child, orders, answers, hosts, hci: None, number: 0, version })
    }

    /// Has a new host come up with these settings.
    pub(crate) fn open(&mut self, settings: &Value) -> Result<Reply, PeerError> {
        let number = self.say(settings)?;
        let stream = accept(&self.hosts, &mut self.child)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        self.hci = Some(Hci { stream, framer: Framer::new(Sender::Host), sent: 0, got: 0 });
        self.wait(number)
    }

    /// Gives an order, and takes all that comes of it.
    pub(crate) fn order(&mut self, order: &Value) -> Result<Reply, PeerError> {
        let number = self.say(order)?;
        self.wait(number)
    }

    /// Hands it packets of its controller, and takes all that comes of them.
    pub(crate) fn deliver(&mut self, packets: &[HciPacket]) -> Result<Reply, PeerError> {
        let hci = self.hci.as_mut().ok_or_else(|| PeerError::Lost("it is not open".to_owned()))?;
        let octets: Vec<u8> = packets.iter().flat_map(|packet| packet.encode().to_vec()).collect();
        hci.stream.write_all(&octets)?;
        hci.sent += u64::try_from(octets.len()).expect("it is counted in 64 bits");
        self.order(&json!({ "do": "settle" }))
    }

    /// Takes the host away; the process stays.
    pub(crate) fn shut(&mut self) -> Result<(), PeerError> {
        if self.hci.is_some() {
            let number = self.say(&json!({ "do": "shut" }))?;
            self.hci = None;
            self.wait(number)?;
        }
        Ok(())
    }

    fn say(&mut self, order: &Value) -> Result<u64, PeerError> {
        self.number += 1;
        let mut order = order.clone();
        order["number"] = self.number.into();
        order["received"] = self.hci.as_ref().map_or(0, |hci| hci.sent).into();
        self.orders.write_all(format!("{order}\n").as_bytes())?;
        Ok(self.number)
    }

    /// Takes what it tells until it has done with an order, and then the packets it has sent by then.
    fn wait(&mut self, number: u64) -> Result<Reply, PeerError> {
        let mut reply = Reply::default();
        loop {
            let mut line = String::new();
            let read = self.answers.read_line(&mut line);
            if !matches!(read, Ok(1..)) {
                return Err(PeerError::Lost(self.last_words(read.err())));
            }
            let told: Value =
                serde_json::from_str(&line).map_err(|error| PeerError::Lost(format!("{error} in {line}")))?;
            if let Some(died) = told["died"].as_str() {
                return Err(PeerError::Lost(died.to_owned()));
            }
            if told["done"] == number {
                let sent = told["sent"].as_u64().unwrap_or(0);
                if let Some(hci) = &mut self.hci {
                    hci.take(sent, &mut reply.packets)?;
                }
                return Ok(reply);
            }
            reply.events.push(told);
        }
    }

    /// Why it has gone.
    fn last_words(&mut self, error: Option<io::Error>) -> String {
        match error {
            Some(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                format!("it has said nothing for {} s", PATIENCE.as_secs())
            }
            Some(error) => error.to_string(),
            None => match self.child.wait() {
                Ok(status) => format!("it has ended by itself, {status}"),
                Err(error) => error.to_string(),
            },
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Hci {
    /// Reads up to the octet with this number.
    fn take(&mut self, until: u64, packets: &mut Vec<HciPacket>) -> Result<(), PeerError> {
        let mut piece = [0; 4096];
        while self.got < until {
            let left = usize::try_from(until - self.got).unwrap_or(usize::MAX).min(piece.len());
            let got = self.stream.read(&mut piece[..left])?;
            if got == 0 {
                return Err(PeerError::Lost("it has hung up".to_owned()));
            }
            self.got += u64::try_from(got).expect("it is counted in 64 bits");
            self.framer.push(&piece[..got]);
            while let Some(item) = self.framer.next()? {
                match item {
                    Item::Packet(packet) | Item::Malformed(packet, _) => packets.push(packet),
                    Item::Ignored { .. } => {}
                }
            }
        }
        Ok(())
    }
}

/// What came of an order.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) packets: Vec<HciPacket>,
    pub(crate) events: Vec<Value>,
}

/// Which version of the library this Python has.
fn version(python: &Path) -> Result<String, PeerError> {
    let name = python.display().to_string();
    let ask = "import bumble.device, importlib.metadata; print(importlib.metadata.version('bumble'))";
    let asked = Command::new(python).args(["-c", ask]).stdin(Stdio::null()).output();
    let output = asked.map_err(|error| PeerError::NoPython(name.clone(), error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(PeerError::NoBumble { python: name, said })
}

/// Waits for the process to come, unless it ends.
fn accept(listener: &TcpListener, child: &mut Child) -> Result<TcpStream, PeerError> {
    listener.set_nonblocking(true)?;
    let since = Instant::now();
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                return Ok(stream);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        if let Some(status) = child.try_wait()? {
            return Err(PeerError::Lost(format!("it has ended by itself, {status}")));
        }
        if since.elapsed() > PATIENCE {
            return Err(PeerError::Lost("it does not come".to_owned()));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
