//! How connections end: by either host, by silence, by a timer (Vol 6 Part B 4.5.2, 5.1.6, 5.2).

use crate::rig::{HANDLE, Rig, create, ll_data};
use blesim_controller::{Note, Why};
use blesim_kernel::Span;
use blesim_packet::hci::{Command, ErrorCode};
use blesim_packet::ll::LlControl;

const BYE: Command =
    Command::Disconnect { handle: HANDLE, reason: ErrorCode::REMOTE_USER_TERMINATED_CONNECTION };

fn both() -> [Rig; 2] {
    [Rig::central(create()), Rig::peripheral(ll_data())]
}

/// The host that ends the link is told Connection Terminated by Local Host once the peer has acknowledged, and
/// the peer was told the host's reason.
#[test]
fn ended_by_this_side() {
    for mut rig in both() {
        rig.event(None);
        rig.hci(BYE);
        let said = (0..3).find_map(|_| rig.event(None)).expect("LL_TERMINATE_IND");
        assert_eq!(said.control(), Some(LlControl::LlTerminateInd { error: 0x13 }));
        if rig.link().is_some() {
            rig.event(None);
        }
        assert_eq!(rig.disconnected(), Some(0x16));
        assert_eq!(rig.controller.deadline(), None);
    }
}

/// The host whose peer ends the link is told the peer's reason, after the acknowledgement is sent.
#[test]
fn ended_by_the_peer() {
    for mut rig in both() {
        rig.event(None);
        rig.event_with(&LlControl::LlTerminateInd { error: 0x13 });
        if rig.link().is_some() {
            rig.event(None);
        }
        assert_eq!(rig.disconnected(), Some(0x13));
        assert_eq!(rig.port.notes.last(), Some(&Note::Closed(ErrorCode(0x13))));
    }
}

/// What the host sent before it asked for the end still goes out (Vol 6 Part B 5.1.6).
#[test]
fn data_goes_before_the_end() {
    let mut rig = Rig::central(create());
    rig.event(None);
    rig.acl(&[7; 30]);
    rig.hci(BYE);
    let said: Vec<_> = (0..3).filter_map(|_| rig.event(None)).collect();
    let lengths: Vec<_> = said.iter().map(|said| said.payload.len()).collect();
    assert_eq!(lengths, [27, 3, 2]);
}

/// A termination that nobody acknowledges is over when the supervision timeout has passed.
#[test]
fn ended_unheard() {
    for mut rig in both() {
        rig.event(None);
        rig.hci(BYE);
        let asked = rig.now;
        while rig.disconnected().is_none() {
            rig.wake();
        }
        assert_eq!(rig.disconnected(), Some(0x16));
        assert!(rig.now.since(asked) <= Span::from_secs(4));
    }
}

/// A link dies by the supervision timeout after a number of missed events that is the timeout over the
/// interval, rounded down, in both roles.
///
/// Two of the three rows are what devices in the field show: 22.5 ms and 420 ms give "roughly 18", 50 ms and
/// 420 ms "about 8". The third is the acceptance row 30 ms, 421 ms; the field has steps of 10 ms, and 430 ms
/// falls on the same side.
#[test]
fn supervision_counts() {
    for (interval, timeout, expected) in [(18, 42, 18), (40, 42, 8), (24, 43, 14)] {
        let mut request = create();
        (request.interval_min, request.interval_max, request.timeout) = (interval, interval, timeout);
        let mut ll = ll_data();
        (ll.interval, ll.timeout) = (interval, timeout);
        for mut rig in [Rig::central(request), Rig::peripheral(ll)] {
            rig.event(None);
            rig.event(None);
            let heard = rig.now;
            let mut missed = 0;
            while rig.disconnected().is_none() {
                let why = rig.wake();
                missed += u32::from(why == Why::WindowClosed);
            }
            assert_eq!(rig.disconnected(), Some(0x08));
            assert_eq!(missed, expected, "{interval} {timeout}");
            assert!(rig.now.since(heard) <= Span::from_millis(10) * u64::from(timeout));
        }
    }
}

/// A connection in which nothing was ever heard is lost after six intervals (Vol 6 Part B 4.5.2).
#[test]
fn never_established() {
    for mut rig in both() {
        let (created, mut events) = (rig.now, 0);
        while rig.disconnected().is_none() {
            events += u32::from(rig.wake() == Why::WindowClosed);
        }
        assert_eq!(rig.disconnected(), Some(0x3E));
        assert_eq!(rig.now.since(created), Span::from_millis(180));
        assert!((5..=6).contains(&events), "{events}");
    }
}

/// A frame with a bad CRC neither establishes nor feeds the supervision, but a peripheral answers it
/// (Vol 6 Part B 4.5.1).
#[test]
fn broken_frames() {
    let mut rig = Rig::peripheral(ll_data());
    for _ in 0..5 {
        let pdu = blesim_controller::AirPdu::Data(rig.peer.speak(None));
        rig.hear(rig.anchor, &pdu, false);
        rig.anchor += rig.interval;
        assert_eq!(rig.wake(), Why::Answer);
    }
    while rig.disconnected().is_none() {
        rig.wake();
    }
    assert_eq!(rig.disconnected(), Some(0x3E));
}

/// A procedure that gets no answer on a living link, be it of the peer or of the own host, ends it after 40 s
/// (Vol 6 Part B 5.2).
#[test]
fn procedure_response_timeout() {
    let mut central = Rig::central(create());
    central.event(None);
    central.hci(Command::LeEnableEncryption { handle: HANDLE, rand: 0, ediv: 0, ltk: 1 });
    let mut peripheral = Rig::peripheral(ll_data());
    peripheral.event(None);
    peripheral.event_with(&LlControl::LlEncReq { rand: 0, ediv: 0, skd_c: 1, iv_c: 2 });
    let mut asks = Rig::central(create());
    asks.event(None);
    asks.hci(Command::LeReadRemoteFeatures { handle: HANDLE });
    let mut asked = Rig::peripheral(ll_data());
    asked.hci(Command::LeSetEventMask(u64::MAX));
    asked.event(None);
    asked.event_with(&LlControl::LlConnectionParamReq {
        interval_min: 40,
        interval_max: 48,
        latency: 0,
        timeout: 500,
        preferred_periodicity: 0,
        reference_event: 1,
        offsets: [0xFFFF; 6],
    });
    for mut rig in [central, peripheral, asks, asked] {
        let started = rig.now;
        while rig.disconnected().is_none() {
            let (at, why) = rig.controller.deadline().unwrap();
            if why == Why::ProcedureResponse {
                rig.now = at;
                rig.handle(blesim_controller::Input::Wake);
            } else {
                rig.event(None);
            }
        }
        assert_eq!(rig.disconnected(), Some(0x22));
        let lasted = rig.now.since(started);
        assert!(lasted >= Span::from_secs(39) && lasted <= Span::from_secs(40), "{lasted:?}");
    }
}
