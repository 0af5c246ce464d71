//! Sizes that no machine can train, refused before they are tried: memory that is not there ends
//! a program without a word.

use super::DataFacts;
use model::ModelConfig;
use std::num::NonZeroUsize;
use train::TrainConfig;

/// The largest hidden, embedding and layer count: far above any study, far below where a count of
/// parameters would overflow.
const LARGEST: usize = 1 << 16;
const MOST_LAYERS: usize = 1 << 10;

/// The first size that is out of reach: its field, and what is wrong and allowed.
pub(super) fn oversized(
    model: &ModelConfig,
    train: &TrainConfig,
    facts: &DataFacts,
) -> Option<([&'static str; 2], String)> {
    let sizes = [
        ("hidden", model.hidden.get(), LARGEST),
        ("embedding", model.embedding.map_or(0, NonZeroUsize::get), LARGEST),
        ("layers", model.layers.get(), MOST_LAYERS),
    ];
    for (name, size, most) in sizes {
        if size > most {
            return Some((["model", name], format!("{size} is not allowed; at most {most} is")));
        }
    }
    let unroll = match (facts.sequences, train.unroll) {
        (Some(_), None) => return None,
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
    let stream = facts.train_tokens / batch;
    if stream <= 1 {
        let problem = format!(
            "{batch} sequences side by side leave nothing to learn of {} tokens; at most {} are allowed",
            facts.train_tokens,
            facts.train_tokens / 2
        );
        return Some((["train", "batch"], problem));
    }
    (unroll > stream).then(|| {
        let problem = format!(
            "{unroll} time steps are more than each of the {batch} sequences has; at most {stream} are allowed"
        );
        (["train", "unroll"], problem)
    })
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

    #[test]
    fn only_more_than_there_is_is_refused() {
        assert_eq!(beyond_memory(1 << 30, Some(1 << 30)), None);
        assert_eq!(beyond_memory(usize::MAX, None), None);
        let problem = beyond_memory(3 << 30, Some(2 << 30)).unwrap();
        assert!(problem.contains("3.0 GiB") && problem.contains("2.0 GiB"), "{problem}");
    }
}
