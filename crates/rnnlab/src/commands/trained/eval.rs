//! `rnnlab eval`: a model scored again.

use super::TrainedRun;
use crate::cli::{EvalArgs, EvaluatedSplit, LENGTH_PENALTY};
use crate::commands::data_files::Teller;
use crate::progress::say;
use anyhow::{Context, anyhow, bail};
use data::{Places, SequenceDataset, Split};
use experiment::role::Role;
use experiment::spec::DataSpec;
use report::written;
use std::io::Write;
use std::path::Path;
use sweep::Engine;
use sweep::records::{FileRecord, RunData};
use task::TargetKind;
use train::{Beam, Dataset, Score};
use words::{counted, share, thousands};

pub(in crate::commands) fn eval(
    arguments: &EvalArgs,
    engine: &dyn Engine,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let run = TrainedRun::open(&arguments.run)?;
    let search = searched(&run, arguments)?;
    let (heading, score) = match &arguments.data {
        Some(path) => of_file(&run, path, arguments.beam.beam()?, engine)?,
        None => of_split(&run, arguments, engine)?,
    };
    let metric = run.data.metric;
    writeln!(out, "{heading}")?;
    if let Some(search) = search {
        writeln!(out, "  {search}")?;
    }
    writeln!(out, "  loss {:.4}", score.loss)?;
    let deciding = train::value(metric, score.loss, &score.metrics);
    let others = score.metrics.iter().filter(|(other, _)| **other != metric);
    let others = others.map(|(other, value)| (*other, *value));
    for (metric, value) in deciding.map(|value| (metric, value)).into_iter().chain(others) {
        writeln!(out, "  {} {}", metric.title(), written(metric, value))?;
    }
    Ok(())
}

/// How answers were searched for, where a beam was asked for. An error where nothing is searched for.
fn searched(run: &TrainedRun, arguments: &EvalArgs) -> anyhow::Result<Option<String>> {
    let Beam { size, length, coverage } = arguments.beam.beam()?;
    if size.get() == 1 {
        return Ok(None);
    }
    Ok(Some(match run.data.shape.target {
        TargetKind::Sequence { .. } if coverage > 0.0 && !run.attends() => bail!(
            "{}: --coverage-penalty is for models that attend to their source; this one has no attention",
            arguments.run.display()
        ),
        TargetKind::Sequence { .. } => format!(
            "answers by a beam of {size}, length penalty {length}, coverage penalty {coverage}; the loss is that of the reference"
        ),
        TargetKind::Labels { .. } if (length, coverage) != (LENGTH_PENALTY, 0.0) => bail!(
            "{}: --length-penalty and --coverage-penalty are for models that write sentences; this one recognises labels",
            arguments.run.display()
        ),
        TargetKind::Labels { .. } => format!("labels by a prefix beam of {size}"),
        _ => bail!(
            "{}: --beam is for models that write sentences or labels; this one was trained on {}",
            arguments.run.display(),
            run.data.title
        ),
    }))
}

/// Scores a model on a file that is given, read as its training data were.
fn of_file(
    run: &TrainedRun,
    path: &Path,
    beam: Beam,
    engine: &dyn Engine,
) -> anyhow::Result<(String, Score)> {
    let data = &run.data;
    let name = path.display();
    if let (Some(tokeniser), TargetKind::Tokens { .. }) = (data.tokeniser, data.shape.target) {
        let text = data::encode_file(path, tokeniser, &data.vocabulary)?;
        let score = engine.score_text(run.saved(), &text.tokens);
        let tokens = thousands(text.tokens.len() as u64);
        let heading = match text.unknown {
            0 => format!("{name}\n  tokens {tokens}"),
            unknown => {
                let share = share(unknown as f64 / text.tokens.len() as f64);
                format!("{name}\n  tokens {tokens}, of which {share} are unknown to the model")
            }
        };
        return Ok((heading, score.map_err(|error| run.told(error))?));
    }
    if let (Some(source), Some(target)) = (data.text(), &data.answers) {
        let pairs = data::encode_pairs(path, &source, target)?;
        let heading = format!("{name}\n  pairs {}", thousands(pairs.test.len() as u64));
        let score = engine.score(run.saved(), &Dataset::Sequences(pairs), Split::Test, beam);
        return Ok((heading, score.map_err(|error| run.told(error))?));
    }
    let DataSpec::Sequences(SequenceDataset::Table(settings)) = spec(run)? else {
        bail!(
            "--data gives a text to a language model, a table to a model of a table or pairs of sentences (one a line, with a tab between) to a model that translates; this one was trained on {}",
            data.title
        );
    };
    let settings = data::TableSettings { path: path.to_owned(), ..settings };
    let rows = data::encode_table(&settings, &data.vocabulary, &data.classes)?;
    let heading = format!("{name}\n  rows {}", thousands(rows.test.len() as u64));
    let score = engine.score(run.saved(), &Dataset::Sequences(rows), Split::Test, beam);
    Ok((heading, score.map_err(|error| run.told(error))?))
}

/// Scores a model on a split of the data that it was trained on.
fn of_split(
    run: &TrainedRun,
    arguments: &EvalArgs,
    engine: &dyn Engine,
) -> anyhow::Result<(String, Score)> {
    let spec = spec(run)?;
    let places = places(run);
    let mut teller = Teller::default();
    let mut tell = |news: data::Progress<'_>| teller.tell(news);
    let mut dataset = crate::commands::load(&spec, &places, &mut tell)
        .with_context(|| "the data of the training cannot be read again".to_owned())?;
    let changes = changes(&run.data, &dataset);
    if let Some(changes) = &changes {
        if !arguments.changed_data {
            bail!(
                "{changes}; with --changed-data the model is scored on it all the same, in the vocabulary and classes of its training"
            );
        }
        dataset = in_numbers_of_the_model(run, &spec, dataset)?;
    }
    let (split, name) = match arguments.split {
        EvaluatedSplit::Valid => (Split::Valid, "validation"),
        EvaluatedSplit::Test => (Split::Test, "test"),
    };
    let mut heading = format!("{name} split of {}", run.data.title);
    if run.role == Some(Role::Trial) && matches!(split, Split::Test) {
        say(&format!(
            "warning: {} is a trial, which is there for something to be chosen: what is chosen by test scores has no test score of its own; `--split valid` scores it on the validation split",
            arguments.run.display()
        ));
    }
    if let Some(changes) = changes {
        heading = format!("{heading}\n  not the data of the training: {changes}");
    }
    let score = engine
        .score(run.saved(), &dataset, split, arguments.beam.beam()?)
        .map_err(|error| run.told(error))?;
    Ok((heading, score))
}

/// What was trained on, to be loaded again.
fn spec(run: &TrainedRun) -> anyhow::Result<DataSpec> {
    DataSpec::read(run.data.dataset.clone()).map_err(|errors| {
        let problem = errors.into_iter().next().map_or(String::new(), |error| error.problem);
        anyhow!("{}: dataset: {problem}", run.data_path.display())
    })
}

/// Where to look for the data: as ever, then where the training found them.
fn places(run: &TrainedRun) -> Places {
    let location = run.data.location.iter().flat_map(|path| path.ancestors().take(3));
    location.fold(Places::from_env(), |places, folder| places.with_folder(folder))
}

/// What became of the data since the training; `None` if they are the same.
fn changes(recorded: &RunData, dataset: &Dataset) -> Option<String> {
    let source = dataset.source();
    let now: Vec<FileRecord> = source.files.iter().map(FileRecord::from).collect();
    let file = |file: &FileRecord| {
        format!(
            "{} bytes, SHA-256 {}",
            thousands(file.bytes),
            &file.sha256[..file.sha256.len().min(12)]
        )
    };
    let pairs = recorded.files.iter().zip(&now);
    let changed: Vec<String> = pairs
        .filter(|(was, is)| (was.bytes, &was.sha256) != (is.bytes, &is.sha256))
        .map(|(was, is)| format!("{} was {}, is {}", was.name, file(was), file(is)))
        .collect();
    match () {
        () if !changed.is_empty() => {
            Some(format!("{}: changed since the training: {}", source.location, changed.join("; ")))
        }
        () if recorded.files.len() != now.len() => Some(format!(
            "{}: the training read {}, and there are {}",
            source.location,
            counted(recorded.files.len(), "file"),
            now.len()
        )),
        () if experiment::hash::dataset(dataset) != recorded.fingerprint => Some(format!(
            "{}: this version of the program reads or makes these data in another way than the one that trained",
            recorded.title
        )),
        () => None,
    }
}

/// Changed data in the vocabulary and the classes of the training.
fn in_numbers_of_the_model(
    run: &TrainedRun,
    spec: &DataSpec,
    dataset: Dataset,
) -> anyhow::Result<Dataset> {
    let RunData { vocabulary, classes, .. } = &run.data;
    let (same_types, same_classes) = match &dataset {
        Dataset::Corpus(corpus) => (corpus.vocabulary == *vocabulary, true),
        Dataset::Sequences(data) => {
            let answers = data.answers.as_ref().map(|answers| &answers.codec);
            let same = data.text == run.data.text() && answers == run.data.answers.as_ref();
            (same, data.classes == *classes)
        }
    };
    Ok(match spec {
        DataSpec::Text { path, settings } => {
            Dataset::Corpus(data::reload_text(path, *settings, vocabulary, &mut |_| ())?)
        }
        DataSpec::Sequences(SequenceDataset::Table(settings)) => {
            Dataset::Sequences(data::reload_table(settings, vocabulary, classes, &mut |_| ())?)
        }
        DataSpec::Sequences(SequenceDataset::Pairs(settings)) => {
            match (run.data.text(), &run.data.answers) {
                (Some(source), Some(target)) => {
                    Dataset::Sequences(data::reload_pairs(settings, &source, target, &mut |_| ())?)
                }
                _ => dataset,
            }
        }
        _ if same_types && same_classes && dataset.shape() == run.data.shape => dataset,
        _ => bail!(
            "{}: its types or classes are others than those of the training; train the model again",
            run.data.title
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_not_none_and_most_are_not_all() {
        let shares = [0.0, 1e-5, 0.002, 0.25, 0.9995, 1.0].map(share);
        assert_eq!(shares, ["0.0 %", "under 0.1 %", "0.2 %", "25.0 %", "over 99.9 %", "100.0 %"]);
    }
}
