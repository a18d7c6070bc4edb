//! What the features of both devices add up to, and whether a pairing can give what they ask for.

use super::device::Resolved;
use crate::cx::Cx;
use crate::locate::Path;
use crate::problem::Problem;
use crate::spec::ScenarioSpec;
use blesim_host::Level;
use blesim_host::smp::terms::model;
use blesim_packet::smp::{KeyDistribution, PairingFeatures};
use blesim_world::History;

pub(super) fn check(spec: &ScenarioSpec, devices: &[Resolved], history: History, cx: &mut Cx) {
    let plans: Vec<_> = devices.iter().map(|device| device.plan.clone()).collect();
    let mut seen = Vec::new();
    for pair in blesim_world::pairs(&plans) {
        let (central, peripheral) = (&devices[pair.central], &devices[pair.peripheral]);
        // Copies are alike.
        if !seen.contains(&(&central.group, &peripheral.group)) {
            seen.push((&central.group, &peripheral.group));
            check_pair(spec, (central, peripheral), history, cx);
        }
    }
}

fn check_pair(
    spec: &ScenarioSpec,
    (central, peripheral): (&Resolved, &Resolved),
    history: History,
    cx: &mut Cx,
) {
    let root = Path::root().field("devices");
    let (request, response) = (central.plan.host.features(), peripheral.plan.host.features());
    for device in [central, peripheral] {
        if let Some(problem) = unreachable(device, request, response, cx) {
            cx.warn(problem);
        }
    }
    for (one, other) in [(central, peripheral), (peripheral, central)] {
        if one.plan.host.min_key_size > other.plan.host.max_key_size {
            let path = root.field(&one.group).field("min_key_size");
            let title = "every pairing fails: the other device's keys are shorter than this";
            let rule = "Vol 3 Part H 2.3.4: the smaller of both maxima counts".to_owned();
            cx.warn(cx.at("S151", &path, title).note(rule));
        }
    }
    let legacy = !(request.auth.sc() && response.auth.sc());
    let keys = response.responder_keys.and(request.responder_keys);
    let bonding = request.auth.bonding() && response.auth.bonding();
    if legacy && bonding && !keys.contains(KeyDistribution::ENC_KEY) {
        let path = root.field(&peripheral.group).field("responder_keys");
        let title = "this bond will have no LTK: legacy pairing makes one only if it is distributed";
        let problem = cx.at("S152", &path, title);
        let rule = "Vol 3 Part H 3.6.1: EncKey in responder_keys of both devices".to_owned();
        cx.warn(problem.note(rule));
    }
    if let History::Bonded { secure_connections: true } = history
        && legacy
    {
        let title = "these devices cannot have bonded by Secure Connections";
        let problem = cx.at("S153", &Path::root().field("history"), title);
        cx.error(problem.help("write `Bonded(secure_connections: false)`, or let both support it"));
    }
    if matches!(history, History::Bonded { .. }) && !bonding {
        let title = "these devices cannot have bonded: one of them has `bonding: false`";
        cx.error(cx.at("S153", &Path::root().field("history"), title));
    }
    if spec.faults.iter().any(|fault| matches!(fault.what, crate::spec::EffectSpec::ForgetBond))
        && history == History::Strangers
        && !bonding
    {
        let title = "no device of this scenario ever has a bond to forget";
        cx.warn(cx.at("S154", &Path::root().field("faults"), title));
    }
}

/// A warning if the device asks for more security than these features can give.
fn unreachable(
    device: &Resolved,
    request: PairingFeatures,
    response: PairingFeatures,
    cx: &Cx,
) -> Option<Problem> {
    let level = device.plan.host.security.level;
    let model = model(&request, &response);
    let (a, b) = (request.io.name(), response.io.name());
    let what = if level >= Level::Three && !model.authenticated() {
        format!("{a} with {b} pair by Just Works")
    } else if level < Level::Four {
        return None;
    } else if !(request.auth.sc() && response.auth.sc()) {
        "one of the devices has no Secure Connections".to_owned()
    } else if request.max_key_size.min(response.max_key_size) < 16 {
        "the keys have less than 128 bits".to_owned()
    } else {
        return None;
    };
    let path = Path::root().field("devices").field(&device.name).field("security_level");
    let title = format!("every pairing fails: {what}, which does not give level {}", level as u8);
    Some(cx.at("S150", &path, title).note("Vol 3 Part C 10.2.1, Vol 3 Part H 2.3.5.1".to_owned()))
}
