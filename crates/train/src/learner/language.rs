//! Language modelling: predict the next token of a stream, the state carried on (truncated
//! backpropagation).

use super::{Curves, Drives, Learner, StepLoss, curves};
use crate::metric::Scores;
use crate::start::log_frequencies;
use crate::{ProbeConfig, TrainConfig, TrainError};
use compute::Draws;
use data::{Corpus, LanguageBatches, Split};
use dfdx::prelude::Backward;
use model::{AnyModel, Model, ModelConfig};
use sequence::{Dropout, StackState, StateGradients};
use std::time::Instant;
use task::{IGNORE, Targets, TaskShape, Window};
use zoo::Zoo;

/// How a split is scored: in how many streams side by side, and how many steps at a time (the
/// state is carried, so this changes speed only).
#[derive(Debug, Clone, Copy)]
struct Streams {
    batch: usize,
    steps: usize,
}

/// Validation: twenty streams, as is usual; each starts from a zero state.
const VALIDATION: Streams = Streams { batch: 20, steps: 35 };
/// Tokens predicted with little context, at most, and how many side by side.
const CONTEXTS: usize = 1024;
const CONTEXT_BATCH: usize = 128;
/// Test: one stream, the state carried through the whole split.
const TEST: Streams = Streams { batch: 1, steps: 256 };

/// A language model and its corpus.
pub(crate) struct LanguageLearner<'a> {
    corpus: &'a Corpus,
    model: Model,
    batches: LanguageBatches<'a>,
    batch: usize,
    unroll: usize,
    state: StackState,
}

impl<'a> LanguageLearner<'a> {
    /// A new model for `corpus`. Its output bias starts at the log frequencies of the training
    /// split.
    pub(crate) fn new(
        corpus: &'a Corpus,
        model: &ModelConfig,
        train: &TrainConfig,
        zoo: &Zoo,
        draws: &Draws,
    ) -> Result<Self, TrainError> {
        let vocabulary = corpus.vocabulary.len();
        let unroll = train.unroll.ok_or(TrainError::NoUnroll)?.get();
        let batch = train.batch.get();
        let mut model = Model::new(model, TaskShape::language(vocabulary), zoo, draws)?;
        model.start_from(&log_frequencies(corpus.train.iter().copied(), vocabulary))?;
        let batches = LanguageBatches::training(&corpus.train, batch, unroll)?;
        // A window is no longer than the streams.
        let unroll = unroll.min(LanguageBatches::training_length(corpus.train.len(), batch));
        let state = model.initial_state(batch)?;
        Ok(Self { corpus, model, batches, batch, unroll, state })
    }

    /// Sequences spread over the validation split, and the state before them: a window after a
    /// warm-up of as many steps, so that the state is a usual one. `None` if there is no window.
    fn probed(&self, probe: &ProbeConfig) -> Result<Option<(Window, StackState)>, TrainError> {
        let steps = probe.lags.get() + 1;
        let sequences = probe.sequences.get();
        let batches = LanguageBatches::evaluation(&self.corpus.valid, sequences, steps)?;
        let mut state = self.model.initial_state(sequences)?;
        // The first window warms the state up; the second, if the streams are long enough, is measured.
        let mut batch = batches.get(0);
        if let (Some(first), Some(second)) = (&batch, batches.get(1))
            && second.steps == steps
        {
            state = self.model.score(first, &state)?.state;
            batch = Some(second);
        }
        Ok(batch.map(|batch| (batch, state)))
    }
}

impl Learner for LanguageLearner<'_> {
    fn model(&mut self) -> &mut dyn AnyModel {
        &mut self.model
    }

    fn parts(&mut self) -> (&mut dyn AnyModel, Option<&mut StackState>) {
        (&mut self.model, Some(&mut self.state))
    }

    fn steps_per_epoch(&self) -> usize {
        self.batches.len()
    }

    fn loss(&mut self, step: usize, dropout: Dropout) -> Result<StepLoss, TrainError> {
        let k = step % self.batches.len();
        let batch = self.batches.get(k).ok_or(TrainError::NoBatch)?;
        if k == 0 {
            self.state = self.model.initial_state(self.batch)?;
        }
        let (mean, scored) = self.model.loss(&batch, &self.state, Some(dropout), None)?;
        self.state = scored.state;
        Ok(StepLoss {
            mean,
            total: scored.loss,
            targets: scored.targets,
            tokens: scored.targets,
            usual: batch.steps == self.unroll,
            rows: scored.rows,
        })
    }

    fn forward_speeds(&self, most: usize) -> Result<Vec<f64>, TrainError> {
        let mut state = self.model.initial_state(self.batch)?;
        let mut speeds = Vec::new();
        for batch in self.batches.iter().filter(|batch| batch.steps == self.unroll).take(most) {
            let started = Instant::now();
            let scored = self.model.score(&batch, &state)?;
            speeds.push(scored.targets as f64 / started.elapsed().as_secs_f64());
            state = scored.state;
        }
        Ok(speeds)
    }

    fn score(&self, split: Split) -> Result<Scores, TrainError> {
        score(&self.model, self.corpus.split(split), split)
    }

    fn gradient_curves(&self, probe: &ProbeConfig) -> Result<Vec<Curves>, TrainError> {
        let Some((mut batch, state)) = self.probed(probe)? else { return Ok(Vec::new()) };
        let end = batch.steps - 1;
        if let Targets::Tokens(targets) = &mut batch.targets {
            targets[..end * batch.batch].fill(IGNORE);
        }

        let watch: Vec<_> = (0..self.model.watched()).map(|_| StateGradients::default()).collect();
        let (loss, _) = self.model.loss(&batch, &state, None, Some(&watch))?;
        loss.try_backward().map_err(model::ModelError::from)?;
        let ends = vec![end; batch.batch];
        Ok(watch.iter().map(|watch| curves(watch, &ends, probe.lags.get())).collect())
    }

    fn drives(&self, probe: &ProbeConfig) -> Result<Option<Drives>, TrainError> {
        let Some((batch, state)) = self.probed(probe)? else { return Ok(None) };
        let layers = self.model.driven(&batch, &state)?;
        Ok(Some(Drives { layers, ends: vec![batch.steps - 1; batch.batch] }))
    }

    /// For tokens spread over the validation split, the same for every length, each read from the
    /// initial state.
    fn context_losses(&self, lengths: &[usize]) -> Result<(Vec<f64>, usize), TrainError> {
        let tokens = &self.corpus.valid;
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let count = tokens.len().saturating_sub(longest).min(CONTEXTS);
        let targets: Vec<usize> =
            (0..count).map(|k| longest + k * (tokens.len() - longest) / count).collect();
        let loss = |length: usize| {
            let mut total = 0.0;
            for targets in targets.chunks(CONTEXT_BATCH) {
                let batch = with_context(tokens, targets, length);
                let state = self.model.initial_state(targets.len())?;
                total += self.model.score(&batch, &state)?.loss;
            }
            Ok::<_, TrainError>(total / count as f64)
        };
        let losses = lengths.iter().map(|&length| loss(length)).collect::<Result<_, _>>()?;
        Ok((losses, count))
    }

    fn read_text(&self, length: usize) -> Result<Option<(Vec<String>, Drives)>, TrainError> {
        let batches = LanguageBatches::evaluation(&self.corpus.valid, 1, length)?;
        let Some(batch) = batches.get(0) else { return Ok(None) };
        let word = |&token: &u32| self.corpus.vocabulary.word(token).unwrap_or("?").to_owned();
        let layers = self.model.driven(&batch, &self.model.initial_state(1)?)?;
        let tokens = batch.inputs.tokens().unwrap_or_default().iter().map(word).collect();
        Ok(Some((tokens, Drives { layers, ends: vec![batch.steps - 1] })))
    }
}

/// How good a model is on the tokens of a split: every one but the first is scored once.
pub(crate) fn score(model: &Model, tokens: &[u32], split: Split) -> Result<Scores, TrainError> {
    let streams = match split {
        Split::Train | Split::Valid => VALIDATION,
        Split::Test => TEST,
    };
    let batches = LanguageBatches::evaluation(tokens, streams.batch, streams.steps)?;
    let mut state = model.initial_state(streams.batch)?;
    let (mut loss, mut targets) = (0.0, 0);
    for batch in batches.iter() {
        let scored = model.score(&batch, &state)?;
        loss += scored.loss;
        targets += scored.targets;
        state = scored.state;
    }
    match targets {
        0 => Err(TrainError::NothingScored),
        _ => Ok(Scores { loss: loss / targets as f64, ..Scores::default() }),
    }
}

/// The `length` tokens before each of `targets`, places among `tokens`, of which only these are
/// predicted.
fn with_context(tokens: &[u32], targets: &[usize], length: usize) -> Window {
    let inputs = |step: usize| targets.iter().map(move |target| tokens[target - length + step]);
    let mut answers = vec![IGNORE; (length - 1) * targets.len()];
    answers.extend(targets.iter().map(|&target| tokens[target]));
    Window::of_tokens(length, targets.len(), (0..length).flat_map(inputs).collect(), answers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use task::Inputs;

    #[test]
    fn a_context_ends_before_its_target() {
        let tokens = [10, 11, 12, 13, 14, 15];
        let batch = with_context(&tokens, &[3, 5], 2);
        assert_eq!(batch.inputs, Inputs::Tokens(vec![11, 13, 12, 14]));
        assert_eq!(batch.targets, Targets::Tokens(vec![IGNORE, IGNORE, 13, 15]));
    }
}
