//! Units worth looking at.

/// Steps between the values that are compared.
pub const STEPS_APART: usize = 10;

/// The `count` units whose values `[T, N]` change most slowly: those with the largest correlation of
/// values ten steps apart, the largest first. Units that never change are left out, and nothing is
/// known of sequences that are too short.
pub fn slowest_units(values: &[f64], n: usize, count: usize) -> Vec<usize> {
    let steps = values.len() / n.max(1);
    let correlation = |unit: usize| {
        let all: Vec<f64> = values.iter().skip(unit).step_by(n).copied().collect();
        let mean = all.iter().sum::<f64>() / steps as f64;
        let product = |(a, b): (&f64, &f64)| (a - mean) * (b - mean);
        let apart: f64 = all.iter().zip(all.iter().skip(STEPS_APART)).map(product).sum();
        apart / all.iter().zip(&all).map(product).sum::<f64>()
    };
    if steps <= STEPS_APART {
        return Vec::new();
    }
    let found = (0..n).map(|unit| (unit, correlation(unit)));
    let mut found: Vec<(usize, f64)> = found.filter(|(_, value)| value.is_finite()).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found.into_iter().take(count).map(|(unit, _)| unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_units_come_first() {
        // A fast wave, a slow one, nothing, a faster one.
        let waves = |t: usize| [0.3, 0.02, 0.0, 1.0].map(|speed| (speed * t as f64).sin());
        let values: Vec<f64> = (0..200).flat_map(waves).collect();
        assert_eq!(slowest_units(&values, 4, 1), [1]);
        let all = slowest_units(&values, 4, 9);
        assert_eq!((all.len(), all.contains(&2)), (3, false));
        assert!(slowest_units(&values[..40], 4, 1).is_empty());
    }
}
