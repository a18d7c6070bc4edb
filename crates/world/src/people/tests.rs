//! What people do, apart from any session.

use super::habits::wrong_passkey;
use super::*;
use blesim_kernel::Chance;

fn draws(user: User, right: Answer) -> Vec<Answer> {
    let chance = SessionChance::new(7, 1);
    (0..2_000).map(|n| user.says(right, |moment| chance.person(0, n, moment as u8))).collect()
}

/// A mistyped passkey has six digits of which one is wrong, any of them, by any amount.
#[test]
fn one_digit_is_wrong() {
    for passkey in [0, 123_456, 999_999, 100_000] {
        let mut seen = std::collections::BTreeSet::new();
        for draw in 0..1_000 {
            let wrong = wrong_passkey(passkey, draw);
            let digits = |number: u32| (0..6).map(move |place| number / 10_u32.pow(place) % 10);
            assert_eq!(digits(passkey).zip(digits(wrong)).filter(|(a, b)| a != b).count(), 1);
            assert!(wrong < 1_000_000);
            seen.insert(wrong);
        }
        assert_eq!(seen.len(), 54, "six digits and nine other values for each");
    }
}

/// Errors come as often as the habits say, within four standard deviations, and each in its own way.
#[test]
fn as_often_as_they_should() {
    let user = User { mistypes: Chance::ratio(20, 100), misjudges: Chance::ratio(10, 100), ..User::PERFECT };
    let check = |user, right, expected: f64| {
        let said = draws(user, right);
        let wrong = said.iter().filter(|&&answer| answer != right).count();
        let band = 4.0 * (2_000.0 * expected * (1.0 - expected)).sqrt();
        let off = f64::from(u32::try_from(wrong).unwrap()) - 2_000.0 * expected;
        assert!(off.abs() <= band, "{right:?}: {wrong}");
    };
    check(user, Answer::Passkey(1), 0.2);
    check(user, Answer::Yes, 0.1);
    check(user, Answer::No, 0.1);
    check(User::PERFECT, Answer::Passkey(1), 0.0);
    check(User { cancels: Chance::ratio(5, 100), ..User::PERFECT }, Answer::Yes, 0.05);
}

/// A delay has its least and its mean.
#[test]
fn delays() {
    let delay = User::USUAL.types;
    let chance = SessionChance::new(3, 1);
    let spans: Vec<_> = (0..10_000).map(|n| delay.draw(chance.person(0, n, 5))).collect();
    assert!(spans.iter().all(|&span| span >= delay.least));
    let mean = spans.iter().map(|span| span.as_nanos() / 10_000).sum::<u64>();
    assert!((7_900_000_000..8_100_000_000).contains(&mean), "{mean}");
    let late = spans.iter().filter(|&&span| span > Span::from_secs(15)).count();
    assert!((500..800).contains(&late), "{late} of 10000 take more than 15 s");
    assert_eq!(Delay::NONE.draw(0), Span::ZERO);
}

/// Who waits for what: a passkey for the other's display, a comparison for the other's number.
#[test]
fn right_answers() {
    use Standing::{AsksPasskey, AsksWhetherSame, AsksWhetherToPair, Nothing, Shows};
    for (standing, beside, expected) in [
        (AsksPasskey, Shows(42), Some(Answer::Passkey(42))),
        (AsksPasskey, AsksPasskey, Some(Answer::Passkey(7))),
        (AsksPasskey, Nothing, None),
        (Shows(42), AsksPasskey, None),
        (AsksWhetherSame(1), AsksWhetherSame(1), Some(Answer::Yes)),
        (AsksWhetherSame(1), AsksWhetherSame(2), Some(Answer::No)),
        (AsksWhetherSame(1), Nothing, None),
        (AsksWhetherToPair, Nothing, Some(Answer::Yes)),
        (Nothing, Shows(1), None),
    ] {
        assert_eq!(right_answer(standing, beside, || 7), expected, "{standing:?} {beside:?}");
    }
}
