//! No episode is longer than what was proved of its policy, with every attempt as long as its timers let it be.
//!
//! Invariant: the bound is one that no sound session reaches; it is not an estimate. It must never know what a
//! policy's rules are.

use super::Violation;
use crate::device::{Device, Power};
use crate::fault::Effect;
use crate::plan::Plan;
use blesim_host::smp::SMP_TIMEOUT;
use blesim_host::{Episode, MAX_PEERS, Role};
use blesim_kernel::{Instant, Span};
use blesim_packet::smp::IoCapability;

/// The link layer's response timeout (Vol 6 Part B 5.2.4): nothing that a host waits for takes it longer.
const LL_RESPONSE: Span = Span::from_secs(40);
/// The longest supervision timeout (Vol 6 Part B 4.5.2).
const SUPERVISION: Span = Span::from_secs(32);
/// For a controller to answer, at every turn of an attempt together.
const SLACK: Span = Span::from_secs(5);
/// SMP PDUs of one side in a pairing, each of which gives it another 30 s (Vol 3 Part H 3.4): features, key, one
/// for each value, check, and five keys.
const PDUS: u64 = 16;
/// The same with Passkey Entry, which has two in each of twenty rounds and may tell of keys pressed.
const PDUS_OF_PASSKEYS: u64 = 72;

/// The longest an episode of a device may be with this policy; `None` for a peripheral, which waits for the
/// central as long as it takes, and where nothing was proved.
fn longest(plan: &Plan, device: usize, policy: usize) -> Option<Span> {
    let own = &plan.devices[device];
    let worst = plan.program(device, policy).worst.filter(|_| own.host.role == Role::Central)?;
    let types = |io| matches!(io, IoCapability::KeyboardOnly | IoCapability::KeyboardDisplay);
    let passkeys = plan.devices.iter().any(|device| types(device.host.io));
    let pdus = if passkeys { PDUS_OF_PASSKEYS } else { PDUS };
    let peers = u64::try_from(own.host.peers.len()).unwrap_or(u64::MAX);
    let attempt = (own.host.timing.connect_timeout + SLACK) * peers.max(1)
        + LL_RESPONSE
        + SUPERVISION * 2
        + (SMP_TIMEOUT + own.work.key_pair + own.work.bond_write) * pdus
        + own.host.timing.dh_key;
    // One that was under way when the first failure of the last rule came, and the one it makes.
    let attempts = u64::from(worst.failures.unwrap_or(0)) + 2;
    // A bond that is tried on another link costs that link each time.
    let attempts = if plan.program(device, policy).probes_bonds { attempts * 2 } else { attempts };
    let silent = plan.faults.iter().map(|fault| match fault.effect {
        Effect::HostSilent(span) => span,
        _ => Span::ZERO,
    });
    Some(silent.fold(worst.waits * 2 + attempt * attempts, |sum, span| sum + span))
}

/// How long the episodes of all devices have been going on, where there is a bound that a session can reach.
#[derive(Debug, Default)]
pub(super) struct Clocks(Vec<(usize, Span, [Option<Instant>; MAX_PEERS])>);

impl Clocks {
    /// For a session with this policy.
    pub(super) fn restart(&mut self, plan: &Plan, policy: usize) {
        self.0.clear();
        for device in 0..plan.devices.len() {
            if let Some(longest) = longest(plan, device, policy).filter(|&longest| longest < plan.limit) {
                self.0.push((device, longest, [None; MAX_PEERS]));
            }
        }
    }

    /// Looks at those of the devices that are in a set, a bit each.
    #[inline]
    pub(super) fn look(&mut self, devices: &[Device], set: u64, now: Instant) -> Result<(), Violation> {
        if self.0.is_empty() { Ok(()) } else { self.look_at(devices, set, now) }
    }

    fn look_at(&mut self, devices: &[Device], set: u64, now: Instant) -> Result<(), Violation> {
        for (device, longest, clocks) in self.0.iter_mut().filter(|(device, ..)| set >> device & 1 == 1) {
            let state = &devices[*device];
            for (session, since) in state.host.sessions().zip(clocks) {
                if since.is_some_and(|since| now.since(since) > *longest) {
                    return Err(Violation::TooLong { device: *device });
                }
                // Without power there is no episode, and with it the next one begins.
                let open = session.episode == Episode::Open && session.failures > 0;
                *since = (open && state.power == Power::On).then(|| since.unwrap_or(now));
            }
        }
        Ok(())
    }
}
