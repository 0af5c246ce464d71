//! `rnnlab eval` and `rnnlab generate`: trained models put to use.

use crate::cli::{EvalArgs, EvaluatedSplit, GenerateArgs};
use crate::engine::Engine;
use crate::experiment::Experiment;
use crate::records::RunFolder;
use crate::report::written;
use crate::spec::{DataSpec, Field};
use anyhow::{Context, anyhow, bail};
use data::{Corpus, Split};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use train::{Dataset, Metric, ProbeConfig, RunSpec, Sampling, TrainConfig};

/// The configuration in a run's folder.
#[derive(Deserialize)]
struct Recorded {
    data: Value,
    model: model::ModelConfig,
    train: TrainConfig,
    #[serde(rename = "probe")]
    _probe: Option<ProbeConfig>,
    seed: u64,
}

/// A run with its data.
struct Trained {
    recorded: Recorded,
    model: PathBuf,
    dataset: Dataset,
}

impl Trained {
    fn open(folder: &Path) -> anyhow::Result<Self> {
        let run = RunFolder::at(folder);
        let config = run.config()?;
        let model = run.model();
        if !model.is_file() {
            bail!("{}: there is no trained model; the run is not done", model.display());
        }
        let recorded: Recorded =
            serde_json::from_value(config).with_context(|| folder.display().to_string())?;
        let data = data_of(folder, &recorded.data)?;
        let dataset = super::dataset(&data)?;
        Ok(Self { recorded, model, dataset })
    }

    fn spec(&self) -> RunSpec<'_> {
        let Recorded { model, train, seed, .. } = &self.recorded;
        RunSpec { model, train, probe: None, seed: *seed, test: true }
    }
}

/// What a run was trained on.
fn data_of(folder: &Path, recorded: &Value) -> anyhow::Result<DataSpec> {
    let settings = match recorded {
        Value::Object(settings) => settings.clone(),
        name => Map::from_iter([("name".to_owned(), name.clone())]),
    };
    if let Ok(data) = DataSpec::read(settings) {
        return Ok(data);
    }
    // A text of the user's own, whose path and settings stand in the experiment file alone.
    let experiment = folder.canonicalize().with_context(|| folder.display().to_string())?;
    let Some(experiment) = experiment.parent().and_then(Path::parent) else {
        bail!("{}: the experiment's folder is not around it", folder.display());
    };
    let source = Experiment::read(experiment)?.source()?;
    let mut fields = source.merged().clone();
    for (key, value) in
        RunFolder::at(folder).status()?.map(|status| status.axes).unwrap_or_default()
    {
        if let Ok(field) = Field::parse(&key) {
            field.set(&mut fields, value);
        }
    }
    let settings = fields.get("data").and_then(Value::as_object).cloned().unwrap_or_default();
    DataSpec::read(settings).map_err(|misfits| {
        let problem = misfits.into_iter().next().map_or(String::new(), |misfit| misfit.problem);
        anyhow!("{}: data: {problem}", source.path().display())
    })
}

pub(super) fn eval(
    arguments: &EvalArgs,
    engine: &dyn Engine,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut trained = Trained::open(&arguments.run)?;
    let metric = trained.dataset.metric();
    let (mut split, name) = match arguments.split {
        EvaluatedSplit::Valid => (Split::Valid, "validation"),
        EvaluatedSplit::Test => (Split::Test, "test"),
    };
    let mut what = format!("{name} split of {}", trained.dataset.source().title);
    if let Some(path) = &arguments.data {
        let Dataset::Corpus(corpus) = &mut trained.dataset else {
            bail!("--data gives a text to a language model, and this is none");
        };
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        corpus.test = tokens(corpus, metric, &text)?;
        split = Split::Test;
        what = path.display().to_string();
    }
    let score = engine.score(trained.spec(), &trained.dataset, &trained.model, split)?;
    writeln!(out, "{what}")?;
    writeln!(out, "  loss {:.4}", score.loss)?;
    let deciding = train::value(metric, score.loss, &score.metrics);
    let others = score.metrics.iter().filter(|(other, _)| **other != metric);
    let others = others.map(|(other, value)| (*other, *value));
    for (metric, value) in deciding.map(|value| (metric, value)).into_iter().chain(others) {
        writeln!(out, "  {} {}", metric.title(), written(metric, value))?;
    }
    Ok(())
}

pub(super) fn generate(
    arguments: &GenerateArgs,
    engine: &dyn Engine,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let trained = Trained::open(&arguments.run)?;
    let metric = trained.dataset.metric();
    let Dataset::Corpus(corpus) = &trained.dataset else {
        bail!("{}: only language models write text", arguments.run.display());
    };
    if !(arguments.temperature >= 0.0 && arguments.temperature.is_finite()) {
        bail!("--temperature {} is not allowed; 0 and more is", arguments.temperature);
    }
    let prompt = tokens(corpus, metric, &arguments.prompt)?;
    if prompt.is_empty() {
        bail!("the prompt is empty; one word of the vocabulary is needed to begin with");
    }
    let sampling = Sampling {
        prompt: &prompt,
        length: arguments.length,
        temperature: arguments.temperature,
        seed: arguments.seed,
    };
    let drawn = engine.generate(trained.spec(), corpus, &trained.model, sampling)?;
    let text: Vec<&str> =
        prompt.iter().chain(&drawn).filter_map(|&token| corpus.vocabulary.word(token)).collect();
    writeln!(out, "{}", joined(&text, metric))?;
    Ok(())
}

/// The end of a line, as a word.
const END: &str = "<eos>";

/// A text in the tokens of a corpus: characters, or words and ends of lines.
fn tokens(corpus: &Corpus, metric: Metric, text: &str) -> anyhow::Result<Vec<u32>> {
    let known = &corpus.vocabulary;
    let words: Vec<String> = match metric {
        Metric::BitsPerCharacter => text.chars().map(String::from).collect(),
        _ => {
            let line = |line: &str| {
                let end = line.ends_with('\n') && known.id(END).is_some();
                let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
                words.into_iter().chain(end.then(|| END.to_owned()))
            };
            text.split_inclusive('\n').flat_map(line).collect()
        }
    };
    let id = |word: &String| {
        known.encode(word).ok_or_else(|| {
            anyhow!("`{word}` is not in the model's vocabulary, which has no `<unk>` either")
        })
    };
    words.iter().map(id).collect()
}

fn joined(words: &[&str], metric: Metric) -> String {
    match metric {
        Metric::BitsPerCharacter => words.concat(),
        _ => words.join(" ").replace(&format!(" {END} "), "\n").replace(END, ""),
    }
}
