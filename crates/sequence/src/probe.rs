//! Watching the gradient flow back through a layer.

use crate::Sizes;
use compute::Float;
use std::cell::RefCell;
use std::rc::Rc;

/// Norms of the gradient of the loss with respect to a layer's full state after each time step,
/// one per sequence. Given to [`DynLayer::forward_as`](crate::DynLayer::forward_as), filled
/// during the backward pass.
#[derive(Debug, Clone, Default)]
pub struct StateGradients {
    norms: Rc<RefCell<Vec<Vec<f64>>>>,
}

impl StateGradients {
    /// Euclidean norms over all state slots, `[time][sequence]`; empty before the backward pass.
    pub fn norms(&self) -> Vec<Vec<f64>> {
        self.norms.borrow().clone()
    }

    /// Takes in squared norms, `[time][sequence]`, of which each sequence's are the sum of some parts'.
    pub fn set_squares<E: Float>(&self, steps: usize, batch: usize, squares: &[E]) {
        let parts = (squares.len() / (steps * batch).max(1)).max(1);
        let norm = |parts: &[E]| parts.iter().map(|&square| square.into()).sum::<f64>().sqrt();
        let all: Vec<f64> = squares.chunks(parts).map(norm).collect();
        *self.norms.borrow_mut() = all.chunks(batch.max(1)).map(<[f64]>::to_vec).collect();
    }

    /// Takes in the gradient with respect to the state after step `t`; each slot is `[B, width]`.
    pub(crate) fn record<E: Float>(&self, t: usize, sizes: Sizes, slots: &[Vec<E>]) {
        let mut norms = self.norms.borrow_mut();
        norms.resize(sizes.steps, Vec::new());
        let row = |slot: &[E], b: usize| -> Vec<E> {
            let width = slot.len() / sizes.batch;
            slot[b * width..(b + 1) * width].to_vec()
        };
        let square = |x: E| {
            let x: f64 = x.into();
            x * x
        };
        let norm = |b: usize| {
            let sum: f64 = slots.iter().flat_map(|slot| row(slot, b)).map(square).sum();
            sum.sqrt()
        };
        norms[t] = (0..sizes.batch).map(norm).collect();
    }
}
