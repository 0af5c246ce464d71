//! `rnnlab translate`: sentences answered by a model that writes sentences.

use super::TrainedRun;
use crate::cli::TranslateArgs;
use anyhow::{Context, bail};
use std::io::{BufRead, Write};
use sweep::Engine;

pub(in crate::commands) fn translate(
    arguments: &TranslateArgs,
    engine: &dyn Engine,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let run = TrainedRun::open(&arguments.run)?;
    let (Some(source), Some(target)) = (run.data.text(), &run.data.answers) else {
        bail!(
            "{}: only models of sentences that are answered with sentences translate; this one was trained on {}",
            arguments.run.display(),
            run.data.title
        );
    };
    let beam = arguments.beam.beam()?;
    let write = engine.writer(run.saved(), beam).map_err(|error| run.told(error))?;
    for (number, line) in input.lines().enumerate() {
        let line = line.with_context(|| format!("line {} of the standard input", number + 1))?;
        // As in files: a byte-order mark is no letter.
        let line = if number == 0 { line.trim_start_matches('\u{feff}') } else { &line };
        let sentence = source.encode(line);
        // Nothing is answered with nothing.
        let answer = match sentence.is_empty() {
            true => String::new(),
            false => target.decode(&write(&sentence).map_err(|error| run.told(error))?),
        };
        writeln!(out, "{answer}")?;
        // Who types sees the answer at once.
        out.flush()?;
    }
    Ok(())
}
