//! Trainings that start from the weights of another one, and train only a part of them.

use crate::training::{config, corpus, model, size};
use data::Corpus;
use safetensors::SafeTensors;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow::Continue;
use std::path::{Path, PathBuf};
use train::{
    Dataset, Event, Optimizer, Outcome, Part, Pretrained, RowMap, RowNames, RunSpec, TrainConfig,
    TrainError, WeightsFile,
};
use zoo::Zoo;

/// The end of a training, and the loss before its first step.
struct Ended {
    first: f64,
    outcome: Outcome,
    model: PathBuf,
}

fn trained(
    folder: &Path,
    (dataset, train): (&Dataset, &TrainConfig),
    start: Option<&Pretrained>,
    seed: u64,
) -> Result<Ended, TrainError> {
    fs::create_dir_all(folder).unwrap();
    let model = model::ModelConfig { tied: false, ..model("gru") };
    let spec = RunSpec { name: "run", model: &model, train, start, probe: None, seed, test: false };
    let checkpoint = folder.join("checkpoint.safetensors");
    let mut first = None;
    let on_event = &mut |event| {
        if let Event::Evaluation(evaluation) = event {
            first.get_or_insert(evaluation.valid_loss);
        }
        Continue(())
    };
    let outcome = train::run(spec, dataset, &Zoo::standard(), Some(&checkpoint), on_event)?;
    Ok(Ended { first: first.unwrap(), outcome, model: folder.join("model.safetensors") })
}

/// The same text with its words in another order; some of them are others.
fn other(corpus: &Corpus, renamed: bool) -> Corpus {
    let mut words: Vec<String> = corpus.vocabulary.words().map(str::to_owned).collect();
    words.reverse();
    let some = words.iter_mut().enumerate().filter(|(k, _)| renamed && k % 10 == 3);
    some.for_each(|(k, word)| *word = format!("new {k}"));
    let last = words.len() as u32 - 1;
    let turned = |ids: &[u32]| ids.iter().map(|id| last - id).collect();
    Corpus {
        train: turned(&corpus.train),
        valid: turned(&corpus.valid),
        test: turned(&corpus.test),
        vocabulary: words.try_into().unwrap(),
        ..corpus.clone()
    }
}

/// The model in a file, from which a training on `here` starts that was trained on `there`.
fn start(file: &Path, parts: &[Part], here: &Dataset, there: &Dataset) -> Pretrained {
    let (ours, theirs) = (RowNames::of(here), RowNames::of(there));
    Pretrained {
        file: file.to_owned(),
        sha256: WeightsFile::read(file).unwrap().sha256,
        parts: parts.to_vec(),
        read: Some(RowMap::new(&ours.read, &theirs.read)),
        written: Some(RowMap::new(&ours.written, &theirs.written)),
    }
}

fn tensors(file: &Path) -> BTreeMap<String, Vec<f32>> {
    let content = fs::read(file).unwrap();
    let all = SafeTensors::deserialize(&content).unwrap();
    let numbers = |bytes: &[u8]| {
        bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    };
    all.tensors().into_iter().map(|(name, view)| (name, numbers(view.data()))).collect()
}

fn short(change: serde_json::Value) -> TrainConfig {
    let mut fields = serde_json::to_value(config(Optimizer::Adam, 0.01)).unwrap();
    for (key, value) in change.as_object().unwrap() {
        fields[key] = value.clone();
    }
    serde_json::from_value(fields).unwrap()
}

const ALL: [Part; 3] = [Part::Embedding, Part::Layers, Part::Output];

#[test]
fn a_model_goes_on_as_good_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus(2_001);
    let there = Dataset::Corpus(corpus.clone());
    let train = short(json!({}));
    let before = trained(&folder.path().join("a"), (&there, &train), None, 1).unwrap();
    let same = start(&before.model, &ALL, &there, &there);
    let after = trained(&folder.path().join("b"), (&there, &train), Some(&same), 2).unwrap();
    assert_eq!(Some(after.first), before.outcome.valid_loss);
    // With its words in another order, the sums of a softmax are formed in another one.
    let here = Dataset::Corpus(other(&corpus, false));
    let turned = start(&before.model, &ALL, &here, &there);
    let after = trained(&folder.path().join("c"), (&here, &train), Some(&turned), 2).unwrap();
    assert!((after.first - before.outcome.valid_loss.unwrap()).abs() < 1e-5, "{}", after.first);
}

#[test]
fn words_are_found_by_name_and_frozen_parts_stay_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus(2_001);
    let (there, here) = (Dataset::Corpus(corpus.clone()), Dataset::Corpus(other(&corpus, true)));
    let before = trained(&folder.path().join("a"), (&there, &short(json!({}))), None, 1).unwrap();
    let parts = [Part::Embedding, Part::Layers];
    let start = start(&before.model, &parts, &here, &there);
    let frozen = short(json!({"freeze": {"parts": parts}}));
    let of = |name: &str, start: Option<&Pretrained>| {
        let ended = trained(&folder.path().join(name), (&here, &frozen), start, 2).unwrap();
        tensors(&ended.model)
    };
    let (source, started, drawn) = (tensors(&before.model), of("b", Some(&start)), of("c", None));
    for (name, values) in &started {
        match Part::of(name) {
            Part::Layers => assert_eq!(values, &source[name], "{name}"),
            Part::Embedding => {}
            _ => assert_ne!(values, &drawn[name], "{name} is trained"),
        }
    }
    let (words, width) = (corpus.vocabulary.len(), 12);
    let row = |all: &BTreeMap<String, Vec<f32>>, row: usize| {
        all["embedding"][row * width..][..width].to_vec()
    };
    for word in 0..words {
        let expected = match word % 10 == 3 {
            true => row(&drawn, word),
            false => row(&source, words - 1 - word),
        };
        assert_eq!(row(&started, word), expected, "word {word}");
    }
}

/// Ten steps an epoch: the layers are trained from step 11 on.
#[test]
fn what_is_frozen_for_an_epoch_is_trained_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = Dataset::Corpus(corpus(2_001));
    let layers = |name: &str, steps: usize| {
        let train = short(json!({"steps": steps, "freeze": {"parts": ["layers"], "epochs": 1}}));
        let ended = trained(&folder.path().join(name), (&dataset, &train), None, 1).unwrap();
        tensors(&ended.model)["layer 0.recurrent"].clone()
    };
    let [one, ten, eleven] =
        [("a", 1), ("b", 10), ("c", 11)].map(|(name, steps)| layers(name, steps));
    assert_eq!(one, ten);
    assert_ne!(ten, eleven);
    // The first step of Adam is as long as the learning rate, however late.
    let longest = ten.iter().zip(&eleven).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!((longest - 0.01).abs() < 1e-4, "{longest}");
}

#[test]
fn a_file_that_changed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = Dataset::Corpus(corpus(2_001));
    let train = TrainConfig { steps: Some(size(1)), ..short(json!({})) };
    let before = trained(&folder.path().join("a"), (&dataset, &train), None, 1).unwrap();
    let start = start(&before.model, &ALL, &dataset, &dataset);
    let mut content = fs::read(&before.model).unwrap();
    *content.last_mut().unwrap() ^= 1;
    fs::write(&before.model, content).unwrap();
    let error = trained(&folder.path().join("b"), (&dataset, &train), Some(&start), 2);
    let error = error.map(|ended| ended.first).unwrap_err().to_string();
    assert!(error.contains("it was changed since"), "{error}");
}
