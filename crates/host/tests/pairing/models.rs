//! The association models end to end: every row of the method table pairs as it says, and users who get it
//! wrong, or go away, end it with the reason that belongs to it.

use crate::association::{expected, features};
use crate::bench::{Bench, Keys};
use crate::setup::{ADDRESSES, CENTRAL, PERIPHERAL, configs};
use crate::users::CHOSEN;
use blesim_host::smp::terms::Model;
use blesim_host::{Answer, Bond, Episode, Level, Note, OobData, Prompt, Security, Shown};
use blesim_packet::smp::{AuthReq, IoCapability, Keypress, Reason, SmpPdu};

const SC_MITM: AuthReq = AuthReq(0x0D);
const LEGACY_MITM: AuthReq = AuthReq(0x05);

/// A bench of two devices with these IO capabilities, all else alike.
fn bench(auth: AuthReq, io: [IoCapability; 2], keys: &Keys) -> Bench {
    let mut configs = configs(auth);
    for (config, io) in configs.iter_mut().zip(io) {
        config.io = io;
    }
    Bench::with_keys(&configs, keys)
}

/// The IO capabilities that lead to each model with MITM protection.
const MODELS: [(AuthReq, Model, [IoCapability; 2]); 7] = {
    use IoCapability::{DisplayOnly, DisplayYesNo, KeyboardOnly};
    [
        (SC_MITM, Model::NumericComparison, [DisplayYesNo, DisplayYesNo]),
        (SC_MITM, Model::PasskeyInitiatorDisplays, [DisplayOnly, KeyboardOnly]),
        (SC_MITM, Model::PasskeyResponderDisplays, [KeyboardOnly, DisplayOnly]),
        (SC_MITM, Model::PasskeyBothInput, [KeyboardOnly, KeyboardOnly]),
        (LEGACY_MITM, Model::PasskeyInitiatorDisplays, [DisplayOnly, KeyboardOnly]),
        (LEGACY_MITM, Model::PasskeyResponderDisplays, [KeyboardOnly, DisplayOnly]),
        (LEGACY_MITM, Model::PasskeyBothInput, [KeyboardOnly, KeyboardOnly]),
    ]
};

fn secured(bench: &Bench) -> [bool; 2] {
    [CENTRAL, PERIPHERAL].map(|own| matches!(bench.ends[own].host.episode(0), Episode::Secured(_)))
}

/// Codes before encryption, with the sender, by model (Vol 3 Part H appendix C).
fn phases(sc: bool, model: Model) -> Vec<(usize, u8)> {
    let mut codes = vec![(0, 0x01), (1, 0x02)];
    let round = [(0, 0x03), (1, 0x03), (0, 0x04), (1, 0x04)];
    if sc {
        codes.extend([(0, 0x0C), (1, 0x0C)]);
    }
    match model {
        _ if !sc => codes.extend(round),
        Model::JustWorks | Model::NumericComparison => codes.extend(&round[1..]),
        Model::OutOfBand => codes.extend(&round[2..]),
        Model::PasskeyInitiatorDisplays | Model::PasskeyResponderDisplays | Model::PasskeyBothInput => {
            (0..20).for_each(|_| codes.extend(round));
        }
    }
    if sc {
        codes.extend([(0, 0x0D), (1, 0x0D)]);
    }
    codes
}

/// All 800 rows of the method table, from power on to the bond: who says what, who is asked what, and how
/// much the bond is worth.
#[test]
fn every_row_pairs() {
    let keys = Keys::default();
    for flags in 0..32_u8 {
        let bit = |position: u8| flags >> position & 1 == 1;
        let (sc, mitm, oob) = (bit(4), [bit(3), bit(2)], [bit(1), bit(0)]);
        for io in (0..25).map(|io| [io / 5, io % 5]) {
            let mut configs = configs(AuthReq(0));
            for (side, config) in configs.iter_mut().enumerate() {
                let features = features(io[side], sc, mitm[side], oob[side]);
                (config.io, config.auth, config.security.oob) = (features.io, features.auth, features.oob);
            }
            let mut bench = Bench::with_keys(&configs, &keys);
            bench.power_on_with_oob(oob);
            bench.settle();
            bench.users_answer(usize::from(flags % 3 == 1));
            let model = expected(sc, io, mitm, oob);
            let what = format!("sc {sc} io {io:?} mitm {mitm:?} oob {oob:?}: {model:?}");
            assert_eq!(secured(&bench), [true; 2], "{what}");
            let phases = phases(sc, model);
            assert_eq!(bench.codes()[..phases.len()], phases, "{what}");
            check_end(&bench, sc, model, &what);
        }
    }
}

fn check_end(bench: &Bench, sc: bool, model: Model, what: &str) {
    let level = match (model, sc) {
        (Model::JustWorks, _) => Level::Two,
        (_, false) => Level::Three,
        (_, true) => Level::Four,
    };
    let bonds =
        [CENTRAL, PERIPHERAL].map(|own| *bench.ends[own].host.bonds().get(ADDRESSES[1 - own]).unwrap());
    let key = |bond: &Bond| (bond.ltk, bond.ediv, bond.rand);
    assert_eq!(key(&bonds[0]), key(&bonds[1]), "{what}");
    for (own, end) in bench.ends.iter().enumerate() {
        assert_eq!(bonds[own].authenticated, model != Model::JustWorks, "{what}");
        assert_eq!(bonds[own].level(), level, "{what}");
        assert_eq!(end.host.sessions().next().unwrap().level, level, "{what}");
        assert_eq!(bench.prompt(own).filter(|prompt| matches!(prompt, Prompt::DisplayPasskey(_))), None);
        assert_eq!(end.port.prompts.first().copied(), prompt_of(bench, own, model), "{what}");
    }
}

/// What a device is to ask or show first.
fn prompt_of(bench: &Bench, own: usize, model: Model) -> Option<Prompt> {
    let shows = |own: usize| bench.shows(own).unwrap();
    match (model, own) {
        (Model::JustWorks | Model::OutOfBand, _) => None,
        (Model::NumericComparison, _) => Some(Prompt::Compare(shows(1 - own))),
        (Model::PasskeyInitiatorDisplays, CENTRAL) | (Model::PasskeyResponderDisplays, PERIPHERAL) => {
            Some(Prompt::DisplayPasskey(shows(own)))
        }
        (Model::PasskeyInitiatorDisplays | Model::PasskeyResponderDisplays | Model::PasskeyBothInput, _) => {
            Some(Prompt::EnterPasskey)
        }
    }
}

/// Whichever user is faster, and whether the DHKey takes longer than the users: the same pairing.
#[test]
fn users_in_any_order() {
    let keys = Keys::default();
    for (auth, _, io) in MODELS {
        for first in [CENTRAL, PERIPHERAL] {
            let mut bench = bench(auth, io, &keys);
            bench.power_on();
            bench.flow();
            // Without the clock running: the users are faster than the DHKey.
            for device in [first, 1 - first] {
                let Some(prompt) = bench.prompt(device) else { continue };
                if let Some(answer) = crate::users::good(prompt, bench.shows(1 - device)) {
                    bench.input(device, blesim_host::Input::User(0, answer));
                    bench.flow();
                }
            }
            bench.settle();
            assert_eq!(secured(&bench), [true; 2], "{auth:?} {io:?} {first}");
        }
    }
}

/// Both ends find out about a user who says no, mistypes or cancels, with the reason of the model, and nobody
/// keeps a prompt or a bond.
#[test]
fn users_who_fail() {
    let keys = Keys::default();
    let (entry, confirm) = (Reason::PASSKEY_ENTRY_FAILED, Reason::CONFIRM_VALUE_FAILED);
    let differ = Reason::NUMERIC_COMPARISON_FAILED;
    for (auth, model, io) in MODELS {
        let rows: &[(Answer, Reason)] = if model == Model::NumericComparison {
            &[(Answer::No, differ), (Answer::Cancel, differ)]
        } else {
            &[
                (Answer::Cancel, entry),
                (Answer::No, entry),
                (Answer::Passkey(1_000_000), entry),
                (Answer::Passkey(CHOSEN ^ 1), confirm),
                (Answer::Passkey(CHOSEN ^ 1 << 18), confirm),
            ]
        };
        for (&(answer, reason), device) in rows.iter().flat_map(|row| [(row, CENTRAL), (row, PERIPHERAL)]) {
            let mut bench = bench(auth, io, &keys);
            bench.power_on();
            bench.settle();
            let asked = bench.prompt(device).unwrap();
            if matches!(answer, Answer::Passkey(_)) && asked != Prompt::EnterPasskey {
                continue;
            }
            bench.says(device, answer);
            bench.users_answer_but(device);
            assert!(secured(&bench) != [true; 2]);
            let (_, found) = bench.last_refusal().unwrap();
            assert_eq!(found, reason, "{auth:?} {model:?} {answer:?} {device}");
            for own in [CENTRAL, PERIPHERAL] {
                assert_eq!(bench.shown(own), [Shown::PairingFailed(reason)]);
                assert_eq!(bench.ends[own].host.deadline(), None);
                assert_eq!(bench.ends[own].host.bonds().get(ADDRESSES[1 - own]), None);
                let prompts = &bench.ends[own].port.prompts;
                if own != device && matches!(prompts[0], Prompt::DisplayPasskey(_)) {
                    assert_eq!(prompts[1..], [Prompt::Dismissed], "{model:?} {answer:?} {own}");
                }
            }
        }
    }
}

impl Bench {
    /// The user of the other device answers.
    fn users_answer_but(&mut self, device: usize) {
        let other = 1 - device;
        if self.prompt(other) == Some(Prompt::EnterPasskey) {
            self.says(other, Answer::Passkey(self.shows(device).unwrap_or(CHOSEN)));
        } else if matches!(self.prompt(other), Some(Prompt::Compare(_))) {
            self.says(other, Answer::Yes);
        }
    }
}

/// The first bit that differs ends Passkey Entry in its round, by the responder, who has shown nothing of
/// that bit; a right passkey takes all twenty.
#[test]
fn one_bit_a_round() {
    let keys = Keys::default();
    for bit in 0..20 {
        let mut configs = configs(SC_MITM);
        (configs[CENTRAL].io, configs[PERIPHERAL].io) =
            (IoCapability::KeyboardOnly, IoCapability::DisplayOnly);
        configs[PERIPHERAL].quirks.fixed_passkey = Some(CHOSEN);
        let mut bench = Bench::with_keys(&configs, &keys);
        bench.power_on();
        bench.settle();
        assert_eq!(bench.shows(PERIPHERAL), Some(CHOSEN));
        let wrong = CHOSEN ^ 1 << bit;
        if wrong > 999_999 {
            continue;
        }
        bench.says(CENTRAL, Answer::Passkey(wrong));
        let randoms = bench.codes().iter().filter(|(_, code)| *code == 0x04).count();
        assert_eq!(randoms, 2 * bit + 1, "the initiator's last is the one that does not fit");
        assert_eq!(bench.last_refusal(), Some((PERIPHERAL, Reason::CONFIRM_VALUE_FAILED)));
        let bits = bench.ends[CENTRAL].port.notes.iter().filter_map(|note| match note {
            Note::PasskeyBit(round, bit) => Some((*round, *bit)),
            _ => None,
        });
        let rounds = u8::try_from(bit).unwrap() + 1;
        assert!(bits.eq((1..=rounds).map(|round| (round, wrong >> (round - 1) & 1 == 1))));
    }
}

/// Nobody comes: the Security Manager timer takes the prompt away 30 s after the last PDU, and an answer
/// after that is for nobody (Vol 3 Part H 3.4).
#[test]
fn users_who_walk_away() {
    let keys = Keys::default();
    for (auth, model, io) in MODELS {
        let mut bench = bench(auth, io, &keys);
        bench.power_on();
        bench.settle();
        while bench.wake().is_some() {}
        for own in [CENTRAL, PERIPHERAL] {
            assert_eq!(bench.shown(own), [Shown::SmpTimeout], "{auth:?} {model:?}");
            assert_eq!(bench.ends[own].port.prompts.last(), Some(&Prompt::Dismissed));
            let said = bench.log.len();
            bench.says(own, Answer::Passkey(CHOSEN));
            bench.says(own, Answer::Yes);
            assert_eq!(bench.log.len(), said);
        }
    }
}

/// Key presses go to the peer if both sides want them, and each restarts the timer of who sends it; otherwise
/// they stay where they are, and one that comes all the same is out of place.
#[test]
fn keypress_notifications() {
    let keys = Keys::default();
    let presses =
        [Keypress::EntryStarted, Keypress::DigitEntered, Keypress::DigitErased, Keypress::EntryCompleted];
    for (both, one) in [(true, true), (false, true), (false, false)] {
        let mut configs = configs(SC_MITM);
        (configs[CENTRAL].io, configs[PERIPHERAL].io) =
            (IoCapability::KeyboardOnly, IoCapability::DisplayOnly);
        for (own, wants) in [(CENTRAL, one), (PERIPHERAL, both)] {
            if wants {
                configs[own].auth = SC_MITM.with(AuthReq::KEYPRESS);
            }
        }
        let mut bench = Bench::with_keys(&configs, &keys);
        bench.power_on();
        bench.settle();
        for press in presses {
            bench.pass(blesim_kernel::Span::from_secs(20));
            bench.says(CENTRAL, Answer::Keypress(press));
            let sent = bench.log.last().map(|(_, pdu, _)| *pdu);
            assert_eq!(sent == Some(SmpPdu::KeypressNotification(press)), both);
            assert_eq!(bench.noted(PERIPHERAL, Note::Keypress(press)), both);
            if !both {
                break;
            }
        }
        bench.says(CENTRAL, Answer::Passkey(bench.shows(PERIPHERAL).unwrap()));
        assert_eq!(secured(&bench), [true; 2]);
    }
    let mut bench = bench(SC_MITM, MODELS[1].2, &keys);
    bench.power_on();
    bench.settle();
    bench.inject(PERIPHERAL, &SmpPdu::KeypressNotification(Keypress::Cleared).encode());
    assert_eq!(bench.last_refusal(), Some((PERIPHERAL, Reason::UNSPECIFIED_REASON)));
}

/// Out-of-band data that did not come, or are not the peer's: said as soon as it shows.
#[test]
fn out_of_band_that_fails() {
    type Change = fn(OobData) -> OobData;
    let keys = Keys::default();
    let rows: [(bool, Option<Change>, Reason); 5] = [
        (true, None, Reason::OOB_NOT_AVAILABLE),
        (false, None, Reason::OOB_NOT_AVAILABLE),
        (true, Some(|data| OobData { confirm: data.confirm ^ 1, ..data }), Reason::CONFIRM_VALUE_FAILED),
        (true, Some(|data| OobData { random: data.random ^ 1, ..data }), Reason::CONFIRM_VALUE_FAILED),
        (false, Some(|data| OobData { tk: data.tk ^ 1, ..data }), Reason::CONFIRM_VALUE_FAILED),
    ];
    for ((sc, change, reason), receiver) in
        rows.into_iter().flat_map(|row| [(row, CENTRAL), (row, PERIPHERAL)])
    {
        let mut configs = configs(if sc { SC_MITM } else { LEGACY_MITM });
        for (own, config) in configs.iter_mut().enumerate() {
            config.security.oob = own == receiver || !sc;
        }
        let mut bench = Bench::with_keys(&configs, &keys);
        bench.power_on();
        if let Some(change) = change {
            bench.input(1 - receiver, blesim_host::Input::MakeOob);
            let data = change(bench.ends[1 - receiver].port.oob.unwrap());
            bench.input(receiver, blesim_host::Input::Oob(0, data));
        }
        bench.settle();
        assert_eq!(bench.refusals()[0], reason, "{sc} {receiver}");
        assert_eq!(secured(&bench), [false; 2]);
    }
}

/// Out-of-band data speak of the key pair that was there when they were made: after power was lost they are
/// void.
#[test]
fn out_of_band_is_lost_with_power() {
    let mut configs = configs(SC_MITM);
    configs[CENTRAL].security.oob = true;
    let mut bench = Bench::new(&configs);
    bench.power_on();
    bench.carry_oob(PERIPHERAL);
    bench.input(PERIPHERAL, blesim_host::Input::PowerOn);
    bench.settle();
    assert_eq!(bench.last_refusal(), Some((CENTRAL, Reason::CONFIRM_VALUE_FAILED)));
}

/// A device that asks before Just Works pairs when its user agrees, and says so when not; whichever side
/// asks.
#[test]
fn consent() {
    let keys = Keys::default();
    for (auth, asker) in [(0x09, CENTRAL), (0x09, PERIPHERAL), (0x01, CENTRAL), (0x01, PERIPHERAL)] {
        for (answer, agreed) in [(Answer::Yes, true), (Answer::No, false), (Answer::Cancel, false)] {
            let mut configs = configs(AuthReq(auth));
            configs[asker].security = Security { asks_before_just_works: true, ..Security::PLAIN };
            let mut bench = Bench::with_keys(&configs, &keys);
            bench.power_on();
            bench.settle();
            assert_eq!(bench.prompt(asker), Some(Prompt::Confirm));
            assert_eq!(bench.prompt(1 - asker), None);
            // What answers another question is no answer.
            bench.says(asker, Answer::Keypress(Keypress::Cleared));
            bench.says(asker, answer);
            assert_eq!(secured(&bench), [agreed; 2], "{auth} {asker} {answer:?}");
            let refusal = (!agreed).then_some((asker, Reason::UNSPECIFIED_REASON));
            assert_eq!(bench.last_refusal(), refusal);
        }
    }
}

/// What answers another question is no answer: the right one is still taken after it, and what is shown
/// stays.
#[test]
fn answers_to_another_question() {
    let keys = Keys::default();
    for (auth, model, io) in MODELS {
        let mut bench = bench(auth, io, &keys);
        bench.power_on();
        bench.settle();
        for device in [CENTRAL, PERIPHERAL] {
            let other = match bench.prompt(device).unwrap() {
                Prompt::Compare(_) => Answer::Passkey(CHOSEN),
                _ => Answer::Yes,
            };
            let before = bench.ends[device].port.prompts.len();
            bench.says(device, other);
            assert_eq!(bench.ends[device].port.prompts.len(), before);
        }
        bench.users_answer(PERIPHERAL);
        assert_eq!(secured(&bench), [true; 2], "{auth:?} {model:?}");
    }
}
