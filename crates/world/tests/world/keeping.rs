//! Bonds that are lost, half, or of another time, and private addresses, through the real link layer.

use crate::common::{again, legacy, plan, rule};
use blesim_controller::AirPdu;
use blesim_crypto::SharedSecret;
use blesim_host::privacy::resolves;
use blesim_host::recovery::{Action, Program};
use blesim_host::{BondRules, Failure, Memory, Note, Procedure, Resolver, Shown, Step, WhenFull};
use blesim_kernel::{Chance, Instant, Span};
use blesim_packet::Address;
use blesim_packet::hci::ErrorCode;
use blesim_packet::ll::{AdvPdu, Phy};
use blesim_packet::smp::Reason;
use blesim_world::fault::{Effect, FaultPlan, Lost, Trigger};
use blesim_world::{Entry, History, Outcome, Plan, Record, Sim, Trace};

/// What the hosts told, and the addresses on the air.
#[derive(Default)]
struct Seen {
    notes: Vec<(Instant, usize, Note)>,
    /// Of advertisers and of those who connect.
    advertisers: Vec<Address>,
    initiators: Vec<Address>,
}

impl Trace for Seen {
    const ON: bool = true;
    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        match *entry {
            Entry::Host { device, note } => self.notes.push((at, device, note)),
            Entry::Frame { frame, .. } => match frame.pdu {
                AirPdu::Advertising(AdvPdu::AdvInd { advertiser, .. }) => {
                    add(&mut self.advertisers, advertiser);
                }
                AirPdu::Advertising(AdvPdu::Extended(pdu)) => {
                    pdu.advertiser.into_iter().for_each(|advertiser| add(&mut self.advertisers, advertiser));
                }
                AirPdu::Advertising(AdvPdu::ConnectInd(request)) => {
                    add(&mut self.initiators, request.initiator);
                }
                _ => {}
            },
            _ => {}
        }
    }
}

fn add(list: &mut Vec<Address>, address: Address) {
    if !list.contains(&address) {
        list.push(address);
    }
}

impl Seen {
    fn told(&self, device: usize, note: Note) -> bool {
        self.notes.iter().any(|&(_, teller, told)| (teller, told) == (device, note))
    }
}

fn run(plan: &Plan, seed: u64) -> (Record, Seen) {
    let mut found = Seen::default();
    let record = Sim::new(plan).run(plan, 0, seed, &mut SharedSecret::new(), &mut found).expect("no bug");
    (record, found)
}

const ENCRYPTION: Procedure = Procedure::Encryption;

fn first(record: &Record) -> Option<(Procedure, Shown)> {
    record.first_failure().map(|Failure { procedure, shown }| (procedure, shown))
}

fn cut(step: Step) -> FaultPlan {
    let effect = Effect::PowerCut(Span::from_millis(200));
    FaultPlan { effect, device: 1, trigger: Trigger::Entering(step, 1), chance: Chance::ALWAYS }
}

/// A bond on one side only, and bonds of two pairings: the failure each leads to. Where keys differ it is the
/// peripheral that finds the MIC wrong first and goes; its central sees a lost connection.
#[test]
fn histories() {
    let missing = Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING);
    let lost_link = Shown::Hci(ErrorCode::CONNECTION_TIMEOUT);
    for (history, expected) in [
        (History::HalfBonded { secure_connections: true, lost_by: 1 }, Some((ENCRYPTION, missing))),
        // The central pairs, and the peripheral lets it.
        (History::HalfBonded { secure_connections: true, lost_by: 0 }, None),
        (History::MismatchedKeys { secure_connections: true }, Some((ENCRYPTION, lost_link))),
        (History::Bonded { secure_connections: true }, None),
    ] {
        let (record, _) = run(&Plan { history, ..plan() }, 4);
        assert_eq!(first(&record), expected, "{history:?}");
        assert_eq!(record.secured(), expected.is_none());
    }
    // By legacy pairing the keys have names of their own, here the same ones.
    let mut old = Plan { history: History::MismatchedKeys { secure_connections: false }, ..plan() };
    legacy(&mut old);
    assert_eq!(first(&run(&old, 4).0), Some((ENCRYPTION, lost_link)));
}

/// Power is lost as the bond comes to be used: what takes time to write is gone, and the central, which has
/// its half, is told that the key is missing.
#[test]
fn a_bond_is_lost_before_it_is_written() {
    for (write_time, expected) in
        [(Span::ZERO, None), (Span::from_millis(85), Some(Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING)))]
    {
        let mut plan = Plan { policies: vec![again(1)], faults: vec![cut(Step::Bonded)], ..plan() };
        plan.devices[1].host.bonds.write_time = write_time;
        plan.stay = Span::from_secs(20);
        let (record, seen) = run(&plan, 4);
        let shown: Vec<_> = seen
            .notes
            .iter()
            .filter_map(|&(_, device, note)| match note {
                Note::Failed(failure) if device == 0 => Some(failure.shown),
                _ => None,
            })
            .collect();
        let lost = Shown::Hci(ErrorCode::CONNECTION_TIMEOUT);
        assert_eq!(shown, [lost].into_iter().chain(expected).collect::<Vec<_>>(), "{write_time}");
        assert_eq!(record.secured(), expected.is_none());
        assert_eq!(seen.told(1, Note::BondStored), write_time.is_zero());
    }
}

/// Writes fail as often as the plan says, and which ones does not depend on the policy.
#[test]
fn writes_fail_by_chance() {
    let mut plan = plan();
    plan.devices[1].keeping.write_fails = Chance::ratio(1, 4);
    let failed = |seed| run(&plan, seed).1.told(1, Note::BondNotWritten);
    let count = (0..200).filter(|&seed| failed(seed)).count();
    assert!((30..=70).contains(&count), "{count}");
    plan.devices[1].keeping.write_fails = Chance::ALWAYS;
    let (record, seen) = run(&plan, 1);
    assert!(record.secured() && seen.told(1, Note::BondNotWritten));
}

/// A table full of others' bonds: what each rule comes to.
#[test]
fn full_tables() {
    for (when_full, secured) in [
        (WhenFull::PairWithoutBond, true),
        (WhenFull::FailPairing, false),
        (WhenFull::EvictOldest, true),
        (WhenFull::EvictLeastRecentlyUsed, true),
    ] {
        let mut plan = plan();
        plan.devices[1].host.bonds = BondRules { when_full, ..BondRules::of(2) };
        plan.devices[1].keeping.others = 2;
        let (record, seen) = run(&plan, 4);
        let unspecified = Shown::PairingFailed(Reason::UNSPECIFIED_REASON);
        let expected = (!secured).then_some((Procedure::Bonding, unspecified));
        assert_eq!((record.secured(), first(&record)), (secured, expected), "{when_full:?}");
        let evicts = matches!(when_full, WhenFull::EvictOldest | WhenFull::EvictLeastRecentlyUsed);
        assert_eq!(seen.told(1, Note::BondTableFull), !evicts);
        let gone = Note::BondEvicted(Address::random([0xC0, 0, 0, 0, 0xFF, 0]));
        assert_eq!(seen.told(1, gone), evicts);
    }
}

/// Faults that take one bond, or those in RAM: the one of the scenario, or another.
#[test]
fn lost_bonds() {
    let missing = Some((ENCRYPTION, Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING)));
    for (lost, expected) in
        [(Lost::All, missing), (Lost::With(0), missing), (Lost::With(1), None), (Lost::InRam, missing)]
    {
        // Power is on by then.
        let trigger = Trigger::Between(Span::from_millis(1), Span::from_millis(1));
        let fault =
            FaultPlan { effect: Effect::ForgetBond(lost), device: 1, trigger, chance: Chance::ALWAYS };
        let plan =
            Plan { history: History::Bonded { secure_connections: true }, faults: vec![fault], ..plan() };
        assert_eq!(first(&run(&plan, 4).0), expected, "{lost:?}");
    }
    // What is in flash is back after a restart.
    let mut plan = Plan { history: History::Bonded { secure_connections: true }, ..plan() };
    plan.devices[1].host.bonds.memory = Memory::Flash;
    let trigger = Trigger::Between(Span::ZERO, Span::ZERO);
    let effects = [Effect::ForgetBond(Lost::InRam), Effect::PowerCut(Span::from_millis(1))];
    plan.faults =
        effects.map(|effect| FaultPlan { effect, device: 1, trigger, chance: Chance::ALWAYS }).into();
    assert_eq!(first(&run(&plan, 4).0), None);
}

/// Both devices private, the peripheral for so long.
pub(crate) fn private(turn: Span) -> Plan {
    let mut plan = plan();
    for device in &mut plan.devices {
        device.host.privacy.rotates_every = Some(turn);
    }
    plan.devices[0].host.privacy.scans = true;
    plan
}

const RESOLVERS: [Resolver; 2] = [Resolver::Host, Resolver::Controller];

/// The same with addresses that these resolve.
fn resolved_by(resolver: Resolver, mut plan: Plan) -> Plan {
    for device in &mut plan.devices {
        device.host.privacy.resolver = resolver;
    }
    plan
}

/// Devices with private addresses pair, lose the link, and find each other's bonds again under the addresses
/// of another time, with legacy and extended advertising; only resolvable addresses are on the air.
#[test]
fn private_addresses() {
    let both = [false, true].into_iter().flat_map(|extended| RESOLVERS.map(|resolver| (extended, resolver)));
    for (extended, resolver) in both {
        let mut plan = resolved_by(resolver, private(Span::from_secs(10)));
        if extended {
            let (primary, secondary) = (Phy::Le1M, Phy::Le2M);
            plan.devices[1].host.discovery.advertising =
                blesim_host::Advertising::Extended { primary, secondary, directed: false };
            plan.devices[0].host.discovery.connects =
                blesim_host::Connects::Extended { two_m: true, coded: false };
        }
        let actions = [Action::Wait(blesim_host::recovery::Wait::fixed(Span::from_secs(25))), Action::Again];
        plan.policies =
            vec![Program { rules: vec![rule((1, 3), &actions)].into(), ..Program::passive("later") }];
        plan.stay = Span::from_secs(50);
        plan.limit = Span::from_secs(170);
        let effect = Effect::PowerCut(Span::from_secs(3));
        let trigger = Trigger::Between(Span::from_secs(12), Span::from_secs(12));
        plan.faults = vec![FaultPlan { effect, device: 1, trigger, chance: Chance::ALWAYS }];
        let (record, seen) = run(&plan, 4);
        assert_eq!(record.outcome, Outcome::Secured, "{extended}");
        assert_eq!(first(&record).map(|(_, shown)| shown), Some(Shown::Hci(ErrorCode::CONNECTION_TIMEOUT)));
        let pairings = seen
            .notes
            .iter()
            .filter(|(_, device, note)| *device == 0 && matches!(note, Note::Pairing { .. }));
        assert_eq!((pairings.count(), record.connections, record.failures), (1, 2, 1), "{extended}");
        for own in [0, 1] {
            assert!(seen.told(own, Note::Resolved(plan.devices[1 - own].host.address)));
            let irk = seen.notes.iter().find_map(|&(_, device, note)| match note {
                Note::Key("IRK", irk) if device == own => Some(irk),
                _ => None,
            });
            let shown = if own == 0 { &seen.initiators } else { &seen.advertisers };
            assert!(shown.len() >= 2, "{own} {shown:?}");
            assert!(shown.iter().all(|&address| resolves(address, irk.unwrap())), "{shown:?}");
        }
    }
}

/// With a bond from before, both come under private addresses and find it; if only one has it, it is as with
/// any other half bond, and a central without it takes the peripheral for a stranger.
#[test]
fn private_histories() {
    let missing = Some((ENCRYPTION, Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING)));
    for (history, expected) in [
        (History::Bonded { secure_connections: true }, None),
        (History::HalfBonded { secure_connections: true, lost_by: 1 }, missing),
        (History::HalfBonded { secure_connections: true, lost_by: 0 }, None),
    ] {
        for resolver in RESOLVERS {
            let plan = Plan { history, ..resolved_by(resolver, private(Span::from_secs(900))) };
            let (record, seen) = run(&plan, 4);
            assert_eq!(first(&record), expected, "{history:?}");
            let pairs = history == History::HalfBonded { secure_connections: true, lost_by: 0 };
            let paired = seen.notes.iter().any(|(.., note)| matches!(note, Note::Pairing { .. }));
            assert_eq!(paired, pairs);
        }
    }
}

/// A peripheral that resolves its central too late, or not, has no key for it.
#[test]
fn unresolved() {
    let missing = Some((ENCRYPTION, Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING)));
    let history = History::Bonded { secure_connections: true };
    for (after, unresolved, expected) in [
        (Span::ZERO, Chance::NEVER, None),
        (Span::from_millis(1), Chance::NEVER, None),
        (Span::from_secs(2), Chance::NEVER, missing),
        (Span::ZERO, Chance::ALWAYS, missing),
    ] {
        let mut plan = Plan { history, ..private(Span::from_secs(900)) };
        plan.devices[1].host.privacy.resolves_after = after;
        plan.devices[1].keeping.unresolved = unresolved;
        assert_eq!(first(&run(&plan, 4).0), expected, "{after} {unresolved:?}");
    }
    // So does a controller that misses it.
    let mut plan = Plan { history, ..resolved_by(Resolver::Controller, private(Span::from_secs(900))) };
    plan.devices[1].keeping.unresolved = Chance::ALWAYS;
    assert_eq!(first(&run(&plan, 4).0), missing);
    // A central that resolves every other advertisement takes longer, and gets there.
    let mut plan = Plan { history, ..private(Span::from_secs(900)) };
    plan.devices[0].keeping.unresolved = Chance::ratio(1, 2);
    assert!((0..20).all(|seed| run(&plan, seed).0.secured()));
}
