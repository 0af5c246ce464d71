//! What is reached without recurrent layers: what every model must beat.

use crate::Dataset;
use crate::bag::bag_of_words;
use crate::finite::Finite;
use crate::metric::{Metric, Scores, value};
use crate::score::Scorer;
use crate::start::constant_outputs;
use data::{BatchSettings, SequenceBatches, SequenceData, Sequences};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use task::{TargetKind, Targets};

/// What a model without recurrent layers reaches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselineScore {
    /// Its name.
    pub name: String,
    /// What it is, in a sentence.
    pub what: String,
    /// The metric on the validation split.
    pub valid: Finite,
    /// The metric on the test split.
    pub test: Finite,
}

impl BaselineScore {
    /// The unigram model, given its losses in nats per token.
    fn unigram(metric: Metric, [valid, test]: [f64; 2]) -> Option<Self> {
        let of = |loss: f64| Finite::new(metric.of_loss(loss).unwrap_or(loss));
        let tokens = metric.tokens().unwrap_or("words");
        Some(Self {
            name: "unigram".to_owned(),
            what: format!("The unigram model only counts {tokens}."),
            valid: of(valid)?,
            test: of(test)?,
        })
    }
}

/// The baselines of a dataset, by its metric.
pub fn baselines(dataset: &Dataset) -> Vec<BaselineScore> {
    let metric = dataset.metric();
    match dataset {
        Dataset::Corpus(corpus) => {
            let nll =
                |split: &[u32]| data::unigram_nll(&corpus.train, split, corpus.vocabulary.len());
            let losses = nll(&corpus.valid).zip(nll(&corpus.test));
            let unigram =
                losses.and_then(|(valid, test)| BaselineScore::unigram(metric, [valid, test]));
            unigram.into_iter().collect()
        }
        Dataset::Sequences(data) => match data.baseline {
            Some(known) => Finite::new(known.loss)
                .map(|loss| BaselineScore {
                    name: "without memory".to_owned(),
                    what: format!(
                        "Without memory, the best possible is an expected loss of {:.4} ({}), known exactly; on the sequences of a split it may lie to \
                         either side by chance.",
                        known.loss, known.unit
                    ),
                    valid: loss,
                    test: loss,
                })
                .into_iter()
                .collect(),
            None => constant(data, metric).into_iter().chain(bag(data, metric)).collect(),
        },
    }
}

/// Which words a text has, their order left out.
fn bag(data: &SequenceData, metric: Metric) -> Option<BaselineScore> {
    let [valid, test] = bag_of_words(data)?;
    let of = |scores: Scores| value(metric, scores.loss, &scores.metrics).and_then(Finite::new);
    Some(BaselineScore {
        name: "bag of words".to_owned(),
        what: "The bag of words is a logistic regression on which tokens a text has, their order left \
               out, chosen on the validation split."
            .to_owned(),
        valid: of(valid)?,
        test: of(test)?,
    })
}

/// The loss on the validation split of the best answer that reads no input, where there is one.
pub(crate) fn constant_loss(dataset: &Dataset) -> Option<f64> {
    match dataset {
        Dataset::Corpus(corpus) => {
            data::unigram_nll(&corpus.train, &corpus.valid, corpus.vocabulary.len())
        }
        Dataset::Sequences(data) => constant_scores(data, &data.valid).map(|scores| scores.loss),
    }
}

/// The scores on a split of the best answer that reads no input.
fn constant_scores(data: &SequenceData, split: &Sequences) -> Option<Scores> {
    let outputs = constant_outputs(data);
    let mut scorer = Scorer::new(data, NonZeroUsize::MIN);
    for batch in SequenceBatches::evaluation(split, BatchSettings::default()).ok()?.iter() {
        let positions = match &batch.targets {
            Targets::Tokens(_) | Targets::Bits { .. } | Targets::Labels(_) => batch.steps,
            Targets::Sequences(targets) => targets.steps,
            Targets::Classes(_) | Targets::Values(_) => 1,
        };
        scorer.add(&outputs.repeat(positions * batch.batch), &batch);
    }
    scorer.finish()
}

/// The best answer that reads no input.
fn constant(data: &SequenceData, metric: Metric) -> Option<BaselineScore> {
    let on = |split: &Sequences| {
        let scores = constant_scores(data, split)?;
        value(metric, scores.loss, &scores.metrics).and_then(Finite::new)
    };
    let (name, what) = match data.target {
        TargetKind::Class { .. } => (
            "most frequent class",
            "The most frequent class is that of the training split, always answered.",
        ),
        TargetKind::Bits { .. } => (
            "note frequencies",
            "Note frequencies are those of the training split, each key by itself.",
        ),
        TargetKind::Labels { .. } => {
            ("nothing recognised", "Nothing recognised: blanks at every step, every label missed.")
        }
        TargetKind::Tokens { .. } | TargetKind::Sequence { .. } => {
            ("token frequencies", "Token frequencies are those of the training split.")
        }
        TargetKind::Value => ("mean", "The mean is that of the training split, always answered."),
    };
    Some(BaselineScore {
        name: name.to_owned(),
        what: what.to_owned(),
        valid: on(&data.valid)?,
        test: on(&data.test)?,
    })
}
