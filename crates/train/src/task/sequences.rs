//! Tasks on sequences, each read from its beginning to its end: batches by length, nothing carried
//! from one to the next.

use super::{Curves, Drives, StepLoss, Task, curves};
use crate::metric::Scores;
use crate::score::Scorer;
use crate::start::constant_outputs;
use crate::{ProbeConfig, TrainConfig, TrainError, sequence_shape};
use compute::Draws;
use data::{
    BatchInputs, BatchSettings, BatchTargets, Buckets, SequenceBatch, SequenceBatches,
    SequenceData, Sequences, Split,
};
use dfdx::prelude::Backward;
use model::{IGNORE, Inputs, Model, ModelConfig, Targets, Window};
use sequence::{Dropout, StackState, StateGradients};
use std::time::Instant;
use zoo::Zoo;

/// Sequences scored side by side (this changes speed only).
const SCORED: usize = 64;

/// A model and its sequences.
pub(crate) struct SequenceTask<'a> {
    data: &'a SequenceData,
    model: Model,
    settings: BatchSettings,
    /// Sequences of the largest batches of an epoch.
    largest: usize,
    seed: u64,
    /// The batches of an epoch, and which.
    batches: SequenceBatches<'a>,
    epoch: usize,
}

impl<'a> SequenceTask<'a> {
    /// A new model for `data`. Its output bias starts at the best answer that reads no input.
    /// `seed` also draws the order of batches.
    pub(crate) fn new(
        data: &'a SequenceData,
        model: &ModelConfig,
        train: &TrainConfig,
        zoo: &Zoo,
        seed: u64,
    ) -> Result<Self, TrainError> {
        if train.unroll.is_some() {
            return Err(TrainError::Unroll);
        }
        let shape = sequence_shape(data);
        let mut model = Model::new(model, shape, zoo, &Draws::new(seed))?;
        model.start_from(&constant_outputs(data, shape.target))?;
        let settings = BatchSettings { batch: train.batch.get(), ..BatchSettings::default() };
        let batches = SequenceBatches::training(&data.train, settings, seed, 0)?;
        if batches.is_empty() {
            return Err(TrainError::NoBatch);
        }
        let largest = Buckets::of(&data.train).largest(settings.batch);
        Ok(Self { data, model, settings, largest, seed, batches, epoch: 0 })
    }

    fn split(&self, split: Split) -> &'a Sequences {
        match split {
            Split::Train => &self.data.train,
            Split::Valid => &self.data.valid,
            Split::Test => &self.data.test,
        }
    }

    /// Sequences spread over the validation split; `None` if there are none.
    fn probed(&self, probe: &ProbeConfig) -> Option<SequenceBatch> {
        let valid = &self.data.valid;
        let count = probe.sequences.get().min(valid.len());
        let chosen: Vec<usize> = (0..count).map(|k| k * valid.len() / count).collect();
        let batch = marked(valid.batch(&chosen));
        (batch.batch > 0).then_some(batch)
    }
}

impl Task for SequenceTask<'_> {
    fn model(&mut self) -> &mut Model {
        &mut self.model
    }

    fn parts(&mut self) -> (&mut Model, Option<&mut StackState>) {
        (&mut self.model, None)
    }

    /// The same in every epoch: how many sequences share a bucket depends on lengths alone.
    fn steps_per_epoch(&self) -> usize {
        self.batches.len()
    }

    fn loss(&mut self, step: usize, dropout: Dropout) -> Result<StepLoss, TrainError> {
        let (epoch, k) = (step / self.batches.len(), step % self.batches.len());
        if epoch != self.epoch {
            self.batches = SequenceBatches::training(
                &self.data.train,
                self.settings,
                self.seed,
                epoch as u64,
            )?;
            self.epoch = epoch;
        }
        let batch = self.batches.get(k).map(marked).ok_or(TrainError::NoBatch)?;
        let state = self.model.initial_state(batch.batch)?;
        let (mean, scored) = self.model.loss(window(&batch), &state, Some(dropout), None)?;
        Ok(StepLoss {
            mean,
            total: scored.loss,
            targets: scored.targets,
            tokens: batch.lengths.iter().sum(),
            usual: batch.batch == self.largest,
            rows: scored.rows,
        })
    }

    fn forward_speeds(&self, most: usize) -> Result<Vec<f64>, TrainError> {
        let mut speeds = Vec::new();
        let usual = |batch: &SequenceBatch| batch.batch == self.largest;
        for batch in self.batches.iter().filter(usual).take(most) {
            let batch = marked(batch);
            let started = Instant::now();
            self.model.outputs(window(&batch))?;
            let tokens: usize = batch.lengths.iter().sum();
            speeds.push(tokens as f64 / started.elapsed().as_secs_f64());
        }
        Ok(speeds)
    }

    fn score(&self, split: Split) -> Result<Scores, TrainError> {
        score(&self.model, self.data, self.split(split))
    }

    /// Each sequence from its beginning. Where steps are pooled, what reaches a state past the others
    /// counts too.
    fn gradient_curves(&self, probe: &ProbeConfig) -> Result<Vec<Curves>, TrainError> {
        let Some(mut batch) = self.probed(probe) else { return Ok(Vec::new()) };
        let ends = only_last_scored(&mut batch);
        let watch: Vec<_> = (0..self.model.watched()).map(|_| StateGradients::default()).collect();
        let state = self.model.initial_state(batch.batch)?;
        let (loss, _) = self.model.loss(window(&batch), &state, None, Some(&watch))?;
        loss.try_backward().map_err(model::ModelError::from)?;
        // Backwards, what comes after lies in the past: of two directions the first is looked at.
        let forwards = watch.iter().step_by(self.model.directions());
        Ok(forwards.map(|watch| curves(watch, &ends, probe.lags.get())).collect())
    }

    fn drives(&self, probe: &ProbeConfig) -> Result<Option<Drives>, TrainError> {
        let Some(mut batch) = self.probed(probe) else { return Ok(None) };
        let ends = only_last_scored(&mut batch);
        let state = self.model.initial_state(batch.batch)?;
        Ok(Some(Drives { layers: self.model.driven(window(&batch), &state)?, ends }))
    }

    fn context_losses(&self, _: &[usize]) -> Result<(Vec<f64>, usize), TrainError> {
        Ok((Vec::new(), 0))
    }

    fn read_text(&self, _: usize) -> Result<Option<(Vec<String>, Drives)>, TrainError> {
        Ok(None)
    }
}

/// The batch, its filling marked as not scored.
pub(crate) fn marked(mut batch: SequenceBatch) -> SequenceBatch {
    // Tokens are marked already; what is answered once for a sequence has no filling.
    if let BatchTargets::Bits { width, values } = &mut batch.targets {
        for (position, answers) in values.chunks_exact_mut(*width).enumerate() {
            if position / batch.batch >= batch.lengths[position % batch.batch] {
                answers.fill(f32::NAN);
            }
        }
    }
    batch
}

/// The last scored step of each sequence; those before it are scored no longer.
fn only_last_scored(batch: &mut SequenceBatch) -> Vec<usize> {
    let columns = batch.batch;
    let mut ends: Vec<usize> =
        batch.lengths.iter().map(|length| length.saturating_sub(1)).collect();
    match &mut batch.targets {
        BatchTargets::Classes(_) | BatchTargets::Values(_) => {}
        BatchTargets::Tokens(tokens) => {
            for (b, end) in ends.iter_mut().enumerate() {
                let scored = |t: &usize| tokens[t * columns + b] != IGNORE;
                *end = (0..=*end).rev().find(scored).unwrap_or(*end);
            }
            for (position, token) in tokens.iter_mut().enumerate() {
                if position / columns < ends[position % columns] {
                    *token = IGNORE;
                }
            }
        }
        BatchTargets::Bits { width, values } => {
            for (position, answers) in values.chunks_exact_mut(*width).enumerate() {
                if position / columns < ends[position % columns] {
                    answers.fill(f32::NAN);
                }
            }
        }
    }
    ends
}

/// How good a model is on some sequences of `data`.
pub(crate) fn score(
    model: &Model,
    data: &SequenceData,
    sequences: &Sequences,
) -> Result<Scores, TrainError> {
    let settings = BatchSettings { batch: SCORED, ..BatchSettings::default() };
    let mut scorer = Scorer::new(data, model.shape().target);
    for batch in SequenceBatches::evaluation(sequences, settings)?.iter() {
        let batch = marked(batch);
        scorer.add(&model.outputs(window(&batch))?, &batch);
    }
    scorer.finish().ok_or(TrainError::NothingScored)
}

/// A batch as the model reads it.
fn window(batch: &SequenceBatch) -> Window<'_> {
    let filled = batch.lengths.iter().any(|&length| length < batch.steps);
    Window {
        steps: batch.steps,
        batch: batch.batch,
        lengths: filled.then_some(&batch.lengths),
        inputs: match &batch.inputs {
            BatchInputs::Tokens(tokens) => Inputs::Tokens(tokens),
            BatchInputs::Features { values, .. } => Inputs::Features(values),
        },
        targets: match &batch.targets {
            BatchTargets::Tokens(tokens) => Targets::Tokens(tokens),
            BatchTargets::Bits { values, .. } => Targets::Bits(values),
            BatchTargets::Classes(classes) => Targets::Classes(classes),
            BatchTargets::Values(values) => Targets::Values(values),
        },
    }
}
