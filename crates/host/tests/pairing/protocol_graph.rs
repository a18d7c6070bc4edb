//! Pairing as a graph of what was seen: no way leads to a bond but through the checks that its association model
//! demands, whatever is done to the PDUs on their way.

use crate::bench::{Bench, Keys, Waypoint};
use crate::chaos::{WAYS, Way, configured};
use crate::setup::{CENTRAL, PERIPHERAL};
use blesim_host::smp::proof::Check;
use blesim_host::smp::terms::Model;
use blesim_host::{Answer, Awaited, Config};
use blesim_packet::smp::{AuthReq, IoCapability, Keypress, Reason, SmpPdu};
use petgraph::algo::dominators::simple_fast;
use petgraph::graphmap::DiGraphMap;
use std::collections::HashMap;
use std::rc::Rc;

/// Where every pairing begins and ends.
const ROOT: Waypoint = Waypoint::Awaits(Awaited::Nothing);

/// What one side went through, over many pairings.
#[derive(Default)]
struct Seen {
    numbers: HashMap<Waypoint, u32>,
    graph: DiGraphMap<u32, ()>,
}

impl Seen {
    fn number(&mut self, waypoint: Waypoint) -> u32 {
        let next = u32::try_from(self.numbers.len()).unwrap();
        *self.numbers.entry(waypoint).or_insert(next)
    }

    /// A pairing begins where the last one was over.
    fn add(&mut self, path: &[Waypoint]) {
        let mut at = self.number(ROOT);
        for waypoint in path {
            let next = self.number(*waypoint);
            self.graph.add_edge(at, next, ());
            at = next;
        }
    }

    /// The checks without which no way leads to a bond; `None` if nothing leads there.
    fn demanded(&mut self) -> Option<Vec<Check>> {
        let (root, bonded) = (self.number(ROOT), self.number(Waypoint::Bonded));
        let dominators = simple_fast(&self.graph, root);
        let all: Vec<u32> = dominators.dominators(bonded)?.collect();
        let checks = [Check::Confirmed, Check::Compared, Check::DhKeyChecked, Check::LinkEncrypted];
        let known = checks.into_iter().filter(|check| {
            self.numbers.get(&Waypoint::Proved(*check)).is_some_and(|number| all.contains(number))
        });
        Some(known.collect())
    }
}

/// PDUs of every kind, with values that fit nothing.
fn foreign() -> Vec<SmpPdu> {
    let (value, key) = (0x1234_5678, [7; 32]);
    vec![
        SmpPdu::PairingConfirm(value),
        SmpPdu::PairingRandom(value),
        SmpPdu::PairingFailed(Reason::UNSPECIFIED_REASON),
        SmpPdu::EncryptionInformation { ltk: value },
        SmpPdu::CentralIdentification { ediv: 1, rand: 1 },
        SmpPdu::IdentityInformation { irk: value },
        SmpPdu::SigningInformation { csrk: value },
        SmpPdu::SecurityRequest(AuthReq(1)),
        SmpPdu::PairingPublicKey { x: key, y: key },
        SmpPdu::PairingDhKeyCheck(value),
        SmpPdu::KeypressNotification(Keypress::Cleared),
    ]
}

/// One pairing in which the PDU at this place is left out, or changed for another.
fn run(
    configs: &[Config; 2],
    way: Way,
    (place, change): (usize, Option<SmpPdu>),
    says_no: bool,
    keys: &Keys,
) -> Bench {
    let mut bench = Bench::with_keys(configs, &Rc::clone(keys));
    let mut count = 0;
    bench.tamper = Box::new(move |_, pdu| {
        count += 1;
        if count - 1 == place { change } else { Some(pdu) }
    });
    bench.power_on_with_oob(way.2);
    bench.settle();
    if says_no {
        for device in [CENTRAL, PERIPHERAL] {
            bench.input(device, blesim_host::Input::User(0, Answer::No));
        }
        bench.settle();
    }
    bench.users_answer(CENTRAL);
    bench
}

/// What both sides go through in a good pairing and in as many bad ones as there are places for a bad PDU.
fn explored(way: Way, change: fn(&mut Config)) -> [Seen; 2] {
    let keys = Keys::default();
    let mut configs = configured(way);
    configs.iter_mut().for_each(change);
    let whole = run(&configs, way, (usize::MAX, None), false, &keys);
    // The rounds of Passkey Entry are alike.
    let places = (0..whole.log.len()).filter(|place| *place < 14 || place + 12 > whole.log.len());
    let mut seen = [Seen::default(), Seen::default()];
    let mut add = |bench: &Bench| {
        for (seen, end) in seen.iter_mut().zip(&bench.ends) {
            seen.add(&end.port.path);
        }
    };
    add(&whole);
    add(&run(&configs, way, (usize::MAX, None), true, &keys));
    for place in places {
        add(&run(&configs, way, (place, None), false, &keys));
        for pdu in foreign() {
            add(&run(&configs, way, (place, Some(pdu)), false, &keys));
        }
    }
    seen
}

/// What a side has to be shown before it keeps a bond (Vol 3 Part H 2.3.5): the initiator of Just Works and
/// Numeric Comparison checks a commitment, the responder has made it; out of band who has data does.
fn expected(way: Way, model: Model, initiator: bool) -> Vec<Check> {
    let sc = way.0.sc();
    let confirms = match model {
        Model::JustWorks | Model::NumericComparison => !sc || initiator,
        Model::PasskeyInitiatorDisplays
        | Model::PasskeyResponderDisplays
        | Model::PasskeyBothInput
        | Model::OutOfBand => true,
    };
    let demanded = [
        (Check::Confirmed, confirms),
        (Check::Compared, model == Model::NumericComparison),
        (Check::DhKeyChecked, sc),
        (Check::LinkEncrypted, true),
    ];
    demanded.into_iter().filter(|(_, demanded)| *demanded).map(|(check, _)| check).collect()
}

fn model_of(Way(auth, [initiator, responder], oob): Way) -> Model {
    use IoCapability::{DisplayYesNo, KeyboardOnly};
    match (initiator, responder) {
        _ if oob == [true; 2] => Model::OutOfBand,
        _ if !auth.mitm() => Model::JustWorks,
        (DisplayYesNo, DisplayYesNo) => Model::NumericComparison,
        (KeyboardOnly, _) => Model::PasskeyResponderDisplays,
        (_, KeyboardOnly) => Model::PasskeyInitiatorDisplays,
        _ => Model::JustWorks,
    }
}

/// Every way to a bond leads through the checks that the model demands, on both sides.
#[test]
fn bonds_are_dominated_by_their_checks() {
    for way in WAYS {
        let seen = explored(way, |_| ());
        for (device, mut seen) in seen.into_iter().enumerate() {
            let expected = expected(way, model_of(way), device == CENTRAL);
            assert_eq!(seen.demanded(), Some(expected), "{way:?} {device}");
        }
    }
}

/// Devices that skip the DHKey check have a way to a bond around it: the proof above would see it.
#[test]
fn a_skipped_check_shows() {
    let way = WAYS[0];
    let seen = explored(way, |config| config.quirks.skips_dh_key_check = true);
    for (device, mut seen) in seen.into_iter().enumerate() {
        let mut expected = expected(way, model_of(way), device == CENTRAL);
        expected.retain(|check| *check != Check::DhKeyChecked);
        assert_eq!(seen.demanded(), Some(expected), "{device}");
    }
}
