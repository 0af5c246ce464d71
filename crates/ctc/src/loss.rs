//! The loss of a batch.

use std::ops::Range;

use compute::{Buffer, in_parts, split, threads, vectorised};

use crate::lattice::{GradientRows, Memory, Paths};
use crate::{CtcError, Logits};

/// -ln p(labels | logits) of each sequence, in nats, and into `gradient` `[T, B, V]` the gradient of
/// their sum in the logits: softmax minus the share of the paths that are at each output.
///
/// `lengths` are the steps of each sequence; those after them have no gradient. Where no path gives
/// the labels (fewer steps than [`steps_needed`](crate::steps_needed)), the loss is infinite and the
/// gradient of that sequence 0: the caller decides whether to refuse or to count. NaN among the logits
/// gives NaN.
///
/// # Errors
/// [`CtcError`] for sizes that do not fit together, a sequence longer than T, and a label that is no
/// output or the blank.
pub fn loss_and_gradient(
    logits: Logits<'_>,
    lengths: &[usize],
    labels: &[&[u32]],
    gradient: &mut [f32],
) -> Result<Vec<f64>, CtcError> {
    if gradient.len() != logits.values.len() {
        return Err(CtcError::Shape("the gradient has another size than the logits"));
    }
    check(logits, lengths, labels)?;
    let Logits { batch, types, .. } = logits;
    let parts: Vec<Range<usize>> = split(batch, threads()).collect();
    if let [whole] = &parts[..] {
        return Ok(of_part(logits, lengths, labels, whole.clone(), Some(gradient)));
    }
    // A thread's sequences lie apart in the gradient: each makes its own, to be put in its place.
    let found = in_parts(parts, |part| {
        let mut own = Buffer::unset(logits.steps * part.len() * types);
        let losses = of_part(logits, lengths, labels, part.clone(), Some(&mut own));
        (part, losses, own)
    });
    let mut all = Vec::with_capacity(batch);
    for (part, losses, own) in found {
        all.extend(losses);
        let width = part.len() * types;
        if width > 0 {
            for (t, rows) in own.chunks_exact(width).enumerate() {
                gradient[(t * batch + part.start) * types..][..width].copy_from_slice(rows);
            }
        }
    }
    Ok(all)
}

/// The losses of [`loss_and_gradient`] alone.
///
/// # Errors
/// Those of [`loss_and_gradient`].
pub fn losses(
    logits: Logits<'_>,
    lengths: &[usize],
    labels: &[&[u32]],
) -> Result<Vec<f64>, CtcError> {
    check(logits, lengths, labels)?;
    let parts: Vec<Range<usize>> = split(logits.batch, threads()).collect();
    Ok(in_parts(parts, |part| of_part(logits, lengths, labels, part, None)).concat())
}

/// The losses of some sequences, and their gradients `[T, sequences, V]`.
fn of_part(
    logits: Logits<'_>,
    lengths: &[usize],
    labels: &[&[u32]],
    part: Range<usize>,
    mut gradient: Option<&mut [f32]>,
) -> Vec<f64> {
    let mut memory = Memory::default();
    let rows = part.len();
    let mut loss = |sequence: usize| {
        let (length, row) = (lengths[sequence], sequence - part.start);
        if let Some(gradient) = &mut gradient {
            for t in length..logits.steps {
                gradient[(t * rows + row) * logits.types..][..logits.types].fill(0.0);
            }
        }
        let gradient = gradient.as_mut().map(|values| GradientRows { values, rows, row });
        let labels = labels[sequence];
        vectorised(Paths { logits, sequence, length, labels, gradient, memory: &mut memory })
    };
    part.clone().map(&mut loss).collect()
}

fn check(logits: Logits<'_>, lengths: &[usize], labels: &[&[u32]]) -> Result<(), CtcError> {
    let Logits { steps, batch, types, blank, .. } = logits;
    if lengths.len() != batch || labels.len() != batch {
        return Err(CtcError::Shape("there is not a length and a row of labels for each sequence"));
    }
    for (sequence, (&length, labels)) in lengths.iter().zip(labels).enumerate() {
        if length > steps {
            return Err(CtcError::Length { sequence, length, steps });
        }
        let wrong = |&&label: &&u32| label as usize >= types || label as usize == blank;
        if let Some(&label) = labels.iter().find(wrong) {
            return Err(CtcError::Label { sequence, label, types });
        }
    }
    Ok(())
}
