//! The attackers: devices made after those whose addresses they take, with scripts.
//!
//! Invariant: an attacker claims what the genuine device claims unless the file says otherwise, has none of its
//! bonds, asks its user nothing and demands nothing.

use super::device::{Resolved, io, time};
use super::fault::who;
use super::range::whole;
use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::{AttackerSpec, KindSpec, ScenarioSpec};
use blesim_host::recovery::Program;
use blesim_host::{BondRules, LinkControl, Privacy, Quirks, Role, Security};
use blesim_kernel::Span;
use blesim_packet::smp::{AuthReq, IoCapability};
use blesim_world::{Attack, DevicePlan, Given, Script, User, Work};

const TRIES: (&str, &str) = ("number of tries", "");
const ADDRESSES: (&str, &str) = ("number of addresses that take turns", "");
const KEY_SIZE: (&str, &str) = ("encryption key size", "Vol 3 Part H 2.3.4: 7 to 16 octets");
/// Devices of a session, attackers included.
const MOST: usize = 32;

/// The devices of all attackers, to stand behind the genuine ones.
pub(super) fn resolve(spec: &ScenarioSpec, devices: &[Resolved], cx: &mut Cx) -> Vec<Resolved> {
    let root = Path::root().field("attackers");
    let mut all = Vec::new();
    for (index, (name, attacker)) in spec.attackers.iter().flat_map(|named| &named.0).enumerate() {
        let path = root.entry(index);
        let taken = devices.iter().any(|device| device.name == *name);
        let earlier =
            spec.attackers.iter().flat_map(|named| &named.0[..index]).any(|(other, _)| other == name);
        if taken || earlier || name.trim().is_empty() {
            cx.error(cx.at("S200", &path, format!("an attacker needs a name of its own, not \"{name}\"")));
        }
        if attacker.radio.is_none() && spec.air.as_ref().is_some_and(|air| air.signal.is_some()) {
            let title = format!("the air has a `signal`, so \"{name}\" needs a place");
            let problem = cx.at("S175", &path, title);
            cx.error(problem.help("write `radio: (place: (m(0), m(2)))` in it"));
        }
        one(name, attacker, devices, &mut all, &path, cx);
    }
    if devices.len() + all.len() > MOST {
        let title = format!("a scenario has at most {MOST} devices, attackers included");
        cx.error(cx.at("S120", &root, title));
        all.clear();
    }
    all
}

fn one(
    name: &str,
    spec: &AttackerSpec,
    devices: &[Resolved],
    all: &mut Vec<Resolved>,
    path: &Path,
    cx: &mut Cx,
) {
    let kind = path.field("kind");
    let script = script(spec, path, cx);
    let add = |all: &mut Vec<Resolved>, name: String, mut plan: DevicePlan, attack: Attack| {
        plan.name.clone_from(&name);
        plan.attack = Some(attack);
        all.push(Resolved { group: name.clone(), name, plan });
    };
    match &spec.kind {
        KindSpec::Impostor { of } => {
            let Some(of) = who(of, devices, &kind.field("of"), cx) else { return };
            let plan = claims(spec, &devices[of].plan, path, cx);
            add(all, name.to_owned(), plan, Attack::Acts(script));
        }
        KindSpec::Stranger { to } => {
            let Some(to) = peripheral(to, devices, &kind.field("to"), cx) else { return };
            let Some(central) = central_of(to, devices) else { return };
            let mut plan = claims(spec, &devices[central].plan, path, cx);
            plan.host.peers = devices[to].plan.host.address.into();
            plan.controller.max_links = 1;
            let addresses = script.addresses.max(2);
            add(all, name.to_owned(), plan, Attack::Acts(Script { stranger: true, addresses, ..script }));
        }
        KindSpec::Middle { of, to, confuses } => {
            let Some(of) = who(of, devices, &kind.field("of"), cx) else { return };
            if devices[of].plan.host.role == Role::Peripheral {
                let title = format!(
                    "\"{}\" is a peripheral: nobody is between it and its own kind",
                    devices[of].name
                );
                return cx.error(cx.at("S202", &kind.field("of"), title));
            }
            let Some(to) = peripheral(to, devices, &kind.field("to"), cx) else { return };
            let mut first = claims(spec, &devices[of].plan, path, cx);
            first.host.peers = devices[to].plan.host.address.into();
            first.controller.max_links = 1;
            let mut second = claims(spec, &devices[to].plan, path, cx);
            if *confuses {
                // Numbers are compared with the one, and a passkey is shown to the other.
                first.host.io = IoCapability::DisplayYesNo;
                second.host.io = IoCapability::DisplayOnly;
            }
            let behind = devices.len() + all.len();
            let script_of_second = Script { behind: Some(behind), confuses: *confuses, ..script };
            add(all, format!("{name}, as {}", devices[of].name), first, Attack::Acts(script));
            add(all, format!("{name}, as {}", devices[to].name), second, Attack::Acts(script_of_second));
        }
        KindSpec::Listener => {
            let Some(any) = devices.first() else { return };
            let plan = claims(spec, &any.plan, path, cx);
            add(all, name.to_owned(), plan, Attack::Listens);
        }
    }
}

fn peripheral(name: &str, devices: &[Resolved], path: &Path, cx: &mut Cx) -> Option<usize> {
    let found = who(name, devices, path, cx)?;
    if devices[found].plan.host.role == Role::Peripheral {
        return Some(found);
    }
    cx.error(cx.at("S201", path, format!("\"{name}\" is a central: nobody connects to it")));
    None
}

/// The central that a peripheral belongs to, or the first.
fn central_of(peripheral: usize, devices: &[Resolved]) -> Option<usize> {
    let address = devices[peripheral].plan.host.address;
    let centrals = || devices.iter().enumerate().filter(|(_, device)| device.plan.host.role == Role::Central);
    let own = centrals().find(|(_, device)| device.plan.host.peers.contains(&address));
    own.or_else(|| centrals().next()).map(|(index, _)| index)
}

/// What the attacker's device claims and can do.
fn claims(spec: &AttackerSpec, genuine: &DevicePlan, path: &Path, cx: &mut Cx) -> DevicePlan {
    let mut host = genuine.host;
    host.security = Security {
        requests: spec
            .requests_security_after
            .map(|after| time(Some(after), Span::ZERO, &path.field("requests_security_after"), cx)),
        oob: false,
        ..Security::PLAIN
    };
    (host.quirks, host.control, host.application) = (Quirks::NONE, LinkControl::NONE, None);
    (host.bonds, host.privacy) = (BondRules::of(16), Privacy::OFF);
    let bits = [
        (spec.mitm, AuthReq::MITM),
        (spec.bonding, AuthReq::BONDING),
        (spec.secure_connections, AuthReq::SC),
    ];
    for (on, bit) in bits {
        host.auth = match on {
            Some(true) => host.auth.with(bit),
            Some(false) => host.auth.without(bit),
            None => host.auth,
        };
    }
    if spec.io.is_some() {
        host.io = io(spec.io);
    }
    let size = whole(
        (spec.max_key_size, i64::from(host.max_key_size)),
        (7, 16),
        KEY_SIZE,
        &path.field("max_key_size"),
        cx,
    );
    host.max_key_size = u8::try_from(size).expect("it lies between 7 and 16");
    host.min_key_size = 7;
    let interval = &path.field("advertising_interval");
    host.link.advertising_interval = super::discovery::advertising(
        spec.advertising_interval,
        host.link.advertising_interval,
        interval,
        cx,
    );
    DevicePlan {
        host,
        radio: super::radio::resolve(spec.radio.as_ref(), &path.field("radio"), cx),
        program: Program::passive("passive"),
        work: Work::NONE,
        user: User::PERFECT,
        given: Given::default(),
        comes_after: Span::ZERO,
        ..genuine.clone()
    }
}

fn script(spec: &AttackerSpec, path: &Path, cx: &mut Cx) -> Script {
    let usual = Script::ONCE;
    let most = i64::from(u16::MAX);
    let tries = whole((spec.tries, 1), (1, most), TRIES, &path.field("tries"), cx);
    let addresses = whole((spec.addresses, 1), (1, 1_000), ADDRESSES, &path.field("addresses"), cx);
    let lasts = if tries > 1 { Span::from_secs(40) } else { usual.lasts };
    Script {
        starts: time(spec.starts, usual.starts, &path.field("starts"), cx),
        tries: u16::try_from(tries).expect("it was just seen"),
        lasts: time(spec.lasts, lasts, &path.field("lasts"), cx),
        pause: time(spec.pause, usual.pause, &path.field("pause"), cx),
        addresses: u16::try_from(addresses).expect("it is at most a thousand"),
        spoils: spec.spoils,
        ..usual
    }
}
