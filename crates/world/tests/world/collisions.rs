//! Several devices in one air: frames that overlap on a channel break each other, unless one is much
//! stronger.

use crate::common::{device, plan};
use blesim_controller::Frame;
use blesim_crypto::SharedSecret;
use blesim_host::Role;
use blesim_kernel::{Instant, Span};
use blesim_packet::Address;
use blesim_packet::ll::airtime_us;
use blesim_world::{Entry, Plan, Radio, Reception, Signal, Sim, Trace, Waypoint};

/// One frame as the air saw it.
struct Seen {
    from: usize,
    channel: u8,
    start: Instant,
    end: Instant,
    /// How it reached the central, if that listened; a collision afterwards included.
    heard: Option<Reception>,
}

#[derive(Default)]
struct Log(Vec<Seen>);

impl Trace for Log {
    const ON: bool = true;
    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        match *entry {
            Entry::Frame { from, frame: Frame { channel, phy, pdu, .. }, receivers } => {
                let end = at + Span::from_micros(u64::from(airtime_us(*phy, pdu.payload_len())));
                let heard = receivers.iter().find(|receiver| receiver.0 == 0).map(|receiver| receiver.1);
                self.0.push(Seen { from, channel: channel.0, start: at, end, heard });
            }
            Entry::Collision { from, to: 0, by } => {
                assert_ne!(from, by);
                let broken = self.0.iter_mut().rev().find(|seen| seen.from == from).expect("it has begun");
                assert!(broken.end > at, "only what is on the air can be broken");
                broken.heard = Some(Reception::CrcError);
            }
            _ => {}
        }
    }
}

/// A central that looks for a device that is not there, and `count` others that advertise as fast as they
/// may, the first of them `near` millimetres away and the rest ten metres.
fn crowd(count: u8, near: Option<i32>) -> Plan {
    let mut plan = plan();
    plan.devices.truncate(1);
    plan.limit = Span::from_secs(20);
    for number in 0..count {
        let mut lock = device(Role::Peripheral);
        lock.host.address = Address::random([0xC0, 0, 0, 0, 1, number]);
        lock.host.link.advertising_interval = 32;
        let x = if number == 0 { near.unwrap_or_default() } else { 10_000 };
        lock.radio = Radio { path: vec![Waypoint { at: Instant::ZERO, x, y: 0 }], ..Radio::default() };
        plan.devices.push(lock);
    }
    plan.air.signal =
        near.map(|_| Signal { loss_at_1m: 4_020, exponent: 200, shadowing: None, co_channel: 2_100 });
    plan
}

fn run(plan: &Plan) -> Vec<Seen> {
    let mut log = Log::default();
    Sim::new(plan).run(plan, 0, 11, &mut SharedSecret::new(), &mut log).expect("no bug");
    log.0
}

/// How a frame fares beside all that overlap it on its channel: whole if none does, else broken if all begin
/// later, else not found. Of two that begin in the same instant the one that is sent first is the earlier.
fn expected(index: usize, others: &[Seen]) -> Reception {
    let seen = &others[index];
    let overlaps = |(_, other): &(usize, &Seen)| {
        other.from != seen.from
            && other.channel == seen.channel
            && other.start < seen.end
            && other.end > seen.start
    };
    let mut overlapping = others.iter().enumerate().filter(overlaps).peekable();
    if overlapping.peek().is_none() {
        Reception::Whole
    } else if overlapping.all(|(later, _)| later > index) {
        Reception::CrcError
    } else {
        Reception::Lost
    }
}

/// Where all are equally strong, every overlap breaks both frames, and nothing else breaks any.
#[test]
fn overlapping_frames_break_each_other() {
    let seen = run(&crowd(12, None));
    let mut counts = [0; 3];
    for (index, frame) in seen.iter().enumerate().filter(|(_, frame)| frame.from != 0) {
        let Some(heard) = frame.heard else { continue };
        let expected = expected(index, &seen);
        assert_eq!(heard, expected, "from {} at {}", frame.from, frame.start);
        counts[match heard {
            Reception::Whole => 0,
            Reception::CrcError => 1,
            Reception::Lost | Reception::Corrupted => 2,
        }] += 1;
    }
    assert!(counts[0] > 1_000 && counts[1] > 50 && counts[2] > 10, "whole, broken, lost: {counts:?}");
}

/// A device that is nearer by more than 21 dB is heard through all the others, unless one of them was first
/// and has been found; what it overlaps is broken all the same.
#[test]
fn the_near_one_is_heard() {
    let seen = run(&crowd(12, Some(500)));
    let (mut through, mut broken) = (0, 0);
    for (index, frame) in seen.iter().enumerate().filter(|(_, frame)| frame.from != 0) {
        let Some(heard) = frame.heard else { continue };
        let alone = expected(index, &seen);
        if frame.from == 1 {
            assert_ne!(heard, Reception::CrcError, "at {}", frame.start);
            through += u32::from(heard == Reception::Whole && alone == Reception::CrcError);
        } else {
            assert_eq!(heard, alone, "from {} at {}", frame.from, frame.start);
            broken += u32::from(heard != Reception::Whole);
        }
    }
    assert!(through > 30 && broken > 60, "{through} {broken}");
}

/// Twenty devices in one air: nothing is too small for them, and a reused simulation gives the same.
#[test]
fn twenty_devices_share_the_air() {
    let plan = crowd(19, Some(3_000));
    let mut sim = Sim::new(&plan);
    let mut record = || sim.run(&plan, 0, 5, &mut SharedSecret::new(), &mut Log::default()).expect("no bug");
    let first = record();
    assert_eq!(first, record());
    assert!(first.frames > 30_000, "{first:?}");
}
