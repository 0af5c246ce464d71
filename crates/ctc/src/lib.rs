//! Connectionist temporal classification (Graves et al. 2006), on plain slices.
//!
//! A model puts out V logits at each of T steps, one of them the *blank*'s; labels come of a path by
//! merging what repeats and taking out the blanks. [`loss_and_gradient`] is -ln of the chance of all
//! paths that give the labels, with its gradient in the logits, softmax inside; [`greedy`] reads the
//! most likely path, [`prefix_beam`] looks for the most likely labels.
//!
//! ```
//! use ctc::{Logits, greedy, loss_and_gradient};
//!
//! // Three steps of one sequence over two labels and the blank (2).
//! let values = [4.0, 0.0, 0.0, 0.0, 0.0, 4.0, 0.0, 4.0, 0.0];
//! let logits = Logits::new(&values, [3, 1, 3], 2)?;
//! let mut gradient = [0.0; 9];
//! let losses = loss_and_gradient(logits, &[3], &[&[0, 1]], &mut gradient)?;
//! assert!(losses[0] < 0.2 && gradient[0] < 0.0);
//! assert_eq!(greedy(logits, 0, 3), [0, 1]);
//! # Ok::<(), ctc::CtcError>(())
//! ```

mod decode;
mod error;
mod lattice;
mod loss;
mod softmax;

pub use decode::{Hypothesis, decoded, greedy, prefix_beam};
pub use error::CtcError;
pub use loss::{loss_and_gradient, losses};

/// Logits of B sequences side by side, `[T, B, V]`.
#[derive(Debug, Clone, Copy)]
pub struct Logits<'a> {
    values: &'a [f32],
    steps: usize,
    batch: usize,
    types: usize,
    blank: usize,
}

impl<'a> Logits<'a> {
    /// Logits of this shape `[T, B, V]`, of which number `blank` is the blank's.
    ///
    /// # Errors
    /// [`CtcError::Shape`] if the values are not as many, or there is no such number.
    pub fn new(
        values: &'a [f32],
        [steps, batch, types]: [usize; 3],
        blank: usize,
    ) -> Result<Self, CtcError> {
        if values.len() != steps * batch * types {
            return Err(CtcError::Shape("there are not T × B × V logits"));
        }
        if blank >= types {
            return Err(CtcError::Shape("the blank is none of the V outputs"));
        }
        Ok(Self { values, steps, batch, types, blank })
    }

    /// The chances `[V]` of all outputs at a step of a sequence: the softmax of its logits, in double precision.
    pub fn chances(&self, step: usize, sequence: usize) -> Vec<f64> {
        let row = self.row(step, sequence);
        let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers: Vec<f64> = row.iter().map(|&x| f64::from(x - most).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(|power| power / sum).collect()
    }

    /// Where the logits of a step of a sequence begin.
    #[inline(always)]
    fn at(&self, step: usize, sequence: usize) -> usize {
        (step * self.batch + sequence) * self.types
    }

    /// The logits `[V]` of a step of a sequence.
    #[inline(always)]
    fn row(&self, step: usize, sequence: usize) -> &'a [f32] {
        &self.values[self.at(step, sequence)..][..self.types]
    }
}

/// The fewest steps in which labels can be told: one each, and a blank between equal neighbours.
pub fn steps_needed(labels: &[u32]) -> usize {
    labels.len() + labels.windows(2).filter(|pair| pair[0] == pair[1]).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_are_those_of_the_step_and_the_sequence() {
        let three = 3.0_f32.ln();
        let values = [0.0, 0.0, 9.0, 9.0, 1e3, 1e3, 0.0, three];
        let logits = Logits::new(&values, [2, 2, 2], 1).unwrap();
        let close = |found: &[f64], expected: [f64; 2]| {
            found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6)
        };
        assert!(close(&logits.chances(0, 1), [0.5, 0.5]));
        assert!(close(&logits.chances(1, 0), [0.5, 0.5]), "large ones");
        assert!(close(&logits.chances(1, 1), [0.25, 0.75]));
    }
}
