//! What the application of a device sends.

use super::range::whole;
use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::{DeviceSpec, RoleWord};
use blesim_host::{Application, Level, MAX_VALUE, Sends};
use blesim_kernel::Span;

const OCTETS: (&str, &str) = ("length of a value", "Vol 3 Part F 3.4.7.1: ATT_MTU - 3, and ATT_MTU is 23");
const LEVEL: (&str, &str) = ("level of LE security mode 1", "Vol 3 Part C 10.2.1");
/// More often than this it is no application but a test of throughput.
const OFTEN: Span = Span::from_millis(1);

pub(super) fn resolve(device: &DeviceSpec, path: &Path, cx: &mut Cx) -> Option<Application> {
    let (spec, role) = (device.application.as_ref()?, device.role);
    let at = path.field("every");
    let every = super::device::time(Some(spec.every), OFTEN, &at, cx);
    if every < OFTEN && spec.every.span().is_ok() {
        let problem = cx.at("S187", &at, "an application sends at most once in a millisecond");
        cx.error(problem.write("the nearest is", "ms(1)"));
    }
    let octets = whole(
        (spec.octets, i64::from(MAX_VALUE)),
        (1, i64::from(MAX_VALUE)),
        OCTETS,
        &path.field("octets"),
        cx,
    );
    let needs = level((spec.needs_level, 2), &path.field("needs_level"), cx);
    let octets = u8::try_from(octets).unwrap_or(MAX_VALUE);
    if spec.signed && role == RoleWord::Peripheral {
        let problem = cx.at("S189", &path.field("signed"), "only a central sends signed values");
        cx.error(problem.note("Vol 3 Part F 3.4.5.4: the Signed Write Command is a client's".to_owned()));
    }
    if spec.requests && role == RoleWord::Peripheral {
        let problem = cx.at("S189", &path.field("requests"), "only a central sends requests");
        cx.error(problem.note("Vol 3 Part F 3.4.5.1: the Write Request is a client's".to_owned()));
    }
    if spec.requests && spec.signed {
        let problem = cx.at("S189", &path.field("requests"), "a signed value is no request");
        cx.error(problem.note("Vol 3 Part F 3.4.5.4: a Signed Write Command is not answered".to_owned()));
    }
    let how = match (spec.signed, spec.requests) {
        (true, _) => Sends::Signed,
        (false, true) => Sends::Requests,
        (false, false) => Sends::Commands,
    };
    let needs = if how == Sends::Signed { Level::One } else { needs };
    Some(Application { every: every.max(OFTEN), octets, needs, how })
}

/// The level below which the device lets nobody write.
pub(super) fn guards(device: &DeviceSpec, path: &Path, cx: &mut Cx) -> Level {
    level((device.guards_level, 1), &path.field("guards_level"), cx)
}

fn level(value: (Option<i64>, i64), path: &Path, cx: &mut Cx) -> Level {
    match whole(value, (1, 4), LEVEL, path, cx) {
        1 => Level::One,
        2 => Level::Two,
        3 => Level::Three,
        _ => Level::Four,
    }
}
