//! Sequences that are answered with another one: an encoder and its decoder.

use super::{Epochs, Learner, SCORED, StepLoss};
use crate::metric::{Metric, Scores};
use crate::score::Answers;
use crate::start::constant_outputs;
use crate::{TrainConfig, TrainError, sequence_shape};
use compute::Draws;
use data::{BatchSettings, SequenceBatches, SequenceData, Sequences, Split};
use model::{AnyModel, EncoderDecoder, ModelConfig};
use sequence::{Dropout, StackState};
use std::time::Instant;
use task::Targets;
use zoo::Zoo;

/// The longest answer: so many tokens for each step that is read, and so many more.
const LONGEST: (usize, usize) = (2, 10);

/// An encoder and decoder with their sequences.
pub(crate) struct EncoderDecoderLearner<'a> {
    data: &'a SequenceData,
    model: EncoderDecoder,
    batches: Epochs<'a>,
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
        let mut model = EncoderDecoder::new(model, sequence_shape(data), zoo, &Draws::new(seed))?;
        model.start_from(&constant_outputs(data))?;
        let batches = Epochs::new(&data.train, train.batch.get(), seed)?;
        Ok(Self { data, model, batches })
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

    /// Each target token given those before it.
    fn loss(&mut self, step: usize, dropout: Dropout) -> Result<StepLoss, TrainError> {
        let batch = self.batches.get(step)?;
        let (mean, (total, targets)) = self.model.loss(&batch, Some(dropout))?;
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
        score(&self.model, self.data.split(split))
    }
}

/// How good a model is on some sequences: the loss of each target token given those before it, and
/// what it writes by itself, the likeliest token at each step, against the targets.
pub(crate) fn score(model: &EncoderDecoder, sequences: &Sequences) -> Result<Scores, TrainError> {
    let settings = BatchSettings { batch: SCORED, ..BatchSettings::default() };
    let (mut loss, mut count) = (0.0, 0);
    let mut answers = Answers::default();
    for batch in SequenceBatches::evaluation(sequences, settings)?.iter() {
        let Targets::Sequences(targets) = &batch.targets else { continue };
        let (total, scored) = model.score(&batch)?;
        loss += total;
        count += scored;
        let (each, more) = LONGEST;
        for (b, answer) in model.answers(&batch, each * batch.steps + more)?.iter().enumerate() {
            answers.add(answer, &targets.sequence(b));
        }
    }
    match count {
        0 => Err(TrainError::NothingScored),
        _ => Ok(Scores {
            loss: loss / count as f64,
            metrics: [
                (Metric::ACCURACY, answers.token_accuracy()),
                (Metric::EXACT_MATCH, answers.exact_match()),
            ]
            .into(),
            by_lag: Vec::new(),
        }),
    }
}
