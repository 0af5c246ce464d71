//! How a sequence is gone through: direction, lengths, zoneout.

use compute::Float;
use std::ops::Range;

/// How a sequence is gone through. The default is from the first step to the last, every sequence
/// as long as the batch, nothing zoned out.
#[derive(Debug, Clone)]
pub struct PassOptions<E> {
    /// From the last time step to the first.
    pub reverse: bool,
    /// Length of each sequence, where they differ. Beyond its length a sequence's state stays as
    /// it is, its outputs are 0 and its inputs are not read; going backwards, it starts at its own
    /// last step.
    pub lengths: Option<Vec<usize>>,
    /// Zoneout (Krueger et al. 2017, arXiv 1606.01305): how much of each slot of the old state
    /// stays, the hidden state first; slots not listed keep nothing.
    pub zoneout: Vec<Keep<E>>,
}

/// How much of one slot of the old state stays in place of the new one.
#[derive(Debug, Clone, PartialEq)]
pub enum Keep<E> {
    /// Nothing: the new state counts.
    Nothing,
    /// The same share everywhere: what is expected of random masks, for inference.
    Share(E),
    /// A share for each element, `[T, B, H]`: 1 keeps, 0 does not; for training.
    Each(Vec<E>),
}

impl<E> Default for PassOptions<E> {
    fn default() -> Self {
        Self { reverse: false, lengths: None, zoneout: Vec::new() }
    }
}

impl<E: Float> PassOptions<E> {
    /// Index of the initial state among the `steps + 1` states in the order of time.
    pub(super) fn first(&self, steps: usize) -> usize {
        if self.reverse { steps } else { 0 }
    }

    /// Index of the state after the whole sequence.
    pub(super) fn last(&self, steps: usize) -> usize {
        if self.reverse { 0 } else { steps }
    }

    /// Indices of the old and the new state of time step `t`.
    pub(super) fn around(&self, t: usize) -> (usize, usize) {
        if self.reverse { (t + 1, t) } else { (t, t + 1) }
    }

    /// The time steps in the order in which they are gone through.
    pub(super) fn order(
        &self,
        steps: Range<usize>,
    ) -> impl DoubleEndedIterator<Item = usize> + use<E> {
        let reverse = self.reverse;
        let Range { start, end } = steps;
        (start..end).map(move |t| if reverse { start + end - 1 - t } else { t })
    }

    /// Stretches of at most `most` of `steps` time steps, in the order in which they are gone
    /// through.
    pub(super) fn stretches(
        &self,
        steps: usize,
        most: usize,
    ) -> impl DoubleEndedIterator<Item = Range<usize>> + Clone + use<E> {
        let count = steps.div_ceil(most);
        let reverse = self.reverse;
        (0..count).map(move |k| {
            let k = if reverse { count - 1 - k } else { k };
            steps * k / count..steps * (k + 1) / count
        })
    }

    /// Whether sequence `b` still runs at time step `t`.
    pub(super) fn active(&self, t: usize, b: usize) -> bool {
        self.lengths.as_ref().is_none_or(|lengths| t < lengths[b])
    }

    /// Whether a part of an old state may stay.
    pub(super) fn blends(&self) -> bool {
        self.lengths.is_some() || self.zones_out()
    }

    /// Whether zoneout changes new states.
    pub(super) fn zones_out(&self) -> bool {
        self.zoneout.iter().any(|keep| *keep != Keep::Nothing)
    }
}
