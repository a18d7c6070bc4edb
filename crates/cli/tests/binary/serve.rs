//! What `serve` does with clients and commands that are not as they should be.
//!
//! Invariant: whatever one client does, the server lives on, and so does the other device.

use crate::served::{Serve, scenario};
use crate::world::World;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::time::Duration;

/// HCI_Reset, and its answer.
const RESET: &[u8] = &[0x01, 0x03, 0x0C, 0x00];
const RESET_DONE: &[u8] = &[0x04, 0x0E, 0x04, 0x01, 0x03, 0x0C, 0x00];

/// A host at this port.
fn host(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Sends octets and reads as many as the answer has.
fn ask(stream: &mut TcpStream, octets: &[u8], answer: &[u8]) {
    stream.write_all(octets).unwrap();
    let mut got = vec![0; answer.len()];
    stream.read_exact(&mut got).unwrap();
    assert_eq!(got, answer, "{octets:02x?}");
}

/// Whether the server has hung up.
fn is_over(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    // A line that is reset is over too.
    stream.read_to_end(&mut rest).is_ok() || rest.is_empty()
}

/// Garbage, indicators of the wrong side, lengths that no buffer holds and clients that leave in the middle end the
/// client, with words that say why; the other device and the next client find everything as it was.
#[test]
fn one_bad_client_ends_alone() {
    let serve = Serve::start(&scenario("", ""), &[]);
    let mut other = host(serve.ports[1]);
    ask(&mut other, RESET, RESET_DONE);
    let bad: [&[u8]; 5] = [
        b"GET / HTTP/1.1\r\n\r\n",
        &[0x04, 0x0E, 0x00],
        &[0x02, 0x40, 0x00, 0xFF, 0xFF],
        &[0x00; 64],
        &[0xFF],
    ];
    for octets in bad {
        let mut client = host(serve.ports[0]);
        client.write_all(octets).unwrap();
        assert!(is_over(&mut client), "{octets:02x?}");
    }
    for part in
        [&[0x01][..], &[0x01, 0x03], &[0x02, 0x40, 0x00, 0x10, 0x00, 0x01], &[0x01, 0x01, 0x20, 0x08, 0xFF]]
    {
        let mut client = host(serve.ports[0]);
        client.write_all(part).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        assert!(is_over(&mut client), "{part:02x?}");
    }
    // One octet at a time is as good as all at once.
    let mut client = host(serve.ports[0]);
    for octet in RESET {
        client.write_all(&[*octet]).unwrap();
        client.flush().unwrap();
        std::thread::sleep(Duration::from_millis(2));
    }
    ask(&mut client, RESET, &[RESET_DONE, RESET_DONE].concat());
    ask(&mut other, RESET, RESET_DONE);
    let said = serve.interrupt();
    for words in [
        "octet 0 is 0x47, where a host sends a packet indicator: 0x01 (command) or 0x02 (ACL data)",
        "the packet at octet 0 says 65535 octets",
        "in the middle of a packet",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

/// Commands that nobody knows, or that nobody can read, are answered as the specification says, reported, and never
/// fatal (Vol 4 Part E 4.5, Vol 1 Part F 2.1 and 2.18).
#[test]
fn unknown_commands_are_answered() {
    let serve = Serve::start(&scenario("", ""), &[]);
    let mut client = host(serve.ports[0]);
    ask(&mut client, &[0x01, 0x00, 0xFC, 0x02, 1, 2], &[0x04, 0x0E, 0x04, 0x01, 0x00, 0xFC, 0x01]);
    // HCI_LE_Set_Scan_Enable with one octet of two.
    ask(&mut client, &[0x01, 0x0C, 0x20, 0x01, 1], &[0x04, 0x0E, 0x04, 0x01, 0x0C, 0x20, 0x12]);
    // HCI_LE_Create_Connection, which is answered by Command Status.
    ask(&mut client, &[0x01, 0x0D, 0x20, 0x00], &[0x04, 0x0F, 0x04, 0x12, 0x01, 0x0D, 0x20]);
    // Synchronous data have no place, and are passed over.
    ask(&mut client, &[&[0x03, 0x01, 0x00, 0x02, 9, 9], RESET].concat(), RESET_DONE);
    let said = serve.interrupt();
    for words in ["command 0xfc00 is not known here", "HCI_LE_Set_Scan_Enable", "there is ACL data alone"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

/// A second client at one port is turned away, and the first is not disturbed.
#[test]
fn one_client_a_port() {
    let serve = Serve::start(&scenario("", ""), &[]);
    let mut first = host(serve.ports[0]);
    ask(&mut first, RESET, RESET_DONE);
    let mut second = host(serve.ports[0]);
    assert!(is_over(&mut second));
    ask(&mut first, RESET, RESET_DONE);
    drop(first);
    let mut third = host(serve.ports[0]);
    ask(&mut third, RESET, RESET_DONE);
    assert!(serve.interrupt().contains("turned away"));
}

/// A client that sends and never reads costs a bounded amount of memory, and the other device does not notice.
#[test]
fn a_client_that_does_not_read_is_bounded() {
    let serve = Serve::start(&scenario("", ""), &[]);
    let mut deaf = host(serve.ports[0]);
    deaf.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let flood = RESET.repeat(4096);
    let mut sent = 0;
    // The server stops taking more, or hangs up: either way it does not go on for ever.
    for _ in 0..2048 {
        match deaf.write(&flood) {
            Ok(count) => sent += count,
            Err(_) => break,
        }
    }
    assert!(sent < 2048 * flood.len(), "{sent} octets were taken");
    let mut other = host(serve.ports[1]);
    ask(&mut other, RESET, RESET_DONE);
    let status = std::fs::read_to_string(format!("/proc/{}/status", serve.child.id())).unwrap_or_default();
    let memory =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")).map(|text| text.trim().to_owned());
    if let Some(memory) = memory {
        let kib: usize = memory.trim_end_matches(" kB").parse().unwrap();
        assert!(kib < 64 * 1024, "{memory}");
    }
    drop(deaf);
    serve.interrupt();
}

/// What cannot be served is said at once, with what to write instead.
#[test]
fn what_cannot_be_served_is_told() {
    let world = World::new();
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let place = format!("lock=tcp:{}", held.local_addr().unwrap().port());
    world.put("file", "not a socket");
    let check = |args: &[&str], words: &[&str]| {
        let ended = world.run(&[&["serve", "small.ron"], args].concat());
        assert_eq!(ended.code, Some(2), "{args:?}: {ended:?}");
        assert!(words.iter().all(|words| ended.err.contains(words)), "{args:?}: {}", ended.err);
    };
    check(&["--attach", &place], &["in use by another program", "tcp:0"]);
    check(&["--attach", "lock=tcp:0.0.0.0:0"], &["other machines", "--listen-beyond"]);
    check(&["--attach", "door=tcp:0"], &["no device \"door\"", "phone, lock"]);
    check(&["--attach", "lock=tcp:0", "--controller", "lock=tcp:127.0.0.1:1"], &["attached twice"]);
    check(&["--attach", "tcp:0"], &["DEVICE=PLACE"]);
    check(&["--attach", "lock=usb:0"], &["write tcp:PORT"]);
    check(&["--attach", "lock=unix:file"], &["already"]);
    check(&["--controller", "phone=tcp:127.0.0.1:1"], &["cannot open tcp:127.0.0.1:1"]);
    check(&["--attach", "lock=tcp:0", "-o", "session.xyz"], &["--format"]);
    check(&["--attach", "lock=tcp:0", "-o", "nowhere/session.pcapng"], &["cannot write"]);
    assert_eq!(world.listing(), ["file", "small.ron"]);
}

/// A socket in the file system and a terminal are there while it serves, and gone afterwards; a socket that a killed
/// server has left is taken over.
#[test]
fn sockets_and_terminals_come_and_go() {
    use std::os::unix::net::UnixStream;
    let serve = Serve::start(
        &scenario("", ""),
        &["--attach", "phone=unix:phone.sock", "--attach", "lock=pty:lock.tty"],
    );
    let [socket, tty] = ["phone.sock", "lock.tty"].map(|name| serve.home.path().join(name));
    let mut client = UnixStream::connect(&socket).unwrap();
    client.write_all(RESET).unwrap();
    let mut got = [0; 7];
    client.read_exact(&mut got).unwrap();
    assert_eq!(got, RESET_DONE);
    let mut port = std::fs::OpenOptions::new().read(true).write(true).open(&tty).unwrap();
    // What is no packet is passed over up to the next reset, as on any serial line (Vol 4 Part A 4).
    port.write_all(b"noise").unwrap();
    std::thread::sleep(Duration::from_millis(200));
    port.write_all(RESET).unwrap();
    port.read_exact(&mut got).unwrap();
    assert_eq!(got, RESET_DONE);
    serve.interrupt();
    assert!(!socket.exists() && !tty.exists());
}
