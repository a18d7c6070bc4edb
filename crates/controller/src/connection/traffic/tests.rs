//! Two ends over a channel that loses frames: what one says arrives at the other in order and once.

use super::{Content, Plain, Traffic};
use crate::io::{AirPdu, Listening, Role};
use blesim_crypto::LinkCipher;
use blesim_packet::Octets;
use blesim_packet::hci::AclData;
use blesim_packet::ll::{AccessAddress, ChannelIndex, DataPdu, LlControl, Phy};
use proptest::collection::vec;
use proptest::prelude::*;

/// What becomes of one frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Arrives,
    BadCrc,
    Lost,
}

/// One connection event: what each host hands down before it, and the fates of the two frames.
#[derive(Clone, Debug)]
struct Event {
    says: [Option<usize>; 2],
    controls: [bool; 2],
    fates: [Fate; 2],
}

/// One end with a log of what it was given to say, what it sent, and what it heard.
struct End {
    traffic: Traffic,
    said: Vec<Vec<u8>>,
    heard: Vec<Vec<u8>>,
    last_sent: Option<DataPdu>,
    acknowledged: bool,
}

impl End {
    fn new(role: Role, encrypted: bool) -> Self {
        let mut traffic = Traffic::new(role);
        if encrypted {
            traffic.install(LinkCipher::new(0x0123_4567, 89));
            traffic.encrypt_transmit();
            traffic.encrypt_receive();
        }
        Self { traffic, said: Vec::new(), heard: Vec::new(), last_sent: None, acknowledged: true }
    }

    /// The host hands down a packet of this many octets, each packet of another value.
    fn say(&mut self, length: usize, value: u8) {
        let octets = vec![value; length];
        let data = Octets::from_slice(&octets).unwrap();
        if self.traffic.push_acl(&AclData { handle: 0x40, boundary: 0, broadcast: 0, data }) {
            self.said.extend(octets.chunks(super::MIN_OCTETS).map(<[u8]>::to_vec));
        }
    }

    /// The next frame; until it is acknowledged it must be the same but for NESN.
    fn send(&mut self) -> DataPdu {
        self.traffic.stage();
        let on = Listening { channel: ChannelIndex(0), access_address: AccessAddress(0), phy: Phy::Le1M };
        self.traffic.stamp(false);
        let AirPdu::Data(pdu) = self.traffic.staged(on).pdu else { panic!("a data PDU") };
        if let (Some(last), false) = (self.last_sent, self.acknowledged) {
            assert_eq!((pdu.header.sn, pdu.header.llid), (last.header.sn, last.header.llid));
            assert_eq!(pdu.payload, last.payload, "what is in flight stays as it is");
        }
        self.acknowledged = false;
        self.last_sent = Some(pdu);
        pdu
    }

    fn receive(&mut self, pdu: &DataPdu) {
        let mut plain = Plain::None;
        let received = self.traffic.receive(pdu, &mut plain);
        self.acknowledged |= received.acknowledged.is_some();
        if let Some(Content { payload, .. }) = received.content.expect("the MIC holds") {
            self.heard.push(payload.to_vec());
        }
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![3 => Just(Fate::Arrives), 1 => Just(Fate::BadCrc), 1 => Just(Fate::Lost)]
}

fn event() -> impl Strategy<Value = Event> {
    let say = || prop_oneof![2 => Just(None), 1 => (0_usize..=100).prop_map(Some)];
    let control = || (0_u8..10).prop_map(|dice| dice == 0);
    ([say(), say()], [control(), control()], [fate(), fate()]).prop_map(|(says, controls, fates)| Event {
        says,
        controls,
        fates,
    })
}

fn run(ends: &mut [End; 2], event: &Event, value: u8) {
    for (end, (say, control)) in ends.iter_mut().zip(event.says.iter().zip(event.controls)) {
        if let Some(length) = *say {
            end.say(length, value);
        }
        if control {
            end.traffic.push_control(&LlControl::LlUnknownRsp { opcode: value });
        }
    }
    let [central, peripheral] = ends;
    let down = central.send();
    match event.fates[0] {
        Fate::Arrives => peripheral.receive(&down),
        Fate::BadCrc => {}
        // The peripheral heard nothing and does not answer.
        Fate::Lost => return,
    }
    let up = peripheral.send();
    if event.fates[1] == Fate::Arrives {
        central.receive(&up);
    }
}

/// Data among what was heard: control PDUs have their own length.
fn data(heard: &[Vec<u8>]) -> Vec<Vec<u8>> {
    heard.iter().filter(|payload| !(payload.len() == 2 && payload[0] == 0x07)).cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    /// In order and exactly once, encrypted or not, whatever is lost; what is in flight is repeated as it was,
    /// an empty PDU as an empty one; and once the channel is good all of it arrives.
    #[test]
    fn in_order_and_once(encrypted: bool, events in vec(event(), 1..60)) {
        let mut ends = [End::new(Role::Central, encrypted), End::new(Role::Peripheral, encrypted)];
        for (number, event) in (8..).zip(&events) {
            run(&mut ends, event, number);
            for (from, to) in [(0, 1), (1, 0)] {
                prop_assert!(ends[from].said.starts_with(&data(&ends[to].heard)));
            }
        }
        let calm = Event { says: [None; 2], controls: [false; 2], fates: [Fate::Arrives; 2] };
        for _ in 0..120 {
            run(&mut ends, &calm, 0);
        }
        for (from, to) in [(0, 1), (1, 0)] {
            prop_assert_eq!(&ends[from].said, &data(&ends[to].heard));
        }
    }
}

/// An empty PDU that is not acknowledged stays empty, though there is something to say by now (Vol 6 Part B
/// 4.5.9).
#[test]
fn empty_stays_empty() {
    let mut end = End::new(Role::Central, false);
    assert!(end.send().payload.is_empty());
    end.say(5, 1);
    assert!(end.send().payload.is_empty());
    let mut peer = End::new(Role::Peripheral, false);
    let empty = end.send();
    peer.receive(&empty);
    end.receive(&peer.send());
    assert_eq!(end.send().payload.len(), 5);
}

/// Data beyond the buffers is not taken, and what was taken is whole.
#[test]
fn full_buffers() {
    let mut end = End::new(Role::Central, false);
    (0..=super::ACL_PACKETS).for_each(|_| end.say(251, 1));
    assert_eq!(end.said.len(), super::ACL_PACKETS * 10);
}
