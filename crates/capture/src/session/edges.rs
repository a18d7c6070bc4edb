//! Which rows of the link layer's declared tables a session takes, and how often.
//!
//! Invariant: a row is counted when the controller says that it took it; nothing is inferred.

use blesim_controller::{EncryptionState, Note, PROCEDURES, Role, TRANSITIONS};
use blesim_host::Role as HostRole;
use blesim_kernel::Instant;
use blesim_world::{Entry, Plan, Trace};

/// Counts rows, over one session or many of the same plan.
#[derive(Clone, Debug)]
pub struct EdgesTrace {
    /// The role of each device.
    roles: Vec<Role>,
    /// Where the encryption of each link is, by device and handle.
    states: Vec<((usize, u16), EncryptionState)>,
    encryption: [u64; TRANSITIONS.len()],
    procedures: [u64; PROCEDURES.len()],
}

impl EdgesTrace {
    /// Nothing taken yet.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let role = |role| if role == HostRole::Central { Role::Central } else { Role::Peripheral };
        let roles = plan.devices.iter().map(|device| role(device.host.role)).collect();
        let (encryption, procedures) = ([0; TRANSITIONS.len()], [0; PROCEDURES.len()]);
        Self { roles, states: Vec::new(), encryption, procedures }
    }

    /// Rows of [`TRANSITIONS`], encryption start and pause, with how often each was taken.
    pub fn encryption(&self) -> impl Iterator<Item = (&'static blesim_controller::Transition, u64)> {
        TRANSITIONS.iter().zip(self.encryption)
    }

    /// Rows of [`PROCEDURES`], the other procedures, with how often each was taken.
    pub fn procedures(&self) -> impl Iterator<Item = (&'static blesim_controller::ProcedureRow, u64)> {
        PROCEDURES.iter().zip(self.procedures)
    }

    fn encrypts(&mut self, device: usize, handle: u16, to: EncryptionState) {
        let place = (device, handle);
        let before = self.states.iter().position(|(known, _)| *known == place);
        let from = before.map_or(EncryptionState::Idle, |index| self.states.swap_remove(index).1);
        if to != EncryptionState::Idle {
            self.states.push((place, to));
        }
        let role = self.roles[device];
        // No two rows of a role join the same two states.
        let row = TRANSITIONS.iter().position(|row| (row.role, row.from, row.to) == (role, from, to));
        if let Some(row) = row {
            self.encryption[row] += 1;
        }
    }
}

impl Trace for EdgesTrace {
    const ON: bool = true;

    fn entry(&mut self, _: Instant, entry: &Entry<'_>) {
        match *entry {
            Entry::Controller { device, handle, note: Note::Encryption(state) } => {
                self.encrypts(device, handle, state);
            }
            Entry::Controller { note: Note::Edge(number), .. } => {
                if let Some(count) = self.procedures.get_mut(usize::from(number)) {
                    *count += 1;
                }
            }
            Entry::Controller { device, handle, note: Note::Closed(_) } => {
                self.states.retain(|(place, _)| *place != (device, handle));
            }
            // Whatever was under way on a device's links is over.
            Entry::PowerOn { device } => self.states.retain(|((of, _), _)| *of != device),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row is known by its role and its two states.
    #[test]
    fn rows_are_told_apart_by_their_states() {
        let mut known: Vec<_> = TRANSITIONS.iter().map(|row| (row.role, row.from, row.to)).collect();
        known.sort_unstable();
        known.dedup();
        assert_eq!(known.len(), TRANSITIONS.len());
    }
}
