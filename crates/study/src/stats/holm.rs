//! Holm's step-down adjustment: p values that stay honest when several comparisons are made at once.
//!
//! Invariant: an adjusted value is not below the raw one, keeps the order of the raw ones and is at most 1.
//! Must never know: what was compared.
//!
//! The chance that any true null hypothesis has an adjusted value below 0.05 is at most 0.05, whatever the
//! tests have to do with each other. Source: "A simple sequentially rejective multiple test procedure",
//! Scandinavian Journal of Statistics 6 (1979), 65-70.

use super::real;

/// The adjusted p values, in the order given.
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut floor = 0.0f64;
    for (rank, index) in order.into_iter().enumerate() {
        let left = real((p_values.len() - rank) as u64);
        floor = floor.max((p_values[index] * left).min(1.0));
        adjusted[index] = floor;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases that a pencil can check: the smallest counts as often as there are tests, and no value falls
    /// back.
    #[test]
    fn steps_down() {
        let check = |raw: &[f64], expected: &[f64]| {
            let got = holm(raw);
            assert_eq!(got.len(), expected.len());
            let near = got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15);
            assert!(near, "{raw:?}: {got:?}, expected {expected:?}");
        };
        check(&[], &[]);
        check(&[0.04], &[0.04]);
        check(&[0.01, 0.04], &[0.02, 0.04]);
        check(&[0.04, 0.03, 0.01], &[0.06, 0.06, 0.03]);
        check(&[0.5, 0.6, 0.9], &[1.0, 1.0, 1.0]);
    }
}
