//! Private addresses: who has one, and who has to resolve those of others.

use super::device::{Resolved, time};
use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::{DeviceSpec, LocalWord, ResolverWord, RoleWord};
use crate::unit::written;
use blesim_host::{Advertising, Privacy, Resolver, Role};
use blesim_kernel::{Chance, Span};

/// TGAP(private_addr_int), Vol 3 Part C Appendix A.
const USUAL: Span = Span::from_secs(900);
/// RPA_Timeout, Vol 4 Part E 7.8.45.
const LEAST: Span = Span::from_secs(1);

pub(super) fn resolve(spec: &DeviceSpec, path: &Path, cx: &mut Cx) -> Privacy {
    let path = path.field("privacy");
    let privacy = spec.privacy.unwrap_or_default();
    let resolvable = privacy.local == Some(LocalWord::Resolvable);
    let mut span = time(privacy.rotates_every, USUAL, &path.field("rotates_every"), cx);
    if span < LEAST {
        let title = "a private address is in use for at least a second";
        let problem = cx.at("S210", &path.field("rotates_every"), title);
        cx.error(problem.note("Vol 4 Part E 7.8.45".to_owned()).write("the least is", written(LEAST)));
        span = LEAST;
    }
    if privacy.rotates_every.is_some() && !resolvable {
        let title = "an identity address does not change";
        let problem = cx.at("S211", &path.field("rotates_every"), title);
        cx.error(problem.help("add `local: Resolvable`"));
    }
    if privacy.resolves_late.is_some() && spec.role == RoleWord::Central {
        let title = "a central resolves an address before it connects to it";
        let problem = cx.at("S212", &path.field("resolves_late"), title);
        cx.error(problem.help("`resolves: percent(..)` lets it miss some"));
    }
    if privacy.resolves_late.is_some() && privacy.resolver == Some(ResolverWord::Controller) {
        let title = "a controller resolves an address as it comes";
        let problem = cx.at("S215", &path.field("resolves_late"), title);
        cx.error(problem.help("`resolver: Host`, or `resolves: percent(..)` to let it miss some"));
    }
    Privacy {
        rotates_every: resolvable.then_some(span),
        scans: false,
        resolver: match privacy.resolver {
            None | Some(ResolverWord::Host) => Resolver::Host,
            Some(ResolverWord::Controller) => Resolver::Controller,
        },
        resolves_after: time(privacy.resolves_late, Span::ZERO, &path.field("resolves_late"), cx),
    }
}

/// How many of the addresses that it could resolve a device does not.
pub(super) fn unresolved(spec: &DeviceSpec, path: &Path, cx: &mut Cx) -> Chance {
    let resolves = spec.privacy.and_then(|privacy| privacy.resolves);
    resolves.map_or(Chance::NEVER, |percent| {
        cx.chance(percent, &path.field("privacy").field("resolves")).complement()
    })
}

/// Centrals scan for peers with private addresses. Their users tell strangers apart by what is printed on
/// them, the end of the identity address, so that differs.
pub(super) fn scans(devices: &mut [Resolved], cx: &mut Cx) {
    let root = Path::root().field("devices");
    let private = |device: &Resolved| device.plan.host.privacy.rotates_every.is_some();
    for place in 0..devices.len() {
        let device = &devices[place];
        let path = root.field(&device.group);
        let peer = |other: &&Resolved| device.plan.host.peers.contains(&other.plan.host.address);
        let scans = device.plan.host.role == Role::Central && devices.iter().filter(peer).any(private);
        let directed = matches!(
            device.plan.host.discovery.advertising,
            Advertising::Directed { .. } | Advertising::Extended { directed: true, .. }
        );
        if directed && (private(device) || devices.iter().filter(peer).any(private)) {
            let title = "directed advertising between private addresses is not modelled";
            cx.error(cx.at("S213", &path.field("advertising"), title));
        }
        let [.., a, b] = device.plan.host.address.octets;
        let same = |other: &&Resolved| other.plan.host.address.octets[4..] == [a, b] && private(other);
        if private(device)
            && device.plan.host.role == Role::Peripheral
            && let Some(other) = devices[..place].iter().find(same)
        {
            let title = format!("\"{}\" and \"{}\" have the same last four digits", other.name, device.name);
            let problem = cx.at("S214", &path.field("address"), title);
            cx.error(problem.note("nobody can tell them apart while their addresses are private".to_owned()));
        }
        devices[place].plan.host.privacy.scans = scans;
    }
}
