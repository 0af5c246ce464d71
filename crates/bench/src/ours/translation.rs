//! A whole train step of a translation model.

use super::Prepared;
use crate::{BenchError, TranslationSizes};
use compute::Draws;
use dfdx::prelude::Backward;
use model::{EncoderDecoder, ModelConfig, ModelError, TrainingPass};
use sequence::Dropout;
use serde_json::json;
use std::time::Instant;
use task::{InputKind, Inputs, TargetKind, TargetSequences, Targets, TaskShape, Window};
use train::{Optimizer, Update, Updater, clip};
use zoo::Zoo;

const LEARNING_RATE: f64 = 1e-3;
const CLIP: f64 = 1.0;

/// The model's configuration, as an experiment file would have it.
pub(crate) fn model_config(sizes: &TranslationSizes) -> Result<ModelConfig, BenchError> {
    serde_json::from_value(json!({
        "cell": sizes.cell,
        "layers": 1,
        "hidden": sizes.hidden,
        "embedding": sizes.embedding,
        "bidirectional": true,
        "tied": true,
        "dropout": 0.4,
        "init": 0.1,
        "decoder": {"context": "luong_general"},
    }))
    .map_err(BenchError::json("model sizes"))
}

/// What the task asks of the model.
pub(crate) fn shape(sizes: &TranslationSizes) -> TaskShape {
    TaskShape {
        input: InputKind::Tokens { types: sizes.source },
        target: TargetKind::Sequence { types: sizes.target },
        predicts_input: false,
    }
}

/// Loss, backward, clipping and Adam on made-up sentences of equal lengths, as `train::run` does.
pub(super) fn train(sizes: &TranslationSizes, zoo: &Zoo) -> Result<Prepared, BenchError> {
    let TranslationSizes { batch, steps, .. } = *sizes;
    let draws = Draws::new(1);
    let mut model = EncoderDecoder::new(&model_config(sizes)?, shape(sizes), zoo, &draws)?;
    let mut updater = Updater::new(Optimizer::Adam, &mut model)?;
    // Far apart, so that rows of the embeddings come from all over them.
    let tokens = |types: usize| (0..steps * batch).map(|k| (k * 7919 % types) as u32).collect();
    let targets =
        TargetSequences { steps, lengths: vec![steps; batch], tokens: tokens(sizes.target) };
    let window = Window {
        steps,
        batch,
        lengths: vec![steps; batch],
        inputs: Inputs::Tokens(tokens(sizes.source)),
        targets: Targets::Sequences(targets),
    };
    let mut step = 0;
    Ok(Box::new(move || {
        step += 1;
        let begin = Instant::now();
        let dropout = Some(Dropout::new(draws, step));
        let (loss, (total, _)) =
            model.loss(&window, TrainingPass { dropout, ..TrainingPass::default() })?;
        let mut gradients = loss.try_backward().map_err(ModelError::from)?;
        let clipped = clip(&mut model, &mut gradients, Some(CLIP), None)?;
        let update = Update { step, learning_rate: LEARNING_RATE, clipped, rows: None };
        updater.update(&mut model, &mut gradients, update)?;
        drop(gradients);
        let seconds = begin.elapsed().as_secs_f64();
        if !(clipped.norm.is_finite() && total.is_finite()) {
            return Err(BenchError::NotFinite);
        }
        Ok(seconds)
    }))
}
