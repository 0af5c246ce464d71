//! `rnnlab generate`: text from a language model.

use super::TrainedRun;
use crate::cli::GenerateArgs;
use crate::progress::say;
use anyhow::{anyhow, bail};
use data::Joiner;
use std::io::Write;
use std::ops::ControlFlow::{Break, Continue};
use sweep::Engine;
use task::TargetKind;
use train::Sampling;

pub(in crate::commands) fn generate(
    arguments: &GenerateArgs,
    engine: &dyn Engine,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let run = TrainedRun::open(&arguments.run)?;
    let (Some(tokeniser), TargetKind::Tokens { .. }) = (run.data.tokeniser, run.data.shape.target)
    else {
        bail!("{}: only language models write text", arguments.run.display());
    };
    if !(arguments.temperature >= 0.0 && arguments.temperature.is_finite()) {
        bail!("--temperature {} is not allowed; 0 and more is", arguments.temperature);
    }
    let known = &run.data.vocabulary;
    let words = tokeniser.split_beginning(&arguments.prompt);
    let id = |word: &String| {
        known.encode(word).ok_or_else(|| {
            anyhow!("{word:?} is not in the model's vocabulary, which has no `<unk>` either")
        })
    };
    let prompt = words.iter().map(id).collect::<anyhow::Result<Vec<u32>>>()?;
    if prompt.is_empty() {
        bail!("the prompt is empty; one word of the vocabulary is needed to begin with");
    }
    let unknown: Vec<String> =
        words.iter().filter(|word| known.id(word).is_none()).map(|w| format!("{w:?}")).collect();
    if !unknown.is_empty() {
        say(&format!("warning: not in the model's vocabulary: {}", unknown.join(", ")));
    }
    let sampling = Sampling {
        prompt: &prompt,
        length: arguments.length,
        temperature: arguments.temperature,
        seed: arguments.seed,
    };
    let mut joiner = Joiner::new(tokeniser);
    let mut write = |token: u32, out: &mut dyn Write| {
        let more = joiner.next(known.word(token).unwrap_or(data::UNKNOWN));
        out.write_all(more.as_bytes())
    };
    for &token in &prompt {
        write(token, out)?;
    }
    // However long the text is to be, it is written as it comes.
    let mut unwritten = None;
    let mut each = |token: u32| match write(token, out).and_then(|()| out.flush()) {
        Ok(()) => Continue(()),
        Err(error) => {
            unwritten = Some(error);
            Break(())
        }
    };
    engine.generate(run.saved(), sampling, &mut each).map_err(|error| run.told(error))?;
    match unwritten {
        Some(error) => Err(error.into()),
        None => Ok(writeln!(out)?),
    }
}
