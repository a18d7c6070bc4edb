//! The declared table of encryption start: its picture, and that tests take every row of it.

use crate::encryption::{Stage, central, peripheral};
use crate::refresh::{Pause, refreshing_central, refreshing_peripheral};
use crate::rig::{HANDLE, Rig};
use blesim_controller::{EncryptionState, Note, Role, TRANSITIONS, dot};
use blesim_packet::hci::Command;
use blesim_packet::ll::LlControl;

/// The table as a graph; a change of the procedure shows here.
#[test]
fn picture() {
    insta::assert_snapshot!(dot());
}

/// No two rows answer the same question, and each row's role, ends and input make it unique by its ends, which
/// is what the coverage below relies on.
#[test]
fn rows_are_unambiguous() {
    for (index, row) in TRANSITIONS.iter().enumerate() {
        for other in &TRANSITIONS[index + 1..] {
            assert!((row.role, row.from, row.on) != (other.role, other.from, other.on));
            assert!((row.role, row.from, row.to) != (other.role, other.from, other.to));
        }
        assert_eq!(row.from.after(row.role, row.on), Some(row.to));
    }
}

/// The states a controller went through.
fn walk(rig: &Rig) -> Vec<(EncryptionState, EncryptionState)> {
    let states = rig.port.notes.iter().filter_map(|note| match note {
        Note::Encryption(state) => Some(*state),
        Note::SessionKey { .. } | Note::Closed(_) | Note::Edge(_) => None,
    });
    let states: Vec<_> = core::iter::once(EncryptionState::Idle).chain(states).collect();
    states.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

/// Success, refresh, rejection early and late, and a missing key take every row of the table, and no step that is not
/// in it.
#[test]
fn every_row_is_taken() {
    let reject = LlControl::LlRejectInd { error: 0x06 };
    let refreshed = Pause::Refreshed;
    let mut walks = vec![
        (Role::Central, walk(&refreshing_central(refreshed))),
        (Role::Peripheral, walk(&refreshing_peripheral(refreshed))),
        (Role::Central, walk(&central(Stage::Encrypted))),
        (Role::Peripheral, walk(&peripheral(Stage::Encrypted))),
    ];
    for stage in [Stage::Requested, Stage::Responded] {
        let mut rig = central(stage);
        rig.event_with(&reject);
        walks.push((Role::Central, walk(&rig)));
    }
    let mut rig = peripheral(Stage::Responded);
    rig.hci(Command::LeLongTermKeyRequestNegativeReply { handle: HANDLE });
    walks.push((Role::Peripheral, walk(&rig)));
    let taken: Vec<_> =
        walks.iter().flat_map(|(role, walk)| walk.iter().map(|&(from, to)| (*role, from, to))).collect();
    for row in &TRANSITIONS {
        assert!(taken.contains(&(row.role, row.from, row.to)), "{row:?}");
    }
    for step in taken {
        assert!(TRANSITIONS.iter().any(|row| (row.role, row.from, row.to) == step), "{step:?}");
    }
}
