//! A stack's profile as it is written: the fields of a device that its software decides.
//!
//! Invariant: what a device or the part for its role has written goes before it; nothing here is judged.

use super::LinkSpec;
use super::controller::{AcceptsSpec, AdvertisingTime, AskSpec};
use super::device::{DeviceSpec, IoWord, KeyWord, RoleWord, Scan};
use super::keeping::BondsSpec;
use super::people::{DebugKeysWord, RepeatedAttemptsSpec};
use super::privacy::PrivacySpec;
use super::quirk::QuirkWord;
use crate::policy::Basis;
use crate::unit::Time;
use serde::Deserialize;

/// A stack file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StackSpec {
    pub(crate) name: String,
    pub(crate) basis: Basis,
    #[serde(default)]
    pub(crate) about: String,
    #[serde(default)]
    pub(crate) both: PartSpec,
    #[serde(default)]
    pub(crate) central: PartSpec,
    #[serde(default)]
    pub(crate) peripheral: PartSpec,
}

/// What a stack decides, for one role or for both. The fields are those of a device, and `link` that of a scenario.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartSpec {
    pub(crate) policy: Option<String>,
    pub(crate) link: Option<LinkSpec>,
    pub(crate) io: Option<IoWord>,
    pub(crate) bonding: Option<bool>,
    pub(crate) mitm: Option<bool>,
    pub(crate) secure_connections: Option<bool>,
    pub(crate) keypress: Option<bool>,
    pub(crate) ct2: Option<bool>,
    pub(crate) max_key_size: Option<i64>,
    pub(crate) min_key_size: Option<i64>,
    pub(crate) initiator_keys: Option<Vec<KeyWord>>,
    pub(crate) responder_keys: Option<Vec<KeyWord>>,
    pub(crate) security_level: Option<i64>,
    pub(crate) asks_before_just_works: Option<bool>,
    pub(crate) pairable: Option<bool>,
    pub(crate) debug_keys: Option<DebugKeysWord>,
    pub(crate) requests_security_after: Option<Time>,
    pub(crate) repeated_attempts: Option<RepeatedAttemptsSpec>,
    pub(crate) connect_timeout: Option<Time>,
    pub(crate) bonds: Option<BondsSpec>,
    pub(crate) privacy: Option<PrivacySpec>,
    pub(crate) scan: Option<Scan>,
    pub(crate) advertising_interval: Option<AdvertisingTime>,
    pub(crate) asks_for: Option<Vec<AskSpec>>,
    pub(crate) accepts: Option<AcceptsSpec>,
    pub(crate) host_delay: Option<Time>,
    pub(crate) fast_encryption: Option<bool>,
    pub(crate) quirks: Option<Vec<QuirkWord>>,
}

impl StackSpec {
    /// The parts for a role, the one that goes first before the other.
    pub(crate) fn parts(&self, role: RoleWord) -> [&PartSpec; 2] {
        match role {
            RoleWord::Central => [&self.central, &self.both],
            RoleWord::Peripheral => [&self.peripheral, &self.both],
        }
    }

    /// Fills what `device` leaves open, but for its policy.
    pub(crate) fn fill(&self, device: &mut DeviceSpec) {
        self.parts(device.role).into_iter().for_each(|part| part.fill(device));
    }

    /// The policy for a role.
    pub(crate) fn policy(&self, role: RoleWord) -> Option<&String> {
        self.parts(role).into_iter().find_map(|part| part.policy.as_ref())
    }

    /// The link that a central asks for.
    pub(crate) fn link(&self) -> LinkSpec {
        let mut link = LinkSpec::default();
        for part in self.parts(RoleWord::Central).into_iter().filter_map(|part| part.link.as_ref()) {
            fill(&mut link.interval, part.interval);
            fill(&mut link.latency, part.latency);
            fill(&mut link.supervision_timeout, part.supervision_timeout);
            link.unused_channels = link.unused_channels.take().or_else(|| part.unused_channels.clone());
        }
        link
    }
}

impl PartSpec {
    /// Fills what `device` leaves open; its bonds and its privacy field by field.
    pub(crate) fn fill(&self, device: &mut DeviceSpec) {
        fill(&mut device.io, self.io);
        fill(&mut device.bonding, self.bonding);
        fill(&mut device.mitm, self.mitm);
        fill(&mut device.secure_connections, self.secure_connections);
        fill(&mut device.keypress, self.keypress);
        fill(&mut device.ct2, self.ct2);
        fill(&mut device.max_key_size, self.max_key_size);
        fill(&mut device.min_key_size, self.min_key_size);
        fill(&mut device.initiator_keys, self.initiator_keys.clone());
        fill(&mut device.responder_keys, self.responder_keys.clone());
        fill(&mut device.security_level, self.security_level);
        fill(&mut device.asks_before_just_works, self.asks_before_just_works);
        fill(&mut device.pairable, self.pairable);
        fill(&mut device.debug_keys, self.debug_keys);
        fill(&mut device.requests_security_after, self.requests_security_after);
        fill(&mut device.repeated_attempts, self.repeated_attempts);
        fill(&mut device.connect_timeout, self.connect_timeout);
        fill(&mut device.scan, self.scan.clone());
        fill(&mut device.advertising_interval, self.advertising_interval);
        fill(&mut device.asks_for, self.asks_for.clone());
        fill(&mut device.accepts, self.accepts.clone());
        fill(&mut device.host_delay, self.host_delay);
        fill(&mut device.fast_encryption, self.fast_encryption);
        fill(&mut device.quirks, self.quirks.clone());
        if let Some(bonds) = self.bonds {
            fill_bonds(device.bonds.get_or_insert_default(), bonds);
        }
        if let Some(privacy) = self.privacy {
            let own = device.privacy.get_or_insert_default();
            fill(&mut own.local, privacy.local);
            fill(&mut own.rotates_every, privacy.rotates_every);
            fill(&mut own.resolves_late, privacy.resolves_late);
            fill(&mut own.resolves, privacy.resolves);
        }
    }
}

fn fill_bonds(own: &mut BondsSpec, bonds: BondsSpec) {
    let BondsSpec { capacity, others, when_full, kept, write_time, write_fails, reports_failure } = bonds;
    fill(&mut own.capacity, capacity);
    fill(&mut own.others, others);
    fill(&mut own.when_full, when_full);
    fill(&mut own.kept, kept);
    fill(&mut own.write_time, write_time);
    fill(&mut own.write_fails, write_fails);
    fill(&mut own.reports_failure, reports_failure);
}

/// What is there stays.
fn fill<T>(own: &mut Option<T>, other: Option<T>) {
    if own.is_none() {
        *own = other;
    }
}
