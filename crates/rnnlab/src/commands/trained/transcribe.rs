//! `rnnlab transcribe`: what is said in recordings.

use super::TrainedRun;
use crate::cli::TranscribeArgs;
use anyhow::{Context, bail};
use ctc::{Logits, decoded};
use data::{SequenceInputs, SequenceTargets, Sequences};
use plot::{Frame, Heard, Posterior, Spectrogram};
use std::io::Write;
use std::num::NonZeroUsize;
use sweep::Engine;
use task::{TargetKind, Window};

/// Recordings read side by side.
const AT_ONCE: usize = 16;

pub(in crate::commands) fn transcribe(
    arguments: &TranscribeArgs,
    engine: &dyn Engine,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let run = TrainedRun::open(&arguments.run)?;
    let Some(speech) = &run.data.speech else {
        bail!(
            "{}: only models of recordings can transcribe them; this one was trained on {}",
            arguments.run.display(),
            run.data.title
        );
    };
    for files in arguments.files.chunks(AT_ONCE) {
        let features = files.iter().map(|file| speech.read(file, arguments.longest));
        let features: Vec<_> = features.collect::<Result<_, _>>()?;
        let width = speech.features.width();
        let values = features.into_iter().map(|features| features.values).collect();
        let nothing_asked = files.iter().map(|_| Vec::new()).collect();
        let sequences = Sequences::new(
            SequenceInputs::Features { width, values },
            SequenceTargets::Labels(nothing_asked),
        )?;
        let window = sequences.batch(&(0..files.len()).collect::<Vec<_>>());
        let outputs = engine.outputs(run.saved(), &window).map_err(|error| run.told(error))?;
        let answers = answers(run.data.shape.target, &outputs, &window, arguments.beam)?;
        for (b, (file, answer)) in files.iter().zip(answers).enumerate() {
            let name = |&label: &u32| run.data.classes.get(label as usize).map(String::as_str);
            let names: Vec<&str> = answer.iter().filter_map(name).collect();
            let text = names.join(&speech.separator);
            writeln!(out, "{}\t{text}", file.display())?;
            if let Some(folder) = &arguments.figures {
                let TargetKind::Labels { types } = run.data.shape.target else {
                    bail!("--figures shows labels over time; this model answers with one class");
                };
                let (energies, seconds) = speech.spectrogram(file, arguments.longest)?;
                let figure = Spectrogram {
                    frame: Frame {
                        title: if text.is_empty() { "Nothing heard".to_owned() } else { text },
                        subtitle: file.display().to_string(),
                        ..Frame::default()
                    },
                    seconds,
                    energies: energies
                        .values
                        .chunks_exact(energies.width)
                        .map(|frame| frame.iter().map(|&energy| energy.into()).collect())
                        .collect(),
                    heard: vec![Heard {
                        heading: String::new(),
                        posteriors: posteriors(&outputs, &window, b, &run.data.classes[..types]),
                    }],
                };
                let stem = file.file_stem().unwrap_or_default().to_string_lossy();
                figure.draw()?.save(folder, &stem)?;
            }
        }
    }
    Ok(())
}

/// The chances of all labels and of the blank over the steps of sequence `b`.
fn posteriors(outputs: &[f32], window: &Window, b: usize, labels: &[String]) -> Vec<Posterior> {
    let types = labels.len() + 1;
    let chances = |t: usize| -> Vec<f64> {
        let row = &outputs[(t * window.batch + b) * types..][..types];
        let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers: Vec<f64> = row.iter().map(|&x| f64::from(x - most).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(|power| power / sum).collect()
    };
    let steps: Vec<Vec<f64>> = (0..window.lengths[b]).map(chances).collect();
    let of = |output: usize| Posterior {
        label: labels.get(output).cloned(),
        chances: steps.iter().map(|chances| chances[output]).collect(),
    };
    (0..types).map(of).collect()
}

/// The labels of each sequence, or its class.
fn answers(
    target: TargetKind,
    outputs: &[f32],
    window: &Window,
    beam: NonZeroUsize,
) -> anyhow::Result<Vec<Vec<u32>>> {
    Ok(match target {
        TargetKind::Labels { types } => {
            let shape = [window.steps, window.batch, types + 1];
            let logits = Logits::new(outputs, shape, types)?;
            let labels = |(b, &length): (usize, &usize)| decoded(logits, b, length, beam);
            window.lengths.iter().enumerate().map(labels).collect()
        }
        TargetKind::Class { classes } => {
            let best = |scores: &[f32]| {
                (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).map(|k| k as u32)
            };
            outputs.chunks_exact(classes).map(|scores| best(scores).into_iter().collect()).collect()
        }
        _ => return Err(anyhow::anyhow!("neither classes nor labels")).context("the run's record"),
    })
}
