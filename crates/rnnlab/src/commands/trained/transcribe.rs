//! `rnnlab transcribe`: what is said in recordings.

use super::TrainedRun;
use crate::cli::TranscribeArgs;
use anyhow::{Context, bail};
use ctc::{Logits, greedy, prefix_beam};
use data::{SequenceInputs, SequenceTargets, Sequences};
use std::io::Write;
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
    if arguments.beam == 0 {
        bail!("--beam 0 is not allowed; 1 and more is");
    }
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
        for (file, answer) in files.iter().zip(answers) {
            let name = |&label: &u32| run.data.classes.get(label as usize).map(String::as_str);
            let names: Vec<&str> = answer.iter().filter_map(name).collect();
            writeln!(out, "{}\t{}", file.display(), names.join(&speech.separator))?;
        }
    }
    Ok(())
}

/// The labels of each sequence, or its class.
fn answers(
    target: TargetKind,
    outputs: &[f32],
    window: &Window,
    beam: usize,
) -> anyhow::Result<Vec<Vec<u32>>> {
    Ok(match target {
        TargetKind::Labels { types } => {
            let shape = [window.steps, window.batch, types + 1];
            let logits = Logits::new(outputs, shape, types)?;
            let labels = |(b, &length): (usize, &usize)| match beam {
                1 => greedy(logits, b, length),
                _ => prefix_beam(logits, b, length, beam)
                    .into_iter()
                    .next()
                    .map_or_else(Vec::new, |best| best.labels),
            };
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
