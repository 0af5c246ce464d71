//! How much of the differences in a full grid each of its settings explains.

use std::collections::{BTreeMap, BTreeSet};

/// The share of the variance over a full grid that each setting explains by itself: its main effect, the
/// variance of the means over everything else (Hutter, Hoos & Leyton-Brown 2014, An efficient approach for
/// assessing hyperparameter importance; Fisher's analysis of variance of a factorial experiment). What the
/// shares leave of 1 is explained by several settings together.
///
/// A point is its setting's values, in one order for all points, and what was measured there.
///
/// `None` unless every combination of the values is there exactly once, all measurements are finite and not
/// all are equal.
pub fn main_effects(points: &[(Vec<String>, f64)]) -> Option<Vec<f64>> {
    let settings = points.first()?.0.len();
    let places: BTreeSet<&[String]> = points.iter().map(|(place, _)| &place[..]).collect();
    let well_formed =
        points.iter().all(|(place, value)| place.len() == settings && value.is_finite());
    if !well_formed || places.len() != points.len() {
        return None;
    }
    let mean = points.iter().map(|(_, value)| value).sum::<f64>() / points.len() as f64;
    let total = points.iter().map(|(_, value)| (value - mean).powi(2)).sum::<f64>();
    let mut combinations = 1;
    let mut shares = Vec::new();
    for setting in 0..settings {
        let mut groups: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for (place, value) in points {
            groups.entry(&place[setting]).or_default().push(*value);
        }
        combinations *= groups.len();
        let explained = groups.values().map(|group| {
            let size = group.len() as f64;
            size * (group.iter().sum::<f64>() / size - mean).powi(2)
        });
        shares.push(explained.sum::<f64>() / total);
    }
    (combinations == points.len() && total > 0.0).then_some(shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(value: impl Fn(f64, f64) -> f64) -> Vec<(Vec<String>, f64)> {
        let places = (0..3).flat_map(|a| (0..2).map(move |b| (a, b)));
        places
            .map(|(a, b)| (vec![a.to_string(), b.to_string()], value(f64::from(a), f64::from(b))))
            .collect()
    }

    #[test]
    fn sums_are_explained_by_their_terms() {
        // Variances 4 * 2/3 and 1/4 of independent terms.
        let shares = main_effects(&grid(|a, b| 2.0 * a + b)).unwrap();
        let (first, second) = (8.0 / 3.0, 0.25);
        assert!((shares[0] - first / (first + second)).abs() < 1e-12, "{shares:?}");
        assert!((shares[1] - second / (first + second)).abs() < 1e-12, "{shares:?}");
    }

    #[test]
    fn a_product_of_centred_values_is_explained_by_neither() {
        let shares = main_effects(&grid(|a, b| (a - 1.0) * (b - 0.5))).unwrap();
        assert!(shares.iter().all(|share| share.abs() < 1e-12), "{shares:?}");
    }

    #[test]
    fn only_full_grids_have_an_answer() {
        let full = grid(|a, b| a + b);
        assert!(main_effects(&full).is_some());
        assert!(main_effects(&full[1..]).is_none());
        assert!(main_effects(&[&full[..], &full[..1]].concat()).is_none());
        assert!(main_effects(&grid(|_, _| 1.0)).is_none());
        assert!(main_effects(&grid(|a, _| 1.0 / a)).is_none());
        assert!(main_effects(&[]).is_none());
    }
}
