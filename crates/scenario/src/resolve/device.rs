//! The devices: addresses, pairing features, keys, times and quirks, as controller and host take them.

use super::link::Link;
use super::people;
use super::range::whole;
use super::stacks::Links;
use super::{application, asks, discovery, hardware, keeping, link_layer, privacy, quirks};
use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::{AddressSpec, DeviceSpec, Given, IoWord, KeyWord, RoleWord, ScenarioSpec};
use crate::unit::Time;
use blesim_controller::LinkLayer;
use blesim_host::recovery::Program;
use blesim_host::{Peers, Role, Timing};
use blesim_kernel::Span;
use blesim_packet::Address;
use blesim_packet::address::parse_octets;
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution};
use blesim_world::{DevicePlan, HciDelay};

/// The longest time a device may take for anything.
const LONGEST: Span = Span::from_secs(3_600);

/// A device with exact numbers.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    pub(super) name: String,
    /// The name in the file, which copies share.
    pub(super) group: String,
    pub(super) plan: DevicePlan,
}

/// The most devices of one scenario.
const MOST: usize = 32;
const COPIES: (&str, &str) = ("number of copies of a device", "");

/// The devices, centrals first, or `None` if there is none of a kind.
pub(super) fn resolve(spec: &ScenarioSpec, links: &Links, cx: &mut Cx) -> Option<Vec<Resolved>> {
    let devices = &spec.devices.0;
    let root = Path::root().field("devices");
    let count = |role| devices.iter().filter(|(_, device)| device.role == role).count();
    let (centrals, peripherals) = (count(RoleWord::Central), count(RoleWord::Peripheral));
    if centrals == 0 || peripherals == 0 {
        let title = "a scenario has at least one central and one peripheral";
        let found =
            format!("here are {centrals} with `role: Central`, {peripherals} with `role: Peripheral`");
        cx.error(cx.at("S120", &root, title).note(found));
        return None;
    }
    let mut twice = false;
    for (index, (name, _)) in devices.iter().enumerate() {
        let path = root.entry(index);
        if devices[..index].iter().any(|(earlier, _)| earlier == name) {
            cx.error(cx.at("S121", &path, format!("there are two devices named \"{name}\"")));
            twice = true;
        }
        if name.trim().is_empty() {
            cx.error(cx.at("S103", &path, "a device needs a name"));
        }
    }
    if twice {
        return None;
    }
    let mut resolved = Vec::new();
    for (name, device) in devices {
        copies(name, device, links.of(name), &root.field(name), &mut resolved, cx);
    }
    if resolved.len() > MOST {
        let title = format!("a scenario has at most {MOST} devices, this one {}", resolved.len());
        cx.error(cx.at("S120", &root, title));
        return None;
    }
    resolved.sort_by_key(|device| device.plan.host.role);
    for (index, device) in resolved.iter().enumerate() {
        let own = device.plan.host.address;
        if let Some(other) = resolved[..index].iter().find(|other| other.plan.host.address == own) {
            let title = format!("\"{}\" and \"{}\" have the same address", other.name, device.name);
            cx.error(cx.at("S122", &root.field(&device.group).field("address"), title));
            return Some(resolved);
        }
    }
    super::peers::resolve(spec, &mut resolved, cx);
    discovery::connects(spec, &mut resolved, cx);
    privacy::scans(&mut resolved, cx);
    Some(resolved)
}

/// A device as often as it is there. Copies are numbered from one, and so are their addresses.
fn copies(name: &str, spec: &DeviceSpec, link: Link, path: &Path, into: &mut Vec<Resolved>, cx: &mut Cx) {
    let most = i64::try_from(MOST).expect("it is a small number");
    let copies = whole((spec.copies, 1), (1, most), COPIES, &path.field("copies"), cx);
    if spec.role == RoleWord::Central && copies > 1 {
        let title = "only peripherals have copies: each central has peers of its own";
        cx.error(cx.at("S186", &path.field("copies"), title));
    }
    let before = into.iter().filter(|device| device.plan.host.role == role(spec.role)).count();
    let mut first = one(name, spec, link, path, cx);
    if spec.address.is_none() {
        first.plan.host.address = following(first.plan.host.address, before);
    }
    for copy in 0..usize::try_from(copies).expect("it is a small number") {
        let mut device = first.clone();
        device.plan.host.address = following(first.plan.host.address, copy);
        if !device.plan.host.address.is_static_random() {
            device.plan.controller.public_address = device.plan.host.address;
        }
        if copies > 1 {
            device.name = format!("{name} {}", copy + 1);
            device.plan.name.clone_from(&device.name);
        }
        into.push(device);
    }
}

/// The address so many further on.
fn following(address: Address, by: usize) -> Address {
    let value = address.value() + u64::try_from(by).expect("there are few devices");
    let octets = value.to_be_bytes();
    Address { octets: octets[2..].try_into().expect("six of eight octets"), ..address }
}

pub(super) fn role(word: RoleWord) -> Role {
    match word {
        RoleWord::Central => Role::Central,
        RoleWord::Peripheral => Role::Peripheral,
    }
}

/// Tells what is wrong with a device by itself.
pub(super) fn check(spec: &DeviceSpec, link: Link, path: &Path, cx: &mut Cx) {
    one("", spec, link, path, cx);
}

fn one(name: &str, spec: &DeviceSpec, link: Link, path: &Path, cx: &mut Cx) -> Resolved {
    let address = address(spec, path, cx);
    let (sca, drift) = hardware::clock(spec, path, cx);
    // A controller whose host uses a random address has a public one of its own, which nobody sees.
    let (public, random) =
        (Address::public([0x00, 0x00, 0x5E, 0x00, 0x53, 0xFF]), address.is_static_random());
    let controller = blesim_controller::Config {
        public_address: if random { public } else { address },
        sca,
        drift,
        csa2: spec.csa2.unwrap_or(true),
        exchanges: hardware::packets_per_event(spec, path, cx),
        fast_encryption: spec.fast_encryption.unwrap_or(false),
        max_links: u8::from(spec.role == RoleWord::Peripheral),
        link_layer: link_layer::resolve(spec.link_layer.as_ref(), &path.field("link_layer"), cx),
    };
    let hci = time(spec.hci_delay, Span::from_micros(300), &path.field("hci_delay"), cx);
    let act = time(spec.host_delay, Span::from_micros(300), &path.field("host_delay"), cx);
    let plan = DevicePlan {
        name: name.to_owned(),
        controller,
        host: host(spec, address, (link, &controller.link_layer), path, cx),
        radio: super::radio::resolve(spec.radio.as_ref(), &path.field("radio"), cx),
        program: Program::passive("passive"),
        hci_delay: HciDelay { up: hci + act, down: hci },
        work: hardware::work(spec.processor.as_ref(), &path.field("processor"), cx),
        keeping: keeping::keeping(spec, path, cx),
        currents: hardware::currents(spec.battery),
        user: people::user(spec.user, &path.field("user"), cx),
        given: given(spec.given.as_ref(), &path.field("given"), cx),
        comes_after: comes_after(spec, path, cx),
        attack: None,
    };
    Resolved { name: name.to_owned(), group: name.to_owned(), plan }
}

/// How much later than its peers a central comes.
fn comes_after(spec: &DeviceSpec, path: &Path, cx: &mut Cx) -> Span {
    let path = path.field("comes_after");
    if spec.comes_after.is_some() && spec.role == RoleWord::Peripheral {
        cx.error(cx.at("S188", &path, "a peripheral has been there; a central comes"));
    }
    time(spec.comes_after, Span::ZERO, &path, cx)
}

const KEY_SIZE: (&str, &str) = ("encryption key size", "Vol 3 Part H 2.3.4: 7 to 16 octets");

fn host(
    spec: &DeviceSpec,
    address: Address,
    (link, link_layer): (Link, &LinkLayer),
    path: &Path,
    cx: &mut Cx,
) -> blesim_host::Config {
    let size = |value, usual, field: &str, cx: &mut Cx| {
        let size = whole((value, usual), (7, 16), KEY_SIZE, &path.field(field), cx);
        u8::try_from(size).expect("it lies between 7 and 16")
    };
    let max_key_size = size(spec.max_key_size, 16, "max_key_size", cx);
    let min_key_size = size(spec.min_key_size, 7, "min_key_size", cx);
    if min_key_size > max_key_size {
        let title = "the smallest key size is above the largest";
        let problem = cx.at("S123", &path.field("min_key_size"), title);
        cx.error(problem.write("the nearest legal value is", max_key_size.to_string()));
    }
    let usual_keys = [KeyWord::IdKey];
    let keys = |words: &Option<Vec<KeyWord>>| distribution(words.as_deref().unwrap_or(&usual_keys));
    let timing = Timing {
        dh_key: time(spec.dh_key_time, Span::from_millis(20), &path.field("dh_key_time"), cx),
        connect_timeout: time(spec.connect_timeout, Span::from_secs(10), &path.field("connect_timeout"), cx),
    };
    if timing.connect_timeout.is_zero() {
        let title = "a central that waits no time for a connection never gets one";
        cx.error(cx.at("S124", &path.field("connect_timeout"), title));
    }
    blesim_host::Config {
        role: role(spec.role),
        address,
        peers: Peers::NONE,
        io: io(spec.io),
        auth: auth(spec),
        max_key_size,
        min_key_size,
        initiator_keys: keys(&spec.initiator_keys),
        responder_keys: keys(&spec.responder_keys),
        link: discovery::parameters(spec, link, path, cx),
        discovery: discovery::resolve(spec, link_layer, path, cx),
        control: asks::resolve(spec, link, link_layer, path, cx),
        timing,
        security: people::security(spec, path, cx),
        privacy: privacy::resolve(spec, path, cx),
        bonds: keeping::rules(spec, path, cx),
        quirks: quirks::resolve(spec.quirks.as_deref().unwrap_or_default(), &path.field("quirks"), cx),
        guards: application::guards(spec, path, cx),
        application: application::resolve(spec, &path.field("application"), cx),
    }
}

pub(crate) fn io(word: Option<IoWord>) -> IoCapability {
    match word.unwrap_or(IoWord::NoInputNoOutput) {
        IoWord::DisplayOnly => IoCapability::DisplayOnly,
        IoWord::DisplayYesNo => IoCapability::DisplayYesNo,
        IoWord::KeyboardOnly => IoCapability::KeyboardOnly,
        IoWord::NoInputNoOutput => IoCapability::NoInputNoOutput,
        IoWord::KeyboardDisplay => IoCapability::KeyboardDisplay,
    }
}

/// AuthReq, Vol 3 Part H 3.5.1.
fn auth(spec: &DeviceSpec) -> AuthReq {
    let asked = [
        (spec.bonding.unwrap_or(true), AuthReq::BONDING),
        (spec.mitm.unwrap_or(false), AuthReq::MITM),
        (spec.secure_connections.unwrap_or(true), AuthReq::SC),
        (spec.keypress.unwrap_or(false), AuthReq::KEYPRESS),
        (spec.ct2.unwrap_or(false), AuthReq::CT2),
    ];
    asked.into_iter().filter(|(on, _)| *on).fold(AuthReq(0), |auth, (_, bit)| auth.with(bit))
}

pub(crate) fn distribution(words: &[KeyWord]) -> KeyDistribution {
    words.iter().fold(KeyDistribution::NONE, |keys, word| {
        keys.with(match word {
            KeyWord::EncKey => KeyDistribution::ENC_KEY,
            KeyWord::IdKey => KeyDistribution::ID_KEY,
            KeyWord::Sign => KeyDistribution::SIGN,
            KeyWord::LinkKey => KeyDistribution::LINK_KEY,
        })
    })
}

/// A time up to an hour.
pub(super) fn time(time: Option<Time>, usual: Span, path: &Path, cx: &mut Cx) -> Span {
    let Some(time) = time else { return usual };
    let span = cx.span(time, path);
    if span > LONGEST {
        let problem = cx.at("S101", path, "this time is longer than an hour");
        cx.error(problem.write("the longest is", "s(3600)"));
    }
    span.min(LONGEST)
}

fn address(spec: &DeviceSpec, path: &Path, cx: &mut Cx) -> Address {
    let path = path.field("address");
    let usual = match spec.role {
        // The range that is set aside for examples in documents.
        RoleWord::Central => Address::public([0x00, 0x00, 0x5E, 0x00, 0x53, 0x01]),
        RoleWord::Peripheral => Address::random([0xC0, 0x00, 0x00, 0x00, 0x53, 0x02]),
    };
    let (kind, text) = match &spec.address {
        None => return usual,
        Some(AddressSpec::Public(text)) => ("Public", text),
        Some(AddressSpec::Static(text)) => ("Static", text),
    };
    let octets = match parse_octets(text) {
        Ok(octets) => octets,
        Err(error) => {
            cx.error(cx.at("S126", &path, format!("\"{text}\" is not an address")).note(error.to_string()));
            return usual;
        }
    };
    if kind == "Public" {
        return Address::public(octets);
    }
    let mut nearest = octets;
    nearest[0] |= 0xC0;
    let address = Address::random(octets);
    let part = &Address::random(nearest).value() & 0x3FFF_FFFF_FFFF;
    if !address.is_static_random() {
        let problem = cx.at("S127", &path, "this is not a static random address");
        let rule = "Vol 6 Part B 1.3.2.1: its two most significant bits are ones".to_owned();
        let fixed = format!("Static(\"{}\")", Address::random(nearest));
        cx.error(problem.note(rule).write("the nearest one is", fixed));
    } else if part == 0 || part == 0x3FFF_FFFF_FFFF {
        let rule = "Vol 6 Part B 1.3.2.1: the random part has at least one 0 and one 1".to_owned();
        cx.error(cx.at("S127", &path, "this is not a static random address").note(rule));
    }
    Address::random(nearest)
}

fn given(spec: Option<&Given>, path: &Path, cx: &mut Cx) -> blesim_world::Given {
    let Some(spec) = spec else { return blesim_world::Given::default() };
    let mut value =
        |text: &Option<String>, field: &str| text.as_ref().and_then(|text| cx.key(text, &path.field(field)));
    blesim_world::Given {
        pairing_random: value(&spec.pairing_random, "pairing_random"),
        ltk: value(&spec.ltk, "ltk"),
        csrk: value(&spec.csrk, "csrk"),
        irk: value(&spec.irk, "irk"),
        ediv: spec.ediv,
        rand: spec.rand,
    }
}
