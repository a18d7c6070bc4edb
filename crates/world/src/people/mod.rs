//! People: what the users of the devices see, and what they say to it: late, wrong, or never.
//!
//! Invariant: what a person does at the n-th prompt is a function of (seed, person, n), whatever else
//! happened. A person sees both devices of a pair and nothing of what goes on inside them.

mod effort;
mod habits;

pub(crate) use effort::Efforts;
pub use habits::{Delay, User};

use crate::chance::SessionChance;
use crate::plan::Plan;
use arrayvec::ArrayVec;
use blesim_host::{Answer, MAX_PEERS, OobData, Prompt, Role};
use blesim_kernel::Span;
use blesim_packet::smp::{AuthReq, Keypress};
use habits::Moment;

/// Digits of a passkey.
const DIGITS: u8 = 6;
/// Passkeys there are.
const PASSKEYS: u64 = 1_000_000;

/// A device and one of its peers: where a prompt stands.
pub(crate) type Place = (usize, usize);

/// What stands on a device about one peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Standing {
    Nothing,
    Shows(u32),
    AsksPasskey,
    AsksWhetherSame(u32),
    AsksWhetherToPair,
    /// A recovery policy wants something to be allowed.
    AsksConsent,
}

/// What a person is about to say.
#[derive(Clone, Copy, Debug)]
struct Pending {
    answer: Answer,
    /// Whether the device tells its peer of keys pressed.
    tells: bool,
    /// Keys still to press before it, if so.
    keys: u8,
    /// From one key to the next.
    gap: Span,
}

/// One person before one device, as far as one peer is concerned.
#[derive(Clone, Copy, Debug)]
struct Attention {
    standing: Standing,
    /// The number of the prompt among all that this device's user has seen.
    prompt: u32,
    pending: Option<Pending>,
}

impl Attention {
    const NONE: Self = Self { standing: Standing::Nothing, prompt: 0, pending: None };
}

/// Something that a person is going to do: after this time, before this device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    pub(crate) after: Span,
    pub(crate) place: Place,
    pub(crate) prompt: u32,
}

/// The users of all devices.
#[derive(Debug)]
pub(crate) struct People {
    attention: Vec<[Attention; MAX_PEERS]>,
    /// Prompts that each user has seen.
    prompts: Vec<u32>,
    /// Out-of-band data that each device has made and not lost.
    pub(crate) oob: Vec<Option<OobData>>,
    /// Whether the users have held the two together, by central and its peer.
    pub(crate) tapped: Vec<[bool; MAX_PEERS]>,
    /// Devices whose host is not ours, a bit each: what stands on them is not known here.
    pub(crate) foreign: u64,
}

impl People {
    pub(crate) fn new(devices: usize) -> Self {
        Self {
            attention: vec![[Attention::NONE; MAX_PEERS]; devices],
            prompts: vec![0; devices],
            oob: vec![None; devices],
            tapped: vec![[false; MAX_PEERS]; devices],
            foreign: 0,
        }
    }

    /// Starts over for another session.
    pub(crate) fn restart(&mut self) {
        // Most sessions show nothing, and then nobody has said anything.
        if self.prompts.iter().any(|&prompts| prompts > 0) {
            self.attention.fill([Attention::NONE; MAX_PEERS]);
            self.prompts.fill(0);
        }
        self.oob.fill(None);
        self.tapped.fill([false; MAX_PEERS]);
    }

    /// A device has lost power: its display is dark.
    pub(crate) fn forget(&mut self, device: usize) {
        self.attention[device] = [Attention::NONE; MAX_PEERS];
        self.oob[device] = None;
    }

    /// A device shows something or asks. What its user is going to do, and the other device's, who may have
    /// waited for it.
    pub(crate) fn prompted(
        &mut self,
        place: Place,
        prompt: Prompt,
        plan: &Plan,
        chance: &SessionChance,
    ) -> ArrayVec<Due, 2> {
        let (device, peer) = place;
        let standing = match prompt {
            Prompt::Dismissed => Standing::Nothing,
            Prompt::DisplayPasskey(passkey) => Standing::Shows(passkey),
            Prompt::EnterPasskey => Standing::AsksPasskey,
            Prompt::Compare(number) => Standing::AsksWhetherSame(number),
            Prompt::Confirm => Standing::AsksWhetherToPair,
            Prompt::Ask(_) => Standing::AsksConsent,
        };
        self.attention[device][peer] = Attention { standing, prompt: self.prompts[device], pending: None };
        self.prompts[device] += 1;
        let mut due = ArrayVec::new();
        let other = opposite(plan, place);
        due.extend(self.attend(place, other, plan, chance));
        if let Some(other) = other {
            due.extend(self.attend(other, Some(place), plan, chance));
        }
        due
    }

    /// What a person before `place` is going to do now, unless they wait or are at it already.
    fn attend(
        &mut self,
        place: Place,
        other: Option<Place>,
        plan: &Plan,
        chance: &SessionChance,
    ) -> Option<Due> {
        let (device, peer) = place;
        let Attention { standing, prompt, pending } = self.attention[device][peer];
        if pending.is_some() {
            return None;
        }
        let beside = other.map_or(Standing::Nothing, |(device, peer)| self.attention[device][peer].standing);
        let is_foreign = other.is_some_and(|(device, _)| self.foreign >> device & 1 == 1);
        let beside = match standing {
            // On a device that is not ours the number is taken to be the same.
            Standing::AsksWhetherSame(_) if is_foreign => standing,
            _ => beside,
        };
        let (user, host) = (&plan.devices[device].user, &plan.devices[device].host);
        let draw = |moment: Moment| chance.person(device, prompt, moment as u8);
        let confused = || confused(standing, beside).filter(|_| user.confuses.hits(draw(Moment::Confuses)));
        let right = right_answer(standing, beside, || chosen(place, other, chance)).or_else(confused)?;
        if user.walks_away.hits(draw(Moment::WalksAway)) {
            return None;
        }
        let agrees = standing != Standing::AsksConsent || user.consents.hits(draw(Moment::Consents));
        let answer = user.says(if agrees { right } else { Answer::No }, draw);
        let reads = user.reads.draw(draw(Moment::Reads));
        let types =
            if standing == Standing::AsksPasskey { user.types.draw(draw(Moment::Types)) } else { Span::ZERO };
        let tells = standing == Standing::AsksPasskey && host.auth.contains(AuthReq::KEYPRESS);
        let (keys, gap) = if tells { (DIGITS + 1, types / u64::from(DIGITS + 1)) } else { (0, Span::ZERO) };
        self.attention[device][peer].pending = Some(Pending { answer, tells, keys, gap });
        let after = if tells { reads } else { reads + types };
        Some(Due { after, place, prompt })
    }

    /// What a person says now, and when they go on, if the prompt still stands.
    pub(crate) fn says(&mut self, place: Place, prompt: u32) -> (ArrayVec<Answer, 2>, Option<Due>) {
        let (device, peer) = place;
        let attention = &mut self.attention[device][peer];
        let mut said = ArrayVec::new();
        let Some(pending) = attention.pending.as_mut().filter(|_| attention.prompt == prompt) else {
            return (said, None);
        };
        if pending.keys == 0 {
            said.extend(pending.tells.then_some(Answer::Keypress(Keypress::EntryCompleted)));
            said.push(pending.answer);
            attention.standing = match attention.standing {
                // A number to compare stays in sight of who looks at the other device.
                kept @ Standing::AsksWhetherSame(_) => kept,
                _ => Standing::Nothing,
            };
            return (said, None);
        }
        let started = pending.keys > DIGITS;
        said.push(Answer::Keypress(if started { Keypress::EntryStarted } else { Keypress::DigitEntered }));
        pending.keys -= 1;
        let due = Due { after: pending.gap, place, prompt };
        (said, Some(due))
    }
}

/// What somebody who makes no mistake says to what stands there, seeing what stands beside it; `None` while
/// that is not enough to go by, or when there is nothing to say.
fn right_answer(standing: Standing, beside: Standing, chosen: impl FnOnce() -> u32) -> Option<Answer> {
    match (standing, beside) {
        (Standing::AsksPasskey, Standing::Shows(passkey)) => Some(Answer::Passkey(passkey)),
        (Standing::AsksPasskey, Standing::AsksPasskey) => Some(Answer::Passkey(chosen())),
        (Standing::AsksWhetherSame(own), Standing::AsksWhetherSame(other)) => {
            Some(if own == other { Answer::Yes } else { Answer::No })
        }
        (Standing::AsksWhetherToPair | Standing::AsksConsent, _) => Some(Answer::Yes),
        (
            Standing::Nothing | Standing::Shows(_) | Standing::AsksPasskey | Standing::AsksWhetherSame(_),
            _,
        ) => None,
    }
}

/// What somebody says who takes a number to compare on one device for the passkey that the other asks for.
fn confused(standing: Standing, beside: Standing) -> Option<Answer> {
    match (standing, beside) {
        (Standing::AsksPasskey, Standing::AsksWhetherSame(number)) => Some(Answer::Passkey(number)),
        (Standing::AsksWhetherSame(_), Standing::AsksPasskey) => Some(Answer::Yes),
        _ => None,
    }
}

/// The passkey that users think of for two devices neither of which shows one: the same every time.
fn chosen(one: Place, other: Option<Place>, chance: &SessionChance) -> u32 {
    let (device, peer) = other.map_or(one, |other| one.min(other));
    let number = u32::try_from(peer).expect("there are few peers");
    let draw = chance.person(device, number, Moment::Chooses as u8);
    u32::try_from(draw % PASSKEYS).expect("it is below a million")
}

/// The other end of a pair: the device, and the place of this one among its peers.
pub(crate) fn opposite(plan: &Plan, (device, peer): Place) -> Option<Place> {
    let own = &plan.devices[device].host;
    let mut others = plan.devices.iter().enumerate().filter(|(_, other)| other.attack.is_none());
    match own.role {
        Role::Central => {
            let address = *own.peers.get(peer)?;
            others.find(|(_, other)| other.host.address == address).map(|(other, _)| (other, 0))
        }
        Role::Peripheral => others.find_map(|(other, plan)| {
            let place = plan.host.peers.iter().position(|&peer| peer == own.address)?;
            (plan.host.role == Role::Central).then_some((other, place))
        }),
    }
}

#[cfg(test)]
mod tests;
