//! What a finished training left, put to use: scored again, or made to write text.

use crate::checkpoint::load_model;
use crate::task::{LanguageTask, SequenceTask, Task};
use crate::{Dataset, Metrics, RunSpec, TrainError};
use data::{Corpus, Split};
use model::{Inputs, Targets, Window};
use sequence::Draws;
use std::path::Path;
use zoo::Zoo;

/// How good a trained model is on a split.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Mean loss per scored target: negative log-likelihood in nats, or squared error.
    pub loss: f64,
    /// Metrics that the loss does not decide.
    pub metrics: Metrics,
}

/// Scores the model in the file `model` on a split, as its training did.
pub fn score(
    spec: RunSpec<'_>,
    dataset: &Dataset,
    zoo: &Zoo,
    model: &Path,
    split: Split,
) -> Result<Score, TrainError> {
    let RunSpec { model: config, train, seed, .. } = spec;
    let scored = |mut task: Box<dyn Task + '_>| {
        load_model(model, task.model())?;
        let scores = task.score(split)?;
        Ok(Score { loss: scores.loss, metrics: scores.metrics })
    };
    match dataset {
        Dataset::Corpus(corpus) => {
            scored(Box::new(LanguageTask::new(corpus, config, train, zoo, &Draws::new(seed))?))
        }
        Dataset::Sequences(data) => {
            scored(Box::new(SequenceTask::new(data, config, train, zoo, seed)?))
        }
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

/// Draws tokens from the language model in the file `model`, one by one.
pub fn generate(
    spec: RunSpec<'_>,
    corpus: &Corpus,
    zoo: &Zoo,
    model: &Path,
    sampling: Sampling<'_>,
) -> Result<Vec<u32>, TrainError> {
    let RunSpec { model: config, train, seed, .. } = spec;
    let mut task = LanguageTask::new(corpus, config, train, zoo, &Draws::new(seed))?;
    load_model(model, task.model())?;
    let (model, _) = task.parts();
    let draws = Draws::new(sampling.seed);
    let mut state = model.initial_state(1)?;
    let mut read = sampling.prompt.to_vec();
    let mut drawn = Vec::with_capacity(sampling.length);
    for position in 0..sampling.length {
        let targets = vec![model::IGNORE; read.len()];
        let window = Window {
            steps: read.len(),
            batch: 1,
            lengths: None,
            inputs: Inputs::Tokens(&read),
            targets: Targets::Tokens(&targets),
        };
        let (logits, next) = model.outputs_from(window, &state)?;
        state = next;
        let logits = &logits[logits.len() - corpus.vocabulary.len()..];
        let chance = 0.5 + draws.uniform::<f64>(&format!("generate {position}"), 1, 0.5)[0];
        let token = drawn_from(logits, sampling.temperature, chance);
        drawn.push(token);
        read = vec![token];
    }
    Ok(drawn)
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
