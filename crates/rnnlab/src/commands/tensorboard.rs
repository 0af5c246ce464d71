//! `rnnlab tensorboard`: what runs recorded, as event files.

use crate::cli::FolderArgs;
use crate::tensorboard::EventFile;
use anyhow::bail;
use std::fs;
use std::io::Write;
use sweep::description::Experiment;
use sweep::records::{RecordError, RunFolder, check_writable_in_place, write_atomically};
use sweep::tables::TableError;
use train::{Event, Metric};
use words::counted;

/// The name that TensorBoard looks for begins like this.
const FILE: &str = "events.out.tfevents.0.rnnlab";

pub(super) fn tensorboard(arguments: &FolderArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let folder = &arguments.folder;
    if !folder.join("experiment.json").is_file() {
        return Err(TableError::Absent(folder.display().to_string()).into());
    }
    check_writable_in_place(folder)?;
    let target = folder.join("tensorboard");
    let mut written = 0;
    let experiment = Experiment::read(folder)?;
    for run in &experiment.runs {
        let events = RunFolder::of(folder, run).events()?;
        if events.is_empty() {
            continue;
        }
        let place = target.join(run);
        fs::create_dir_all(&place).map_err(RecordError::io(&place))?;
        write_atomically(&place.join(FILE), event_file(&events, experiment.metric).bytes())?;
        written += 1;
    }
    if written == 0 {
        bail!("{}: no run has recorded anything here", folder.display());
    }
    writeln!(out, "event files of {}: {}", counted(written, "run"), target.display())?;
    writeln!(out, "look at them with `tensorboard --logdir {}`", target.display())?;
    Ok(())
}

fn event_file(events: &[Event], metric: Metric) -> EventFile {
    let mut file = EventFile::new();
    let mut before = (0, 0.0);
    for event in events {
        match event {
            Event::Step(step) => {
                let mut add = |tag: &str, value| {
                    file.scalar(tag, step.step as u64, step.seconds, value);
                };
                add("train/loss", step.loss);
                add("train/gradient norm", step.gradient_norm);
                add("train/learning rate", step.learning_rate);
                let (tokens, seconds) = (step.tokens - before.0, step.seconds - before.1);
                if seconds > 0.0 {
                    add("train/tokens per second", tokens as f64 / seconds);
                }
                before = (step.tokens, step.seconds);
            }
            Event::Evaluation(evaluation) => {
                let mut add = |tag: &str, value| {
                    file.scalar(tag, evaluation.step as u64, evaluation.seconds, value);
                };
                let (loss, metrics) = (evaluation.valid_loss, &evaluation.metrics);
                add("valid/loss", loss);
                if let Some(score) = train::value(metric, loss, metrics) {
                    add(&format!("valid/{}", metric.title()), score);
                }
                for (other, value) in metrics.iter().filter(|(other, _)| **other != metric) {
                    add(&format!("valid/{}", other.title()), *value);
                }
            }
            _ => {}
        }
    }
    file
}
