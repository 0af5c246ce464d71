//! Where output biases start: at what is known of the answers without any input.

use data::{Notes, SequenceData, SequenceInputs, SequenceTargets, Sequences};
use task::{IGNORE, TargetKind};

/// Log frequencies (plus one) of the tokens or classes below `types`.
pub(crate) fn log_frequencies(answers: impl Iterator<Item = u32>, types: usize) -> Vec<f32> {
    let mut counts = vec![0_usize; types];
    for answer in answers {
        if let Some(count) = counts.get_mut(answer as usize) {
            *count += 1;
        }
    }
    let total: usize = counts.iter().map(|count| count + 1).sum();
    let log_frequency = |&count: &usize| ((count + 1) as f64 / total as f64).ln() as f32;
    counts.iter().map(log_frequency).collect()
}

/// The outputs of the best model of `data` that reads no input, found on the training split: log
/// frequencies, of notes the log odds, of numbers the mean.
pub(crate) fn constant_outputs(data: &SequenceData) -> Vec<f32> {
    match (data.train.targets(), data.target) {
        (SequenceTargets::Tokens(tokens), TargetKind::Tokens { types }) => {
            let scored = tokens.values().iter().copied().filter(|&token| token != IGNORE);
            log_frequencies(scored, types)
        }
        (SequenceTargets::Sequences(tokens), TargetKind::Sequence { types }) => {
            log_frequencies(tokens.values().iter().copied(), types)
        }
        (SequenceTargets::Labels(labels), TargetKind::Labels { types }) => {
            let steps: usize = data.train.lengths().sum();
            blank_or_label(labels.values(), types, steps)
        }
        (SequenceTargets::Classes(classes), TargetKind::Class { classes: types }) => {
            log_frequencies(classes.iter().copied(), types)
        }
        (SequenceTargets::Values(values), TargetKind::Value) => {
            let sum: f64 = values.iter().map(|&value| f64::from(value)).sum();
            vec![(sum / values.len().max(1) as f64) as f32]
        }
        (SequenceTargets::NextNotes, TargetKind::Bits { width }) => log_odds(&data.train, width),
        // A dataset has one kind of targets.
        _ => Vec::new(),
    }
}

/// Log frequencies of labels, each said at one of all `steps`, and last of the blank, at all others.
fn blank_or_label(labels: &[u32], types: usize, steps: usize) -> Vec<f32> {
    let said = (labels.len() + 1) as f64 / (steps + 2) as f64;
    let of_labels = log_frequencies(labels.iter().copied(), types);
    let of_labels = of_labels.into_iter().map(|log| log + said.ln() as f32);
    of_labels.chain([(1.0 - said).ln() as f32]).collect()
}

/// Log odds (one more each way) that a key is down.
fn log_odds(pieces: &Sequences, width: usize) -> Vec<f32> {
    let mut counts = vec![0_usize; width];
    let mut steps = 0;
    if let SequenceInputs::Notes(notes) = pieces.inputs() {
        steps = notes.values().len();
        for midi in notes.values().iter().flat_map(|notes| notes.iter()) {
            counts[usize::from(midi - Notes::LOWEST)] += 1;
        }
    }
    let odds = |&count: &usize| ((count + 1) as f64 / (steps - count + 1) as f64).ln() as f32;
    counts.iter().map(odds).collect()
}
