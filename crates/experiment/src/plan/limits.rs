//! Sizes that no machine can train, refused before they are tried: memory that is not there ends
//! a program without a word.

use super::DataFacts;
use data::LanguageBatches;
use model::ModelConfig;
use std::num::NonZeroUsize;
use train::TrainConfig;

/// The largest hidden, embedding and layer count: far above any study, far below where a count of
/// parameters would overflow.
pub(super) const LARGEST: usize = 1 << 16;
const MOST_LAYERS: usize = 1 << 10;

/// The most optimiser steps: up to there every whole number is exact in JSON, and no one waits so long.
const MOST_STEPS: usize = 1 << 53;

/// The first size that is out of reach: its field, and what is wrong and allowed.
pub(super) fn oversized(
    model: &ModelConfig,
    train: &TrainConfig,
    facts: &DataFacts,
) -> Option<([&'static str; 2], String)> {
    let sizes = [
        ("hidden", model.hidden.get(), LARGEST),
        ("embedding", model.embedding.map_or(0, NonZeroUsize::get), LARGEST),
        ("projection", model.projection.map_or(0, NonZeroUsize::get), LARGEST),
        ("layers", model.layers.get(), MOST_LAYERS),
        ("decoder", model.decoder.layers.map_or(0, NonZeroUsize::get), MOST_LAYERS),
    ];
    for (name, size, most) in sizes {
        if size > most {
            return Some((["model", name], format!("{size} is not allowed; at most {most} is")));
        }
    }
    let unroll = match (&facts.sequences, train.unroll) {
        (Some(_), None) => return too_long(train, facts),
        (Some(_), Some(_)) => {
            let problem =
                "it is for language modelling; these sequences are read whole, so leave it out";
            return Some((["train", "unroll"], problem.to_owned()));
        }
        (None, None) => {
            let problem = "it is missing; give the time steps of truncated backpropagation";
            return Some((["train", "unroll"], problem.to_owned()));
        }
        (None, Some(unroll)) => unroll.get(),
    };
    let batch = train.batch.get();
    // Each stream has a token after its last step.
    let stream = LanguageBatches::training_length(facts.train_tokens, batch);
    if stream == 0 {
        let problem = format!(
            "{batch} sequences side by side leave nothing to learn of {} tokens; at most {} are allowed",
            facts.train_tokens,
            facts.train_tokens.saturating_sub(1)
        );
        return Some((["train", "batch"], problem));
    }
    if unroll > stream {
        let problem = format!(
            "{unroll} time steps are more than each of the {batch} sequences has; at most {stream} are allowed"
        );
        return Some((["train", "unroll"], problem));
    }
    too_long(train, facts)
}

/// What is wrong with a training whose steps cannot be counted.
fn too_long(train: &TrainConfig, facts: &DataFacts) -> Option<([&'static str; 2], String)> {
    let per_epoch = facts.steps_per_epoch(train);
    (train.steps_of(per_epoch) > MOST_STEPS).then(|| {
        let problem = format!(
            "{} epochs of {per_epoch} steps are more steps than can be counted; at most {} epochs are allowed",
            train.epochs,
            MOST_STEPS / per_epoch.max(1)
        );
        (["train", "epochs"], problem)
    })
}

/// How many of the runs that need so many bytes each have room side by side, whichever come together: at
/// most `jobs`, at least one.
pub fn side_by_side(
    bytes: impl IntoIterator<Item = usize>,
    jobs: usize,
    present: Option<u64>,
) -> usize {
    let Some(present) = present else { return jobs };
    let mut largest: Vec<usize> = bytes.into_iter().collect();
    largest.sort_unstable_by(|one, two| two.cmp(one));
    let mut sum: u128 = 0;
    let fits = |bytes: &&usize| {
        sum += **bytes as u128;
        sum <= u128::from(present)
    };
    let room = largest.iter().take_while(fits).count();
    // No more than there are can come together.
    if room == largest.len() { jobs } else { jobs.min(room.max(1)) }
}

/// What is wrong with a training that needs more memory than the machine has, where that is known.
pub(super) fn beyond_memory(needed: usize, present: Option<u64>) -> Option<String> {
    let gibibytes = |bytes: f64| bytes / f64::from(1 << 30);
    let present = present.filter(|&present| needed as u64 > present)?;
    Some(format!(
        "one run would need about {:.1} GiB, and this machine has {:.1} GiB of memory; a smaller model, batch or unroll is allowed",
        gibibytes(needed as f64),
        gibibytes(present as f64)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use task::TaskShape;
    use train::Metric;

    /// The field that is refused of a text of so many tokens.
    fn refused(
        [tokens, hidden, layers]: [usize; 3],
        [batch, unroll, epochs]: [usize; 3],
    ) -> Option<&'static str> {
        let model = json!({"cell": "rnn", "layers": layers, "hidden": hidden, "init": 0.1});
        let train = json!({"batch": batch, "unroll": unroll, "epochs": epochs, "learning_rate": 1});
        let facts = DataFacts {
            data: "a text".into(),
            shape: TaskShape::language(10),
            metric: Metric::PERPLEXITY,
            sequences: None,
            train_tokens: tokens,
            valid_tokens: 2,
            test_tokens: 2,
            names: train::RowNames::default(),
            fingerprint: String::new(),
        };
        let (model, train) = (serde_json::from_value(model), serde_json::from_value(train));
        oversized(&model.unwrap(), &train.unwrap(), &facts).map(|([_, field], _)| field)
    }

    /// The largest that is allowed can be trained on, one more cannot.
    #[test]
    fn limits_are_where_batches_end() {
        for (tokens, batch) in [(2, 1), (3, 1), (3, 2), (100, 7), (101, 10), (100, 99)] {
            let stream = (tokens - 1) / batch;
            let text = vec![0; tokens];
            let batches = LanguageBatches::training(&text, batch, stream).unwrap();
            assert_eq!(
                (batches.len(), batches.get(0).unwrap().steps),
                (1, stream),
                "{tokens} {batch}"
            );
            let of = |batch, unroll| refused([tokens, 1, 1], [batch, unroll, 1]);
            assert_eq!(of(batch, stream), None);
            assert_eq!(of(batch, stream + 1), Some("unroll"));
            assert_eq!(of(tokens - 1, 1), None);
            assert_eq!(of(tokens, 1), Some("batch"));
            assert!(LanguageBatches::training(&text, tokens, 1).is_err());
        }
        let size = |hidden, layers| refused([100, hidden, layers], [1, 1, 1]);
        assert_eq!(size(LARGEST, MOST_LAYERS), None);
        assert_eq!(size(LARGEST + 1, 1), Some("hidden"));
        assert_eq!(size(1, MOST_LAYERS + 1), Some("layers"));
        // Four steps an epoch.
        assert_eq!(refused([5, 1, 1], [1, 1, MOST_STEPS / 4]), None);
        assert_eq!(refused([5, 1, 1], [1, 1, MOST_STEPS / 4 + 1]), Some("epochs"));
    }

    #[test]
    fn only_more_than_there_is_is_refused() {
        assert_eq!(beyond_memory(1 << 30, Some(1 << 30)), None);
        assert_eq!(beyond_memory(usize::MAX, None), None);
        assert!(beyond_memory(usize::MAX, Some(1 << 30)).is_some());
        let problem = beyond_memory(3 << 30, Some(2 << 30)).unwrap();
        assert!(problem.contains("3.0 GiB") && problem.contains("2.0 GiB"), "{problem}");
    }

    #[test]
    fn runs_side_by_side_have_room_together() {
        let room = |bytes: &[usize], jobs, present| side_by_side(bytes.to_vec(), jobs, present);
        assert_eq!(room(&[5, 1, 3, 2], 4, Some(10)), 3);
        assert_eq!(room(&[5, 1, 3, 2], 2, Some(10)), 2);
        assert_eq!(room(&[5, 1, 3, 2], 9, Some(11)), 9);
        assert_eq!(room(&[5, 1], 2, Some(4)), 1);
        assert_eq!(room(&[usize::MAX, usize::MAX], 2, Some(u64::MAX)), 1);
        assert_eq!(room(&[5, 5], 2, None), 2);
    }
}
