//! Lyapunov exponents: how fast states that start close together part or meet, direction by
//! direction.

use crate::jacobian::directions;
use crate::path::Path;
use compute::orthonormalise;
use sequence::Dynamics;

/// The `count` largest Lyapunov exponents (natural logarithm, per step) of `layer` driven by `inputs`
/// `[T, I]` from `state`, in descending order; −∞ in directions of which nothing is left.
///
/// Directions are carried back through the sequence and made orthonormal after every step (QR;
/// Benettin et al. 1980; for recurrent networks Vogt et al. 2022, arXiv 2006.14123); the exponents are
/// the mean logarithms of what was left of them. Back through the sequence, they are those of the
/// transposed Jacobians, which in the long run are the same. `warm_up` steps are left out at either
/// end: at the beginning, where the state still settles, and at the end, where the directions do.
/// Nothing where that leaves no step.
pub fn lyapunov(
    layer: &dyn Dynamics,
    inputs: &[f64],
    state: &[f64],
    count: usize,
    warm_up: usize,
) -> Vec<f64> {
    let size = layer.state_len();
    let path = Path::new(layer, inputs, state);
    let Some(measured) = path.steps().checked_sub(2 * warm_up).filter(|steps| *steps > 0) else {
        return Vec::new();
    };
    let mut rows = directions(size, count.min(size));
    let mut sums = vec![0.0; count.min(size)];
    for (k, (input, state)) in path.back().enumerate().take(warm_up + measured) {
        layer.pull_back(input, state, &mut rows);
        let left = orthonormalise(&mut rows, size);
        if k >= warm_up {
            sums.iter_mut().zip(&left).for_each(|(sum, left)| *sum += left.ln());
        }
    }
    let mut exponents: Vec<f64> = sums.iter().map(|sum| sum / measured as f64).collect();
    exponents.sort_by(|a, b| b.total_cmp(a));
    exponents
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::Linear;
    use compute::Draws;

    fn close(found: &[f64], expected: &[f64], allowed: f64) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < allowed, "{found} {expected}");
        }
    }

    /// Of s' = A s they are the logarithms of A's eigenvalues, though A is not symmetric.
    #[test]
    fn of_a_linear_map_they_are_those_of_its_eigenvalues() {
        let map = Linear::new(vec![1.2, 3.0, -1.0, 0.0, 0.8, 2.0, 0.0, 0.0, 0.3]);
        let found = lyapunov(&map, &[0.0; 400], &[1.0, 1.0, 1.0], 3, 100);
        close(&found, &[1.2_f64.ln(), 0.8_f64.ln(), 0.3_f64.ln()], 1e-9);
        let first = lyapunov(&map, &[0.0; 400], &[1.0, 1.0, 1.0], 1, 100);
        close(&first, &[1.2_f64.ln()], 1e-9);
    }

    /// A scaled turn: both exponents are the scale's logarithm.
    #[test]
    fn of_a_scaled_orthogonal_map_all_are_the_same() {
        let mut turn: Vec<f64> = Draws::new(2).normal("turn", 36);
        orthonormalise(&mut turn, 6);
        let map = Linear::new(turn.iter().map(|x| 0.95 * x).collect());
        close(&lyapunov(&map, &[0.0; 50], &[0.0; 6], 6, 5), &[0.95_f64.ln(); 6], 1e-12);
    }

    #[test]
    fn a_direction_that_vanishes_has_no_finite_exponent() {
        let map = Linear::new(vec![0.5, 0.0, 0.0, 0.0]);
        assert_eq!(lyapunov(&map, &[0.0; 9], &[0.0, 0.0], 2, 2), [0.5_f64.ln(), f64::NEG_INFINITY]);
    }

    #[test]
    fn a_sequence_no_longer_than_its_warm_up_has_none() {
        let map = Linear::new(vec![0.5]);
        assert!(lyapunov(&map, &[0.0; 10], &[0.0], 1, 5).is_empty());
    }
}
