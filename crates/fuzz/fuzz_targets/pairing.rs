//! Any bytes as what a peer, a controller and a user say to a host, in any order: no panic.
#![no_main]

use blesim_crypto::{DhKey, InvalidPublicKey, KeyAgreement, KeyBank, KeyName, KeyPair, PublicKey};
use blesim_host::recovery::Program;
use blesim_host::{
    Answer, BondRules, Config, Draw, Host, Input, Mishap, Note, OobData, Port, Prompt, Role, Security, Step,
};
use blesim_kernel::Instant;
use blesim_packet::hci::{AclData, ErrorCode, Event, HciPacket};
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution};
use blesim_packet::{Address, Octets};

const HANDLE: u16 = 0x0040;

/// The way out: everything is dropped, every draw is another number.
#[derive(Default)]
struct Out {
    keys: KeyBank,
    draws: u128,
}

impl Port for Out {
    fn to_controller(&mut self, _: &HciPacket) {}
    fn draw(&mut self, _: usize, _: Draw) -> u128 {
        self.draws += 1;
        self.draws
    }
    fn key_pair(&mut self, _: usize) -> KeyPair {
        let name = KeyName { seed: 0, device: 0, attempt: 0 };
        self.keys.key_pair(name, &mut || [0x17; 32])
    }
    fn dh_key(&mut self, local: &KeyPair, received: &PublicKey) -> Result<DhKey, InvalidPublicKey> {
        self.keys.dh_key(local, received)
    }
    fn step(&mut self, _: usize, _: Step) {}
    fn fails(&mut self, _: usize, _: Mishap) -> bool {
        false
    }
    fn prompt(&mut self, _: usize, _: Prompt) {}
    fn oob(&mut self, _: OobData) {}
    fn note(&mut self, _: usize, _: Note) {}
}

fn config(role: Role, io: u8, auth: u8, oob: bool) -> Config {
    let (own, peer) = (Address::public([1; 6]), Address::public([2; 6]));
    Config {
        io: IoCapability::ALL[usize::from(io) % 5],
        auth: AuthReq(auth),
        initiator_keys: KeyDistribution(0x0F),
        responder_keys: KeyDistribution(0x0F),
        security: Security { oob, ..Security::PLAIN },
        bonds: BondRules::of(1),
        ..Config::plain(role, own, peer)
    }
}

fn acl(octets: &[u8]) -> Option<HciPacket> {
    let mut data = Octets::new();
    data.extend_from_slice(&u16::try_from(octets.len()).ok()?.to_le_bytes()).ok()?;
    data.extend_from_slice(&[6, 0]).ok()?;
    data.extend_from_slice(octets).ok()?;
    Some(HciPacket::Acl(AclData { handle: HANDLE, boundary: 2, broadcast: 0, data }))
}

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let [role, io, auth, rest @ ..] = octets else { return };
    let role = if role & 1 == 0 { Role::Central } else { Role::Peripheral };
    let mut host = Host::new(config(role, *io, *auth, *io & 0x80 != 0));
    let (program, mut out, mut now) = (Program::passive("passive"), Out::default(), Instant::ZERO);
    host.handle(now, Input::PowerOn, &program, &mut out);
    let connected = Event::LeConnectionComplete {
        status: ErrorCode::SUCCESS,
        handle: HANDLE,
        role: 0,
        peer: Address::public([2; 6]),
        interval: 24,
        latency: 0,
        timeout: 400,
        clock_accuracy: 0,
    };
    host.handle(now, Input::Hci(&HciPacket::Event(connected)), &program, &mut out);
    let mut rest = rest;
    while let [kind, length, tail @ ..] = rest {
        let (part, next) = tail.split_at(usize::from(*length).min(tail.len()).min(80));
        rest = next;
        let first = part.first().copied().unwrap_or_default();
        let packet = match kind % 8 {
            0..4 => acl(part),
            4 => Event::decode(part).ok().map(HciPacket::Event),
            5 => {
                let answers = [Answer::Yes, Answer::No, Answer::Cancel, Answer::Passkey(u32::from(first))];
                let answer = answers[usize::from(first) % answers.len()];
                host.handle(now, Input::User(0, answer), &program, &mut out);
                None
            }
            6 => {
                now = host.deadline().map_or(now, |(at, _)| at.max(now));
                host.handle(now, Input::Wake, &program, &mut out);
                None
            }
            _ => {
                host.handle(now, Input::MakeOob, &program, &mut out);
                None
            }
        };
        if let Some(packet) = packet {
            host.handle(now, Input::Hci(&packet), &program, &mut out);
        }
    }
});
