//! The loss of labels at no known steps, and its gradient.

use super::Prepared;
use crate::{BenchError, LabelSizes};
use compute::Draws;
use ctc::{Logits, loss_and_gradient};
use std::time::Instant;

/// Losses of a batch, and the gradient of their sum in the logits.
pub(super) fn loss(sizes: LabelSizes) -> Prepared {
    let LabelSizes { steps, batch, outputs, labels } = sizes;
    let values: Vec<f32> = Draws::new(1).uniform("logits", steps * batch * outputs, 3.0);
    // Some are the same as the one before.
    let of = |b: usize| (0..labels).map(|k| ((b + 7 * k / 2) % (outputs - 1)) as u32).collect();
    let all: Vec<Vec<u32>> = (0..batch).map(of).collect();
    let lengths = vec![steps; batch];
    let mut gradient = vec![0.0; values.len()];
    Box::new(move || {
        let references: Vec<&[u32]> = all.iter().map(Vec::as_slice).collect();
        let begin = Instant::now();
        let losses = Logits::new(&values, [steps, batch, outputs], outputs - 1)
            .and_then(|logits| loss_and_gradient(logits, &lengths, &references, &mut gradient))
            .map_err(BenchError::Labels)?;
        let seconds = begin.elapsed().as_secs_f64();
        match losses.iter().all(|loss| loss.is_finite()) {
            true => Ok(seconds),
            false => Err(BenchError::NotFinite),
        }
    })
}
