//! Lyapunov exponents: the mean growth of small differences a step, in the directions that grow most.

use crate::Trajectory;
use crate::dense::orthonormalise;
use sequence::Draws;

/// The largest exponents looked at; those of a smaller state are all looked at.
pub const MOST_EXPONENTS: usize = 64;

/// Exponents of one trajectory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lyapunov {
    /// Natural logarithms of the mean growth a step, largest first.
    pub exponents: Vec<f64>,
    /// Steps left out before they were measured.
    pub warm_up: usize,
    /// Steps over which they are the mean.
    pub steps: usize,
}

/// The exponents by orthonormalisation after each step (Benettin et al. 1980; of RNNs, Vogt et al.
/// 2020), after a warm-up of a fifth of the steps, in which the directions settle.
///
/// The trajectory is gone through from its last step to its first, rows times Jacobians: the
/// transposed product has the same singular values, and so the same exponents.
pub fn lyapunov(trajectory: &Trajectory<'_>) -> Lyapunov {
    let size = trajectory.system().state_len();
    let count = size.min(MOST_EXPONENTS);
    let mut rows = Draws::new(0).normal("directions", count * size);
    orthonormalise(&mut rows, size);
    let warm_up = trajectory.steps() / 5;
    let steps = trajectory.steps() - warm_up;
    let mut sums = vec![0.0; count];
    for (done, t) in (0..trajectory.steps()).rev().enumerate() {
        trajectory.pull_back(t, &mut rows);
        let lengths = orthonormalise(&mut rows, size);
        if done >= warm_up {
            sums.iter_mut().zip(lengths).for_each(|(sum, length)| *sum += length.ln());
        }
    }
    let mut exponents: Vec<f64> = sums.into_iter().map(|sum| sum / steps.max(1) as f64).collect();
    exponents.sort_by(|a, b| b.total_cmp(a));
    Lyapunov { exponents, warm_up, steps }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::Linear;
    use dfdx::prelude::Cpu;
    use sequence::{Draws, Init, Layer, LayerInit, RuntimeLayer};

    fn exponents(system: &Linear, steps: usize) -> Lyapunov {
        let inputs = vec![0.0; steps * system.size];
        lyapunov(&Trajectory::new(system, &inputs, system.size, vec![1.0; system.size]))
    }

    /// Triangular, so that the directions are not those of the coordinates.
    #[test]
    fn a_linear_map_has_the_logarithms_of_its_eigenvalues() {
        let matrix = vec![1.1, 0.7, -0.3, 0.0, 0.8, 0.5, 0.0, 0.0, 0.3];
        let found = exponents(&Linear { matrix, size: 3 }, 1000);
        assert_eq!((found.warm_up, found.steps), (200, 800));
        for (exponent, eigenvalue) in found.exponents.iter().zip([1.1_f64, 0.8, 0.3]) {
            assert!((exponent - eigenvalue.ln()).abs() < 1e-3, "{exponent} {}", eigenvalue.ln());
        }
    }

    /// A tanh RNN at rest is its matrix; an orthogonal one, scaled by 0.9, shrinks everything alike.
    #[test]
    fn a_scaled_orthogonal_rnn_at_rest_has_one_exponent() {
        let (inputs, hidden) = (2, 12);
        let mut layer = Layer::<vanilla::TanhRnn, usize, usize>::initialised(
            &Cpu::default(),
            (inputs, hidden, hidden),
            &Draws::new(5),
            "test",
            &LayerInit { recurrent: Init::Orthogonal, ..LayerInit::torch(hidden) },
        )
        .unwrap();
        layer.for_each_parameter(&mut |name, parameter| {
            let scale = match name {
                "bias" => 0.0,
                "recurrent" => 0.9,
                _ => 1.0,
            };
            let scaled: Vec<f32> = parameter.read().iter().map(|x| x * scale).collect();
            parameter.write(&scaled).unwrap();
        });
        let system = RuntimeLayer::dynamics(&layer, Vec::new());
        let still = vec![0.0; 100 * inputs];
        let trajectory = Trajectory::new(system.as_ref(), &still, inputs, vec![0.0; hidden]);
        let found = lyapunov(&trajectory);
        assert_eq!(found.exponents.len(), hidden);
        for exponent in &found.exponents {
            // The matrix is orthogonal in single precision.
            assert!((exponent - 0.9_f64.ln()).abs() < 1e-6, "{exponent}");
        }
        let bound = crate::largest_singular_value(system.bounding_matrix().unwrap(), hidden);
        assert!((bound - 0.9).abs() < 1e-6);
    }

    #[test]
    fn a_direction_that_dies_has_no_finite_exponent() {
        let found = exponents(&Linear::diagonal(&[0.5, 0.0]), 10);
        assert!((found.exponents[0] - 0.5_f64.ln()).abs() < 1e-12);
        assert_eq!(found.exponents[1], f64::NEG_INFINITY);
    }
}
