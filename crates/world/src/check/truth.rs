//! The truth of a watched session: who holds which key, what was agreed to, what could be read.
//!
//! Invariants: only looks, and nobody in the session ever sees it; a key is an attacker's if the attacker's
//! own host computed it or took it in. It must never know a policy.

use super::Violation;
use crate::device::Device;
use crate::plan::{Pair, Plan};
use crate::record::Exposure;
use blesim_host::{Answer, Bond, Episode, Level, Link, Note, Quirk, Step};

/// The longest encryption key (Vol 3 Part H 2.3.4).
const MAX_KEY_SIZE: u8 = 16;

/// What is known of one device.
#[derive(Clone, Copy, Default, Debug)]
struct About {
    /// Its user said yes on the present link.
    consent: bool,
    /// Securing the present link has failed.
    failed: bool,
    /// It had a secured link with an attacker.
    won: bool,
}

/// What is known of a pair: the LTK that both keep, and the highest level either side has had.
#[derive(Clone, Copy, Default, Debug)]
struct Between {
    good: Option<u128>,
    best: [Option<Level>; 2],
}

/// The truth.
#[derive(Debug)]
pub(crate) struct Truth {
    about: Vec<About>,
    between: Vec<Between>,
    /// Keys that attackers have.
    known: Vec<u128>,
    /// Keys of links, with who has had them.
    links: Vec<(usize, u128)>,
    /// A device that has accepted something as encrypted.
    accepted: Option<usize>,
    exposure: Exposure,
    violation: Option<Violation>,
}

impl Truth {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            about: vec![About::default(); plan.devices.len()],
            between: vec![Between::default(); plan.pairs.len()],
            known: Vec::new(),
            links: Vec::new(),
            accepted: None,
            exposure: Exposure::default(),
            violation: None,
        }
    }

    /// Starts over for another session.
    pub(crate) fn restart(&mut self) {
        self.about.fill(About::default());
        self.between.fill(Between::default());
        self.known.clear();
        self.links.clear();
        (self.accepted, self.violation, self.exposure) = (None, None, Exposure::default());
    }

    /// The session begins with these bonds.
    pub(crate) fn begin(&mut self, devices: &[Device], plan: &Plan) {
        self.forget(devices, plan);
        for (between, pair) in self.between.iter_mut().zip(&plan.pairs) {
            let levels = ends(*pair).map(|(own, other)| {
                let bond = devices[own].host.bonds().get(plan.devices[other].host.address);
                bond.map(Bond::level)
            });
            between.best = levels;
        }
    }

    /// Bonds have gone by a fault: that is nobody's doing.
    pub(crate) fn forget(&mut self, devices: &[Device], plan: &Plan) {
        for (between, pair) in self.between.iter_mut().zip(&plan.pairs) {
            between.good = shared(*pair, devices, plan);
        }
    }

    /// What was found to be impossible.
    pub(crate) fn violation(&self) -> Option<Violation> {
        self.violation
    }

    /// Whether the key of a link is an attacker's too.
    pub(crate) fn is_known(&self, link: Link) -> bool {
        link.key().is_some_and(|key| self.known.contains(&key))
    }

    /// A host enters a step.
    pub(crate) fn step(&mut self, device: usize, step: Step) {
        if step == Step::Connected {
            (self.about[device].consent, self.about[device].failed) = (false, false);
        }
    }

    /// A host tells something, about its dealings with this peer.
    pub(crate) fn noted(&mut self, (device, peer): (usize, usize), note: Note, plan: &Plan) {
        if plan.devices[device].attack.is_some() {
            return self.noted_by_attacker(device, note);
        }
        let (about, exposure) = (&mut self.about[device], &mut self.exposure);
        match note {
            Note::Answer(Answer::Yes | Answer::Passkey(_)) => about.consent = true,
            Note::Failed(_) => about.failed = true,
            Note::Departs(Quirk::ReusesKeyPair) => {
                exposure.key_pairs_reused = exposure.key_pairs_reused.saturating_add(1);
            }
            Note::Level(level) => self.level((device, peer), level, plan),
            Note::ValueSent { octets, encrypted: false } if about.failed => {
                let more = exposure.plaintext_octets.saturating_add(u32::from(octets));
                exposure.plaintext_octets = more;
            }
            Note::ValueReceived { encrypted: true, .. } => self.accepted = Some(device),
            _ => {}
        }
    }

    fn noted_by_attacker(&mut self, device: usize, note: Note) {
        match note {
            Note::Key(_, key) => self.known.push(key),
            Note::Pairing { .. } => {
                self.exposure.attacker_pairings = self.exposure.attacker_pairings.saturating_add(1);
            }
            Note::ValueReceived { octets, encrypted } => {
                self.exposure.octets_read = self.exposure.octets_read.saturating_add(u32::from(octets));
                if encrypted {
                    self.accepted = Some(device);
                }
            }
            _ => {}
        }
    }

    /// A link has got this security.
    fn level(&mut self, (device, peer): (usize, usize), level: Level, plan: &Plan) {
        for (between, pair) in self.between.iter_mut().zip(&plan.pairs) {
            let central = (pair.central, pair.place) == (device, peer);
            if !central && pair.peripheral != device {
                continue;
            }
            let side = usize::from(!central);
            let best = &mut between.best[side];
            if best.is_some_and(|best| level < best) {
                self.exposure.level_downgrades = self.exposure.level_downgrades.saturating_add(1);
            }
            *best = (*best).max(Some(level));
        }
    }

    /// Something has happened to the host of a device: what it has and has lost.
    pub(crate) fn look(&mut self, device: usize, devices: &[Device], plan: &Plan) {
        let attacks = plan.devices[device].attack.is_some();
        let host = &devices[device].host;
        if !attacks {
            let shortest = host.bonds().iter().map(|bond| bond.key_size).min().unwrap_or(MAX_KEY_SIZE);
            let short = &mut self.exposure.key_octets_short;
            *short = (*short).max(MAX_KEY_SIZE.saturating_sub(shortest));
        }
        if attacks {
            // What a peer distributes it has taken in.
            for bond in host.bonds().iter().map(|bond| bond.ltk) {
                if !self.known.contains(&bond) {
                    self.known.push(bond);
                }
            }
        }
        for session in host.sessions() {
            let Link::Up { key: Some(key), .. } = session.link else { continue };
            if !self.links.contains(&(device, key)) {
                self.links.push((device, key));
            }
            let known = self.known.contains(&key);
            if attacks && !known {
                self.violation = Some(Violation::KeyFromNowhere { device });
            }
            self.about[device].won |= !attacks && known && matches!(session.episode, Episode::Secured(_));
            if self.accepted == Some(device) && !can_be_from_another(&self.links, device, key) {
                self.violation = Some(Violation::Forged { device });
            }
        }
        self.accepted = None;
        self.bonds(device, devices, plan);
    }

    /// Whether a good bond of this device is gone, and by whose will.
    fn bonds(&mut self, device: usize, devices: &[Device], plan: &Plan) {
        for (between, pair) in self.between.iter_mut().zip(&plan.pairs) {
            let Some((_, other)) = ends(*pair).into_iter().find(|(own, _)| *own == device) else { continue };
            let now = shared(*pair, devices, plan);
            if let (Some(before), None) = (between.good, now) {
                let left = devices[device].host.bonds().get(plan.devices[other].host.address);
                // One that both are just making anew is no loss.
                let renewed = left.is_some_and(|bond| bond.ltk != before && !self.known.contains(&bond.ltk));
                let lost = left.is_none_or(|bond| bond.ltk != before);
                if lost && !renewed && !self.about[device].consent {
                    self.exposure.good_bonds_destroyed = self.exposure.good_bonds_destroyed.saturating_add(1);
                }
            }
            between.good = now;
        }
    }

    /// What the session has exposed, at its end; a listener has read so many octets more, and an attacker knows
    /// so many bits of a passkey.
    pub(crate) fn exposure(&self, devices: &[Device], plan: &Plan, read: u32, passkey_bits: u8) -> Exposure {
        let mut exposure = Exposure { passkey_bits, ..self.exposure };
        exposure.octets_read = exposure.octets_read.saturating_add(read);
        for (device, config) in plan.devices.iter().enumerate() {
            if config.attack.is_some() {
                continue;
            }
            let bonds = devices[device].host.bonds();
            let kept = bonds.iter().any(|bond| self.known.contains(&bond.ltk));
            let taken = |bond: &&Bond| bond.link_key.is_some() && self.known.contains(&bond.ltk);
            let taken = u8::try_from(bonds.iter().filter(taken).count()).unwrap_or(u8::MAX);
            exposure.link_keys_taken = exposure.link_keys_taken.saturating_add(taken);
            exposure.attacker_won += u8::from(kept || self.about[device].won);
        }
        let halves = plan.pairs.iter().map(|pair| {
            let [(central, _), (peripheral, _)] = ends(*pair);
            let bond = |own: usize, other: usize| {
                devices[own].host.bonds().get(plan.devices[other].host.address).map(|bond| bond.ltk)
            };
            match (bond(central, peripheral), bond(peripheral, central)) {
                (Some(one), Some(other)) => {
                    if one == other {
                        0
                    } else {
                        2
                    }
                }
                (Some(_), None) | (None, Some(_)) => 1,
                (None, None) => 0_u8,
            }
        });
        exposure.half_bonds = halves.fold(0, u8::saturating_add);
        exposure
    }
}

/// Whether somebody else has had a link with this key, and so can have sent what was accepted under it.
fn can_be_from_another(links: &[(usize, u128)], device: usize, key: u128) -> bool {
    links.iter().any(|&(other, held)| other != device && held == key)
}

/// The two ends of a pair, each with the other.
const fn ends(pair: Pair) -> [(usize, usize); 2] {
    [(pair.central, pair.peripheral), (pair.peripheral, pair.central)]
}

/// The LTK that both ends of a pair keep of each other, if it is the same.
fn shared(pair: Pair, devices: &[Device], plan: &Plan) -> Option<u128> {
    let [one, other] = ends(pair).map(|(own, other)| {
        devices[own].host.bonds().get(plan.devices[other].host.address).map(|bond| bond.ltk)
    });
    one.filter(|_| one == other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use blesim_packet::Address;

    /// A seeded breach: data under a key that nobody but the receiver has.
    #[test]
    fn what_nobody_can_have_sent_is_found() {
        let check = |links: &[(usize, u128)], expected| {
            assert_eq!(can_be_from_another(links, 1, 7), expected, "{links:?}");
        };
        check(&[(1, 7)], false);
        check(&[(1, 7), (0, 8)], false);
        check(&[(1, 7), (2, 7)], true);
    }

    /// A seeded breach: the key of a link is an attacker's only if its own host told it or keeps it.
    #[test]
    fn a_key_that_was_never_computed_is_not_known() {
        let addresses = [Address::public([1; 6]), Address::public([2; 6])];
        let plan = Plan::two(addresses, Vec::new());
        let mut truth = Truth::new(&plan);
        let link = |key| Link::Up { handle: 0x40, peer: addresses[0], key };
        truth.noted_by_attacker(1, Note::Key("LTK", 7));
        assert!(truth.is_known(link(Some(7))));
        assert!(!truth.is_known(link(Some(8))) && !truth.is_known(link(None)));
        truth.restart();
        assert!(!truth.is_known(link(Some(7))));
    }
}
