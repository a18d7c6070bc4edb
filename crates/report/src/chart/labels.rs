//! Names beside marks, moved apart where the marks are too close, with a thin line back to each.
//!
//! Invariant: no two labels overlap, none leaves the panel as long as there is room for all, and their order is that
//! of the marks. Must never know: what the marks are.

/// The places of labels that want to stand at `wanted`, at least `apart` from each other and inside `panel`.
///
/// Whoever wants the smaller number stands above; of equals whoever comes first.
pub(super) fn apart(wanted: &[i32], spacing: i32, (top, bottom): (i32, i32)) -> Vec<i32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|&label| wanted[label]);
    let mut places = wanted.to_vec();
    let mut least = top;
    for &label in &order {
        places[label] = places[label].max(least);
        least = places[label] + spacing;
    }
    let mut most = bottom;
    for &label in order.iter().rev() {
        places[label] = places[label].min(most);
        most = places[label] - spacing;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Labels that have room stay, others give way up and down.
    #[test]
    fn labels_give_way() {
        assert_eq!(apart(&[10, 50, 90], 20, (0, 100)), [10, 50, 90]);
        assert_eq!(apart(&[50, 50, 50], 20, (0, 100)), [50, 70, 90]);
        assert_eq!(apart(&[95, 96, 0], 20, (0, 100)), [80, 100, 0]);
        assert_eq!(apart(&[], 20, (0, 100)), Vec::<i32>::new());
    }

    proptest! {
        /// Whatever is wanted, labels are apart and in order, and inside if there is room.
        #[test]
        fn labels_never_overlap(wanted in proptest::collection::vec(0..400i32, 0..20)) {
            let places = apart(&wanted, 20, (0, 400));
            for (one, a) in places.iter().enumerate() {
                prop_assert!((0..=400).contains(a));
                for (other, b) in places.iter().enumerate() {
                    prop_assert!(one == other || (a - b).abs() >= 20);
                    prop_assert!(wanted[one] >= wanted[other] || a < b);
                }
            }
        }
    }
}
