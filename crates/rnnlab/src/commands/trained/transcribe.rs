//! `rnnlab transcribe`: what is said in recordings.

use super::TrainedRun;
use crate::cli::TranscribeArgs;
use crate::progress::say;
use anyhow::{Context, bail};
use ctc::{Logits, decoded};
use data::{Recording, SequenceInputs, SequenceTargets, Sequences};
use plot::{Frame, Heard, Posterior, Spectrogram};
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use sweep::Engine;
use task::{TargetKind, Window};
use words::counted;

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
    let mut unread = 0;
    for files in arguments.files.chunks(AT_ONCE) {
        // A file that cannot be read takes nothing from the others.
        let mut files_read = Vec::new();
        for file in files {
            match speech.recording(file, arguments.longest) {
                Ok(recording) => files_read.push((file, recording)),
                Err(error) => {
                    unread += 1;
                    say(&format!("error: {error}"));
                }
            }
        }
        if files_read.is_empty() {
            continue;
        }
        let width = speech.features.width();
        let values = |(_, recording): &(&PathBuf, Recording)| Ok(speech.read(recording)?.values);
        let values = files_read.iter().map(values).collect::<Result<_, data::DataError>>()?;
        let nothing_asked = files_read.iter().map(|_| Vec::new()).collect();
        let sequences = Sequences::new(
            SequenceInputs::Features { width, values },
            SequenceTargets::Labels(nothing_asked),
        )?;
        let window = sequences.batch(&(0..files_read.len()).collect::<Vec<_>>());
        let outputs = engine.outputs(run.saved(), &window).map_err(|error| run.told(error))?;
        let answers = answers(run.data.shape.target, &outputs, &window, arguments.beam)?;
        for (b, ((file, recording), answer)) in files_read.iter().zip(answers).enumerate() {
            let name = |&label: &u32| run.data.classes.get(label as usize).map(String::as_str);
            let names: Vec<&str> = answer.iter().filter_map(name).collect();
            let text = names.join(&speech.separator);
            writeln!(out, "{}\t{text}", file.display())?;
            if let Some(folder) = &arguments.figures {
                let TargetKind::Labels { types } = run.data.shape.target else {
                    bail!("--figures shows labels over time; this model answers with one class");
                };
                let shape = [window.steps, window.batch, types + 1];
                let logits = Logits::new(&outputs, shape, types)?;
                let energies = speech.spectrogram(recording)?;
                let figure = Spectrogram {
                    frame: Frame {
                        title: if text.is_empty() { "Nothing heard".to_owned() } else { text },
                        subtitle: file.display().to_string(),
                        ..Frame::default()
                    },
                    seconds: recording.seconds(),
                    energies: energies
                        .values
                        .chunks_exact(energies.width)
                        .map(|frame| frame.iter().map(|&energy| energy.into()).collect())
                        .collect(),
                    heard: vec![Heard {
                        heading: String::new(),
                        posteriors: posteriors(
                            logits,
                            window.lengths[b],
                            b,
                            &run.data.classes[..types],
                        ),
                    }],
                };
                figure.draw()?.save(folder, &stem(file, &arguments.files))?;
            }
        }
    }
    match unread {
        0 => Ok(()),
        _ => bail!("{unread} of {} not transcribed", counted(arguments.files.len(), "file")),
    }
}

/// The name of a file's figure: its own, or, where others have the same, its path.
fn stem(file: &Path, all: &[PathBuf]) -> String {
    let short = |file: &Path| file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let own = short(file);
    match all.iter().filter(|other| short(other) == own).count() {
        0 | 1 => own,
        _ => file.with_extension("").to_string_lossy().replace(['/', '\\', ':'], "-"),
    }
}

/// The chances of all labels and of the blank over the steps of sequence `b`.
fn posteriors(logits: Logits<'_>, length: usize, b: usize, labels: &[String]) -> Vec<Posterior> {
    let steps: Vec<Vec<f64>> = (0..length).map(|t| logits.chances(t, b)).collect();
    let of = |output: usize| Posterior {
        label: labels.get(output).cloned(),
        chances: steps.iter().map(|chances| chances[output]).collect(),
    };
    (0..=labels.len()).map(of).collect()
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
