//! The encryption start procedure in both roles, step by step, and every way it goes wrong (Vol 6 Part B
//! 5.1.3.1).

use crate::rig::{HANDLE, Rig, create, ll_data};
use blesim_controller::Role;
use blesim_crypto::session_key;
use blesim_packet::hci::{Command, Event, HciPacket};
use blesim_packet::ll::{LlControl, Llid};

const LTK: u128 = 0x4C68_3841_39F5_74D8_36BC_F34E_9DFB_01BF;
const PEER_SKD: u64 = 0x0213_2435_4657_6879;
const PEER_IV: u32 = 0xDEAF_BABE;
const ENABLE: Command = Command::LeEnableEncryption { handle: HANDLE, rand: 7, ediv: 9, ltk: LTK };
const KEY: Command = Command::LeLongTermKeyRequestReply { handle: HANDLE, ltk: LTK };
const NO_KEY: Command = Command::LeLongTermKeyRequestNegativeReply { handle: HANDLE };
const ENC_REQ: LlControl = LlControl::LlEncReq { rand: 7, ediv: 9, skd_c: PEER_SKD, iv_c: PEER_IV };
const ENC_RSP: LlControl = LlControl::LlEncRsp { skd_p: PEER_SKD, iv_p: PEER_IV };
/// Connection Terminated due to MIC Failure.
const MIC_FAILURE: Option<u8> = Some(0x3D);

/// How far a procedure is brought.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Stage {
    Idle,
    /// LL_ENC_REQ is through.
    Requested,
    /// LL_ENC_RSP is through.
    Responded,
    /// LL_START_ENC_REQ is through.
    Started,
    /// All is done.
    Encrypted,
}

pub(crate) const STAGES: [Stage; 5] =
    [Stage::Idle, Stage::Requested, Stage::Responded, Stage::Started, Stage::Encrypted];

pub(crate) fn said(rig: &mut Rig) -> LlControl {
    (0..2).find_map(|_| rig.event(None)).expect("something is said").control().expect("a control PDU")
}

/// A central that starts encryption against a peripheral that plays along.
pub(crate) fn central(stage: Stage) -> Rig {
    let mut rig = Rig::central(create());
    rig.event(None);
    if stage == Stage::Idle {
        return rig;
    }
    rig.hci(ENABLE);
    let LlControl::LlEncReq { rand: 7, ediv: 9, skd_c, iv_c } = said(&mut rig) else { panic!("LL_ENC_REQ") };
    if stage == Stage::Requested {
        return rig;
    }
    rig.event_with(&ENC_RSP);
    let skd = u128::from(PEER_SKD) << 64 | u128::from(skd_c);
    rig.peer.install(session_key(LTK, skd), u64::from(PEER_IV) << 32 | u64::from(iv_c));
    if stage == Stage::Responded {
        return rig;
    }
    rig.event_with(&LlControl::LlStartEncReq);
    rig.peer.encrypt_receiving();
    assert_eq!(said(&mut rig), LlControl::LlStartEncRsp);
    rig.peer.encrypt_sending();
    if stage == Stage::Started {
        return rig;
    }
    rig.event_with(&LlControl::LlStartEncRsp);
    rig
}

/// A peripheral whose central starts encryption; its host gives the key after [`Stage::Responded`].
pub(crate) fn peripheral(stage: Stage) -> Rig {
    let mut rig = Rig::peripheral(ll_data());
    rig.event(None);
    if stage == Stage::Idle {
        return rig;
    }
    rig.event_with(&ENC_REQ);
    assert!(rig.events().contains(&Event::LeLongTermKeyRequest { handle: HANDLE, rand: 7, ediv: 9 }));
    if stage == Stage::Requested {
        return rig;
    }
    let LlControl::LlEncRsp { skd_p, iv_p } = said(&mut rig) else { panic!("LL_ENC_RSP") };
    let skd = u128::from(skd_p) << 64 | u128::from(PEER_SKD);
    rig.peer.install(session_key(LTK, skd), u64::from(iv_p) << 32 | u64::from(PEER_IV));
    if stage == Stage::Responded {
        return rig;
    }
    rig.hci(KEY);
    assert_eq!(said(&mut rig), LlControl::LlStartEncReq);
    rig.peer.encrypt_sending();
    if stage == Stage::Started {
        return rig;
    }
    rig.peer.encrypt_receiving();
    rig.event_with(&LlControl::LlStartEncRsp);
    assert_eq!(said(&mut rig), LlControl::LlStartEncRsp);
    rig
}

pub(crate) fn change(rig: &Rig) -> Option<(u8, u8)> {
    rig.events().into_iter().find_map(|event| match event {
        Event::EncryptionChange { status, enabled, .. } => Some((status.0, enabled)),
        _ => None,
    })
}

/// The whole procedure gives an encrypted link, and data goes both ways over it.
#[test]
fn succeeds_in_both_roles() {
    for mut rig in [central(Stage::Encrypted), peripheral(Stage::Encrypted)] {
        assert_eq!(change(&rig), Some((0, 1)));
        assert!(rig.link().is_some_and(|(_, encrypted)| encrypted));
        rig.acl(&[5; 40]);
        let lengths: Vec<_> =
            (0..4).filter_map(|_| rig.event(Some((Llid::Start, &[6; 27])))).map(|s| s.payload).collect();
        assert_eq!(lengths, [vec![5; 27], vec![5; 13]]);
        let taken = rig.port.host.iter().filter(|packet| matches!(packet, HciPacket::Acl(_))).count();
        assert_eq!(taken, 4);
    }
}

/// While the procedure runs no data is sent; what the host gave meanwhile follows after it.
#[test]
fn data_waits_for_the_end() {
    let mut rig = central(Stage::Requested);
    rig.acl(&[1, 2, 3]);
    assert_eq!(rig.event(None), None);
    let mut rig = peripheral(Stage::Responded);
    rig.acl(&[1, 2, 3]);
    assert_eq!((rig.event(None), rig.event(None)), (None, None));
    rig.hci(NO_KEY);
    let all: Vec<_> = (0..4).filter_map(|_| rig.event(None)).map(|said| said.llid).collect();
    assert_eq!(all, [Llid::Control, Llid::Start]);
}

/// A peripheral without the key rejects with PIN or Key Missing, and the link stays up unencrypted on both
/// sides.
#[test]
fn missing_key() {
    let mut rig = peripheral(Stage::Responded);
    rig.hci(NO_KEY);
    assert_eq!(said(&mut rig), LlControl::LlRejectInd { error: 0x06 });
    assert_eq!(rig.link(), Some((Role::Peripheral, false)));
    assert_eq!(change(&rig), None);
    for reject in
        [LlControl::LlRejectInd { error: 0x06 }, LlControl::LlRejectExtInd { opcode: 0x03, error: 0x06 }]
    {
        for stage in [Stage::Requested, Stage::Responded] {
            let mut rig = central(stage);
            rig.event_with(&reject);
            assert_eq!(change(&rig), Some((0x06, 0)), "{stage:?}");
            assert_eq!(rig.link(), Some((Role::Central, false)));
            // The way is free for another try.
            assert!(matches!(rig.hci(ENABLE)[0], Event::CommandStatus { status, .. } if status.0 == 0));
        }
    }
}

/// Once a peripheral has LL_ENC_REQ, or a central LL_ENC_RSP, whatever has no place in the procedure ends the
/// link as a MIC failure; before, and when all is done, it does not. Empty PDUs and LL_TERMINATE_IND are
/// always in place.
#[test]
fn misplaced_pdus() {
    let all = [
        ENC_REQ,
        ENC_RSP,
        LlControl::LlStartEncReq,
        LlControl::LlStartEncRsp,
        LlControl::LlRejectInd { error: 0x06 },
        LlControl::LlVersionInd { version: 9, company: 1, subversion: 2 },
        LlControl::LlFeatureReq { features: 1 },
        LlControl::LlPingReq,
        LlControl::LlUnknownRsp { opcode: 0x03 },
    ];
    // What moves the procedure on, by state: the peer's turn.
    let central_takes = [
        (Stage::Requested, &all[1]),
        (Stage::Requested, &all[4]),
        (Stage::Responded, &all[2]),
        (Stage::Responded, &all[4]),
        (Stage::Started, &all[3]),
    ];
    let peripheral_takes = [(Stage::Idle, &all[0]), (Stage::Started, &all[3])];
    for stage in STAGES.into_iter().filter(|&stage| stage != Stage::Encrypted) {
        for pdu in &all {
            let mut rig = central(stage);
            rig.event_with(pdu);
            let fatal = stage >= Stage::Responded && !central_takes.contains(&(stage, pdu));
            assert_eq!(
                rig.disconnected(),
                if fatal { MIC_FAILURE } else { None },
                "central {stage:?} {pdu:?}"
            );

            let mut rig = peripheral(stage);
            if stage == Stage::Started {
                rig.peer.encrypt_receiving();
            }
            rig.event_with(pdu);
            let fatal = stage >= Stage::Requested && !peripheral_takes.contains(&(stage, pdu));
            assert_eq!(
                rig.disconnected(),
                if fatal { MIC_FAILURE } else { None },
                "periph. {stage:?} {pdu:?}"
            );
        }
        let mut rig = central(stage);
        rig.event(Some((Llid::Start, &[1, 2, 3])));
        let fatal = stage >= Stage::Responded;
        assert_eq!(rig.disconnected(), if fatal { MIC_FAILURE } else { None }, "data {stage:?}");
        let mut rig = peripheral(stage);
        rig.event(Some((Llid::Start, &[1, 2, 3])));
        let fatal = stage >= Stage::Requested;
        assert_eq!(rig.disconnected(), if fatal { MIC_FAILURE } else { None }, "data {stage:?}");
    }
    for stage in STAGES {
        for mut rig in [central(stage), peripheral(stage)] {
            rig.event(None);
            assert_eq!(rig.disconnected(), None);
            rig.event_with(&LlControl::LlTerminateInd { error: 0x13 });
            if rig.link().is_some() {
                rig.event(None);
            }
            assert_eq!(rig.disconnected(), Some(0x13), "{stage:?}");
        }
    }
}

/// A PDU whose MIC does not hold, or that is too short to have one, ends the link at once.
#[test]
fn mic_failure() {
    for stage in [Stage::Started, Stage::Encrypted] {
        for mut rig in [central(stage), peripheral(stage)] {
            rig.peer.install(1, 2);
            rig.event_with(&LlControl::LlStartEncRsp);
            assert_eq!(rig.disconnected(), MIC_FAILURE, "{stage:?}");
        }
    }
    for length in 1..=3 {
        let mut rig = peripheral(Stage::Encrypted);
        let mut pdu = rig.peer.speak(None);
        pdu.payload = blesim_packet::Octets::from_slice(&vec![0; length]).unwrap();
        rig.hear(rig.anchor, &blesim_controller::AirPdu::Data(pdu), true);
        assert_eq!(rig.disconnected(), MIC_FAILURE);
    }
}

/// A wrong long term key shows as a MIC failure on the first encrypted PDU.
#[test]
fn wrong_key() {
    let mut rig = peripheral(Stage::Responded);
    rig.hci(Command::LeLongTermKeyRequestReply { handle: HANDLE, ltk: LTK + 1 });
    assert_eq!(said(&mut rig), LlControl::LlStartEncReq);
    rig.peer.encrypt_sending();
    rig.event_with(&LlControl::LlStartEncRsp);
    assert_eq!(rig.disconnected(), MIC_FAILURE);
}

/// An ACL packet without data is nothing to send: a PDU of length zero carries no MIC and counts as no packet
/// (Vol 6 Part B 2.4), so that what follows still decrypts.
#[test]
fn empty_acl_packet() {
    for mut rig in [central(Stage::Encrypted), peripheral(Stage::Encrypted)] {
        rig.acl(&[]);
        rig.acl(&[1, 2]);
        let all: Vec<_> = (0..4).filter_map(|_| rig.event(None)).map(|said| said.payload).collect();
        assert_eq!(all, [vec![1, 2]]);
        rig.event(None);
        let completed: u16 = rig.events().iter().map(completed).sum();
        assert_eq!(completed, 2, "the host gets both credits back");
    }
}

fn completed(event: &Event) -> u16 {
    if let Event::NumberOfCompletedPackets { count, .. } = event { *count } else { 0 }
}

/// A PDU longer than the link allows, 27 octets and a MIC, is not received: it is as if its CRC had failed
/// (Vol 6 Part B 4.5.10).
#[test]
fn overlong_pdu() {
    for length in [32, 251, 252, 255] {
        let mut rig = peripheral(Stage::Idle);
        let mut pdu = rig.peer.speak(None);
        pdu.header.llid = Llid::Start;
        pdu.payload = blesim_packet::Octets::from_slice(&vec![0; length]).unwrap();
        rig.hear(rig.anchor, &blesim_controller::AirPdu::Data(pdu), true);
        assert!(!rig.port.host.iter().any(|packet| matches!(packet, HciPacket::Acl(_))), "{length}");
        assert_eq!(rig.disconnected(), None);
    }
}

/// A control PDU the controller does not know is answered with LL_UNKNOWN_RSP and its opcode (Vol 6 Part B
/// 2.4.2.8).
#[test]
fn unknown_control_pdus() {
    for (octets, opcode) in
        [(&[0xFF_u8, 1, 2][..], 0xFF), (&[0x2F], 0x2F), (&[0x1A, 0], 0x1A), (&[0x12, 9], 0x12)]
    {
        for mut rig in [central(Stage::Idle), peripheral(Stage::Idle)] {
            rig.event(Some((Llid::Control, octets)));
            assert_eq!(said(&mut rig), LlControl::LlUnknownRsp { opcode });
        }
    }
}
