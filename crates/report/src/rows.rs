//! One session as a row, whatever form it is written in.
//!
//! Invariant: a row depends on its session alone, so the row of a seed is the same in every run that has it.
//! Must never know: what separates rows and cells.

use crate::figures::step_words;
use blesim_host::Failure;
use blesim_study::{Table, attempts};
use blesim_world::Record;
use serde::Serialize;

/// A row; the names of the fields are those of the columns.
#[derive(Serialize)]
pub(crate) struct Row<'a> {
    seed: u64,
    policy: &'a str,
    outcome: &'static str,
    time_us: u64,
    attempts: u64,
    failures: u16,
    connections: u16,
    first_failure: Option<String>,
    last_failure: Option<String>,
    /// The step of securing that the device was in then.
    last_step: Option<&'static str>,
    /// What its policy did, verb by verb.
    actions: String,
    bonds_deleted: u16,
    frames: u32,
    central_charge_uc: u32,
    peripheral_charge_uc: u32,
    attacker_won: u8,
    good_bonds_destroyed: u16,
    half_bonds: u8,
    level_downgrades: u8,
    octets_read: u32,
    plaintext_octets: u32,
    passkey_bits: u8,
    key_octets_short: u8,
    link_keys_taken: u8,
    key_pairs_reused: u16,
    attacker_pairings: u16,
    prompts: u16,
    consents: u16,
    user_needed_ms: u32,
    acts_begun: u16,
    acts_secured: u16,
    digest: String,
}

/// The rows of a table: seed after seed, and the policies in order within each.
pub(crate) fn rows(table: &Table) -> impl Iterator<Item = Row<'_>> {
    table.rows().iter().zip(table.policies().iter().cycle()).map(|(record, policy)| row(record, policy))
}

fn row<'a>(record: &Record, policy: &'a str) -> Row<'a> {
    let name = |failure: Failure| failure.to_string();
    Row {
        seed: record.seed,
        policy,
        outcome: record.outcome.name(),
        time_us: record.time_us,
        attempts: attempts(record),
        failures: record.failures,
        connections: record.connections,
        first_failure: record.first_failure().map(name),
        last_failure: record.last_failure().map(name),
        last_step: record.last_step().map(|step| step_words(Some(step))),
        actions: record.acts.words().collect::<Vec<&str>>().join(", "),
        bonds_deleted: record.bonds_deleted,
        frames: record.frames,
        central_charge_uc: record.charge_uc[0],
        peripheral_charge_uc: record.charge_uc[1],
        attacker_won: record.exposure.attacker_won,
        good_bonds_destroyed: record.exposure.good_bonds_destroyed,
        half_bonds: record.exposure.half_bonds,
        level_downgrades: record.exposure.level_downgrades,
        octets_read: record.exposure.octets_read,
        plaintext_octets: record.exposure.plaintext_octets,
        passkey_bits: record.exposure.passkey_bits,
        key_octets_short: record.exposure.key_octets_short,
        link_keys_taken: record.exposure.link_keys_taken,
        key_pairs_reused: record.exposure.key_pairs_reused,
        attacker_pairings: record.exposure.attacker_pairings,
        prompts: record.effort.prompts,
        consents: record.effort.consents,
        user_needed_ms: record.effort.needed_ms,
        acts_begun: record.scripted.begun,
        acts_secured: record.scripted.secured,
        digest: format!("{:016x}", record.digest),
    }
}
