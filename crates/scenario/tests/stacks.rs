//! Stack profiles: what each gives a device of either role, what goes before what, and what is refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use blesim_host::{Timer, WhenFull};
use blesim_kernel::Span;
use blesim_scenario::policy::BuiltIn;
use blesim_scenario::{Problems, Scenario, load, stack};
use blesim_world::DevicePlan;
use std::fmt::Write;
use std::path::Path;

/// A scenario of two devices with these fields, in which one of them varies.
fn text(phone: &str, lock: &str, rest: &str, who: &str) -> String {
    format!(
        "(name: \"stacks\", devices: {{\n\
         \"phone\": (role: Central, {phone}),\n\
         \"lock\": (role: Peripheral, {lock}),\n}},\n\
         {rest}compare: (who: \"{who}\", policies: [\"never-retry\"]))"
    )
}

fn parse(text: &str) -> Result<Scenario, Problems> {
    blesim_scenario::parse("stacks.ron", text, &BuiltIn)
}

/// The two devices with these fields; the phone varies.
fn devices(phone: &str, lock: &str, rest: &str) -> Vec<DevicePlan> {
    parse(&text(phone, lock, rest, "phone")).unwrap_or_else(|told| panic!("{told}")).plan.devices
}

fn told(phone: &str, lock: &str, rest: &str) -> Vec<String> {
    parse(&text(phone, lock, rest, "phone")).unwrap_err().iter().map(ToString::to_string).collect()
}

/// What a profile decides, as the host takes it.
fn decided(device: &DevicePlan) -> String {
    let host = &device.host;
    let link = &host.link;
    let mut text = String::new();
    let mut tell = |name: &str, value: String| writeln!(text, "  {name}: {value}").unwrap();
    tell("policy", device.program.name.clone());
    tell("features", format!("{:?} {:?}", host.io, host.auth));
    tell("keys", format!("{:?} {:?}", host.initiator_keys, host.responder_keys));
    tell("key sizes", format!("{} to {}", host.min_key_size, host.max_key_size));
    tell("asks before Just Works", host.security.asks_before_just_works.to_string());
    tell("repeated attempts", format!("{:?}", host.security.repeated_attempts));
    tell("connect timeout", host.timing.connect_timeout.to_string());
    tell("link", format!("{} {} {}", link.interval, link.latency, link.supervision_timeout));
    tell("scan", format!("{} {}", link.scan_interval, link.scan_window));
    tell("advertising", link.advertising_interval.to_string());
    tell("bonds", format!("{:?}", host.bonds));
    tell("privacy", format!("{:?}", host.privacy));
    tell("asks", format!("{:?}", host.control.asks.iter().collect::<Vec<_>>()));
    tell("accepts", format!("{:?}", host.control.accepts));
    tell("timer", format!("{:?}", host.quirks.timer));
    text
}

/// Every profile, resolved for a central and for a peripheral, each with the policy that its stack brings.
#[test]
fn every_built_in_stack() {
    for (name, _) in stack::builtin() {
        let own = format!("stack: \"{name}\"");
        let plan = |who: &str| {
            let text = text(&own, &own, "", who);
            parse(&text).unwrap_or_else(|told| panic!("{name}: {told}")).plan
        };
        let (central, peripheral) = (&plan("lock").devices[0], &plan("phone").devices[1]);
        let text = format!("central\n{}peripheral\n{}", decided(central), decided(peripheral));
        insta::assert_snapshot!(format!("stack_{name}"), text);
    }
}

/// Every file of the folder is built in, says what it is, and has policies that are there and fit their roles.
#[test]
fn every_stack_has_its_policies() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let mut names: Vec<_> = stack::builtin().iter().map(|(name, _)| (*name).to_owned()).collect();
    files.sort();
    names.sort();
    assert_eq!(files, names);
    for name in names {
        let profile = stack::load(&name, &BuiltIn).unwrap_or_else(|told| panic!("{told}")).unwrap();
        assert_eq!(profile.name, name);
        assert!(!profile.about.is_empty(), "{name} says what it is");
        assert!(profile.policies.iter().all(Option::is_some), "{name} has a policy for either role");
        assert_eq!(stack::policies_fit(&profile, &BuiltIn), Ok(true), "{name}");
    }
}

/// What a device writes goes before its stack's, its stack's before what is usual; bonds field by field, lists whole.
#[test]
fn what_goes_before_what() {
    let [plain, _] = &devices("", "", "")[..] else { panic!("two devices") };
    let [phone, _] = &devices("stack: \"zephyr\"", "", "")[..] else { panic!("two devices") };
    assert_eq!(plain.host.timing.connect_timeout, Span::from_secs(10));
    assert_eq!(phone.host.timing.connect_timeout, Span::from_secs(3));
    let own = "stack: \"zephyr\", connect_timeout: s(7), bonds: (capacity: 4)";
    let [phone, _] = &devices(own, "", "")[..] else { panic!("two devices") };
    assert_eq!(phone.host.timing.connect_timeout, Span::from_secs(7));
    assert_eq!((phone.host.bonds.capacity, phone.host.bonds.when_full), (4, WhenFull::FailPairing));
    assert_eq!(devices("stack: \"nimble\"", "", "")[0].host.quirks.timer, Timer::LinkUsable);
    assert_ne!(devices("stack: \"nimble\", quirks: []", "", "")[0].host.quirks.timer, Timer::LinkUsable);
    // A part for the other role is left alone: a central does not take what a peripheral asks for.
    assert_eq!(devices("stack: \"zephyr\"", "stack: \"zephyr\"", "")[0].host.control.asks.iter().count(), 0);
    assert_eq!(devices("stack: \"zephyr\"", "stack: \"zephyr\"", "")[1].host.control.asks.iter().count(), 1);
}

/// A link is what the scenario says, else what the stack of its central asks for; a central without a stack asks for
/// what is usual, whatever others do.
#[test]
fn links_are_the_centrals() {
    let link = |device: &DevicePlan| (device.host.link.interval, device.host.link.supervision_timeout);
    assert_eq!(link(&devices("", "stack: \"bluez\"", "")[0]), (24, 400));
    assert_eq!(link(&devices("stack: \"bluez\"", "", "")[0]), (39, 42));
    let rest = "link: (supervision_timeout: s(2)), ";
    assert_eq!(link(&devices("stack: \"bluez\"", "", rest)[0]), (39, 200));
    let two =
        "stack: \"bluez\", connects_to: [\"lock\"]), \"tablet\": (role: Central, connects_to: [\"bell\"]";
    let all = devices(two, "), \"bell\": (role: Peripheral", "");
    let of = |name: &str| link(all.iter().find(|device| device.name == name).unwrap());
    assert_eq!((of("phone"), of("tablet")), ((39, 42), (24, 400)));
}

/// A device that varies runs what is compared, not what its stack brings; one that says its policy keeps it.
#[test]
fn policies_of_stacks() {
    let policy = |phone: &str, lock: &str| devices(phone, lock, "")[1].program.name.clone();
    assert_eq!(policy("stack: \"bluez\"", "stack: \"zephyr\""), "zephyr-default");
    assert_eq!(policy("", "stack: \"zephyr\", policy: \"passive\""), "passive");
}

/// What is wrong is told with its place: a name that is not there with the one that was meant.
#[test]
fn what_is_refused() {
    assert_eq!(
        told("stack: \"zefyr\"", "", ""),
        ["stacks.ron:2:33: error[S210]: there is no stack \"zefyr\""]
    );
    let problems = parse(&text("stack: \"zefyr\"", "", "", "phone")).unwrap_err();
    let help = problems.0[0].help.as_ref().unwrap();
    assert_eq!(help.patch.as_ref().unwrap().1, "\"zephyr\"");
    // What a device and its stack add up to is judged as if the device had written all of it.
    let found = told("stack: \"bluez\"", "", "link: (interval: ms(500)), ");
    assert!(found.iter().any(|line| line.contains("S112")), "{found:?}");
    let found = told("stack: \"zephyr\", max_key_size: 5", "", "");
    assert!(found.iter().all(|line| line.starts_with("stacks.ron:2:")), "{found:?}");
}

/// Profiles beside the scenario are found, come before built-in ones, and are told of in their own file.
#[test]
fn stacks_beside_a_scenario() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("stacks")).unwrap();
    let put = |name: &str, text: &str| std::fs::write(home.path().join(name), text).unwrap();
    let with = |profile: &str, stack: &str| {
        put("stacks/mine.ron", profile);
        put("mine.ron", &text(&format!("stack: \"{stack}\""), "", "", "phone"));
        load(&home.path().join("mine.ron"))
    };
    let head = "(name: \"mine\", basis: Assumed(\"a test\"), ";
    let good =
        with(&format!("{head}both: (connect_timeout: s(4)), central: (connect_timeout: s(5)))"), "mine");
    assert_eq!(good.unwrap().plan.devices[0].host.timing.connect_timeout, Span::from_secs(5));
    let check = |profile: &str, expected: &str| {
        let problems = with(&format!("{head}{profile})"), "mine").unwrap_err();
        let told = problems.0[0].to_string();
        assert!(told.contains("mine.ron:1:") && told.contains(expected), "{profile}: {told}");
        assert!(problems.0[0].file.ends_with("stacks/mine.ron"), "{profile}: {told}");
    };
    check("both: (conect_timeout: s(4))", "S002");
    check("both: (requests_security_after: s(1))", "S130");
    check("central: (bonds: (capacity: 77))", "S111");
    check("both: (policy: \"never-rety\")", "S162");
    check("peripheral: (link: (interval: ms(30)))", "S213");
    check("central: (link: (interval: s(4)))", "S112");
    check("both: (min_key_size: 16), central: (max_key_size: 7)", "S123");
    let told = with("(name: \"other\", basis: Assumed(\"a test\"))", "mine").unwrap_err().to_string();
    assert!(told.contains("S211"), "{told}");
    assert_eq!(with(head, "../mine").unwrap_err().0[0].code, "S210", "a name is no path");
    put("stacks/bluez.ron", "(name: \"bluez\", basis: Assumed(\"a test\"))");
    put("mine.ron", &text("stack: \"bluez\"", "", "", "phone"));
    let plan = load(&home.path().join("mine.ron")).unwrap().plan;
    assert_eq!(plan.devices[0].host.link.supervision_timeout, 400);
}

/// The text of a profile is part of the digest of every scenario that uses it.
#[test]
fn profiles_are_in_the_digest() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("stacks")).unwrap();
    let digest = |about: &str| {
        let profile = format!("(name: \"mine\", about: \"{about}\", basis: Assumed(\"a test\"))");
        std::fs::write(home.path().join("stacks/mine.ron"), profile).unwrap();
        std::fs::write(home.path().join("mine.ron"), text("stack: \"mine\"", "", "", "phone")).unwrap();
        load(&home.path().join("mine.ron")).unwrap().digest
    };
    assert_eq!(digest("one"), digest("one"));
    assert_ne!(digest("one"), digest("two"));
}
