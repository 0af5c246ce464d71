//! What a finished training left, put to use: scored again, or made to write text.

use crate::checkpoint::load_model;
use crate::learner::{encoder_decoder, language, sentences, sequences};
use crate::metric::Scores;
use crate::{Dataset, Metrics, TrainError};
use compute::Draws;
use data::Split;
use model::{Beam, EncoderDecoder, Model, ModelConfig};
use std::ops::ControlFlow;
use std::path::Path;
use task::{TargetKind, TaskShape, Window};
use zoo::Zoo;

/// How good a trained model is on a split.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Mean loss per scored target: negative log-likelihood in nats, or squared error.
    pub loss: f64,
    /// Metrics that the loss does not decide.
    pub metrics: Metrics,
}

impl From<Scores> for Score {
    fn from(scores: Scores) -> Self {
        Self { loss: scores.loss, metrics: scores.metrics }
    }
}

/// How text is drawn from a language model.
#[derive(Debug, Clone, Copy)]
pub struct Sampling<'a> {
    /// Tokens it begins with; not repeated.
    pub prompt: &'a [u32],
    /// Tokens drawn.
    pub length: usize,
    /// What logits are divided by: below 1 more careful, above 1 bolder; 0 always takes the
    /// likeliest token.
    pub temperature: f64,
    /// Seed of the draws.
    pub seed: u64,
}

/// Tokens of a prompt that are read at a time: their logits are all in memory.
const READ_AT_ONCE: usize = 256;

/// A model that a finished training left.
pub struct TrainedModel(Kind);

#[allow(clippy::large_enum_variant)] // there is one of them in a program
enum Kind {
    Model(Model),
    EncoderDecoder(Box<EncoderDecoder>),
}

impl TrainedModel {
    /// Reads the model in a file, which is of this configuration and for a task of this shape.
    pub fn load(
        config: &ModelConfig,
        shape: TaskShape,
        zoo: &Zoo,
        file: &Path,
    ) -> Result<Self, TrainError> {
        // Whatever is drawn is replaced by what was trained.
        let draws = Draws::new(0);
        Ok(Self(match shape.target {
            TargetKind::Sequence { .. } => {
                let mut model = EncoderDecoder::new(config, shape, zoo, &draws)?;
                load_model(file, &mut model)?;
                Kind::EncoderDecoder(Box::new(model))
            }
            _ => {
                let mut model = Model::new(config, shape, zoo, &draws)?;
                load_model(file, &mut model)?;
                Kind::Model(model)
            }
        }))
    }

    /// Scores it on a split: with a beam of one as its training did, with a wider one what that finds.
    pub fn score(&self, dataset: &Dataset, split: Split, beam: Beam) -> Result<Score, TrainError> {
        let scores = match (&self.0, dataset) {
            (Kind::Model(model), Dataset::Corpus(corpus)) => {
                language::score(model, corpus.split(split), split)
            }
            (Kind::Model(model), Dataset::Sequences(data)) => {
                sequences::score(model, data, split, beam.size)
            }
            (Kind::EncoderDecoder(model), Dataset::Sequences(data)) => {
                encoder_decoder::score(model, data, split, beam)
            }
            (Kind::EncoderDecoder(_), Dataset::Corpus(_)) => Err(TrainError::NoLanguageModel),
        };
        Ok(scores?.into())
    }

    /// Scores it on a text, as a test split is scored.
    pub fn score_text(&self, tokens: &[u32]) -> Result<Score, TrainError> {
        Ok(language::score(self.language_model()?, tokens, Split::Test)?.into())
    }

    /// What it puts out for whole sequences: [`Model::outputs`].
    pub fn outputs(&self, window: &Window) -> Result<Vec<f32>, TrainError> {
        match &self.0 {
            Kind::Model(model) => Ok(model.outputs(window)?),
            Kind::EncoderDecoder(_) => Err(TrainError::AnotherSequence),
        }
    }

    fn language_model(&self) -> Result<&Model, TrainError> {
        match &self.0 {
            Kind::Model(model) => Ok(model),
            Kind::EncoderDecoder(_) => Err(TrainError::NoLanguageModel),
        }
    }

    /// Answers a sequence of tokens, which is not empty, with another one; without its end.
    pub fn answer(&self, source: &[u32], beam: Beam) -> Result<Vec<u32>, TrainError> {
        match &self.0 {
            Kind::EncoderDecoder(model) => sentences::answer(model, source, beam),
            Kind::Model(_) => Err(TrainError::NoAnswers),
        }
    }

    /// Draws tokens from it, one by one, for as long as `each` goes on.
    pub fn generate(
        &self,
        sampling: Sampling<'_>,
        each: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) -> Result<(), TrainError> {
        let model = self.language_model()?;
        let draws = Draws::new(sampling.seed);
        let mut state = model.initial_state(1)?;
        let mut logits = Vec::new();
        for tokens in sampling.prompt.chunks(READ_AT_ONCE) {
            (logits, state) = model.outputs_from(&window(tokens), &state)?;
        }
        for position in 0..sampling.length {
            let types = model.shape().outputs();
            let next = &logits[logits.len().saturating_sub(types)..];
            let chance = 0.5 + draws.uniform::<f64>(&format!("generate {position}"), 1, 0.5)[0];
            let token = drawn_from(next, sampling.temperature, chance);
            if each(token).is_break() || position + 1 == sampling.length {
                break;
            }
            (logits, state) = model.outputs_from(&window(&[token]), &state)?;
        }
        Ok(())
    }
}

/// One sequence of tokens, to be read only.
fn window(tokens: &[u32]) -> Window {
    Window::of_tokens(tokens.len(), 1, tokens.to_vec(), Vec::new())
}

/// The token at which the cumulated probability passes `chance`, from 0 to 1.
fn drawn_from(logits: &[f32], temperature: f64, chance: f64) -> u32 {
    let likeliest = (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap_or(0);
    if temperature <= 0.0 {
        return likeliest as u32;
    }
    let most = f64::from(logits[likeliest]);
    let weight = |logit: &f32| ((f64::from(*logit) - most) / temperature).exp();
    let mut left = chance * logits.iter().map(weight).sum::<f64>();
    for (token, logit) in logits.iter().enumerate() {
        left -= weight(logit);
        if left < 0.0 {
            return token as u32;
        }
    }
    likeliest as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_drawn_by_their_probabilities() {
        let logits = [0.0, 3.0_f32.ln(), f32::NEG_INFINITY];
        let draw = |temperature, chance| drawn_from(&logits, temperature, chance);
        assert_eq!([0.0, 0.2, 0.3, 0.99, 1.0].map(|chance| draw(1.0, chance)), [0, 0, 1, 1, 1]);
        // Squared: 1 to 9.
        assert_eq!([0.05, 0.15].map(|chance| draw(0.5, chance)), [0, 1]);
        assert_eq!(draw(0.0, 0.0), 1);
    }
}
