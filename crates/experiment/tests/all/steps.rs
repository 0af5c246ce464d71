//! Steps that a plan foresees are those that a training makes.

use data::{Buckets, LanguageBatches, SequenceBatches, Sequences};
use experiment::plan::{DataFacts, SequenceFacts};
use serde_json::json;
use testkit::text_facts;
use train::TrainConfig;

fn config(batch: usize, unroll: Option<usize>) -> TrainConfig {
    let value = json!({"batch": batch, "unroll": unroll, "epochs": 1, "learning_rate": 1.0});
    serde_json::from_value(value).unwrap()
}

/// As many as the training makes.
#[test]
fn steps_of_a_text_are_those_that_are_made() {
    for (tokens, batch, unroll) in [(1001, 20, 7), (1000, 20, 7), (41, 20, 2), (40, 20, 1)] {
        let text = vec![0; tokens];
        let made = LanguageBatches::training(&text, batch, unroll).unwrap().len();
        let facts = DataFacts { train_tokens: tokens, ..text_facts() };
        let planned = facts.steps_per_epoch(&config(batch, Some(unroll)));
        assert_eq!(planned, made, "{tokens} {batch} {unroll}");
    }
    let facts = DataFacts { train_tokens: 1001, ..text_facts() };
    assert_eq!(facts.steps_per_epoch(&config(20, Some(7))), 8);
}

/// Short batches of every length count, too.
#[test]
fn steps_of_sequences_are_those_that_are_made() {
    let tokens = (0..500).map(|k| vec![1; 1 + k * k % 23]).collect();
    let classes = data::SequenceTargets::Classes(vec![0; 500]);
    let sequences = Sequences::new(data::SequenceInputs::Tokens(tokens), classes).unwrap();
    let training = Buckets::of(&sequences);
    let of = SequenceFacts {
        training,
        valid: 1,
        longest_valid: 1,
        untrained: Vec::new(),
        repeated: Vec::new(),
    };
    let facts = DataFacts { sequences: Some(of), ..text_facts() };
    for batch in [1, 7, 32, 100_000] {
        let settings = data::BatchSettings { batch, ..Default::default() };
        let made = SequenceBatches::training(&sequences, settings, 1, 0).unwrap();
        assert_eq!(facts.steps_per_epoch(&config(batch, None)), made.len(), "{batch}");
    }
}
