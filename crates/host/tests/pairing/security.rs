//! Levels of security, debug keys, keys for the other transport: what is asked for, what is refused, and why.

use crate::bench::{Bench, Keys};
use crate::setup::{ADDRESSES, CENTRAL, LEGACY, PERIPHERAL, SC, bond_of, configs};
use blesim_crypto::KeyAgreement;
use blesim_crypto::p256::{DEBUG_PUBLIC_KEY, debug_key_pair};
use blesim_crypto::toolbox::{f5, link_key_from_ltk};
use blesim_crypto::{DeviceAddress, PublicKey};
use blesim_host::{Bond, BrEdr, Config, DebugKeys, Episode, Level, Note, Security, Shown};
use blesim_packet::AddressKind;
use blesim_packet::hci::{Command, ErrorCode};
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution, Reason, SmpPdu};

fn secured(bench: &Bench) -> [bool; 2] {
    [CENTRAL, PERIPHERAL].map(|own| matches!(bench.ends[own].host.episode(0), Episode::Secured(_)))
}

fn with_level(level: Level) -> Security {
    Security { level, ..Security::PLAIN }
}

/// What a pairing can give against what a device asks for (Vol 3 Part C 10.2.1): the level is reached, or the
/// pairing ends with the reason that says what is missing, said by whoever asks as soon as it knows.
#[test]
fn levels() {
    use IoCapability::{DisplayYesNo, KeyboardDisplay, NoInputNoOutput};
    use Level::{Four, Three, Two};
    let (requirements, size) = (Reason::AUTHENTICATION_REQUIREMENTS, Reason::ENCRYPTION_KEY_SIZE);
    let keys = Keys::default();
    // Asked for; the peer's AuthReq, IO capability and key size; what comes of it.
    for (asked, (auth, io, most), outcome) in [
        (Two, (SC, NoInputNoOutput, 16), Ok(Two)),
        (Two, (LEGACY, KeyboardDisplay, 7), Ok(Two)),
        (Three, (SC, NoInputNoOutput, 16), Err(requirements)),
        (Three, (SC, DisplayYesNo, 16), Ok(Four)),
        (Three, (SC, DisplayYesNo, 15), Ok(Three)),
        (Three, (LEGACY, KeyboardDisplay, 16), Ok(Three)),
        (Three, (LEGACY, NoInputNoOutput, 16), Err(requirements)),
        (Four, (SC, KeyboardDisplay, 16), Ok(Four)),
        (Four, (SC, NoInputNoOutput, 16), Err(requirements)),
        (Four, (LEGACY, KeyboardDisplay, 16), Err(requirements)),
        (Four, (SC, KeyboardDisplay, 15), Err(size)),
    ] {
        for asker in [CENTRAL, PERIPHERAL] {
            let mut configs = configs(SC);
            configs[asker].io = KeyboardDisplay;
            configs[asker].security = with_level(asked);
            let peer = &mut configs[1 - asker];
            (peer.auth, peer.io, peer.max_key_size) = (auth, io, most);
            let mut bench = Bench::with_keys(&configs, &keys);
            bench.power_on();
            bench.settle();
            bench.users_answer(CENTRAL);
            let what = format!("{asked:?} {auth:?} {io:?} {most} {asker}");
            match outcome {
                Ok(level) => {
                    let levels = bench.ends.iter().map(|end| end.host.sessions().next().unwrap().level);
                    assert!(levels.eq([level; 2]), "{what}");
                    assert_eq!(secured(&bench), [true; 2], "{what}");
                    assert!(bench.noted(asker, Note::Level(level)));
                }
                Err(reason) => {
                    assert_eq!(bench.last_refusal(), Some((asker, reason)), "{what}");
                    assert_eq!(secured(&bench), [false; 2], "{what}");
                }
            }
        }
    }
}

/// A bond that gives too little is not used by who asks for more: the central pairs instead, and the
/// peripheral, whom the central's encryption leaves no choice, ends the link with Authentication Failure.
#[test]
fn bonds_that_are_worth_too_little() {
    for (asker, authenticated) in [(CENTRAL, false), (CENTRAL, true), (PERIPHERAL, false), (PERIPHERAL, true)]
    {
        let mut configs = configs(SC);
        for config in &mut configs {
            config.io = IoCapability::DisplayYesNo;
        }
        configs[asker].security = with_level(Level::Four);
        let mut bench = Bench::new(&configs);
        for own in [CENTRAL, PERIPHERAL] {
            let bond = Bond { authenticated, ..bond_of(own, 99, true) };
            bench.ends[own].host.bonds_mut().put(bond);
        }
        bench.power_on();
        bench.settle();
        bench.users_answer(CENTRAL);
        let failure = Shown::Hci(ErrorCode::AUTHENTICATION_FAILURE);
        let paired = !bench.log.is_empty();
        assert_eq!(paired, asker == CENTRAL && !authenticated);
        assert_eq!(secured(&bench) == [true; 2], authenticated || paired, "{asker} {authenticated}");
        let refused = asker == PERIPHERAL && !authenticated;
        assert_eq!(bench.shown(CENTRAL).contains(&failure), refused, "{:?}", bench.shown(CENTRAL));
        let ends = bench.controllers.commands.iter().filter(|(_, command)| {
            matches!(command, Command::Disconnect { reason: ErrorCode::AUTHENTICATION_FAILURE, .. })
        });
        assert_eq!(ends.count(), usize::from(refused));
    }
}

/// The debug key: a device that uses it pairs with one that accepts it or uses it too, and with nobody else
/// (Vol 3 Part H 2.3.5.6.1).
#[test]
fn debug_keys() {
    use DebugKeys::{Accepted, Refused, Used};
    let rows =
        [(Used, Refused, false), (Used, Accepted, true), (Used, Used, true), (Accepted, Accepted, true)];
    for (one, other, pairs) in rows {
        for swapped in [false, true] {
            let mut configs = configs(SC);
            let places = [usize::from(swapped), usize::from(!swapped)];
            for (place, mode) in places.into_iter().zip([one, other]) {
                configs[place].security.debug_keys = mode;
            }
            let mut bench = Bench::new(&configs);
            bench.pair();
            assert_eq!(secured(&bench), [pairs; 2], "{one:?} {other:?}");
            let debug = bench.log.iter().filter(
                |(_, pdu, _)| matches!(pdu, SmpPdu::PairingPublicKey { x, .. } if *x == DEBUG_PUBLIC_KEY.x),
            );
            assert_eq!(debug.count(), [one, other].iter().filter(|mode| **mode == Used).count());
            let refusal = (!pairs).then_some(Reason::AUTHENTICATION_REQUIREMENTS);
            assert_eq!(bench.last_refusal().map(|(_, reason)| reason), refusal);
        }
    }
}

/// Whoever listened to a pairing with the debug key can compute its LTK from what was on the air alone.
#[test]
fn debug_keys_are_no_secret() {
    let mut configs = configs(SC);
    configs[CENTRAL].security.debug_keys = DebugKeys::Used;
    configs[PERIPHERAL].security.debug_keys = DebugKeys::Accepted;
    let mut bench = Bench::new(&configs);
    bench.pair();
    let said = |from: usize, code: u8| {
        bench.log.iter().find(|(device, pdu, _)| (*device, pdu.code()) == (from, code)).unwrap().1
    };
    let SmpPdu::PairingPublicKey { x, y } = said(PERIPHERAL, 0x0C) else { panic!("a key") };
    let (SmpPdu::PairingRandom(na), SmpPdu::PairingRandom(nb)) = (said(CENTRAL, 4), said(PERIPHERAL, 4))
    else {
        panic!("two nonces")
    };
    let dh_key = Keys::default().borrow_mut().dh_key(&debug_key_pair(), &PublicKey { x, y }).unwrap();
    let [a, b] = ADDRESSES
        .map(|address| DeviceAddress { random: address.kind == AddressKind::Random, octets: address.octets });
    let ltk = f5(&dh_key, na, nb, &a, &b).ltk;
    assert_eq!(bench.ends[CENTRAL].host.bonds().get(ADDRESSES[PERIPHERAL]).unwrap().ltk, ltk);
}

/// A link key is derived when both want one, in Secure Connections only, with h7 if both support it, and both
/// bonds keep the same (Vol 3 Part H 2.4.2.4, 3.6.1).
#[test]
fn link_keys() {
    let keys = Keys::default();
    for flags in 0..32_u8 {
        let bit = |position: u8| flags >> position & 1 == 1;
        let (wants, ct2, sc) = ([bit(0), bit(1)], [bit(2), bit(3)], bit(4));
        let mut configs = configs(if sc { SC } else { LEGACY });
        for (own, config) in configs.iter_mut().enumerate() {
            let link_key = if wants[own] { KeyDistribution::LINK_KEY } else { KeyDistribution::NONE };
            config.initiator_keys = config.initiator_keys.with(link_key);
            config.responder_keys = config.responder_keys.with(link_key);
            config.auth = if ct2[own] { config.auth.with(AuthReq::CT2) } else { config.auth };
        }
        let mut bench = Bench::with_keys(&configs, &keys);
        bench.pair();
        for own in [CENTRAL, PERIPHERAL] {
            let bond = bench.ends[own].host.bonds().get(ADDRESSES[1 - own]).unwrap();
            let expected = (sc && wants == [true; 2]).then(|| link_key_from_ltk(bond.ltk, ct2 == [true; 2]));
            assert_eq!(bond.link_key, expected, "{flags:05b}");
        }
    }
}

/// A reason, how both devices are set up for it to arise, and who says it.
type Row = (Reason, fn(&mut [Config; 2]), usize);

/// Reasons that a device has by itself, whatever the peer does.
#[test]
fn reasons_of_policy() {
    let rows: [Row; 4] = [
        (
            Reason::PAIRING_NOT_SUPPORTED,
            |configs| configs[PERIPHERAL].security.refuses_pairing = true,
            PERIPHERAL,
        ),
        (
            Reason::BR_EDR_PAIRING_IN_PROGRESS,
            |configs| configs[PERIPHERAL].security.br_edr = BrEdr::Pairing,
            PERIPHERAL,
        ),
        (
            Reason::CROSS_TRANSPORT_NOT_ALLOWED,
            |configs| {
                wants_link_key(configs);
                configs[PERIPHERAL].security.br_edr = BrEdr::GuardsItsKeys;
            },
            PERIPHERAL,
        ),
        (
            Reason::CROSS_TRANSPORT_NOT_ALLOWED,
            |configs| {
                wants_link_key(configs);
                configs[CENTRAL].security.br_edr = BrEdr::GuardsItsKeys;
            },
            CENTRAL,
        ),
    ];
    for (reason, set_up, says) in rows {
        let mut configs = configs(SC);
        set_up(&mut configs);
        let mut bench = Bench::new(&configs);
        bench.pair();
        assert_eq!(bench.last_refusal(), Some((says, reason)));
        assert_eq!(secured(&bench), [false; 2]);
    }
    // With a man in the middle kept out, the key of the other transport may be replaced.
    let mut configs = configs(AuthReq(0x0D));
    wants_link_key(&mut configs);
    for config in &mut configs {
        config.security.br_edr = BrEdr::GuardsItsKeys;
        config.io = IoCapability::DisplayYesNo;
    }
    let mut bench = Bench::new(&configs);
    bench.power_on();
    bench.settle();
    bench.users_answer(CENTRAL);
    assert_eq!(secured(&bench), [true; 2]);
    assert!(bench.ends[0].host.bonds().get(ADDRESSES[1]).unwrap().link_key.is_some());
}

fn wants_link_key(configs: &mut [Config; 2]) {
    for config in configs {
        (config.initiator_keys, config.responder_keys) = (KeyDistribution(0x0F), KeyDistribution(0x0F));
    }
}

/// Keys that can't be meant are rejected: an LTK of zeros, an identity that is no identity address.
#[test]
fn keys_that_are_rejected() {
    type Change = fn(SmpPdu) -> SmpPdu;
    let zero: Change = |pdu| match pdu {
        SmpPdu::EncryptionInformation { .. } => SmpPdu::EncryptionInformation { ltk: 0 },
        other => other,
    };
    let resolvable: Change = |pdu| match pdu {
        SmpPdu::IdentityAddressInformation(_) => {
            SmpPdu::IdentityAddressInformation(blesim_packet::Address::random([0x40, 1, 2, 3, 4, 5]))
        }
        other => other,
    };
    for (change, from) in
        [(zero, CENTRAL), (zero, PERIPHERAL), (resolvable, CENTRAL), (resolvable, PERIPHERAL)]
    {
        let mut bench = Bench::new(&configs(LEGACY));
        bench.tamper = Box::new(move |device, pdu| Some(if device == from { change(pdu) } else { pdu }));
        bench.pair();
        assert!(bench.refusals().contains(&Reason::KEY_REJECTED));
        assert_eq!(bench.ends[1 - from].host.bonds().get(ADDRESSES[from]), None);
    }
}

/// An initiator whose own confirm value comes back learns nothing from it (Vol 3 Part H 2.3.5.5).
#[test]
fn reflected_confirm_value() {
    let mut bench = Bench::new(&configs(LEGACY));
    let mut own = None;
    bench.tamper = Box::new(move |device, pdu| {
        if let (CENTRAL, SmpPdu::PairingConfirm(_)) = (device, pdu) {
            own = Some(pdu);
        }
        Some(if (device, pdu.code()) == (PERIPHERAL, 0x03) { own.unwrap() } else { pdu })
    });
    bench.pair();
    assert_eq!(bench.last_refusal(), Some((CENTRAL, Reason::CONFIRM_VALUE_FAILED)));
}
