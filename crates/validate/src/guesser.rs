//! Whoever guesses a passkey that is shown again and again, against a host of ours that shows it.
//!
//! Invariant: the guesser sees the PDUs that reach it and nothing else; the victim is the simulator's own
//! host.

use crate::sessions;
use blesim_crypto::toolbox::f4;
use blesim_crypto::{
    DhKey, InvalidPublicKey, KeyAgreement, KeyName, KeyPair, PublicKey, SecretKey, SharedSecret,
};
use blesim_host::recovery::Program;
use blesim_host::{Draw, Host, Input, Note, OobData, Port, Prompt, Step, Why};
use blesim_kernel::{Instant, Span, Stream, StreamName, Streams};
use blesim_packet::hci::{AclData, Command, ErrorCode, Event, HciPacket};
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution, PairingFeatures, Reason, SmpPdu};
use blesim_packet::{Address, Octets, l2cap};
use std::collections::VecDeque;

/// Rounds of Passkey Entry: one for each bit (Vol 3 Part H 2.3.5.6.3).
const ROUNDS: u8 = 20;
const HANDLE: u16 = 0x0040;
const GUESSER: Address = Address::public([0x00, 0x00, 0x5E, 0x00, 0x53, 0x66]);

/// The way out of the victim's host.
struct Out {
    packets: VecDeque<HciPacket>,
    keys: SharedSecret,
    stream: Stream,
}

impl Port for Out {
    fn to_controller(&mut self, packet: &HciPacket) {
        self.packets.push_back(*packet);
    }
    fn draw(&mut self, _: usize, _: Draw) -> u128 {
        u128::from_le_bytes(self.stream.octets())
    }
    fn key_pair(&mut self, _: usize) -> KeyPair {
        let Self { keys, stream, .. } = self;
        keys.key_pair(KeyName { seed: 0, device: 1, attempt: 0 }, &mut || stream.octets())
    }
    fn dh_key(&mut self, local: &KeyPair, received: &PublicKey) -> Result<DhKey, InvalidPublicKey> {
        self.keys.dh_key(local, received)
    }
    fn step(&mut self, _: usize, _: Step) {}
    fn prompt(&mut self, _: usize, _: Prompt) {}
    fn oob(&mut self, _: OobData) {}
    fn note(&mut self, _: usize, _: Note) {}
}

/// The victim: a host, and as much of a controller as it can tell from the real thing.
struct Victim {
    now: Instant,
    host: Host,
    program: Program,
    out: Out,
    /// What it has said to the guesser.
    said: VecDeque<SmpPdu>,
}

impl Victim {
    fn new(passkey: u32, stream: Stream) -> Self {
        let mut plan = sessions::plan();
        sessions::passkey(&mut plan);
        let mut config = plan.devices[1].host;
        config.quirks.fixed_passkey = Some(passkey);
        let out = Out { packets: VecDeque::new(), keys: SharedSecret::new(), stream };
        let (host, program) = (Host::new(config), Program::passive("passive"));
        let mut victim = Self { now: Instant::ZERO, host, program, out, said: VecDeque::new() };
        victim.input(Input::PowerOn);
        victim
    }

    /// Hands an input to the host and carries out what it asks for, until it waits.
    fn input(&mut self, input: Input<'_>) {
        self.host.handle(self.now, input, &self.program, &mut self.out);
        while let Some(packet) = self.out.packets.pop_front() {
            let answer = match &packet {
                HciPacket::Command(command) => Some(answer_to(command)),
                HciPacket::Acl(acl) => {
                    let frame = l2cap::Frame::decode(&acl.data).ok();
                    let pdu = frame.filter(|frame| frame.cid == l2cap::CID_SMP);
                    self.said.extend(pdu.and_then(|frame| SmpPdu::decode(frame.payload).ok()));
                    Some(Event::NumberOfCompletedPackets { handle: HANDLE, count: 1 })
                }
                HciPacket::Event(_) => None,
            };
            if let Some(event) = answer {
                let event = HciPacket::Event(event);
                self.host.handle(self.now, Input::Hci(&event), &self.program, &mut self.out);
            }
            self.compute();
        }
    }

    /// The host has the DHKey as soon as it waits for it.
    fn compute(&mut self) {
        while let Some((at, Why::DhKey)) = self.host.deadline() {
            self.now = self.now.max(at);
            self.host.handle(self.now, Input::Wake, &self.program, &mut self.out);
        }
    }

    fn connect(&mut self) {
        self.now += Span::from_secs(1);
        self.said.clear();
        let status = ErrorCode::SUCCESS;
        let (interval, latency, timeout, clock_accuracy) = (24, 0, 400, 5);
        let event = Event::LeConnectionComplete {
            status,
            handle: HANDLE,
            role: 1,
            peer: GUESSER,
            interval,
            latency,
            timeout,
            clock_accuracy,
        };
        self.input(Input::Hci(&HciPacket::Event(event)));
    }

    fn disconnect(&mut self) {
        let reason = ErrorCode::REMOTE_USER_TERMINATED_CONNECTION;
        let event = Event::DisconnectionComplete { status: ErrorCode::SUCCESS, handle: HANDLE, reason };
        self.input(Input::Hci(&HciPacket::Event(event)));
    }

    /// Says something to the victim, and hears what it answers.
    fn ask(&mut self, pdu: &SmpPdu) -> Option<SmpPdu> {
        let data = l2cap::frame(l2cap::CID_SMP, &pdu.encode());
        let acl = AclData { handle: HANDLE, boundary: 0b10, broadcast: 0, data };
        self.input(Input::Hci(&HciPacket::Acl(acl)));
        self.said.pop_front()
    }
}

/// How a controller answers a command.
fn answer_to(command: &Command) -> Event {
    let opcode = command.opcode();
    let parameters: &[u8] = match command {
        Command::LeReadBufferSize => &[0, 251, 0, 3],
        Command::Disconnect { .. } => {
            return Event::CommandStatus { status: ErrorCode::SUCCESS, packets: 1, opcode };
        }
        _ => &[0],
    };
    let parameters = Octets::from_slice(parameters).expect("four octets fit");
    Event::CommandComplete { packets: 1, opcode, parameters }
}

/// Failed attempts until every bit of the victim's passkey is known, by a fair coin for each bit that is not.
///
/// # Panics
/// If the victim answers anything that the specification does not let it answer.
pub(crate) fn failures(number: u64) -> u64 {
    let stream = |owner| Streams::new(number).stream(StreamName::new(0x7661_6C69, owner));
    let mut coin = stream(5);
    let passkey = u32::try_from(coin.below(1_000_000)).expect("it is below a million");
    let own = KeyPair::from(SecretKey::from_entropy(&mut || coin.octets()));
    let mut victim = Victim::new(passkey, stream(6));
    let (mut known, mut guess, mut failures) = (0, 0_u32, 0);
    loop {
        for bit in known..ROUNDS {
            guess = guess & !(1 << bit) | u32::from(coin.next_u64() >> 63 == 1) << bit;
        }
        let Some(wrong) = attempt(&mut victim, &own, guess, &mut coin) else {
            assert_eq!(guess, passkey, "only the right passkey goes through");
            return failures;
        };
        assert!(wrong >= known, "a bit that is known does not fail");
        failures += 1;
        guess ^= 1 << wrong;
        known = wrong + 1;
    }
}

/// One pairing with this passkey: the round that failed, if one did.
fn attempt(victim: &mut Victim, own: &KeyPair, guess: u32, coin: &mut Stream) -> Option<u8> {
    let features = PairingFeatures {
        io: IoCapability::KeyboardOnly,
        oob: false,
        auth: AuthReq::BONDING.with(AuthReq::SC).with(AuthReq::MITM),
        max_key_size: 16,
        initiator_keys: KeyDistribution::ID_KEY,
        responder_keys: KeyDistribution::ID_KEY,
    };
    victim.connect();
    let response = victim.ask(&SmpPdu::PairingRequest(features));
    assert!(matches!(response, Some(SmpPdu::PairingResponse(_))), "{response:?}");
    let PublicKey { x, y } = own.public;
    let answer = victim.ask(&SmpPdu::PairingPublicKey { x, y });
    let Some(SmpPdu::PairingPublicKey { x: peer_x, .. }) = answer else {
        panic!("a public key, not {answer:?}")
    };
    let failed = (0..ROUNDS).find(|&round| {
        let z = 0x80 | u8::from(guess >> round & 1 == 1);
        let random = u128::from_le_bytes(coin.octets());
        let commitment = victim.ask(&SmpPdu::PairingConfirm(f4(&x, &peer_x, random, z)));
        assert!(matches!(commitment, Some(SmpPdu::PairingConfirm(_))), "round {round}: {commitment:?}");
        match victim.ask(&SmpPdu::PairingRandom(random)) {
            Some(SmpPdu::PairingRandom(_)) => false,
            Some(SmpPdu::PairingFailed(Reason::CONFIRM_VALUE_FAILED)) => true,
            other => panic!("round {round}: {other:?}"),
        }
    });
    victim.disconnect();
    failed
}
