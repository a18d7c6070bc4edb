//! The responder's part of a policy: what a device does when the peer starts.

use super::action::growing;
use super::lower::{Bounds, wait};
use super::spec::Code;
use crate::cx::Cx;
use crate::locate::Path;
use crate::resolve::when_full;
use crate::spec::WhenFullWord;
use crate::unit::Time;
use blesim_host::Shown;
use blesim_host::recovery::{
    BondedPeer, Bucket, Counts, KeyedOn, MAX_IN_BUCKET, MAX_TRACKED, OldBondDies, OnSecurityRequest, Penalty,
    Responder,
};
use blesim_packet::smp::Reason;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResponderSpec {
    bonded_peer_pairs: Option<BondedPeerSpec>,
    old_bond_dies: Option<OldBondDiesWord>,
    weaker_than_bond: Option<AllowedSpec>,
    just_works_over_just_works: Option<AllowedSpec>,
    penalty: Option<PenaltySpec>,
    when_full: Option<WhenFullWord>,
    security_request: Option<SecurityRequestWord>,
    security_request_on_encrypted_link: Option<bool>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum BondedPeerSpec {
    Accept,
    Reject(Code),
    Ignore,
    Ask,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum OldBondDiesWord {
    OnRequest,
    OnEncrypted,
    OnComplete,
    Never,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum AllowedSpec {
    Allowed,
    Refused(Code),
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum SecurityRequestWord {
    Honour,
    Ignore,
    EncryptOnly,
    ForcesRepairing,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PenaltySpec {
    base: Time,
    growth: Option<f64>,
    cap: Time,
    decay: Time,
    keyed_on: Option<KeyedOnWord>,
    tracks: Option<i64>,
    after: Option<i64>,
    counts: Option<Vec<CountsWord>>,
    bucket: Option<BucketSpec>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BucketSpec {
    failures: i64,
    within: Time,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum KeyedOnWord {
    Address,
    Identity,
    Global,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(crate) enum CountsWord {
    Pairing,
    Encryption,
    Disconnection,
}

pub(super) fn lower(spec: Option<&ResponderSpec>, path: &Path, cx: &mut Cx) -> Responder {
    let mut responder = Responder::default();
    let Some(spec) = spec else { return responder };
    match spec.bonded_peer_pairs {
        None | Some(BondedPeerSpec::Accept) => {}
        Some(BondedPeerSpec::Ignore) => responder.bonded_peer_pairs = BondedPeer::Ignore,
        Some(BondedPeerSpec::Ask) => responder.bonded_peer_pairs = BondedPeer::Ask,
        Some(BondedPeerSpec::Reject(code)) => {
            let usual = "Reject(PairingNotSupported)";
            if let Some(reason) = reason(code, usual, &path.field("bonded_peer_pairs"), cx) {
                responder.bonded_peer_pairs = BondedPeer::Reject(reason);
            }
        }
    }
    responder.old_bond_dies = match spec.old_bond_dies {
        None | Some(OldBondDiesWord::OnComplete) => OldBondDies::OnComplete,
        Some(OldBondDiesWord::OnRequest) => OldBondDies::OnRequest,
        Some(OldBondDiesWord::OnEncrypted) => OldBondDies::OnEncrypted,
        Some(OldBondDiesWord::Never) => OldBondDies::Never,
    };
    let mut allowed = |spec: Option<AllowedSpec>, field: &str| match spec {
        None | Some(AllowedSpec::Allowed) => None,
        Some(AllowedSpec::Refused(code)) => {
            reason(code, "Refused(AuthenticationRequirements)", &path.field(field), cx)
        }
    };
    responder.refuses_weaker = allowed(spec.weaker_than_bond, "weaker_than_bond");
    responder.refuses_just_works_again =
        allowed(spec.just_works_over_just_works, "just_works_over_just_works");
    responder.penalty = spec.penalty.as_ref().map(|spec| penalty(spec, &path.field("penalty"), cx));
    responder.when_full = spec.when_full.map(when_full);
    responder.security_requests.answer = match spec.security_request {
        None | Some(SecurityRequestWord::Honour) => OnSecurityRequest::Honour,
        Some(SecurityRequestWord::Ignore) => OnSecurityRequest::Ignore,
        Some(SecurityRequestWord::EncryptOnly) => OnSecurityRequest::EncryptOnly,
        Some(SecurityRequestWord::ForcesRepairing) => OnSecurityRequest::ForcesRepairing,
    };
    responder.security_requests.on_encrypted_link = spec.security_request_on_encrypted_link.unwrap_or(true);
    responder
}

fn reason(Code(shown): Code, usual: &str, path: &Path, cx: &mut Cx) -> Option<Reason> {
    if let Shown::PairingFailed(reason) = shown {
        return Some(reason);
    }
    let problem = cx.at("P030", path, "a Pairing Request is rejected with a reason of Pairing Failed");
    cx.error(problem.note("Vol 3 Part H 3.5.5".to_owned()).write("the usual one is", usual));
    None
}

fn penalty(spec: &PenaltySpec, path: &Path, cx: &mut Cx) -> Penalty {
    let growth = spec.growth.unwrap_or(2.0);
    let wait_of = growing((spec.base, spec.cap), ("base", "growth"), growth, path, cx);
    let decay = wait(spec.decay, &path.field("decay"), "decay", cx);
    let most = i64::from(MAX_TRACKED);
    let mut count = |value: Option<i64>, usual: u8, most: i64, name: &str, field: &str| {
        let bounds = Bounds { code: "P034", least: 1, most, rule: "" };
        value.map_or(usual, |value| bounds.whole(value, name, &path.field(field), cx))
    };
    let tracks = count(spec.tracks, 8, most, "the number of tracked peers", "tracks");
    let after = count(spec.after, 1, 100, "the failure with which a penalty begins", "after");
    let bucket = spec.bucket.as_ref().map(|bucket| {
        let path = path.field("bucket");
        let most = i64::from(MAX_IN_BUCKET);
        let bounds = Bounds { code: "P034", least: 1, most, rule: "" };
        Bucket {
            failures: bounds.whole(bucket.failures, "the failures of a bucket", &path.field("failures"), cx),
            within: wait(bucket.within, &path.field("within"), "the time of a bucket", cx),
        }
    });
    let counts = spec.counts.as_deref().unwrap_or(&[CountsWord::Pairing]);
    if counts.is_empty() {
        let problem = cx.at("P006", &path.field("counts"), "an empty list counts nothing");
        cx.error(problem.write("the usual one is", "[Pairing]"));
    }
    Penalty {
        wait: wait_of,
        decay,
        keyed_on: match spec.keyed_on.unwrap_or(KeyedOnWord::Address) {
            KeyedOnWord::Address => KeyedOn::Address,
            KeyedOnWord::Identity => KeyedOn::Identity,
            KeyedOnWord::Global => KeyedOn::Global,
        },
        tracks,
        after,
        bucket,
        counts: Counts {
            pairing: counts.contains(&CountsWord::Pairing),
            encryption: counts.contains(&CountsWord::Encryption),
            disconnections: counts.contains(&CountsWord::Disconnection),
        },
    }
}
