//! A whole train step of a language model.

use super::Prepared;
use crate::{BenchError, ModelSizes};
use compute::Draws;
use dfdx::prelude::Backward;
use model::{Model, ModelConfig, ModelError};
use serde_json::json;
use std::time::Instant;
use task::{TaskShape, Window};
use train::{Optimizer, Update, Updater, clip};
use zoo::Zoo;

const LEARNING_RATE: f64 = 1.0;
const CLIP: f64 = 5.0;

/// The model's configuration, as an experiment file would have it.
pub(crate) fn model_config(sizes: &ModelSizes) -> Result<ModelConfig, BenchError> {
    let ModelSizes { cell, hidden, layers, .. } = sizes;
    serde_json::from_value(json!({
        "cell": cell,
        "layers": layers,
        "hidden": hidden,
        "embedding": hidden,
        "tied": false,
        "init": 0.1,
    }))
    .map_err(BenchError::json("model sizes"))
}

/// Loss, backward, clipping and SGD on made-up tokens, the state carried on, as `train::run` does.
pub(super) fn train(sizes: &ModelSizes, zoo: &Zoo) -> Result<Prepared, BenchError> {
    let ModelSizes { vocabulary, batch, steps, .. } = *sizes;
    let config = model_config(sizes)?;
    let mut model = Model::new(&config, TaskShape::language(vocabulary), zoo, &Draws::new(1))?;
    let mut updater = Updater::new(Optimizer::Sgd, &mut model)?;
    let mut state = model.initial_state(batch)?;
    // Far apart, so that rows of the embedding come from all over it.
    let token = |k: usize| (k * 7919 % vocabulary) as u32;
    let inputs: Vec<u32> = (0..steps * batch).map(token).collect();
    let targets: Vec<u32> = (1..=steps * batch).map(token).collect();
    let window = Window::of_tokens(steps, batch, inputs, targets);
    let mut number = 0;
    Ok(Box::new(move || {
        number += 1;
        let begin = Instant::now();
        let (loss, scored) = model.loss(&window, &state, None, None)?;
        let mut gradients = loss.try_backward().map_err(ModelError::from)?;
        let rows = scored.rows.as_deref();
        let clipped = clip(&mut model, &mut gradients, Some(CLIP), rows)?;
        let update = Update { step: number, learning_rate: LEARNING_RATE, clipped, rows };
        updater.update(&mut model, &mut gradients, update)?;
        state = scored.state;
        drop(gradients);
        let seconds = begin.elapsed().as_secs_f64();
        if !(clipped.norm.is_finite() && scored.loss.is_finite()) {
            return Err(BenchError::NotFinite);
        }
        Ok(seconds)
    }))
}
