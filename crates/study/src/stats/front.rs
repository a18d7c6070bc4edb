//! The Pareto front: what nothing else beats.
//!
//! Invariant: a point is off the front exactly if another is no worse in everything and better in something. Must
//! never know: what is measured.

/// For each point, whether it is on the front; less is better in every number, and a number that is none is worst.
#[must_use]
pub fn front<const N: usize>(points: &[[f64; N]]) -> Vec<bool> {
    let number = |value: f64| if value.is_nan() { f64::INFINITY } else { value };
    let beats = |a: &[f64; N], b: &[f64; N]| {
        let pairs = || a.iter().zip(b).map(|(a, b)| (number(*a), number(*b)));
        pairs().all(|(a, b)| a <= b) && pairs().any(|(a, b)| a < b)
    };
    points.iter().map(|point| !points.iter().any(|other| beats(other, point))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trades stay, what is beaten goes, and equals stay together.
    #[test]
    fn the_beaten_are_off() {
        let points = [[1.0, 5.0], [2.0, 4.0], [2.0, 5.0], [1.0, 5.0], [f64::NAN, 1.0], [f64::NAN, 9.0]];
        assert_eq!(front(&points), [true, true, false, true, true, false]);
        assert_eq!(front::<2>(&[]), Vec::<bool>::new());
    }
}
