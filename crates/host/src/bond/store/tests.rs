//! The store against a list of everything that was done to it.

use super::*;
use blesim_kernel::Span;
use proptest::prelude::*;

const OWN: Address = Address::public([1; 6]);
const PEERS: u8 = 4;

fn bond(peer: u8, ltk: u128) -> Bond {
    Bond {
        peer: Address::public([9, 0, 0, 0, 0, peer]),
        ltk,
        ediv: 0,
        rand: 0,
        key_size: 16,
        secure_connections: true,
        authenticated: false,
        irk: None,
        csrk: None,
        signing: crate::signing::Signing::default(),
        link_key: None,
    }
}

/// One thing that is done to the store.
#[derive(Clone, Copy, Debug)]
enum Act {
    Keep(u8, bool),
    Remove(u8, bool),
    Use(u8),
    Cut,
}

fn acts() -> impl Strategy<Value = Vec<(Act, u64)>> {
    let act = prop_oneof![
        3 => (0..PEERS, prop::bool::weighted(0.2)).prop_map(|(peer, fails)| Act::Keep(peer, fails)),
        2 => (0..PEERS, prop::bool::weighted(0.2)).prop_map(|(peer, fails)| Act::Remove(peer, fails)),
        1 => (0..PEERS).prop_map(Act::Use),
        1 => Just(Act::Cut),
    ];
    prop::collection::vec((act, 0_u64..25), 0..60)
}

/// What a peer's record should be: the value in use, the value in flash, and the write between them.
#[derive(Clone, Copy, Default, Debug)]
struct Model {
    ram: Option<u128>,
    flash: Option<u128>,
    write: Option<(u64, bool)>,
}

impl Model {
    fn until(&mut self, now: u64) {
        if let Some((_, fails)) = self.write.filter(|&(ends, _)| ends <= now) {
            self.write = None;
            if !fails {
                self.flash = self.ram;
            }
        }
    }
}

proptest! {
    /// With room for all, each peer's bond is the last one given until power is lost, and then the last one
    /// whose write had ended and not failed; nothing else, whatever the order and the pauses.
    #[test]
    fn old_or_new(acts in acts(), takes in 0_u64..20) {
        let rules = BondRules { write_time: Span::from_nanos(takes), ..BondRules::of(PEERS) };
        let mut store = BondStore::new(rules, Role::Central, OWN);
        let mut models = [Model::default(); PEERS as usize];
        let (mut now, mut busy) = (0_u64, 0_u64);
        for (ltk, (act, pause)) in (1_u128..).zip(acts) {
            now += pause;
            let at = Instant::ZERO + Span::from_nanos(now);
            while store.written(at).is_some() {}
            for model in &mut models {
                model.until(now);
            }
            match act {
                Act::Keep(peer, fails) => {
                    let kept = store.keep(bond(peer, ltk), at, fails, |_| false);
                    prop_assert_eq!(kept, Kept { fits: true, evicted: None });
                    busy = busy.max(now) + takes;
                    let model = &mut models[usize::from(peer)];
                    (model.ram, model.write) = (Some(ltk), Some((busy, fails)));
                }
                Act::Remove(peer, fails) => {
                    let model = &mut models[usize::from(peer)];
                    let there = model.ram.take().is_some();
                    prop_assert_eq!(store.remove(bond(peer, 0).peer, at, fails), there);
                    if there && model.flash.is_some() {
                        busy = busy.max(now) + takes;
                        model.write = Some((busy, fails));
                    } else if there {
                        model.write = None;
                    }
                }
                Act::Use(peer) => store.used(bond(peer, 0).peer),
                Act::Cut => {
                    store.power_lost(at);
                    busy = now;
                    for model in &mut models {
                        (model.ram, model.write) = (model.flash, None);
                    }
                }
            }
            for (peer, model) in (0..PEERS).zip(&mut models) {
                // A write of no length has ended.
                let peer = bond(peer, 0).peer;
                let found = |bond: Option<&Bond>| bond.map(|bond| bond.ltk);
                prop_assert_eq!(found(store.get(peer)), model.ram);
                prop_assert_eq!(found(store.durable(peer)), model.flash);
            }
            let ends = models.iter().filter_map(|model| model.write).map(|(ends, _)| ends).min();
            let ends = ends.map(|ends| Instant::ZERO + Span::from_nanos(ends));
            prop_assert_eq!(store.writes_until(), ends);
        }
    }

    /// With less room than peers, as many bonds are in use as fit, and it is the rule's choice that goes.
    #[test]
    fn capacity_is_kept(peers in prop::collection::vec(0..PEERS, 1..40), lru in any::<bool>()) {
        let when_full = if lru { WhenFull::EvictLeastRecentlyUsed } else { WhenFull::EvictOldest };
        let mut store = BondStore::new(BondRules { when_full, ..BondRules::of(2) }, Role::Central, OWN);
        let mut order: Vec<u8> = Vec::new();
        for peer in peers {
            let known = order.contains(&peer);
            let evicted = (!known && order.len() == 2).then(|| order.remove(0));
            if known {
                // What is known is used, which matters to one rule.
                store.used(bond(peer, 0).peer);
                if lru {
                    order.retain(|&other| other != peer);
                    order.push(peer);
                }
            } else {
                let kept = store.keep(bond(peer, 1), Instant::ZERO, false, |_| false);
                order.push(peer);
                let evicted = evicted.map(|peer| bond(peer, 0).peer);
                prop_assert_eq!(kept, Kept { fits: true, evicted });
            }
            prop_assert_eq!(store.iter().count(), order.len());
        }
    }
}

/// A peer with a link keeps its bond; with nobody else to go there is no room.
#[test]
fn links_are_spared() {
    let rules = BondRules { when_full: WhenFull::EvictOldest, ..BondRules::of(2) };
    let mut store = BondStore::new(rules, Role::Central, OWN);
    store.put(bond(0, 1));
    store.put(bond(1, 1));
    let check = |connected: &[u8], expected: Kept| {
        let connected = |peer: Address| connected.iter().any(|&number| bond(number, 0).peer == peer);
        let kept = store.clone().keep(bond(2, 1), Instant::ZERO, false, connected);
        assert_eq!(kept, expected);
    };
    check(&[], Kept { fits: true, evicted: Some(bond(0, 0).peer) });
    check(&[0], Kept { fits: true, evicted: Some(bond(1, 0).peer) });
    check(&[0, 1], Kept { fits: false, evicted: None });
}
