//! Trainings stopped, their checkpoints damaged, and taken up again.

use crate::training::{config, corpus, model, size};
use std::fs;
use std::ops::ControlFlow::{Break, Continue};
use std::path::{Path, PathBuf};
use train::{
    Damaged, Dataset, Event, Halt, Optimizer, Outcome, Pretrained, RunSpec, TrainConfig, TrainError,
};
use zoo::Zoo;

/// A training of 20 steps with checkpoints after steps 5, 10, 15 and 20.
struct Short {
    name: &'static str,
    dataset: Dataset,
    model: model::ModelConfig,
    train: TrainConfig,
    start: Option<Pretrained>,
}

/// What a training told: its first step, and damaged checkpoints.
#[derive(Debug, Default)]
struct Told {
    first: Option<usize>,
    damaged: Vec<Damaged>,
}

impl Short {
    fn new() -> Self {
        let mut corpus = corpus(2_001);
        corpus.valid.truncate(200);
        corpus.test.truncate(200);
        let model = model::ModelConfig { layers: size(1), ..model("lstm") };
        let name = "run";
        let (dataset, train) = (Dataset::Corpus(corpus), config(Optimizer::Adam, 0.01));
        Self { name, dataset, model, train, start: None }
    }

    /// Trains, asking to stop at a step.
    fn run(&self, path: &Path, stop: Option<(usize, Halt)>) -> (Result<Outcome, TrainError>, Told) {
        let spec = RunSpec {
            name: self.name,
            model: &self.model,
            train: &self.train,
            start: self.start.as_ref(),
            probe: None,
            seed: 3,
            test: true,
        };
        let mut told = Told::default();
        let on_event = &mut |event| match event {
            Event::Step(step) => {
                told.first.get_or_insert(step.step);
                match stop {
                    Some((last, halt)) if last == step.step => Break(halt),
                    _ => Continue(()),
                }
            }
            Event::Damaged(damaged) => {
                told.damaged.push(damaged);
                Continue(())
            }
            _ => Continue(()),
        };
        let zoo = Zoo::standard();
        let result = train::run(spec, &self.dataset, &zoo, Some(path), on_event);
        (result, told)
    }

    /// What an undisturbed training leaves: its losses and its model, to the bit.
    fn undisturbed(&self) -> Left {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        left(&self.run(&path, None).0.unwrap(), &path)
    }

    /// Stops at step 17, so that there are checkpoints after steps 17 and 15; their contents.
    fn stopped(&self) -> [Vec<u8>; 2] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        let (result, _) = self.run(&path, Some((17, Halt::Saved)));
        assert!(matches!(result, Err(TrainError::Stopped { step: 17 })), "{result:?}");
        train::checkpoint_files(&path).map(|file| fs::read(file).unwrap())
    }

    /// Goes on from these checkpoints to the end.
    fn finished(&self, contents: [&[u8]; 2]) -> (Left, Told) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        for (file, content) in train::checkpoint_files(&path).iter().zip(contents) {
            fs::write(file, content).unwrap();
        }
        let (result, told) = self.run(&path, None);
        (left(&result.unwrap(), &path), told)
    }
}

type Left = ([Option<u64>; 2], Vec<u8>);

fn left(outcome: &Outcome, checkpoint: &Path) -> Left {
    let losses = [outcome.valid_loss, outcome.test_loss].map(|nll| nll.map(f64::to_bits));
    (losses, fs::read(checkpoint.with_file_name("model.safetensors")).unwrap())
}

/// The whole file, with something wrong with it: cut short, or with bits turned.
fn damages(whole: &[u8]) -> Vec<Vec<u8>> {
    let last = whole.len() - 1;
    let cut = [0, 1, 7, 8, 100, last / 2, last].map(|length| whole[..length].to_vec());
    // In the length of the header, all over the header, and all over the tensors.
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    let places = [0, 7, 8, 30, 80, 140, header / 2, header - 1, header, last];
    let spread = (1..12).map(|part| header + part * (last - header) / 12);
    let turned = places.into_iter().chain(spread).map(|place| {
        let mut content = whole.to_vec();
        content[place] ^= 1 << (place % 8);
        content
    });
    cut.into_iter().chain(turned).collect()
}

#[test]
fn a_stopped_training_goes_on_with_the_next_step() {
    let short = Short::new();
    let [newest, before] = short.stopped();
    let (left, told) = short.finished([&newest, &before]);
    assert_eq!((told.first, told.damaged.len()), (Some(18), 0));
    assert!(left == short.undisturbed());
}

#[test]
fn a_damaged_checkpoint_gives_way_to_the_one_before() {
    let short = Short::new();
    let undisturbed = short.undisturbed();
    let [newest, before] = short.stopped();
    for (number, damaged) in damages(&newest).iter().enumerate() {
        let (left, told) = short.finished([damaged, &before]);
        assert_eq!((told.first, told.damaged.len()), (Some(16), 1), "damage {number}");
        assert_eq!(told.damaged[0].step, 15);
        assert!(told.damaged[0].file.ends_with("checkpoint.safetensors"));
        assert!(left == undisturbed, "damage {number}");
    }
}

#[test]
fn without_a_whole_checkpoint_it_starts_anew() {
    let short = Short::new();
    let [newest, before] = short.stopped();
    let (left, told) = short.finished([&newest[..newest.len() / 2], &before[1..]]);
    assert_eq!(told.first, Some(1));
    let damaged: Vec<(usize, &str)> =
        told.damaged.iter().map(|damaged| (damaged.step, damaged.why.as_str())).collect();
    let why = "its checksum does not hold: it was cut short or changed";
    assert_eq!(damaged, [(0, why), (0, why)]);
    assert!(left == short.undisturbed());
}

#[test]
fn a_training_stopped_at_once_leaves_its_checkpoints_alone() {
    let short = Short::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let (result, _) = short.run(&path, Some((18, Halt::AtOnce)));
    assert!(matches!(result, Err(TrainError::Stopped { step: 18 })), "{result:?}");
    assert_eq!(short.run(&path, None).1.first, Some(16));
}

/// As after a kill between the two moves that put a checkpoint in its place.
#[test]
fn the_one_before_serves_where_the_newest_is_missing() {
    let short = Short::new();
    let [_, before] = short.stopped();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    fs::write(&train::checkpoint_files(&path)[1], before).unwrap();
    let (result, told) = short.run(&path, None);
    assert_eq!((told.first, told.damaged.len()), (Some(16), 0));
    assert!(left(&result.unwrap(), &path) == short.undisturbed());
}

#[test]
fn a_checkpoint_of_another_run_is_not_taken_up() {
    let short = Short::new();
    let [newest, before] = short.stopped();
    let other = Short { name: "other", ..Short::new() };
    let (left, told) = other.finished([&newest, &before]);
    let why = "it is of run, not of other";
    let damaged: Vec<&str> = told.damaged.iter().map(|damaged| damaged.why.as_str()).collect();
    assert_eq!((told.first, damaged), (Some(1), vec![why, why]));
    assert!(left == other.undisturbed());
}

/// What a damaged newest checkpoint makes way for is not lost with the next checkpoint.
#[test]
fn the_one_that_served_is_kept() {
    let short = Short::new();
    let [newest, before] = short.stopped();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let files: [PathBuf; 2] = train::checkpoint_files(&path);
    fs::write(&files[0], &newest[1..]).unwrap();
    fs::write(&files[1], &before).unwrap();
    let _ = short.run(&path, Some((16, Halt::Saved)));
    assert!(fs::read(&files[1]).unwrap() == before);
}

#[test]
fn a_whole_checkpoint_of_another_model_is_an_error_that_names_the_file() {
    let short = Short::new();
    let [newest, _] = short.stopped();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    fs::write(&path, newest).unwrap();
    let other = Short { model: model("gru"), ..short };
    let message = other.run(&path, None).0.unwrap_err().to_string();
    assert!(
        message.contains("checkpoint.safetensors") && message.contains("delete it"),
        "{message}"
    );
}

/// Ten steps an epoch: layers are unfrozen after step 10.
#[test]
fn a_fine_tuning_is_taken_up_on_either_side_of_the_step_that_unfreezes() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).join("checkpoint.safetensors");
    for name in ["before", "whole", "early", "late"] {
        fs::create_dir_all(place(name).parent().unwrap()).unwrap();
    }
    let mut short = Short::new();
    short.run(&place("before"), None).0.unwrap();
    let file = place("before").with_file_name("model.safetensors");
    let names = train::RowNames::of(&short.dataset);
    let map = Some(train::RowMap::new(&names.read, &names.read));
    short.start = Some(Pretrained {
        sha256: train::WeightsFile::read(&file).unwrap().sha256,
        file: file.clone(),
        parts: vec![train::Part::Embedding, train::Part::Layers],
        read: map.clone(),
        written: map,
    });
    short.train.freeze = Some(train::Freeze {
        parts: vec![train::Part::Layers],
        epochs: Some(size(1)),
        gradual: false,
    });
    short.train.layer_decay = Some(0.5.try_into().unwrap());
    short.train.schedule = train::Schedule::SlantedTriangular {
        cut: 0.2.try_into().unwrap(),
        ratio: 8.0.try_into().unwrap(),
    };
    let whole = left(&short.run(&place("whole"), None).0.unwrap(), &place("whole"));
    for (name, step) in [("early", 7), ("late", 13)] {
        let (stopped, _) = short.run(&place(name), Some((step, Halt::Saved)));
        assert!(matches!(stopped, Err(TrainError::Stopped { .. })), "{stopped:?}");
        // What it started from is not needed any more.
        let away = file.with_extension("away");
        fs::rename(&file, &away).unwrap();
        let (outcome, told) = short.run(&place(name), None);
        assert_eq!(told.first, Some(step + 1));
        assert!(left(&outcome.unwrap(), &place(name)) == whole, "{name}");
        fs::rename(&away, &file).unwrap();
    }
}
