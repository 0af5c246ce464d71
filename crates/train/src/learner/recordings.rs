//! What a model that looks for labels hears in a single recording.

use crate::{HeardRecording, PosteriorRecord, TrainError};
use ctc::{Logits, greedy};
use data::{SequenceData, SequenceInputs, SequenceTargets, Split};
use model::Model;
use task::TargetKind;

/// Steps of the longest recording that is shown.
const LONGEST: usize = 400;
/// Labels of the shortest, if there is one with so many.
const LABELS: usize = 4;
/// An output is kept if its chance is ever above so many thousandths.
const EVER: u16 = 50;

/// What it hears in the first recording of a split that is short enough and has some labels; `None` where there
/// are no energies to be shown, or no labels to be found.
pub(super) fn heard(
    model: &Model,
    data: &SequenceData,
    split: Split,
) -> Result<Option<HeardRecording>, TrainError> {
    let sequences = data.split(split);
    let (Some(speech), TargetKind::Labels { types }) = (&data.speech, data.target) else {
        return Ok(None);
    };
    let (SequenceInputs::Features { width, values }, SequenceTargets::Labels(labels)) =
        (sequences.inputs(), sequences.targets())
    else {
        return Ok(None);
    };
    let steps = |n: usize| values.get(n).map_or(0, <[f32]>::len) / width;
    let short = || (0..sequences.len()).filter(|&n| steps(n) <= LONGEST);
    let long_enough = |&n: &usize| labels.get(n).is_some_and(|labels| labels.len() >= LABELS);
    let Some(number) = short().find(long_enough).or_else(|| short().next()) else {
        return Ok(None);
    };
    let Some(energies) = speech.input.energies(values.get(number).unwrap_or_default()) else {
        return Ok(None);
    };
    let window = sequences.batch(&[number]);
    let outputs = model.outputs(&window)?;
    let shape = [window.steps, 1, types + 1];
    let Ok(logits) = Logits::new(&outputs, shape, types) else { return Ok(None) };
    let name = |label: u32| data.classes.get(label as usize).map_or("", String::as_str);
    let text = |labels: &[u32]| {
        let names: Vec<&str> = labels.iter().map(|&label| name(label)).collect();
        names.join(&speech.input.separator)
    };
    let chances: Vec<Vec<u16>> =
        (0..window.steps).map(|t| thousandths(&logits.chances(t, 0))).collect();
    let posterior = |output: usize| PosteriorRecord {
        label: (output < types).then(|| name(output as u32).to_owned()),
        chances: chances.iter().map(|chances| chances[output]).collect(),
    };
    Ok(Some(HeardRecording {
        number,
        reference: text(labels.get(number).unwrap_or_default()),
        answer: text(&greedy(logits, 0, window.steps)),
        step_seconds: speech.input.features.step_ms() / 1e3,
        energies: energies.iter().map(|frame| hundredths(frame)).collect(),
        posteriors: (0..=types)
            .map(posterior)
            .filter(|found| found.chances.iter().any(|&chance| chance > EVER))
            .collect(),
    }))
}

fn hundredths(frame: &[f32]) -> Vec<i16> {
    frame.iter().map(|energy| (100.0 * energy.clamp(-300.0, 300.0)).round() as i16).collect()
}

/// Chances as whole numbers.
fn thousandths(chances: &[f64]) -> Vec<u16> {
    chances.iter().map(|chance| (1000.0 * chance).round() as u16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_and_energies_are_whole_numbers() {
        assert_eq!(thousandths(&[0.2504, 0.7496]), [250, 750]);
        assert_eq!(hundredths(&[-1.234, 0.0, 1e9]), [-123, 0, 30_000]);
    }
}
