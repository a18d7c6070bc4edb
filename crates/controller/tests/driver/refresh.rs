//! Encryption pause and refresh, and what may not be said meanwhile (Vol 6 Part B 5.1.3).

use crate::encryption::{Stage, central, peripheral, said};
use crate::rig::{HANDLE, Rig, create, ll_data};
use blesim_controller::{LinkLayer, Role, feature};
use blesim_crypto::session_key;
use blesim_packet::hci::{Command, Event, LeSetPhy};
use blesim_packet::ll::{LlControl, Llid};

const NEW_LTK: u128 = 0x7777;
const ENABLE: Command = Command::LeEnableEncryption { handle: HANDLE, rand: 1, ediv: 2, ltk: NEW_LTK };
const KEY: Command = Command::LeLongTermKeyRequestReply { handle: HANDLE, ltk: NEW_LTK };
const NO_KEY: Command = Command::LeLongTermKeyRequestNegativeReply { handle: HANDLE };
const TWO_M: Command =
    Command::LeSetPhy(LeSetPhy { handle: HANDLE, all_phys: 0, tx_phys: 2, rx_phys: 2, options: 0 });
const PEER: (u64, u32) = (0x55, 0x66);

/// How far a pause and refresh is brought.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Pause {
    /// LL_PAUSE_ENC_REQ is through.
    Asked,
    /// The peer knows that nothing is encrypted any more.
    Paused,
    /// LL_ENC_REQ and LL_ENC_RSP are through.
    Responded,
    /// All is done.
    Refreshed,
}

/// A central that refreshes, against a peripheral that plays along.
pub(crate) fn refreshing_central(until: Pause) -> Rig {
    let mut rig = central(Stage::Encrypted);
    rig.hci(ENABLE);
    assert_eq!(said(&mut rig), LlControl::LlPauseEncReq);
    if until == Pause::Asked {
        return rig;
    }
    rig.event_with(&LlControl::LlPauseEncRsp);
    rig.peer.plain_sending();
    rig.peer.plain_receiving();
    assert_eq!(said(&mut rig), LlControl::LlPauseEncRsp);
    let LlControl::LlEncReq { rand: 1, ediv: 2, skd_c, iv_c } = said(&mut rig) else { panic!("LL_ENC_REQ") };
    if until == Pause::Paused {
        return rig;
    }
    rig.event_with(&LlControl::LlEncRsp { skd_p: PEER.0, iv_p: PEER.1 });
    let skd = u128::from(PEER.0) << 64 | u128::from(skd_c);
    rig.peer.install(session_key(NEW_LTK, skd), u64::from(PEER.1) << 32 | u64::from(iv_c));
    if until == Pause::Responded {
        return rig;
    }
    rig.event_with(&LlControl::LlStartEncReq);
    rig.peer.encrypt_receiving();
    assert_eq!(said(&mut rig), LlControl::LlStartEncRsp);
    rig.peer.encrypt_sending();
    rig.event_with(&LlControl::LlStartEncRsp);
    rig
}

/// A peripheral whose central refreshes.
pub(crate) fn refreshing_peripheral(until: Pause) -> Rig {
    let mut rig = peripheral(Stage::Encrypted);
    rig.event_with(&LlControl::LlPauseEncReq);
    // Still encrypted; what the central says next is not.
    assert_eq!(said(&mut rig), LlControl::LlPauseEncRsp);
    rig.peer.plain_sending();
    if until == Pause::Asked {
        return rig;
    }
    rig.event_with(&LlControl::LlPauseEncRsp);
    rig.peer.plain_receiving();
    if until == Pause::Paused {
        return rig;
    }
    rig.event_with(&LlControl::LlEncReq { rand: 1, ediv: 2, skd_c: PEER.0, iv_c: PEER.1 });
    let LlControl::LlEncRsp { skd_p, iv_p } = said(&mut rig) else { panic!("LL_ENC_RSP") };
    let skd = u128::from(skd_p) << 64 | u128::from(PEER.0);
    rig.peer.install(session_key(NEW_LTK, skd), u64::from(iv_p) << 32 | u64::from(PEER.1));
    if until == Pause::Responded {
        return rig;
    }
    rig.hci(KEY);
    assert_eq!(said(&mut rig), LlControl::LlStartEncReq);
    rig.peer.encrypt_sending();
    rig.peer.encrypt_receiving();
    rig.event_with(&LlControl::LlStartEncRsp);
    assert_eq!(said(&mut rig), LlControl::LlStartEncRsp);
    rig
}

pub(crate) const PAUSES: [Pause; 4] = [Pause::Asked, Pause::Paused, Pause::Responded, Pause::Refreshed];

/// A refresh ends with Encryption Key Refresh Complete on both sides, and data flows under the new key.
#[test]
fn refreshes_in_both_roles() {
    for mut rig in [refreshing_central(Pause::Refreshed), refreshing_peripheral(Pause::Refreshed)] {
        let refreshed = rig.events().into_iter().filter(|event| {
            matches!(event, Event::EncryptionKeyRefreshComplete { status, handle: HANDLE } if status.0 == 0)
        });
        assert_eq!(refreshed.count(), 1);
        assert!(rig.link().is_some_and(|(_, encrypted)| encrypted));
        rig.acl(&[1, 2, 3]);
        assert_eq!((0..2).find_map(|_| rig.event(Some((Llid::Start, &[4])))).unwrap().payload, [1, 2, 3]);
    }
}

/// No data is sent from the request on until the end; what the host gave meanwhile follows.
#[test]
fn data_waits_while_paused() {
    for pause in [Pause::Paused, Pause::Responded] {
        for mut rig in [refreshing_central(pause), refreshing_peripheral(pause)] {
            rig.acl(&[1, 2, 3]);
            assert_eq!([rig.event(None), rig.event(None)], [None, None], "{pause:?}");
            assert_eq!(rig.link().map(|(_, encrypted)| encrypted), Some(false));
        }
    }
}

/// A link that was encrypted does not go on in plain: a peripheral without the key ends it with PIN or Key
/// Missing, and a central that is rejected does.
#[test]
fn no_key_for_the_refresh() {
    let mut rig = refreshing_peripheral(Pause::Responded);
    rig.hci(NO_KEY);
    assert_eq!(said(&mut rig), LlControl::LlTerminateInd { error: 0x06 });
    let mut rig = refreshing_central(Pause::Responded);
    rig.event_with(&LlControl::LlRejectInd { error: 0x06 });
    let told = rig.events().into_iter().rev().find_map(|event| match event {
        Event::EncryptionKeyRefreshComplete { status, .. } => Some(status.0),
        _ => None,
    });
    assert_eq!(told, Some(0x06));
    assert_eq!(said(&mut rig), LlControl::LlTerminateInd { error: 0x06 });
}

/// From LL_PAUSE_ENC_REQ at the peripheral and LL_PAUSE_ENC_RSP at the central on, what has no place ends the
/// link as a MIC failure; before, the central takes it and answers later.
#[test]
fn misplaced_while_paused() {
    for pdu in [LlControl::LlPingReq, LlControl::LlPhyReq { tx_phys: 1, rx_phys: 1 }] {
        for pause in [Pause::Asked, Pause::Paused, Pause::Responded] {
            let mut rig = refreshing_peripheral(pause);
            rig.event_with(&pdu);
            assert_eq!(rig.disconnected(), Some(0x3D), "{pause:?}");
            let mut rig = refreshing_central(pause);
            rig.event_with(&pdu);
            let ended = if pause == Pause::Asked { None } else { Some(0x3D) };
            assert_eq!(rig.disconnected(), ended, "{pause:?}");
        }
    }
}

/// LL_PAUSE_ENC_REQ on a link that is not encrypted pauses nothing, and no central takes it.
#[test]
fn nothing_to_pause() {
    for mut rig in [peripheral(Stage::Idle), central(Stage::Idle), central(Stage::Encrypted)] {
        rig.event_with(&LlControl::LlPauseEncReq);
        assert_eq!([rig.event(None), rig.event(None)], [None, None]);
        assert_eq!(rig.disconnected(), None);
    }
}

/// A request of the peripheral that crosses LL_ENC_REQ is answered when the link is encrypted, and what the own
/// host asks for meanwhile waits too (5.1.3.1).
#[test]
fn others_wait_for_encryption() {
    let mut rig = central(Stage::Requested);
    rig.event_with(&LlControl::LlVersionInd { version: 9, company: 1, subversion: 2 });
    rig.hci(TWO_M);
    assert_eq!([rig.event(None), rig.event(None)], [None, None]);
    rig.event_with(&LlControl::LlRejectInd { error: 0x06 });
    assert!(matches!(said(&mut rig), LlControl::LlVersionInd { .. }));
    assert_eq!(said(&mut rig), LlControl::LlPhyReq { tx_phys: 2, rx_phys: 2 });
}

/// The field failure: a stack that sends an update while encryption starts. A peripheral's request for a PHY, or
/// a central's channel map, between LL_ENC_RSP and the end is what the peer must take for an attack; without
/// the departure it waits.
#[test]
fn updates_during_encryption() {
    for departs in [false, true] {
        let link_layer = LinkLayer { updates_during_encryption: departs, ..LinkLayer::default() };
        let mut rig = Rig::peripheral_with(ll_data(), link_layer);
        rig.event(None);
        rig.event_with(&LlControl::LlEncReq { rand: 7, ediv: 9, skd_c: 1, iv_c: 2 });
        rig.hci(TWO_M);
        let first = said(&mut rig);
        assert!(matches!(first, LlControl::LlEncRsp { .. }));
        let then = (0..3).find_map(|_| rig.event(None)).and_then(|said| said.control());
        assert_eq!(then.is_some(), departs, "{then:?}");
    }
    // The peer ends the link on it, here a central that has seen LL_ENC_RSP, with 0x3D.
    let mut rig = central(Stage::Responded);
    rig.event_with(&LlControl::LlPhyReq { tx_phys: 2, rx_phys: 2 });
    assert_eq!(rig.disconnected(), Some(0x3D));
}

/// A peripheral without encryption refuses it and the link stays (5.1.3.1); a central's host is told at once,
/// or by the peer.
#[test]
fn without_encryption() {
    let link_layer = LinkLayer { features: feature::ALL & !feature::ENCRYPTION, ..LinkLayer::default() };
    let mut rig = Rig::peripheral_with(ll_data(), link_layer);
    rig.event(None);
    rig.event_with(&LlControl::LlEncReq { rand: 7, ediv: 9, skd_c: 1, iv_c: 2 });
    assert_eq!(said(&mut rig), LlControl::LlRejectInd { error: 0x1A });
    let mut rig = Rig::central_with(create(), link_layer);
    rig.event(None);
    assert!(matches!(rig.hci(ENABLE)[0], Event::CommandStatus { status, .. } if status.0 == 0x11));
    for refusal in
        [LlControl::LlUnknownRsp { opcode: 0x03 }, LlControl::LlRejectExtInd { opcode: 0x03, error: 0x1A }]
    {
        let mut rig = central(Stage::Requested);
        rig.event_with(&refusal);
        assert_eq!(crate::encryption::change(&rig), Some((0x1A, 0)));
        assert_eq!(rig.link(), Some((Role::Central, false)));
    }
}

/// With the extended form agreed, a missing key is told with the opcode it refuses (2.4.2.18).
#[test]
fn missing_key_in_the_extended_form() {
    let mut rig = peripheral(Stage::Idle);
    rig.event_with(&LlControl::LlFeatureReq { features: feature::ALL });
    assert!(matches!(said(&mut rig), LlControl::LlFeatureRsp { .. }));
    rig.event_with(&LlControl::LlEncReq { rand: 7, ediv: 9, skd_c: 1, iv_c: 2 });
    assert!(matches!(said(&mut rig), LlControl::LlEncRsp { .. }));
    rig.hci(NO_KEY);
    assert_eq!(said(&mut rig), LlControl::LlRejectExtInd { opcode: 0x03, error: 0x06 });
}
