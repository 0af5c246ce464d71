//! Singular values of the Jacobian of the last state with respect to the one k steps before.

use crate::Trajectory;
use crate::dense::{orthonormalise, singular_values};
use sequence::Draws;

/// States of at most so many numbers are looked at whole.
pub const MOST_EXACT: usize = 256;
/// Of larger ones, so many directions.
pub const SKETCH: usize = 64;
/// What is smaller than this has vanished.
const GONE: f64 = 1e-3;

/// Singular values of d s_T / d s_{T-k} at some lags k.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Jacobian {
    /// The lags.
    pub lags: Vec<usize>,
    /// The largest singular value at each lag.
    pub largest: Vec<f64>,
    /// The median.
    pub median: Vec<f64>,
    /// The share of those above 1e-3.
    pub share: Vec<f64>,
}

/// 1, 2, 5, 10, 20, ... up to `most`, and `most`.
pub fn lags_up_to(most: usize) -> Vec<usize> {
    let decade = |power: u32| [1, 2, 5].map(|first| first * 10_usize.pow(power));
    let mut lags: Vec<usize> = (0..=most.max(1).ilog10()).flat_map(decade).collect();
    lags.retain(|&lag| lag < most);
    lags.push(most);
    lags
}

/// Goes back from the last step and looks at the product of Jacobians at each of `lags` (ascending;
/// those beyond the first step are left out).
///
/// A state of at most [`MOST_EXACT`] numbers is looked at whole. Of a larger one, [`SKETCH`] random
/// directions at the last step are followed: what is given are then the singular values of what
/// becomes of these, which are none larger than the true ones.
pub fn jacobian(trajectory: &Trajectory<'_>, lags: &[usize]) -> Jacobian {
    let size = trajectory.system().state_len();
    let mut rows = if size <= MOST_EXACT {
        (0..size * size).map(|k| f64::from(u8::from(k / size == k % size))).collect()
    } else {
        let mut rows = Draws::new(0).normal("directions", SKETCH * size);
        orthonormalise(&mut rows, size);
        rows
    };
    let mut found = Jacobian::default();
    let mut back = 0;
    for &lag in lags.iter().take_while(|&&lag| lag <= trajectory.steps()) {
        while back < lag {
            back += 1;
            trajectory.pull_back(trajectory.steps() - back, &mut rows);
        }
        let values = singular_values(&rows, size);
        found.lags.push(lag);
        found.largest.push(values.first().copied().unwrap_or(f64::NAN));
        found.median.push(stats::median(&values).unwrap_or(f64::NAN));
        let above = values.iter().filter(|value| **value > GONE).count();
        found.share.push(above as f64 / values.len().max(1) as f64);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::Linear;

    #[test]
    fn lags_are_spaced_evenly_by_their_logarithm() {
        assert_eq!(lags_up_to(1), [1]);
        assert_eq!(lags_up_to(5), [1, 2, 5]);
        assert_eq!(lags_up_to(400), [1, 2, 5, 10, 20, 50, 100, 200, 400]);
    }

    #[test]
    fn a_diagonal_map_has_the_powers_of_its_factors() {
        let system = Linear::diagonal(&[0.5, 0.9, 1.1]);
        let inputs = [0.1; 12];
        let trajectory = Trajectory::new(&system, &inputs, 3, vec![1.0, 2.0, 3.0]);
        let found = jacobian(&trajectory, &[1, 3, 4, 5]);
        // Lag 5 lies before the first step.
        assert_eq!(found.lags, [1, 3, 4]);
        for (k, lag) in [1, 3, 4].into_iter().enumerate() {
            assert!((found.largest[k] - 1.1_f64.powi(lag)).abs() < 1e-12);
            assert!((found.median[k] - 0.9_f64.powi(lag)).abs() < 1e-12);
            assert_eq!(found.share[k], 1.0);
        }
    }

    /// A rotation keeps every length, so all directions of a sketch do too.
    #[test]
    fn a_large_system_is_looked_at_in_some_directions() {
        let size = MOST_EXACT + 4;
        let mut matrix = vec![0.0; size * size];
        for k in 0..size {
            matrix[k * size + (k + 1) % size] = 0.5;
        }
        let system = Linear { matrix, size };
        let inputs = vec![0.0; 3 * size];
        let found = jacobian(&Trajectory::new(&system, &inputs, size, vec![0.0; size]), &[1, 3]);
        for (k, value) in [0.5, 0.125].into_iter().enumerate() {
            assert!((found.largest[k] - value).abs() < 1e-12);
            assert!((found.median[k] - value).abs() < 1e-12);
        }
    }
}
