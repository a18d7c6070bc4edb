//! A recorded pairing, made again: the same features, keys and departures from the specification give the same
//! exchange, octet for octet.
//!
//! The recording is a btmon log posted to a public mailing list: a single-board computer (central, legacy
//! pairing, keys that were not negotiated and are not random) and a peripheral that answers them with Pairing
//! Failed, Unspecified Reason, and ends the link.

use crate::common::plan;
use blesim_crypto::Naive;
use blesim_host::{Failure, Procedure, Shown};
use blesim_kernel::Instant;
use blesim_packet::hci::{Command, ErrorCode, Event, HciPacket};
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution, Reason};
use blesim_packet::{Address, l2cap};
use blesim_world::{Entry, Given, Outcome, Plan, Sim, Trace};

/// Every SMP PDU of the recording in order, as the central's host sent (>) or got it (<), the key it gave to
/// LE Start Encryption, and the reason of the disconnection.
const RECORDED: [&str; 15] = [
    "> 01020005100505",
    "< 02030001100401",
    "> 0312e170d20c0bb8beb6d7c59bb006acd0",
    "< 036e0be0cc5a8f08ffc98a88c25167aa2f",
    "> 0425498f1cc873d7450460df3b5ce2ab7e",
    "< 049e7769acf6f4c19706f9abde25d4749f",
    "encrypt 7689a6b5371537b24f2c7c7805688df6",
    "encrypted",
    "< 06b22ef80c481a8b4929e7159e0c2b0ba3",
    "< 07ee02eb935f0728e82007",
    "> 06ffeeddccbbaa99887766554433221100",
    "> 070c001122334455667788",
    "> 0affeeddccbbaa99887766554433221100",
    "< 0508",
    "disconnected 13",
];

/// A number from octets as btmon prints them: the least significant first.
fn number(hex: &str) -> u128 {
    let octets: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal digits"))
        .collect();
    u128::from_le_bytes(octets.try_into().expect("sixteen octets"))
}

fn recorded_plan() -> Plan {
    let mut plan = plan();
    let both = KeyDistribution(KeyDistribution::ENC_KEY.0 | KeyDistribution::SIGN.0);
    let central = Address::public([0xB8, 0x27, 0xEB, 0x15, 0x50, 0x70]);
    let peripheral = Address::random([0xD2, 0xA7, 0x4C, 0x76, 0xF3, 0xE0]);

    let pi = &mut plan.devices[0];
    pi.controller.public_address = central;
    pi.host.address = central;
    pi.host.io = IoCapability::KeyboardOnly;
    pi.host.auth = AuthReq(AuthReq::BONDING.0 | AuthReq::MITM.0);
    (pi.host.initiator_keys, pi.host.responder_keys) = (both, both);
    pi.host.quirks.distributes_unnegotiated = KeyDistribution::ENC_KEY;
    pi.given = Given {
        pairing_random: Some(number("25498f1cc873d7450460df3b5ce2ab7e")),
        ltk: Some(number("ffeeddccbbaa99887766554433221100")),
        ediv: Some(0x000C),
        rand: Some(0x8877_6655_4433_2211),
        csrk: Some(number("ffeeddccbbaa99887766554433221100")),
        irk: None,
    };

    let other = &mut plan.devices[1];
    other.host.address = peripheral;
    other.host.peers = central.into();
    other.host.auth = AuthReq::BONDING;
    (other.host.initiator_keys, other.host.responder_keys) =
        (KeyDistribution::SIGN, KeyDistribution::ENC_KEY);
    other.host.quirks.refuses_unnegotiated = true;
    other.given = Given {
        pairing_random: Some(number("9e7769acf6f4c19706f9abde25d4749f")),
        ltk: Some(number("b22ef80c481a8b4929e7159e0c2b0ba3")),
        ediv: Some(0x02EE),
        rand: Some(0x0720_E828_075F_93EB),
        ..Given::default()
    };
    plan
}

/// What the central's host sends and gets.
#[derive(Default)]
struct Log(Vec<String>);

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |text, octet| text + &format!("{octet:02x}"))
}

impl Trace for Log {
    const ON: bool = true;
    fn entry(&mut self, _: Instant, entry: &Entry<'_>) {
        let line = match entry {
            Entry::ToController { device: 0, packet } => match packet {
                HciPacket::Acl(acl) => format!("> {}", hex(&acl.data[l2cap::HEADER..])),
                HciPacket::Command(Command::LeEnableEncryption { rand: 0, ediv: 0, ltk, .. }) => {
                    format!("encrypt {}", hex(&ltk.to_le_bytes()))
                }
                _ => return,
            },
            Entry::ToHost { device: 0, packet } => match packet {
                HciPacket::Acl(acl) => format!("< {}", hex(&acl.data[l2cap::HEADER..])),
                HciPacket::Event(Event::EncryptionChange { status: ErrorCode::SUCCESS, .. }) => {
                    "encrypted".to_owned()
                }
                HciPacket::Event(Event::DisconnectionComplete { reason, .. }) => {
                    format!("disconnected {:02x}", reason.0)
                }
                _ => return,
            },
            _ => return,
        };
        self.0.push(line);
    }
}

/// The exchange made from the recording's own random values is the recording's, confirm values, STK and all.
#[test]
fn the_recorded_failure_is_made_again() {
    let mut plan = recorded_plan();
    // The central waits, so that the end of the link is seen too.
    let wait = blesim_host::recovery::Wait::fixed(blesim_kernel::Span::from_secs(1));
    plan.policies[0] = blesim_host::recovery::Program {
        rules: [crate::common::rule((1, 1), &[blesim_host::recovery::Action::Wait(wait)])].into(),
        ..plan.policies[0].clone()
    };
    let mut log = Log::default();
    let record = Sim::new(&plan).run(&plan, 0, 1, &mut Naive, &mut log).unwrap();
    assert_eq!(log.0, RECORDED);
    assert_eq!(record.outcome, Outcome::GaveUp);
    let shown = Shown::PairingFailed(Reason::UNSPECIFIED_REASON);
    assert_eq!(record.first_failure(), Some(Failure { procedure: Procedure::Bonding, shown }));
}

/// With keys as negotiated the same two devices bond: the departure is what fails them.
#[test]
fn without_the_departure_the_pairing_succeeds() {
    let mut plan = recorded_plan();
    plan.devices[0].host.quirks.distributes_unnegotiated = KeyDistribution(0);
    let record = Sim::new(&plan).run(&plan, 0, 1, &mut Naive, &mut Log::default()).unwrap();
    assert_eq!(record.outcome, Outcome::Secured);
}
