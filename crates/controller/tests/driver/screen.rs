//! Event masks, and flow control of data towards the host (Vol 4 Part E 7.3.1, 7.3.38 to 7.3.40, 7.3.69).

use crate::rig::{HANDLE, Recorder, Rig, adv_ind, create};
use blesim_controller::Why;
use blesim_kernel::Span;
use blesim_packet::hci::{AclData, Command, Event, HciPacket};
use blesim_packet::ll::Llid;

/// The bits of Event_Mask that matter here.
const DISCONNECTION: u64 = 1 << 4;
const LE_META: u64 = 1 << 61;

/// A central whose host has said this before it connected.
fn central(said: &[Command]) -> Rig {
    let mut rig = Rig::new(true);
    for command in said {
        rig.hci(*command);
    }
    rig.hci(Command::LeCreateConnection(create()));
    rig.hear(rig.now, &adv_ind(true), true);
    assert_eq!(rig.wake(), Why::Answer);
    rig.now += Span::from_micros(352);
    rig.interval = Span::from_micros(1_250) * u64::from(create().interval_max);
    rig
}

/// The data that came up so far: boundary and length.
fn data(rig: &Rig) -> Vec<(u8, usize)> {
    let acl = |packet: &HciPacket| match packet {
        HciPacket::Acl(AclData { boundary, data, .. }) => Some((*boundary, data.len())),
        _ => None,
    };
    rig.port.host.iter().filter_map(acl).collect()
}

fn done(count: u16) -> Command {
    Command::HostNumberOfCompletedPackets { handle: HANDLE, count }
}

/// A host gets the events that its mask lets through; without a mask LE Meta is not among them, and commands are
/// answered whatever the mask (Vol 4 Part E 7.3.1).
#[test]
fn masks_hold_back_what_was_not_asked_for() {
    let check = |said: &[Command], connected: bool| {
        let rig = central(said);
        let found = rig.events().iter().any(|event| matches!(event, Event::LeConnectionComplete { .. }));
        assert_eq!(found, connected, "{said:?}");
        assert!(rig.events().iter().any(|event| matches!(event, Event::CommandStatus { .. })), "{said:?}");
    };
    check(&[], true);
    check(&[Command::SetEventMask(LE_META)], true);
    check(&[Command::SetEventMask(!LE_META)], false);
    check(&[Command::SetEventMask(0)], false);
    // A reset takes the mask back to the default.
    check(&[Command::SetEventMask(LE_META), Command::Reset], false);

    for (mask, told) in [(LE_META | DISCONNECTION, true), (LE_META, false)] {
        let mut rig = central(&[Command::SetEventMask(mask)]);
        rig.port = Recorder::default();
        // Nobody is there, so the link ends by itself.
        while rig.link().is_some() {
            rig.wake();
        }
        assert_eq!(rig.disconnected().is_some(), told, "{mask:#x}");
    }
}

/// With flow control the host gets as many packets as it has room for, in pieces that it can take, and the next when it
/// is done with one; data stay in order.
#[test]
fn data_wait_for_the_hosts_buffers() {
    let size = Command::HostBufferSize {
        acl_length: 27,
        synchronous_length: 0,
        acl_packets: 2,
        synchronous_packets: 0,
    };
    let mut rig = central(&[size, Command::SetControllerToHostFlowControl(1)]);
    for length in [5, 6, 7, 8] {
        rig.event(Some((Llid::Start, &vec![9; length])));
    }
    assert_eq!(data(&rig), [(2, 5), (2, 6)]);
    // It is answered only if it is wrong.
    assert_eq!(rig.hci(done(1)), []);
    assert_eq!(data(&rig), [(2, 5), (2, 6), (2, 7)]);
    rig.hci(done(2));
    assert_eq!(data(&rig), [(2, 5), (2, 6), (2, 7), (2, 8)]);
    // More than there were changes nothing, and neither does another link.
    rig.hci(done(100));
    rig.hci(Command::HostNumberOfCompletedPackets { handle: 1, count: 1 });
    rig.event(Some((Llid::Start, &[9; 9])));
    assert_eq!(data(&rig).len(), 5);
}

/// Flow control is set without connections, and only as there is; without it everything passes.
#[test]
fn flow_control_is_set_beforehand() {
    let status = |rig: &mut Rig, command: Command| match rig.hci(command)[..] {
        [Event::CommandComplete { ref parameters, .. }] => parameters[0],
        ref other => panic!("{other:?}"),
    };
    let size = |acl_length, acl_packets| Command::HostBufferSize {
        acl_length,
        synchronous_length: 0,
        acl_packets,
        synchronous_packets: 0,
    };
    let rig = &mut Rig::new(true);
    for (command, expected) in [
        (size(26, 1), 0x12),
        (size(27, 0), 0x12),
        (size(27, 1), 0x00),
        (Command::SetControllerToHostFlowControl(4), 0x12),
        (Command::SetControllerToHostFlowControl(3), 0x00),
        (Command::SetControllerToHostFlowControl(0), 0x00),
        (Command::SetEventMaskPage2(0), 0x00),
    ] {
        assert_eq!(status(rig, command), expected, "{command:?}");
    }
    let mut rig = central(&[]);
    rig.port = Recorder::default();
    assert_eq!(status(&mut rig, Command::SetControllerToHostFlowControl(1)), 0x0C);
    for _ in 0..20 {
        rig.event(Some((Llid::Start, &[9; 5])));
    }
    assert_eq!(data(&rig).len(), 20);
}
