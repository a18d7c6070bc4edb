//! What a device asks of a pairing, and the habits of its user.

use super::range::whole;
use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::{BrEdrWord, DebugKeysWord, DelaySpec, DeviceSpec, RoleWord, UserSpec};
use crate::unit::{Percent, Time};
use blesim_host::{BrEdr, DebugKeys, Level, RepeatedAttempts, Security};
use blesim_kernel::{Chance, Span};
use blesim_world::{Delay, User};

const LEVEL: (&str, &str) = ("level of LE security mode 1", "Vol 3 Part C 10.2.1");
/// The longest anybody may take on average.
const LONGEST: Span = Span::from_secs(3_600);

pub(super) fn security(spec: &DeviceSpec, path: &Path, cx: &mut Cx) -> Security {
    let level = match whole((spec.security_level, 2), (1, 4), LEVEL, &path.field("security_level"), cx) {
        1 => Level::One,
        2 => Level::Two,
        3 => Level::Three,
        _ => Level::Four,
    };
    Security {
        level,
        oob: spec.oob.unwrap_or(false),
        asks_before_just_works: spec.asks_before_just_works.unwrap_or(false),
        debug_keys: match spec.debug_keys.unwrap_or(DebugKeysWord::Refused) {
            DebugKeysWord::Refused => DebugKeys::Refused,
            DebugKeysWord::Accepted => DebugKeys::Accepted,
            DebugKeysWord::Used => DebugKeys::Used,
        },
        refuses_pairing: !spec.pairable.unwrap_or(true),
        br_edr: match spec.br_edr.unwrap_or(BrEdrWord::Silent) {
            BrEdrWord::Silent => BrEdr::Silent,
            BrEdrWord::Pairing => BrEdr::Pairing,
            BrEdrWord::GuardsItsKeys => BrEdr::GuardsItsKeys,
        },
        requests: spec.requests_security_after.map(|time| {
            let path = path.field("requests_security_after");
            if spec.role == RoleWord::Central {
                let title = "only a peripheral asks for security; a central secures the link itself";
                cx.error(cx.at("S130", &path, title).note("Vol 3 Part H 2.4.6".to_owned()));
            }
            most_an_hour(time, &path, cx)
        }),
        repeated_attempts: spec.repeated_attempts.map(|rule| {
            let path = path.field("repeated_attempts");
            RepeatedAttempts {
                first: most_an_hour(rule.first, &path.field("first"), cx),
                cap: most_an_hour(rule.cap, &path.field("cap"), cx),
                reward: most_an_hour(rule.reward, &path.field("reward"), cx),
            }
        }),
    }
}

/// A passkey that is always the same.
pub(super) fn passkey(value: i64, path: &Path, cx: &mut Cx) -> u32 {
    let passkey = u32::try_from(value).ok().filter(|&passkey| passkey < 1_000_000);
    passkey.unwrap_or_else(|| {
        let problem = cx.at("S129", path, "a passkey has six digits: 0 to 999999");
        cx.error(problem.note("Vol 3 Part H 2.3.5.3".to_owned()));
        0
    })
}

pub(super) fn user(spec: Option<UserSpec>, path: &Path, cx: &mut Cx) -> User {
    let spec = spec.unwrap_or_default();
    let usual = User::USUAL;
    let chance = |value: Option<Percent>, usual: Chance, field: &str, cx: &mut Cx| {
        value.map_or(usual, |value| cx.chance(value, &path.field(field)))
    };
    User {
        reads: delay(spec.reads, usual.reads, &path.field("reads"), cx),
        types: delay(spec.types, usual.types, &path.field("types"), cx),
        mistypes: chance(spec.mistypes, usual.mistypes, "mistypes", cx),
        misjudges: chance(spec.misjudges, usual.misjudges, "misjudges", cx),
        confuses: chance(spec.confuses, usual.confuses, "confuses", cx),
        cancels: chance(spec.cancels, usual.cancels, "cancels", cx),
        walks_away: chance(spec.walks_away, usual.walks_away, "walks_away", cx),
        consents: chance(spec.consents, usual.consents, "consents", cx),
    }
}

fn delay(spec: Option<DelaySpec>, usual: Delay, path: &Path, cx: &mut Cx) -> Delay {
    let Some(spec) = spec else { return usual };
    Delay {
        least: most_an_hour(spec.least, &path.field("least"), cx),
        mean_more: most_an_hour(spec.mean_more, &path.field("mean_more"), cx),
    }
}

fn most_an_hour(time: Time, path: &Path, cx: &mut Cx) -> Span {
    let span = cx.span(time, path);
    if span > LONGEST {
        let problem = cx.at("S101", path, "this time is longer than an hour");
        cx.error(problem.write("the longest is", "s(3600)"));
    }
    span.min(LONGEST)
}
