//! Singular values of the state's Jacobian over many steps.

use crate::path::Path;
use crate::singular_values;
use compute::Draws;
use compute::orthonormalise;
use sequence::Dynamics;

/// Larger states are looked at in as many random directions: all of them would take a matrix of the
/// state's size squared, and time by its cube.
pub const MOST_DIRECTIONS: usize = 256;

/// Singular values of d s_T / d s_{T-k}.
#[derive(Debug, Clone, PartialEq)]
pub struct SingularValues {
    /// Steps k.
    pub steps: usize,
    /// The largest first. Of a state of more than 256 numbers they are those of Q J, Q having 256
    /// random orthonormal rows: each is at most the Jacobian's own value of its rank.
    pub values: Vec<f64>,
}

impl SingularValues {
    /// The largest.
    pub fn largest(&self) -> f64 {
        self.values.first().copied().unwrap_or(f64::NAN)
    }

    /// The median.
    pub fn median(&self) -> f64 {
        stats::median(&self.values).unwrap_or(f64::NAN)
    }

    /// The share above `limit`: in how many directions of the state something is left.
    pub fn share_above(&self, limit: f64) -> f64 {
        let above = self.values.iter().filter(|value| **value > limit).count();
        above as f64 / self.values.len().max(1) as f64
    }
}

/// Singular values of the Jacobian over the last k steps of `inputs` `[T, I]`, which begin in `state`,
/// for each k of `steps` that is at most T, in ascending order.
pub fn jacobians(
    layer: &dyn Dynamics,
    inputs: &[f64],
    state: &[f64],
    steps: &[usize],
) -> Vec<SingularValues> {
    along(layer, inputs, state, steps, MOST_DIRECTIONS)
}

fn along(
    layer: &dyn Dynamics,
    inputs: &[f64],
    state: &[f64],
    steps: &[usize],
    most: usize,
) -> Vec<SingularValues> {
    let size = layer.state_len();
    let mut rows = directions(size, size.min(most));
    let last = steps.iter().copied().max().unwrap_or(0);
    let mut found = Vec::with_capacity(steps.len());
    let path = Path::new(layer, inputs, state);
    for (k, (input, state)) in (1..=last).zip(path.back()) {
        layer.pull_back(input, state, &mut rows);
        if steps.contains(&k) {
            found.push(SingularValues { steps: k, values: singular_values(&rows, size) });
        }
    }
    found
}

/// `count` orthonormal directions of a state: all of them, or random ones.
pub(crate) fn directions(size: usize, count: usize) -> Vec<f64> {
    let mut rows = vec![0.0; count * size];
    if count == size {
        rows.iter_mut().step_by(size + 1).for_each(|x| *x = 1.0);
    } else {
        rows = Draws::new(0).normal("directions", count * size);
        orthonormalise(&mut rows, size);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::Linear;

    #[test]
    fn of_a_linear_map_they_are_powers() {
        // Symmetric with eigenvalues 0.9 and 0.4.
        let map = Linear::new(vec![0.65, 0.25, 0.25, 0.65]);
        let found = jacobians(&map, &[0.0; 30], &[1.0, -2.0], &[1, 10, 25, 31]);
        assert_eq!(found.iter().map(|one| one.steps).collect::<Vec<_>>(), [1, 10, 25]);
        for SingularValues { steps, values } in &found {
            for (value, eigenvalue) in values.iter().zip([0.9_f64, 0.4]) {
                let expected = eigenvalue.powi(*steps as i32);
                assert!((value / expected - 1.0).abs() < 1e-6, "{steps}: {value} {expected}");
            }
        }
        assert_eq!(found[1].share_above(1e-3), 0.5);
        assert!((found[0].median() - 0.65).abs() < 1e-12);
    }

    /// Steps that shear do not: the product's order counts.
    #[test]
    fn later_steps_stand_to_the_left() {
        let map = Linear::changing(vec![vec![1.0, 5.0, 0.0, 1.0], vec![2.0, 0.0, 0.0, 0.5]]);
        // The second after the first: [2 10; 0 0.5].
        let found = &jacobians(&map, &[0.0, 1.0], &[0.0, 0.0], &[2])[0].values;
        let (product, square): (f64, f64) = (found[0] * found[1], found[0].hypot(found[1]));
        assert!((product - 1.0).abs() < 1e-12 && (square - 104.25_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn random_directions_give_no_more_than_there_is() {
        let size = 12;
        let map = Linear::new(Draws::new(4).uniform("map", size * size, 0.5));
        let whole = &along(&map, &[0.0; 5], &vec![0.0; size], &[5], size)[0].values;
        let part = &along(&map, &[0.0; 5], &vec![0.0; size], &[5], 4)[0].values;
        assert_eq!(part.len(), 4);
        assert!(part.iter().zip(whole).all(|(part, whole)| *part <= whole * (1.0 + 1e-12)));
        assert!(part[0] > 0.1 * whole[0], "{part:?} {whole:?}");
    }
}
