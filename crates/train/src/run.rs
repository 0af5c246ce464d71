//! One training, from seed to outcome.

use crate::checkpoint::{self, Parts, Position};
use crate::evaluate::{TEST, VALIDATION, split_nll, window};
use crate::flow::gradient_flow;
use crate::optimizer::{Updater, clip};
use crate::schedule::Progress;
use crate::{
    Damaged, Evaluation, Event, Halt, Optimizer, Outcome, ProbeConfig, Step, TrainConfig,
    TrainError,
};
use data::{Corpus, LanguageBatches};
use dfdx::prelude::Backward;
use model::{Costs, LanguageModel, ModelConfig};
use sequence::{Draws, Dropout};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;
use zoo::Zoo;

/// Seconds of training between two checkpoints, at most; every evaluation makes one too.
const CHECKPOINT_SECONDS: f64 = 20.0;

/// What is to be trained, and how.
#[derive(Debug, Clone, Copy)]
pub struct RunSpec<'a> {
    /// The model.
    pub model: &'a ModelConfig,
    /// The training.
    pub train: &'a TrainConfig,
    /// The gradient-flow probe, if wanted.
    pub probe: Option<&'a ProbeConfig>,
    /// Seed of initialisation and dropout.
    pub seed: u64,
}

/// Trains a language model on `corpus` and scores it; tells what happens through `on_event`, whose
/// [`Break`](ControlFlow::Break) asks the training to stop: it does, with [`TrainError::Stopped`], but
/// for what follows the last step, which is finished.
///
/// The output bias starts at the log frequencies of the training split, for every cell.
///
/// With `checkpoint`, the training is saved there from time to time and, if it was when it starts,
/// taken up from there: events then go on with the step after the saved one. The checkpoint before
/// the newest is kept too ([`checkpoint_files`](crate::checkpoint_files)) and serves if the newest
/// is damaged. The outcome is the same but for times. The trained model is left beside it as `model.safetensors`.
pub fn run(
    spec: RunSpec<'_>,
    corpus: &Corpus,
    zoo: &Zoo,
    checkpoint: Option<&Path>,
    on_event: &mut dyn FnMut(Event) -> ControlFlow<Halt>,
) -> Result<Outcome, TrainError> {
    let begin = Instant::now();
    // Once asked to stop, it stops, whatever later events are answered.
    let mut halt = None;
    let mut tell = |event| {
        if let ControlFlow::Break(asked) = on_event(event)
            && halt != Some(Halt::AtOnce)
        {
            halt = Some(asked);
        }
        halt
    };
    let RunSpec { model: model_config, train: config, probe, seed } = spec;
    let draws = Draws::new(seed);
    let mut model = LanguageModel::new(model_config, corpus.vocabulary.len(), zoo, &draws)?;
    let mut counts = vec![0; corpus.vocabulary.len()];
    for &token in &corpus.train {
        counts[token as usize] += 1;
    }
    model.start_from_unigram(&counts)?;
    let mut updater = Updater::new(config.optimizer, &mut model)?;
    let batch = config.batch.get();
    let batches = LanguageBatches::training(&corpus.train, batch, config.unroll.get())?;
    let steps = batches.len() * config.epochs.get();
    let mut state = model.initial_state(batch)?;
    let mut at = Position {
        step: 0,
        tokens: 0,
        seconds: 0.0,
        total_seconds: 0.0,
        progress: Progress::new(),
        tokens_per_second: Vec::new(),
    };
    if let Some(path) = checkpoint {
        let parts = Parts { model: &mut model, updater: &mut updater, state: &mut state };
        let loaded = checkpoint::load(path, parts)?;
        at = loaded.position.unwrap_or(at);
        for (file, why) in loaded.damaged {
            tell(Event::Damaged(Damaged { file, why, step: at.step }));
        }
    }
    let earlier = at.total_seconds;
    let flow = |model: &LanguageModel, phase: &str, tell: &mut dyn FnMut(Event) -> _| {
        let Some(probe) = probe else { return Ok(()) };
        let found = gradient_flow(model, &corpus.valid, probe, phase)?;
        found.into_iter().for_each(|flow| {
            tell(Event::GradientFlow(flow));
        });
        Ok::<_, TrainError>(())
    };
    if at.step == 0 {
        flow(&model, "initial", &mut tell)?;
    }

    let costs = model::costs(model_config, corpus.vocabulary.len(), zoo)?;
    let mut outcome = Outcome {
        diverged: false,
        valid_nll: None,
        test_nll: None,
        steps,
        tokens: 0,
        train_seconds: 0.0,
        total_seconds: 0.0,
        tokens_per_second: 0.0,
        training_bytes: training_bytes(&costs, config),
    };
    let mut saved_at = at.seconds;
    while at.step < steps {
        let started = Instant::now();
        let (epoch, k) = (at.step / batches.len(), at.step % batches.len());
        let Some(batch) = batches.get(k) else { break };
        if k == 0 {
            state = model.initial_state(batch.batch)?;
        }
        let learning_rate =
            f64::from(config.learning_rate.get()) * at.progress.factor(&config.schedule, epoch);
        let dropout = Dropout { draws, step: at.step };
        let (loss, scored) = model.loss(window(&batch), &state, Some(dropout), None)?;
        let mut gradients = loss.try_backward().map_err(model::ModelError::from)?;
        let limit = config.clip.map(|limit| f64::from(limit.get()));
        let gradient_norm = clip(&mut model, &mut gradients, limit)?;
        let mean = scored.nll / scored.targets.max(1) as f64;
        outcome.diverged = !(mean.is_finite() && gradient_norm.is_finite());
        if !outcome.diverged {
            updater.update(&mut model, &mut gradients, learning_rate, at.step + 1)?;
        }
        state = scored.state;

        let seconds = started.elapsed().as_secs_f64();
        at.step += 1;
        at.tokens += scored.targets;
        at.seconds += seconds;
        if batch.steps == config.unroll.get() {
            at.tokens_per_second.push(scored.targets as f64 / seconds);
        }
        let mut halt = tell(Event::Step(Step {
            step: at.step,
            steps,
            tokens: at.tokens,
            seconds: at.seconds,
            loss: mean,
            gradient_norm,
            learning_rate,
        }));
        if outcome.diverged {
            break;
        }
        let stopped = TrainError::Stopped { step: at.step };
        if halt == Some(Halt::AtOnce) {
            return Err(stopped);
        }
        let evaluated = evaluation_due(at.step, batches.len(), config.evaluations_per_epoch.get());
        if evaluated {
            let valid_nll = split_nll(&model, &corpus.valid, VALIDATION)?;
            at.progress.evaluated(&config.schedule, valid_nll);
            outcome.valid_nll = Some(valid_nll);
            let Position { step, tokens, seconds, .. } = at;
            halt = tell(Event::Evaluation(Evaluation { step, tokens, seconds, valid_nll }));
        }
        if halt == Some(Halt::AtOnce) {
            return Err(stopped);
        }
        if let Some(path) = checkpoint
            && (evaluated || halt.is_some() || at.seconds - saved_at > CHECKPOINT_SECONDS)
        {
            saved_at = at.seconds;
            at.total_seconds = earlier + begin.elapsed().as_secs_f64();
            let parts = Parts { model: &mut model, updater: &mut updater, state: &mut state };
            checkpoint::save(path, parts, &at)?;
        }
        if halt.is_some() {
            return Err(stopped);
        }
    }

    if outcome.diverged {
        outcome.valid_nll = None;
    } else {
        if outcome.valid_nll.is_none() {
            // The training was taken up from a checkpoint made after its last evaluation.
            outcome.valid_nll = Some(split_nll(&model, &corpus.valid, VALIDATION)?);
        }
        outcome.test_nll = Some(split_nll(&model, &corpus.test, TEST)?);
        flow(&model, "trained", &mut tell)?;
        if let Some(path) = checkpoint {
            let path = checkpoint::model_beside(path);
            checkpoint::save_model(&path, &mut model, &model_config.cell)?;
        }
    }
    outcome.steps = at.step;
    outcome.tokens = at.tokens;
    outcome.train_seconds = at.seconds;
    outcome.total_seconds = earlier + begin.elapsed().as_secs_f64();
    outcome.tokens_per_second = stats::median(&at.tokens_per_second).unwrap_or(0.0);
    Ok(outcome)
}

/// Whether an evaluation follows step `step` (from 1): `times` an epoch, evenly spaced, the last
/// at its end.
fn evaluation_due(step: usize, steps_per_epoch: usize, times: usize) -> bool {
    let k = (step - 1) % steps_per_epoch + 1;
    k * times / steps_per_epoch > (k - 1) * times / steps_per_epoch
}

/// Bytes of a training step, from sizes: parameters, gradients, what the optimiser remembers, and
/// activations kept for the backward pass (the block of logits not counted).
pub fn training_bytes(costs: &Costs, config: &TrainConfig) -> usize {
    let copies = match config.optimizer {
        Optimizer::Sgd => 3,
        Optimizer::Adam => 4,
    };
    let tokens = config.batch.get() * config.unroll.get();
    size_of::<f32>() * (copies * costs.parameters + tokens * costs.kept_per_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluations_are_spread_over_the_epoch_and_end_it() {
        let due = |times| (1..=20).filter(|s| evaluation_due(*s, 10, times)).collect::<Vec<_>>();
        assert_eq!(due(1), [10, 20]);
        assert_eq!(due(3), [4, 7, 10, 14, 17, 20]);
        assert_eq!(due(20), (1..=20).collect::<Vec<_>>());
    }
}
