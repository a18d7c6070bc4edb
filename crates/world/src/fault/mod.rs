//! Faults: what can go wrong, planned before the first event.
//!
//! Invariants: whether and when a fault strikes is drawn from a stream of its own, so taking one away moves no
//! other; a device never learns that it was struck. An effect is one file; its verb is one row of [`Effect`].

mod forget_bond;
mod frame;
mod pdu;
mod power_cut;
mod silence;

use crate::air::Reception;
use crate::chance::FAULTS;
use crate::device::Device;
use crate::shared::Shared;
use crate::trace::{Entry, Trace};
use blesim_host::Step;
use blesim_kernel::{Chance, Instant, Span, StreamName, Streams};

/// What a fault does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// The device loses bonds.
    ForgetBond(Lost),
    /// The device loses power, and comes back after this time.
    PowerCut(Span),
    /// The device's host does nothing for this time; its controller goes on.
    HostSilent(Span),
    /// A frame that the device sends is received like this.
    Frame(Reception),
    /// The device's application has waited long enough: links that are not secured by now are ended.
    AppGivesUp,
    /// The device's controller does nothing for this time: no instant is met and nothing is heard.
    RadioStops(Span),
    /// The device's controller lets a data PDU slip into the next encryption start.
    StrayData,
    /// A PDU of the Security Manager does not come from the device's controller to its host.
    LosePdu,
}

impl Effect {
    /// The name, as scenarios write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ForgetBond(Lost::All) => "ForgetBond",
            Self::ForgetBond(Lost::With(_)) => "ForgetBondWith",
            Self::ForgetBond(Lost::InRam) => "ForgetBondsInRam",
            Self::PowerCut(_) => "PowerCut",
            Self::HostSilent(_) => "HostSilent",
            Self::AppGivesUp => "AppGivesUp",
            Self::RadioStops(_) => "RadioStops",
            Self::StrayData => "StrayData",
            Self::LosePdu => "LosePdu",
            Self::Frame(Reception::Lost) => "LoseFrame",
            Self::Frame(Reception::CrcError) => "BreakFrame",
            Self::Frame(Reception::Corrupted) => "CorruptFrame",
            Self::Frame(Reception::Whole) => "SpareFrame",
        }
    }
}

/// Which bonds are lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lost {
    /// All of them, for good.
    All,
    /// The one with this device of the plan, for good.
    With(usize),
    /// Those in RAM: what is in flash is back after a restart.
    InRam,
}

/// When a fault strikes, if it does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trigger {
    /// At a time, uniform between these two.
    Between(Span, Span),
    /// When the device enters a step for the n-th time, counted from one.
    Entering(Step, u16),
    /// This long after the device has entered a step for the n-th time, counted from one. Entering it again starts
    /// the time anew.
    After(Step, u16, Span),
    /// This long after each time that the device has entered a step, unless it enters it again meanwhile.
    AfterEach(Step, Span),
    /// With the n-th data channel PDU that the device sends and that is not empty, counted from one.
    Frame(u32),
    /// With the n-th PDU of the Security Manager that belongs to a step and comes to the device's host, counted
    /// from one.
    Pdu(Step, u32),
}

/// A fault of a plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FaultPlan {
    /// What it does.
    pub effect: Effect,
    /// To which device.
    pub device: usize,
    /// When.
    pub trigger: Trigger,
    /// In how many sessions.
    pub chance: Chance,
}

/// A fault that will strike in this session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Planned {
    /// Its index in the plan.
    pub index: usize,
    /// What it does.
    pub effect: Effect,
    /// To which device.
    pub device: usize,
    /// When.
    pub when: When,
    /// How often its time has been started.
    pub round: u16,
}

/// The moment of a planned fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// At this instant.
    At(Instant),
    /// When the step is entered this many times more.
    Entering(Step, u16),
    /// This long after the step is entered this many times more; after each time too if `each`.
    After {
        /// The step.
        step: Step,
        /// Times left.
        left: u16,
        /// Whether it strikes more than once.
        each: bool,
        /// The time.
        delay: Span,
    },
    /// With the frame so many frames ahead.
    Frame(u32),
    /// With the PDU of this step so many ahead.
    Pdu(Step, u32),
    /// It has struck.
    Past,
}

/// The faults of one session: an explicit list, each entry a function of the seed and its own index.
///
/// # Panics
/// If the plan has 2^32 faults or more.
pub fn plan(faults: &[FaultPlan], streams: Streams, planned: &mut Vec<Planned>) {
    planned.clear();
    for (index, fault) in faults.iter().enumerate() {
        let owner = u32::try_from(index).expect("a plan has few faults");
        let mut stream = streams.stream(StreamName::new(FAULTS, owner));
        let strikes = fault.chance.hits(stream.next_u64());
        let place = stream.next_u64();
        if !strikes {
            continue;
        }
        let when = match fault.trigger {
            Trigger::Between(from, to) => {
                let width = (to - from).as_nanos();
                let offset = ((u128::from(place) * (u128::from(width) + 1)) >> 64) as u64;
                When::At(Instant::ZERO + from + Span::from_nanos(offset))
            }
            Trigger::Entering(step, nth) => When::Entering(step, nth),
            Trigger::After(step, left, delay) => When::After { step, left, each: false, delay },
            Trigger::AfterEach(step, delay) => When::After { step, left: 1, each: true, delay },
            Trigger::Frame(number) => When::Frame(number),
            Trigger::Pdu(step, number) => When::Pdu(step, number),
        };
        planned.push(Planned { index, effect: fault.effect, device: fault.device, when, round: 0 });
    }
}

/// A device loses all of its bonds.
pub(crate) fn lose_all_bonds(device: usize, devices: &mut [Device]) {
    forget_bond::strike(device, Lost::All, devices);
}

/// A device loses power for so long.
pub(crate) fn cut_power(device: usize, off: Span, devices: &mut [Device], shared: &mut Shared) {
    power_cut::strike(device, off, devices, shared);
}

/// Lets a fault strike that hits a whole device.
pub(crate) fn strike<T: Trace>(index: usize, devices: &mut [Device], shared: &mut Shared, trace: &mut T) {
    let Planned { index, effect, device, .. } = shared.planned[index];
    note(index, effect, device, shared, trace);
    match effect {
        Effect::ForgetBond(lost) => forget_bond::strike(device, lost, devices),
        Effect::PowerCut(off) => power_cut::strike(device, off, devices, shared),
        Effect::HostSilent(span) => silence::strike(device, span, devices, shared),
        Effect::RadioStops(span) => {
            let until = shared.agenda.now() + span;
            devices[device].controller.block(until);
        }
        Effect::StrayData => devices[device].controller.slip(),
        // A frame and a PDU are struck on their way, where they are known; an application by the loop, which has
        // its host act.
        Effect::Frame(_) | Effect::LosePdu | Effect::AppGivesUp => {}
    }
}

/// Notes in record and trace that a fault has struck.
fn note<T: Trace>(index: usize, effect: Effect, device: usize, shared: &mut Shared, trace: &mut T) {
    if index < 32 {
        shared.struck |= 1 << index;
    }
    if T::ON {
        trace.entry(shared.agenda.now(), &Entry::Fault { index, device, effect });
    }
}

pub(crate) use frame::on_frame;
pub(crate) use pdu::{on_pdu, takes_it};
pub(crate) use power_cut::switch_off;

/// What follows for a fault when a device enters a step.
pub(crate) enum Due {
    /// Nothing.
    No,
    /// It strikes.
    Now,
    /// It strikes after this time, if this is still its round.
    Later(Span, u16),
}

/// What entering `step` does to this fault.
pub(crate) fn entering(fault: &mut Planned, device: usize, step: Step) -> Due {
    if fault.device != device {
        return Due::No;
    }
    match &mut fault.when {
        When::Entering(wanted, left) if *wanted == step => {
            *left = left.saturating_sub(1);
            if *left > 0 {
                return Due::No;
            }
            fault.when = When::Past;
            Due::Now
        }
        When::After { step: wanted, left, each, delay } if *wanted == step => {
            *left = left.saturating_sub(1);
            // Whatever ran is for a step that is over.
            fault.round = fault.round.wrapping_add(1);
            if *left > 0 {
                return Due::No;
            }
            if *each {
                *left = 1;
            }
            Due::Later(*delay, fault.round)
        }
        _ => Due::No,
    }
}
