//! Attackers: what they get from whom, under which policy, and what they never get.

use crate::common::{again, device, legacy, plan, rule};
use blesim_crypto::KeyBank;
use blesim_host::recovery::{Action, BondedPeer, OldBondDies, Program, Responder, Rule};
use blesim_host::{Application, Level, Procedure, RepeatedAttempts, Role, Shown};
use blesim_kernel::{Chance, Span};
use blesim_packet::hci::ErrorCode;
use blesim_packet::smp::{AuthReq, IoCapability, Reason};
use blesim_world::{
    AirPlan, Attack, Delay, DevicePlan, Exposure, History, Loss, NoTrace, Outcome, Plan, Record, Script, Sim,
    User,
};
use proptest::prelude::*;

const PHONE: usize = 0;
const LOCK: usize = 1;
const MALLORY: usize = 2;
const MINUTE: Span = Span::from_secs(60);

pub(crate) fn run(plan: &Plan, policy: usize, seed: u64) -> Record {
    Sim::new(plan).run(plan, policy, seed, &mut KeyBank::new(), &mut NoTrace).expect("no bug")
}

fn exposure(plan: &Plan, policy: usize) -> (Outcome, Exposure) {
    let record = run(plan, policy, 1);
    (record.outcome, record.exposure)
}

/// Somebody who has taken the address of a device of the plan and claims to be it, with this script.
pub(crate) fn impostor(plan: &mut Plan, of: usize, script: Script) -> &mut DevicePlan {
    let genuine = plan.devices[of].clone();
    let name = format!("mallory, as {}", genuine.name);
    let mut host = genuine.host;
    host.security = blesim_host::Security::PLAIN;
    host.quirks = blesim_host::Quirks::NONE;
    host.application = None;
    // It waits for a connection less long than the genuine ones, and tries again.
    host.timing.connect_timeout = Span::from_secs(3);
    plan.devices.push(DevicePlan {
        name,
        host,
        attack: Some(Attack::Acts(script)),
        program: Program::passive("passive"),
        user: User::PERFECT,
        comes_after: Span::ZERO,
        ..genuine
    });
    plan.devices.last_mut().expect("it was just put there")
}

fn bonded() -> Plan {
    Plan { history: History::Bonded { secure_connections: true }, ..plan() }
}

/// Deletes the bond and pairs where the peer has no key.
fn repairs() -> Program {
    let missing = Rule {
        procedures: Box::new([Procedure::Encryption]),
        errors: Box::new([Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING)]),
        ..rule((1, 3), &[Action::DeleteBond, Action::Pair])
    };
    Program { rules: Box::new([missing]), ..Program::passive("repairs") }
}

/// A fake lock that is always heard first: it has no key, and pairs with whoever deletes a bond for that.
fn fake_lock() -> Plan {
    let mut plan = Plan { policies: vec![again(0), repairs()], ..bonded() };
    // The genuine one advertises now and then.
    plan.devices[LOCK].host.link.advertising_interval = 16_000;
    impostor(&mut plan, LOCK, Script::ONCE).host.link.advertising_interval = 32;
    plan
}

/// S1: a missing key answered by a new pairing gives the link and the bond to whoever said that it is missing.
#[test]
fn a_fake_lock_wins_who_pairs_again() {
    let (outcome, exposure_of) = exposure(&fake_lock(), 1);
    assert_eq!(outcome, Outcome::HalfSecured);
    let expected = Exposure {
        attacker_won: 1,
        good_bonds_destroyed: 1,
        half_bonds: 2,
        attacker_pairings: 1,
        ..Exposure::NONE
    };
    assert_eq!(exposure_of, expected);
    let (outcome, exposure_of) = exposure(&fake_lock(), 0);
    assert_eq!((outcome, exposure_of), (Outcome::GaveUp, Exposure::NONE));
}

/// S2: an application that needs no security goes on in the clear with a lock that has no key; one that needs
/// security says nothing.
#[test]
fn the_clear_text_after_a_failure() {
    let check = |needs, goes_on: bool, exposed: bool| {
        let mut plan = fake_lock();
        let rules = [rule(
            (1, 1),
            &[Action::Wait(blesim_host::recovery::Wait::fixed(Span::from_secs(5))), Action::GiveUp],
        )];
        plan.policies.push(Program { rules: Box::new(rules), ..Program::passive("keeps the link") });
        let every = Span::from_millis(500);
        plan.devices[PHONE].host.application =
            Some(Application { every, octets: 20, needs, how: blesim_host::Sends::Commands });
        let found = run(&plan, if goes_on { 2 } else { 0 }, 1).exposure;
        assert_eq!(
            (found.plaintext_octets > 0, found.octets_read > 0),
            (exposed, exposed),
            "{needs:?} {found:?}"
        );
    };
    check(Level::One, true, true);
    check(Level::Two, true, false);
    check(Level::One, false, false);
}

/// A fake phone comes before the genuine one.
fn fake_phone(responder: Responder, script: Script) -> Plan {
    let mut plan = bonded();
    plan.devices[PHONE].comes_after = MINUTE;
    plan.devices[LOCK].program.responder = responder;
    impostor(&mut plan, PHONE, script);
    plan
}

/// S3: how one pairing that fails, or one that succeeds, costs the lock its bond with the genuine phone.
#[test]
fn a_fake_phone_evicts_the_bond() {
    let reject = BondedPeer::Reject(Reason::PAIRING_NOT_SUPPORTED);
    let check = |bonded_peer_pairs, old_bond_dies, spoils, destroyed, won| {
        let script = Script { spoils, ..Script::ONCE };
        let plan = fake_phone(Responder { bonded_peer_pairs, old_bond_dies, ..Responder::default() }, script);
        let (outcome, found) = exposure(&plan, 0);
        let says = format!("{bonded_peer_pairs:?} {old_bond_dies:?} {spoils} {found:?}");
        assert_eq!((found.good_bonds_destroyed, found.attacker_won), (destroyed, won), "{says}");
        assert_eq!(outcome == Outcome::Secured, destroyed == 0, "{says} {outcome:?}");
    };
    check(BondedPeer::Accept, OldBondDies::OnRequest, true, 1, 0);
    check(BondedPeer::Accept, OldBondDies::OnEncrypted, true, 0, 0);
    check(BondedPeer::Accept, OldBondDies::OnComplete, true, 0, 0);
    check(BondedPeer::Accept, OldBondDies::OnEncrypted, false, 1, 1);
    check(BondedPeer::Accept, OldBondDies::OnComplete, false, 1, 1);
    check(reject, OldBondDies::OnComplete, false, 0, 0);
    check(BondedPeer::Ignore, OldBondDies::OnComplete, false, 0, 0);
}

/// S7: a passkey that is always the same is guessed bit by bit, in as many tries as it has ones and one more;
/// one that is new every time tells nothing that lasts.
#[test]
fn a_fixed_passkey_is_guessed() {
    let check = |passkey: Option<u32>, tries: u16, waits: Option<RepeatedAttempts>, bits: u8, won: u8| {
        let mut plan = plan();
        plan.devices[PHONE].comes_after = Span::from_secs(300);
        plan.limit = Span::from_secs(30);
        let lock = &mut plan.devices[LOCK].host;
        lock.io = IoCapability::DisplayOnly;
        lock.auth = lock.auth.with(AuthReq::MITM);
        lock.quirks.fixed_passkey = passkey;
        lock.security.repeated_attempts = waits;
        let script = Script { tries, pause: Span::from_millis(500), ..Script::ONCE };
        let mallory = &mut impostor(&mut plan, PHONE, script).host;
        mallory.io = IoCapability::KeyboardOnly;
        mallory.auth = mallory.auth.with(AuthReq::MITM);
        let found = run(&plan, 0, 1).exposure;
        assert_eq!((found.passkey_bits, found.attacker_won), (bits, won), "{passkey:?} {tries} {found:?}");
    };
    // Ones in bits 1, 3 and 9: refused in rounds 2, 4 and 10.
    let passkey = Some(0b10_0000_1010);
    check(passkey, 1, None, 2, 0);
    check(passkey, 2, None, 4, 0);
    check(passkey, 3, None, 10, 0);
    check(passkey, 4, None, 20, 1);
    // A wait that grows lets three tries of a hundred through in five minutes and a half.
    let second = Span::from_secs(60);
    let waits = RepeatedAttempts { first: second, cap: second * 60, reward: second * 60 };
    check(passkey, 400, Some(waits), 10, 0);
}

/// S6: strangers fill the table of a lock that pairs with everybody; it secures the link to the genuine phone and
/// has no room for the bond.
#[test]
fn strangers_fill_the_table() {
    let check = |addresses, half| {
        let mut plan = plan();
        plan.devices[PHONE].comes_after = MINUTE;
        plan.devices[LOCK].host.bonds.capacity = 4;
        let script = Script { tries: addresses, addresses, stranger: true, ..Script::ONCE };
        impostor(&mut plan, PHONE, script);
        let record = run(&plan, 0, 1);
        let found = (record.outcome, record.exposure.half_bonds, record.exposure.attacker_pairings);
        assert_eq!(found, (Outcome::Secured, half, addresses), "{:?}", record.exposure);
    };
    check(3, 0);
    check(4, 1);
    check(9, 1);
}

/// S9: failures under the phone's address are the genuine phone's to wait for.
#[test]
fn a_lockout_hits_the_genuine_one() {
    let check = |waits: Option<RepeatedAttempts>, refused: bool| {
        let script = Script { spoils: true, tries: 40, lasts: Span::from_secs(5), ..Script::ONCE };
        let mut plan = plan();
        plan.devices[PHONE].comes_after = Span::from_secs(25);
        plan.devices[LOCK].host.security.repeated_attempts = waits;
        impostor(&mut plan, PHONE, script);
        let record = run(&plan, 0, 1);
        let shown = record.first_failure().map(|failure| failure.shown);
        let expected = refused.then_some(Shown::PairingFailed(Reason::REPEATED_ATTEMPTS));
        assert_eq!(shown, expected, "{record:?}");
    };
    let second = Span::from_secs(1);
    check(None, false);
    check(Some(RepeatedAttempts { first: second * 4, cap: second * 64, reward: second * 10 }), true);
}

/// A listener near by.
fn listener(plan: &mut Plan) {
    let mut device = device(Role::Peripheral);
    "eve".clone_into(&mut device.name);
    device.attack = Some(Attack::Listens);
    plan.devices.push(device);
}

/// S10: legacy pairing without a passkey gives everything away, one with a passkey too, Secure Connections
/// nothing, unless with the key pair that everybody knows. A listener changes nothing for those it hears.
#[test]
fn what_a_listener_reads() {
    let check = |change: &dyn Fn(&mut Plan), reads: bool| {
        let mut plan = Plan { stay: Span::from_secs(3), ..plan() };
        let every = Span::from_millis(100);
        for device in &mut plan.devices {
            device.host.application =
                Some(Application { every, octets: 20, needs: Level::Two, how: blesim_host::Sends::Commands });
        }
        change(&mut plan);
        let alone = run(&plan, 0, 7);
        listener(&mut plan);
        let heard = run(&plan, 0, 7);
        assert_eq!(Record { exposure: alone.exposure, ..heard }, alone);
        assert_eq!(alone.outcome, Outcome::Secured);
        let octets = heard.exposure.octets_read;
        // Both send twenty octets ten times a second, for three seconds.
        assert_eq!(octets, if reads { octets.clamp(1_000, 1_200) } else { 0 });
    };
    let passkey = |plan: &mut Plan| {
        plan.devices[PHONE].host.io = IoCapability::KeyboardOnly;
        plan.devices[LOCK].host.io = IoCapability::DisplayOnly;
        plan.devices[PHONE].host.auth = plan.devices[PHONE].host.auth.with(AuthReq::MITM);
    };
    check(&legacy, true);
    check(
        &|plan| {
            legacy(plan);
            passkey(plan);
        },
        true,
    );
    check(&|_| {}, false);
    check(&passkey, false);
    check(
        &|plan| {
            plan.devices[PHONE].host.security.debug_keys = blesim_host::DebugKeys::Used;
            plan.devices[LOCK].host.security.debug_keys = blesim_host::DebugKeys::Accepted;
        },
        true,
    );
}

/// A man in the middle: a fake phone toward the lock, and once it has got there a fake lock toward the phone.
fn middle(io: [IoCapability; 2], user: User) -> Plan {
    let mut plan = Plan { limit: MINUTE, ..plan() };
    plan.devices[PHONE].comes_after = Span::from_secs(2);
    for (device, io) in plan.devices.iter_mut().zip(io) {
        device.host.io = io;
        device.host.auth = device.host.auth.with(AuthReq::MITM);
        device.user = user;
    }
    impostor(&mut plan, PHONE, Script::ONCE);
    impostor(&mut plan, LOCK, Script { behind: Some(MALLORY), ..Script::ONCE });
    plan
}

/// In the middle of Just Works an attacker has both links; numbers to compare stop it, unless those who
/// compare misjudge them on both sides.
#[test]
fn the_man_in_the_middle() {
    let no_io = IoCapability::NoInputNoOutput;
    let yes_no = IoCapability::DisplayYesNo;
    let blind = User { misjudges: Chance::ALWAYS, ..User::PERFECT };
    let check = |io, user, won| {
        let found = run(&middle([io; 2], user), 0, 1);
        assert_eq!(found.exposure.attacker_won, won, "{io:?} {found:?}");
        assert_eq!(found.exposure.attacker_pairings, 2, "{found:?}");
    };
    check(no_io, User::PERFECT, 2);
    check(yes_no, User::PERFECT, 0);
    check(yes_no, blind, 2);
}

/// In the middle the two who believe to talk to each other do: everything is passed on, read on the way.
#[test]
fn what_is_passed_on_arrives() {
    let mut plan = middle([IoCapability::NoInputNoOutput; 2], User::PERFECT);
    let every = Span::from_millis(200);
    for device in &mut plan.devices[..MALLORY] {
        device.host.application =
            Some(Application { every, octets: 20, needs: Level::Two, how: blesim_host::Sends::Commands });
    }
    let (mut values, mut sim) = (crate::application::Values::default(), Sim::new(&plan));
    let found = sim.run(&plan, 0, 1, &mut KeyBank::new(), &mut values).expect("no bug");
    for (one, other) in [(PHONE, LOCK), (LOCK, PHONE)] {
        let (sent, accepted) = (values.sent[one][1], values.accepted[other][1]);
        // The lock is there before the phone, and speaks to a closed door.
        assert!(accepted >= 20 && accepted <= sent, "{sent} {accepted}");
    }
    let accepted: u32 = values.accepted[MALLORY..].iter().map(|octets| octets[1]).sum();
    assert_eq!(found.exposure.octets_read, accepted);
}

/// S11: a user who takes the number to compare for the passkey gives both links away, though each association
/// model is sound by itself.
#[test]
fn methods_are_confused() {
    let check = |confuses, won| {
        let user = User {
            confuses,
            reads: Delay { least: Span::from_secs(1), mean_more: Span::ZERO },
            ..User::PERFECT
        };
        let mut plan = middle([IoCapability::KeyboardDisplay, IoCapability::DisplayYesNo], user);
        plan.devices[MALLORY].host.io = IoCapability::DisplayYesNo;
        let fake_lock = &mut plan.devices[MALLORY + 1];
        fake_lock.host.io = IoCapability::DisplayOnly;
        fake_lock.attack =
            Some(Attack::Acts(Script { behind: Some(MALLORY), confuses: true, ..Script::ONCE }));
        let found = run(&plan, 0, 1);
        assert_eq!(found.exposure.attacker_won, won, "{found:?}");
    };
    check(Chance::NEVER, 0);
    check(Chance::ALWAYS, 2);
}

/// Attackers leave the world as it is for whom they do not reach: a fake lock that nobody can hear changes
/// nothing but the record of what was watched.
#[test]
fn an_unheard_attacker_changes_nothing() {
    let mut with = fake_lock();
    with.policies = vec![again(3)];
    let late = Script { starts: Span::from_secs(3_000), ..Script::ONCE };
    with.devices[MALLORY].attack = Some(Attack::Acts(late));
    let without = Plan { devices: with.devices[..2].to_vec(), ..with.clone() };
    for seed in 0..8 {
        let (with, without) = (run(&with, 0, seed), run(&without, 0, seed));
        assert_eq!(Record { exposure: Exposure::NONE, ..with }, without);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is lost, and whatever the impostor claims: who asks for an authenticated link and has users who
    /// do not misjudge never has one with an attacker.
    #[test]
    fn no_impostor_gets_level_three(
        seed in any::<u64>(),
        loss in 0_u64..30,
        ios in prop::array::uniform4(0_usize..5),
        strict in any::<bool>(),
        both in any::<bool>(),
    ) {
        let io = |index: usize| IoCapability::ALL[ios[index]];
        let mut plan = middle([io(0), io(1)], User::USUAL);
        let mut attackers = plan.devices.split_off(MALLORY);
        for device in &mut plan.devices {
            device.host.security.level = if strict { Level::Four } else { Level::Three };
            device.user.misjudges = Chance::NEVER;
        }
        attackers[0].host.io = io(2);
        attackers[1].host.io = io(3);
        if !both {
            attackers[1].attack = Some(Attack::Acts(Script::ONCE));
        }
        plan.devices.extend(attackers);
        plan.air = AirPlan { loss: Loss::Independent(Chance::ratio(loss, 100)), ..AirPlan::default() };
        plan.policies = vec![again(3)];
        let found = run(&plan, 0, seed);
        prop_assert_eq!(found.exposure.attacker_won, 0, "{:?}", found);
    }
}
