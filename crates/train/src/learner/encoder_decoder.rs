//! Sequences that are answered with another one: an encoder and its decoder.

use super::sentences::searched;
use super::{Curves, Drives, Epochs, Learner, SCORED, StepLoss, curves, sentences};
use crate::metric::{Metric, Scores};
use crate::score::{Answers, Translations};
use crate::start::constant_outputs;
use crate::{
    ProbeConfig, TeacherForcing, TrainConfig, TrainError, WrittenSentence, sequence_shape,
};
use compute::Draws;
use data::{BatchSettings, SequenceBatches, SequenceData, Split};
use dfdx::prelude::Backward;
use model::{AnyModel, Beam, EncoderDecoder, ModelConfig, OwnTokens, TrainingPass};
use sequence::{Dropout, StackState, StateGradients};
use std::num::NonZeroUsize;
use std::time::Instant;
use task::{Targets, Window};
use zoo::Zoo;

/// The longest answer: so many tokens for each step that is read, and so many more.
const LONGEST: (usize, usize) = (2, 10);

/// An encoder and decoder with their sequences.
pub(crate) struct EncoderDecoderLearner<'a> {
    data: &'a SequenceData,
    model: EncoderDecoder,
    batches: Epochs<'a>,
    /// How often the decoder reads the targets.
    teacher_forcing: TeacherForcing,
    draws: Draws,
    /// Optimiser steps of the training.
    steps: usize,
}

impl<'a> EncoderDecoderLearner<'a> {
    /// A new model for `data`. Its output bias starts at the log frequencies of the target tokens.
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
        let draws = Draws::new(seed);
        let mut model = EncoderDecoder::new(model, sequence_shape(data), zoo, &draws)?;
        model.start_from(&constant_outputs(data))?;
        let batches = Epochs::new(&data.train, train.batch.get(), seed)?;
        let (teacher_forcing, steps) = (train.teacher_forcing, train.steps_of(batches.len()));
        Ok(Self { data, model, batches, teacher_forcing, draws, steps })
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

impl Learner for EncoderDecoderLearner<'_> {
    fn model(&mut self) -> &mut dyn AnyModel {
        &mut self.model
    }

    fn parts(&mut self) -> (&mut dyn AnyModel, Option<&mut StackState>) {
        (&mut self.model, None)
    }

    fn steps_per_epoch(&self) -> usize {
        self.batches.len()
    }

    /// Each target token given those before it, as the decoder read them.
    fn loss(&mut self, step: usize, dropout: Dropout) -> Result<StepLoss, TrainError> {
        let batch = self.batches.get(step)?;
        let share = self.teacher_forcing.own_share(step, self.steps);
        let own = (share > 0.0).then_some(OwnTokens { share, draws: self.draws, step });
        let pass = TrainingPass { dropout: Some(dropout), own, ..TrainingPass::default() };
        let (mean, (total, targets)) = self.model.loss(&batch, pass)?;
        let (tokens, usual) = (batch.tokens(), self.batches.is_usual(&batch));
        Ok(StepLoss { mean, total, targets, tokens, usual, rows: None })
    }

    fn forward_speeds(&self, most: usize) -> Result<Vec<f64>, TrainError> {
        let mut speeds = Vec::new();
        for batch in self.batches.usual().take(most) {
            let started = Instant::now();
            self.model.score(&batch)?;
            speeds.push(batch.tokens() as f64 / started.elapsed().as_secs_f64());
        }
        Ok(speeds)
    }

    fn score(&self, split: Split) -> Result<Scores, TrainError> {
        score(&self.model, self.data, split, Beam::new(NonZeroUsize::MIN))
    }

    fn sentences(&self, split: Split) -> Result<Vec<WrittenSentence>, TrainError> {
        sentences::sentences(&self.model, self.data, split)
    }

    /// From the loss of the last target of each sequence, its end, into the states of the encoder's layers, from
    /// the last step of the source backwards: of two directions those of the first.
    fn gradient_curves(&self, probe: &ProbeConfig) -> Result<Vec<Curves>, TrainError> {
        let Some(batch) = self.probed(probe) else { return Ok(Vec::new()) };
        let watch: Vec<_> = (0..self.model.watched()).map(|_| StateGradients::default()).collect();
        let pass = TrainingPass { watch: Some(&watch), only_last: true, ..TrainingPass::default() };
        let (loss, _) = self.model.loss(&batch, pass)?;
        loss.try_backward().map_err(model::ModelError::from)?;
        let forwards = watch.iter().step_by(self.model.directions());
        let ends = ends(&batch);
        Ok(forwards.map(|watch| curves(watch, &ends, probe.lags.get())).collect())
    }

    /// The encoder's layers.
    fn drives(&self, probe: &ProbeConfig) -> Result<Option<Drives>, TrainError> {
        let Some(batch) = self.probed(probe) else { return Ok(None) };
        Ok(Some(Drives { layers: self.model.driven(&batch)?, ends: ends(&batch) }))
    }
}

/// The last step of each sequence that is read.
fn ends(batch: &Window) -> Vec<usize> {
    batch.lengths.iter().map(|length| length.saturating_sub(1)).collect()
}

/// Most tokens of the answer to each sequence of a window.
pub(super) fn longest(window: &Window) -> Vec<usize> {
    let (each, more) = LONGEST;
    window.lengths.iter().map(|length| each * length + more).collect()
}

/// How good a model is on a split: the loss of each target token given those before it, and what it writes by itself
/// against the targets; of sentences, against their references.
pub(crate) fn score(
    model: &EncoderDecoder,
    data: &SequenceData,
    split: Split,
    beam: Beam,
) -> Result<Scores, TrainError> {
    let settings = BatchSettings { batch: SCORED, ..BatchSettings::default() };
    let (mut loss, mut count) = (0.0, 0);
    let mut answers = Answers::default();
    let mut translations = data.answers.as_ref().map(|texts| Translations::new(texts, split));
    let batches = SequenceBatches::evaluation(data.split(split), settings)?;
    for (batch, numbers) in batches.iter().zip(batches.sequences()) {
        let Targets::Sequences(targets) = &batch.targets else { continue };
        let (total, scored) = model.score(&batch)?;
        loss += total;
        count += scored;
        for (b, answer) in searched(model, &batch, beam)?.iter().enumerate() {
            answers.add(&answer.tokens, &targets.sequence(b));
            if let Some(translations) = &mut translations {
                translations.add(numbers[b], &answer.tokens);
            }
        }
    }
    // Whole sentences are hardly ever right to the token, and there are several right ones.
    let metrics = match translations {
        Some(translations) => translations.finish(),
        None => [
            (Metric::ACCURACY, answers.token_accuracy()),
            (Metric::EXACT_MATCH, answers.exact_match()),
        ]
        .into(),
    };
    match count {
        0 => Err(TrainError::NothingScored),
        _ => Ok(Scores { loss: loss / count as f64, metrics, ..Scores::default() }),
    }
}
