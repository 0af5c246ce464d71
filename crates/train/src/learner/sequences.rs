//! Tasks on sequences, each read from its beginning to its end: batches by length, nothing carried
//! from one to the next.

use super::{Curves, Drives, Epochs, Learner, SCORED, StepLoss, curves, recordings};
use crate::metric::Scores;
use crate::score::{Groups, Scorer};
use crate::start::constant_outputs;
use crate::{HeardRecording, ProbeConfig, TrainConfig, TrainError, sequence_shape};
use compute::Draws;
use data::{BatchSettings, SequenceBatches, SequenceData, Split};
use dfdx::prelude::Backward;
use model::{AnyModel, Model, ModelConfig};
use sequence::{Dropout, StackState, StateGradients};
use std::num::NonZeroUsize;
use std::time::Instant;
use task::{IGNORE, Targets, Window};
use zoo::Zoo;

/// A model and its sequences.
pub(crate) struct SequenceLearner<'a> {
    data: &'a SequenceData,
    model: Model,
    batches: Epochs<'a>,
}

impl<'a> SequenceLearner<'a> {
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
        model.start_from(&constant_outputs(data))?;
        let batches = Epochs::new(&data.train, train.batch.get(), seed)?;
        Ok(Self { data, model, batches })
    }

    /// Sequences spread over the validation split; `None` if there are none.
    fn probed(&self, probe: &ProbeConfig) -> Option<Window> {
        let valid = &self.data.valid;
        let count = probe.sequences.get().min(valid.len());
        let chosen: Vec<usize> = (0..count).map(|k| k * valid.len() / count).collect();
        let batch = valid.batch(&chosen);
        (batch.batch > 0).then_some(batch)
    }
}

impl Learner for SequenceLearner<'_> {
    fn model(&mut self) -> &mut dyn AnyModel {
        &mut self.model
    }

    fn parts(&mut self) -> (&mut dyn AnyModel, Option<&mut StackState>) {
        (&mut self.model, None)
    }

    fn steps_per_epoch(&self) -> usize {
        self.batches.len()
    }

    fn loss(&mut self, step: usize, dropout: Dropout) -> Result<StepLoss, TrainError> {
        let batch = self.batches.get(step)?;
        let state = self.model.initial_state(batch.batch)?;
        let (mean, scored) = self.model.loss(&batch, &state, Some(dropout), None)?;
        Ok(StepLoss {
            mean,
            total: scored.loss,
            targets: scored.targets,
            tokens: batch.tokens(),
            usual: self.batches.is_usual(&batch),
            rows: scored.rows,
        })
    }

    fn forward_speeds(&self, most: usize) -> Result<Vec<f64>, TrainError> {
        let mut speeds = Vec::new();
        for batch in self.batches.usual().take(most) {
            let started = Instant::now();
            self.model.outputs(&batch)?;
            speeds.push(batch.tokens() as f64 / started.elapsed().as_secs_f64());
        }
        Ok(speeds)
    }

    fn score(&self, split: Split) -> Result<Scores, TrainError> {
        score(&self.model, self.data, split, NonZeroUsize::MIN)
    }

    fn recording(&self, split: Split) -> Result<Option<HeardRecording>, TrainError> {
        recordings::heard(&self.model, self.data, split)
    }

    /// Each sequence from its beginning. Where steps are pooled, and where labels are at no known steps,
    /// what reaches a state past the others counts too.
    fn gradient_curves(&self, probe: &ProbeConfig) -> Result<Vec<Curves>, TrainError> {
        let Some(mut batch) = self.probed(probe) else { return Ok(Vec::new()) };
        let ends = only_last_scored(&mut batch);
        let watch: Vec<_> = (0..self.model.watched()).map(|_| StateGradients::default()).collect();
        let state = self.model.initial_state(batch.batch)?;
        let (loss, _) = self.model.loss(&batch, &state, None, Some(&watch))?;
        loss.try_backward().map_err(model::ModelError::from)?;
        // Backwards, what comes after lies in the past: of two directions the first is looked at.
        let forwards = watch.iter().step_by(self.model.directions());
        Ok(forwards.map(|watch| curves(watch, &ends, probe.lags.get())).collect())
    }

    fn drives(&self, probe: &ProbeConfig) -> Result<Option<Drives>, TrainError> {
        let Some(mut batch) = self.probed(probe) else { return Ok(None) };
        let ends = only_last_scored(&mut batch);
        let state = self.model.initial_state(batch.batch)?;
        Ok(Some(Drives { layers: self.model.driven(&batch, &state)?, ends }))
    }
}

/// The last scored step of each sequence; those before it are scored no longer.
fn only_last_scored(batch: &mut Window) -> Vec<usize> {
    let columns = batch.batch;
    let mut ends: Vec<usize> =
        batch.lengths.iter().map(|length| length.saturating_sub(1)).collect();
    match &mut batch.targets {
        Targets::Classes(_) | Targets::Values(_) | Targets::Sequences(_) | Targets::Labels(_) => {}
        Targets::Tokens(tokens) => {
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
        Targets::Bits { width, values } => {
            for (position, answers) in values.chunks_exact_mut(*width).enumerate() {
                if position / columns < ends[position % columns] {
                    answers.fill(f32::NAN);
                }
            }
        }
    }
    ends
}

/// How good a model is on a split of `data`; labels are decoded with a beam of this width.
pub(crate) fn score(
    model: &Model,
    data: &SequenceData,
    split: Split,
    beam: NonZeroUsize,
) -> Result<Scores, TrainError> {
    let settings = BatchSettings { batch: SCORED, ..BatchSettings::default() };
    let mut scorer = Scorer::new(data, beam);
    let mut groups = Groups::new(data, split, beam);
    let batches = SequenceBatches::evaluation(data.split(split), settings)?;
    for (batch, numbers) in batches.iter().zip(batches.sequences()) {
        let outputs = model.outputs(&batch)?;
        scorer.add(&outputs, &batch);
        if let Some(groups) = &mut groups {
            groups.add(&outputs, &batch, numbers);
        }
    }
    let scores = scorer.finish().ok_or(TrainError::NothingScored)?;
    let (groups, confusions) = groups.map(Groups::finish).unwrap_or_default();
    Ok(Scores { groups, confusions, ..scores })
}
