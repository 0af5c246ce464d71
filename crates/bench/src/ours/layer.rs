//! One layer: training and inference.

use super::Prepared;
use super::sum::sum;
use crate::work::layer_sizes;
use crate::{BenchError, LayerCase, Shape};
use compute::Draws;
use dfdx::prelude::{Backward, Cpu, OwnedTape, PutTape, TensorFromVec};
use machine::{memory as memory_held, peak_memory};
use sequence::{
    AnyState, LayerInit, PassOptions, RuntimeLayer, SequenceError, Untaped, elements_of,
};
use std::time::Instant;
use zoo::{Build, Zoo};

/// A layer with its input.
struct Layer {
    layer: Box<dyn RuntimeLayer>,
    x: Untaped,
    state: AnyState,
}

impl Layer {
    fn new(LayerCase { cell, shape }: &LayerCase, zoo: &Zoo) -> Result<Self, BenchError> {
        let entry = zoo
            .get(cell)
            .ok_or_else(|| BenchError::UnknownCell { name: cell.clone(), known: zoo.names() })?;
        let Shape { steps, batch, input, hidden } = *shape;
        let device = Cpu::default();
        let draws = Draws::new(1);
        let build = Build {
            sizes: layer_sizes(input, hidden),
            draws: &draws,
            name: cell,
            init: LayerInit::torch(hidden),
        };
        let layer = entry.layer(&device, build)?;
        let x = device
            .try_tensor_from_vec(
                draws.uniform("x", shape.tokens() * input, 1.0),
                (steps, batch, input),
            )
            .map_err(SequenceError::from)?;
        let state = layer.initial_state(batch)?;
        Ok(Self { layer, x, state })
    }

    /// Forward, and backward from the sum of all outputs to input and weights; the loss, and the
    /// sum of the absolute gradients of the input if asked for.
    fn train(&self, check: bool) -> Result<f32, BenchError> {
        let x = self.x.clone().put_tape(OwnedTape::default());
        let (y, _) = self.layer.train(PassOptions::default(), x, &self.state, None)?;
        let loss = sum(y)?;
        let value = loss.as_vec()[0];
        let gradients = loss.try_backward().map_err(SequenceError::from)?;
        match check {
            true => {
                Ok(value + gradients.get(&self.x).as_vec().iter().map(|d| d.abs()).sum::<f32>())
            }
            false => Ok(value),
        }
    }
}

/// A train step.
pub(super) fn train(case: &LayerCase, zoo: &Zoo) -> Result<Prepared, BenchError> {
    let layer = Layer::new(case, zoo)?;
    finite(layer.train(true)?)?;
    Ok(Box::new(move || {
        let begin = Instant::now();
        let loss = layer.train(false)?;
        let seconds = begin.elapsed().as_secs_f64();
        finite(loss)?;
        Ok(seconds)
    }))
}

/// A sequence, forward.
pub(super) fn forward(case: &LayerCase, zoo: &Zoo) -> Result<Prepared, BenchError> {
    let Layer { layer, x, state } = Layer::new(case, zoo)?;
    Ok(Box::new(move || {
        let begin = Instant::now();
        let (y, _) = layer.infer(PassOptions::default(), x.clone(), &state)?;
        let seconds = begin.elapsed().as_secs_f64();
        finite(elements_of(&y).iter().sum())?;
        Ok(seconds)
    }))
}

/// Steps that come one at a time, the state carried on.
pub(super) fn step(case: &LayerCase, zoo: &Zoo) -> Result<Prepared, BenchError> {
    let steps = case.shape.steps;
    let one = LayerCase { shape: Shape { steps: 1, ..case.shape }, ..case.clone() };
    let Layer { layer, x, mut state } = Layer::new(&one, zoo)?;
    Ok(Box::new(move || {
        let begin = Instant::now();
        for _ in 0..steps {
            state = layer.infer(PassOptions::default(), x.clone(), &state)?.1;
        }
        let seconds = begin.elapsed().as_secs_f64();
        finite(state.slots()[0].as_vec().iter().sum())?;
        Ok(seconds / steps as f64)
    }))
}

/// Bytes that train steps add to the most that this process has held, after a tiny one.
pub(super) fn memory(case: &LayerCase, zoo: &Zoo) -> Result<Prepared, BenchError> {
    let tiny = LayerCase { shape: Shape::new(2, 2, 8, 8), ..case.clone() };
    Layer::new(&tiny, zoo)?.train(true)?;
    let before = memory_held().ok_or(BenchError::NoMemory)?;
    let layer = Layer::new(case, zoo)?;
    Ok(Box::new(move || {
        finite(layer.train(false)?)?;
        let peak = peak_memory().ok_or(BenchError::NoMemory)?;
        Ok(peak.saturating_sub(before) as f64)
    }))
}

fn finite(value: f32) -> Result<(), BenchError> {
    if value.is_finite() { Ok(()) } else { Err(BenchError::NotFinite) }
}
