//! Common random numbers: two policies meet the same world.

use crate::common::{again, plan, rule};
use crate::signal::busy;
use blesim_controller::AirPdu;
use blesim_crypto::SharedSecret;
use blesim_host::recovery::{Action, Program, Wait};
use blesim_kernel::{Chance, Instant, Span, Streams};
use blesim_packet::ll::{ChannelIndex, Phy};
use blesim_world::fault::{self, Effect, FaultPlan, Lost, Trigger};
use blesim_world::{Entry, Loss, Plan, Reception, Sim, Trace, Weather, chance};
use std::collections::BTreeMap;

/// The fate of every frame and the octets it carried, by first bit, sender, receiver and channel.
#[derive(Default)]
struct Fates(BTreeMap<(u64, usize, usize, u8), (Reception, usize)>);

impl Trace for Fates {
    const ON: bool = true;
    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        if let Entry::Frame { from, frame, receivers } = entry
            && matches!(frame.pdu, AirPdu::Advertising(_) | AirPdu::Data(_))
        {
            for &(to, reception) in *receivers {
                let fate = (reception, frame.pdu.payload_len());
                self.0.insert((at.as_nanos(), *from, to, frame.channel.0), fate);
            }
        }
    }
}

fn bursty() -> Plan {
    let mut plan = plan();
    plan.air.loss = Loss::Burst {
        good: Chance::ratio(1, 20),
        bad: Chance::ratio(9, 10),
        mean_good: Span::from_millis(500),
        mean_bad: Span::from_millis(80),
    };
    plan.devices[0].host.link.supervision_timeout = 20;
    let wait = Action::Wait(Wait::fixed(Span::from_millis(700)));
    let patient = Program {
        rules: [rule((1, 5), &[Action::Disconnect, wait, Action::Again])].into(),
        ..Program::passive("patient")
    };
    plan.policies = vec![again(6), patient];
    let chance = Chance::ratio(1, 2);
    let trigger = Trigger::Between(Span::ZERO, Span::from_secs(2));
    let cut = Effect::PowerCut(Span::from_millis(200));
    plan.faults = vec![
        FaultPlan { effect: cut, device: 1, trigger, chance },
        FaultPlan { effect: Effect::ForgetBond(Lost::All), device: 0, trigger, chance },
    ];
    plan
}

/// The world as bytes: weather, planned faults and the fate that awaits any frame at any place and time.
fn dump(plan: &Plan, seed: u64) -> Vec<u8> {
    let chance = chance::SessionChance::new(seed, plan.devices.len());
    let mut weather = Weather::new(plan, &chance);
    let mut planned = Vec::new();
    fault::plan(&plan.faults, Streams::new(seed), &mut planned);
    let mut bytes =
        format!("{:?}{planned:?}", weather.stretches(0, 1, Instant::from_nanos(9_000_000_000))).into_bytes();
    for step in 0..2_000 {
        let at = Instant::from_nanos(step * 4_321_987);
        for (from, to) in [(0, 1), (1, 0)] {
            bytes.extend(chance.frame(from, to, (step % 40) as u8, at).to_le_bytes());
            bytes.push(weather.fate(from, to, ChannelIndex((step % 40) as u8), Phy::Le1M, 21, at) as u8);
            bytes.extend(weather.level(from, to, at).unwrap_or_default().to_le_bytes());
        }
    }
    bytes
}

/// Two policies see different parts of one world: where both sent a frame at the same place and time it met
/// the same fate, and the fate is the one the world holds in store. The dump does not mention the policy, and
/// is the same before and after a session of either.
#[test]
fn two_policies_meet_the_same_world() {
    same_world(&bursty());
}

/// The same where interferers, outages, levels and motion have their say as well.
#[test]
fn two_policies_meet_the_same_busy_world() {
    same_world(&busy(bursty()));
}

fn same_world(plan: &Plan) {
    let (mut shared_frames, mut differing_sessions) = (0, 0);
    for seed in 0..60 {
        let before = dump(plan, seed);
        let mut fates = [Fates::default(), Fates::default()];
        let mut digests = [0; 2];
        for policy in 0..2 {
            let mut sim = Sim::new(plan);
            let record =
                sim.run(plan, policy, seed, &mut SharedSecret::new(), &mut fates[policy]).expect("no bug");
            digests[policy] = record.digest;
            assert_eq!(dump(plan, seed), before);
        }
        let mut weather = Weather::new(plan, &chance::SessionChance::new(seed, 2));
        for (&(at, from, to, channel), &(reception, len)) in fates.iter().flat_map(|fates| &fates.0) {
            let (channel, at) = (ChannelIndex(channel), Instant::from_nanos(at));
            let fate = weather.fate(from, to, channel, Phy::Le1M, len, at);
            assert_eq!(fate, reception, "seed {seed}: at {at} from {from}");
            let clean = weather.clean_until(from, to, Phy::Le1M, at) > at;
            assert!(!clean || fate == Reception::Whole, "seed {seed}: at {at} from {from}");
        }
        for (place, fate) in &fates[0].0 {
            // Frames of one length: a longer one meets more.
            if let Some(other) = fates[1].0.get(place).filter(|other| other.1 == fate.1) {
                shared_frames += 1;
                assert_eq!(fate, other, "seed {seed}: {place:?}");
            }
        }
        differing_sessions += u32::from(digests[0] != digests[1]);
    }
    assert!(shared_frames > 1_000 && differing_sessions > 10, "{shared_frames} {differing_sessions}");
}

/// Taking one fault out of a plan leaves the others where they are.
#[test]
fn removing_a_fault_moves_no_other() {
    let plan = bursty();
    for seed in 0..50 {
        let (mut all, mut rest) = (Vec::new(), Vec::new());
        fault::plan(&plan.faults, Streams::new(seed), &mut all);
        let mut fewer = plan.faults.clone();
        fewer[1].chance = Chance::NEVER;
        fault::plan(&fewer, Streams::new(seed), &mut rest);
        all.retain(|planned| planned.index != 1);
        assert_eq!(all, rest);
    }
}
