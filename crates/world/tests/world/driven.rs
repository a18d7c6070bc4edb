//! Sessions that are driven from outside.

use crate::common::{LOCK, PHONE, plan};
use blesim_crypto::Naive;
use blesim_host::{Episode, Link};
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::{Command, Event, HciPacket};
use blesim_world::{Driven, Entry, Foreign, Reached, Sim, Trace};

/// Everything that happens, as text.
#[derive(Debug, Default)]
struct Lines(Vec<String>);

impl Trace for Lines {
    const ON: bool = true;

    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        self.0.push(format!("{at} {entry:?}"));
    }
}

/// Driven in steps of any length, a session with nobody outside goes as it goes by itself; it only does not end.
#[test]
fn driving_changes_nothing() {
    let plan = plan();
    let mut alone = Lines::default();
    Sim::new(&plan).run(&plan, 0, 3, &mut Naive, &mut alone).expect("no bug");
    for step in [Span::from_micros(7), Span::from_micros(1_250), Span::from_secs(5)] {
        let mut driven = Driven::new(&plan, (0, 3), &[], Naive, Lines::default());
        while driven.trace().0.len() < alone.0.len() {
            let until = driven.now() + step;
            assert_eq!(driven.advance(until), Ok(Reached::Until));
            assert_eq!(driven.now(), until);
        }
        assert_eq!(driven.end().0[..alone.0.len()], alone.0[..], "in steps of {step:?}");
    }
}

/// The answers to commands of a foreign host, up to `until`.
fn answers<T: Trace>(driven: &mut Driven<'_, Naive, T>, until: Instant) -> Vec<Event> {
    let mut events = Vec::new();
    while driven.advance(until).expect("no bug") == Reached::Packet {
        while let Some((_, packet)) = driven.take() {
            events.extend(match packet {
                HciPacket::Event(event) => Some(event),
                _ => None,
            });
        }
    }
    events
}

/// A controller with a foreign host answers when it has power, after the delay of the plan, and not otherwise; its
/// device is found by our host as any other.
#[test]
fn a_foreign_host_has_a_controller_of_ours() {
    let plan = plan();
    let lock = 1;
    let mut driven = Driven::new(&plan, (0, 0), &[(lock, Foreign::Host)], Naive, Lines::default());
    let reset = HciPacket::Command(Command::Reset);
    driven.put(lock, reset);
    let later = |driven: &Driven<'_, Naive, Lines>, millis| driven.now() + Span::from_millis(millis);
    let until = later(&driven, 5);
    assert_eq!(answers(&mut driven, until), [], "without power nothing is heard");
    driven.switch(lock, true);
    driven.put(lock, reset);
    let delay = plan.devices[lock].hci_delay;
    let until = driven.now() + delay.down + delay.up;
    assert_eq!(driven.advance(until), Ok(Reached::Packet));
    assert_eq!(driven.now(), until);
    assert_eq!(driven.take().map(|(device, _)| device), Some(lock));
    let masks = [Command::SetEventMask(u64::MAX), Command::LeSetEventMask(0x1F)];
    for command in masks.into_iter().chain([
        Command::LeSetRandomAddress(LOCK),
        Command::LeSetAdvertisingParameters(blesim_packet::hci::LeSetAdvertisingParameters {
            interval_min: 32,
            interval_max: 32,
            kind: 0,
            own_address_kind: LOCK.kind,
            peer: PHONE,
            channel_map: 7,
            filter_policy: 0,
        }),
        Command::LeSetAdvertisingEnable(true),
    ]) {
        driven.put(lock, HciPacket::Command(command));
    }
    let until = later(&driven, 1_000);
    let events = answers(&mut driven, until);
    assert!(events.iter().any(|event| matches!(event, Event::LeConnectionComplete { .. })), "{events:?}");
    let link = driven.sessions(0).next().map(|session| session.link);
    assert!(matches!(link, Some(Link::Up { .. })), "{link:?}");
    // Whoever is switched off is gone for the other as well, after the supervision timeout.
    driven.switch(lock, false);
    let until = later(&driven, 6_000);
    assert_eq!(answers(&mut driven, until), []);
    let session = driven.sessions(0).next().expect("it has one peer");
    assert!(matches!(session.episode, Episode::GaveUp(_)), "{session:?}");
}

/// Our host over a foreign controller sends what it sends at start, and does as it is told.
#[test]
fn a_foreign_controller_has_a_host_of_ours() {
    let plan = plan();
    let mut driven = Driven::new(&plan, (0, 0), &[(0, Foreign::Controller)], Naive, Lines::default());
    let mut sent = Vec::new();
    let until = Instant::ZERO + Span::from_secs(1);
    while driven.advance(until).expect("no bug") == Reached::Packet {
        let (device, packet) = driven.take().expect("it was said that there is one");
        let HciPacket::Command(command) = packet else { panic!("{packet:?}") };
        assert_eq!(device, 0);
        sent.push(command.name().expect("our host sends what has a name"));
        let mut parameters = blesim_packet::Octets::from_slice(&[0]).expect("it fits");
        if command == Command::LeReadBufferSize {
            parameters = blesim_packet::Octets::from_slice(&[0, 251, 0, 3]).expect("it fits");
        }
        let opcode = command.opcode();
        driven.put(0, HciPacket::Event(Event::CommandComplete { packets: 1, opcode, parameters }));
    }
    let expected = [
        "HCI_Reset",
        "HCI_Set_Event_Mask",
        "HCI_LE_Set_Event_Mask",
        "HCI_LE_Read_Buffer_Size",
        "HCI_LE_Create_Connection",
    ];
    assert_eq!(sent, expected);
}
