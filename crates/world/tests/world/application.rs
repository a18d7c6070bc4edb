//! What applications send: in the clear or not at all, as they ask for.

use crate::common::{device, plan, rule};
use crate::keeping::private;
use blesim_crypto::KeyBank;
use blesim_host::recovery::{Action, Program, Wait};
use blesim_host::{Application, AttError, Level, Note, Role, Sends};
use blesim_kernel::{Instant, Span};
use blesim_packet::smp::IoCapability;
use blesim_world::{Entry, History, Outcome, Plan, Sim, Trace};

/// Values sent and accepted: by device, and whether encrypted.
#[derive(Default)]
pub(crate) struct Values {
    pub(crate) sent: [[u32; 2]; 4],
    pub(crate) accepted: [[u32; 2]; 4],
}

impl Trace for Values {
    const ON: bool = true;
    fn entry(&mut self, _: Instant, entry: &Entry<'_>) {
        match *entry {
            Entry::Host { device, note: Note::ValueSent { octets, encrypted } } => {
                self.sent[device][usize::from(encrypted)] += u32::from(octets);
            }
            Entry::Host { device, note: Note::ValueReceived { octets, encrypted } } => {
                self.accepted[device][usize::from(encrypted)] += u32::from(octets);
            }
            _ => {}
        }
    }
}

fn run(plan: &Plan) -> Values {
    let mut values = Values::default();
    Sim::new(plan).run(plan, 0, 3, &mut KeyBank::default(), &mut values).expect("no bug");
    values
}

/// For two seconds after the link is secured, a value every 100 ms from both sides, seven octets each.
fn busy(needs: Level) -> Plan {
    let mut plan = Plan { stay: Span::from_secs(2), ..plan() };
    let application = Application { every: Span::from_millis(100), octets: 7, needs, how: Sends::Commands };
    for device in &mut plan.devices {
        device.host.application = Some(application);
    }
    plan
}

/// What is sent is accepted at the other end, encrypted, and about as much as time allows.
#[test]
fn values_travel_encrypted() {
    let Values { sent, accepted } = run(&busy(Level::Two));
    for side in 0..2 {
        assert_eq!((sent[side][0], accepted[side][0]), (0, 0), "nothing in the clear");
        assert!((16 * 7..=20 * 7).contains(&sent[side][1]), "{sent:?}");
        // The last one may still be on its way.
        assert!(sent[side][1] - accepted[1 - side][1] <= 7, "{sent:?} {accepted:?}");
    }
}

/// An application that needs no security sends in the clear until the link is encrypted, one that needs more
/// than the link gets never sends.
#[test]
fn the_level_asked_for_is_kept() {
    let Values { sent, accepted } = run(&busy(Level::One));
    assert!(sent[0][0] > 0 && accepted[1][0] > 0, "{sent:?} {accepted:?}");
    let Values { sent, accepted } = run(&busy(Level::Three));
    assert_eq!((sent, accepted), ([[0; 2]; 4], [[0; 2]; 4]));
}

/// No application, no difference: the digest is that of a plan that never heard of one.
#[test]
fn none_is_none() {
    let digest = |plan: &Plan| {
        Sim::new(plan).run(plan, 0, 3, &mut KeyBank::default(), &mut blesim_world::NoTrace).unwrap().digest
    };
    let silent = busy(Level::Three);
    let plan = Plan { devices: vec![device(Role::Central), device(Role::Peripheral)], ..silent.clone() };
    assert_eq!(digest(&plan), digest(&silent));
    assert_ne!(digest(&plan), digest(&busy(Level::Two)));
}

/// A lock that lets nobody write below a level refuses until the link has it: a policy that raises the level gets there
/// one step for each refusal, another is refused for ever.
#[test]
fn a_refused_write_raises_the_level() {
    let check = |raises_level: bool, bonded: bool, guards: Level, expected: &[Note], accepted: bool| {
        let application =
            Application { every: Span::from_millis(100), octets: 7, needs: Level::One, how: Sends::Requests };
        let mut plan = Plan { stay: Span::from_secs(8), ..plan() };
        plan.devices[0].host.application = Some(application);
        plan.devices[1].host.guards = guards;
        plan.devices[0].host.io = IoCapability::KeyboardOnly;
        plan.devices[1].host.io = IoCapability::DisplayOnly;
        plan.policies[0].raises_level = raises_level;
        if bonded {
            plan.history = History::Bonded { secure_connections: true };
        }
        let mut seen = Refusals::default();
        Sim::new(&plan).run(&plan, 0, 3, &mut KeyBank::default(), &mut seen).expect("no bug");
        let name = format!("{raises_level} {bonded} {guards:?}");
        assert_eq!(seen.notes, expected, "{name}");
        assert_eq!(seen.accepted, accepted, "{name}");
    };
    let denied = Note::AccessDenied(AttError::InsufficientAuthentication);
    let raises = Note::RaisesLevel;
    check(true, false, Level::One, &[], true);
    check(true, false, Level::Four, &[denied, raises(Level::Three)], true);
    check(true, true, Level::Four, &[denied, raises(Level::Three)], true);
    check(false, false, Level::Four, &[denied], false);
}

/// A lock that resolves its phone too late for the first encryption has the key by the time of the first write: it
/// says that encryption is all that is missing, and a policy that raises the level encrypts instead of waiting on.
#[test]
fn a_bond_that_would_do_is_used() {
    let mut plan = private(Span::from_secs(900));
    plan.history = History::Bonded { secure_connections: true };
    plan.devices[1].host.privacy.resolves_after = Span::from_secs(1);
    plan.devices[1].host.guards = Level::Two;
    let (every, how) = (Span::from_millis(1_500), Sends::Requests);
    plan.devices[0].host.application = Some(Application { every, octets: 7, needs: Level::One, how });
    let wait = Action::Wait(Wait::fixed(Span::from_secs(20)));
    let rules = [rule((1, 1), &[wait, Action::Again])].into();
    plan.policies = vec![Program { rules, raises_level: true, ..Program::passive("waits") }];
    let mut seen = Refusals::default();
    let record = Sim::new(&plan).run(&plan, 0, 3, &mut KeyBank::default(), &mut seen).expect("no bug");
    let early = Note::AccessDenied(AttError::InsufficientEncryption);
    assert_eq!(seen.notes, [early, Note::RaisesLevel(Level::Two)]);
    assert_eq!((record.outcome, record.connections, record.failures), (Outcome::Secured, 1, 1));
    assert!(record.time_us < 5_000_000, "{record:?}");
}

/// Refusals that the phone was told of, each once in a row, and whether the lock accepted a value in the end.
#[derive(Default)]
struct Refusals {
    notes: Vec<Note>,
    accepted: bool,
}

impl Trace for Refusals {
    const ON: bool = true;
    fn entry(&mut self, _: Instant, entry: &Entry<'_>) {
        match *entry {
            Entry::Host { device: 0, note: note @ (Note::AccessDenied(_) | Note::RaisesLevel(_)) }
                if self.notes.last() != Some(&note) =>
            {
                self.notes.push(note);
            }
            Entry::Host { device: 1, note: Note::ValueReceived { .. } } => self.accepted = true,
            _ => {}
        }
    }
}
