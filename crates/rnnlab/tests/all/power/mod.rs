//! Power cuts: at every change of a file, the disk may hold what was synced and any part of what was
//! not. From there a sweep goes on and leaves what an undisturbed one leaves; what was told to be done
//! is not done again.

mod disk;

use crate::records::{assert_same, of_runs};
use disk::{Changes, Disk, Kept, Recorded, record};
use experiment::plan::{Calibration, DataFacts, complete, compose};
use experiment::spec::{DataSpec, Source};
use machine::{Change, Environment};
use rnnlab::Trainer;
use rnnlab::zoo::Zoo;
use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use sweep::records::{Lock, RunData};
use sweep::run::{Ending, Observer, QueuedRun, RunObserver, Stop, Sweep};
use train::{Dataset, Event};

/// Two runs with six checkpoints each.
const STUDY: &str = "\
data: {name: adding, length: 5, sequences: {train: 40, valid: 8, test: 8}}
model: {cell: gru, layers: 1, hidden: 4, init: 0.1}
train: {batch: 8, epochs: 3, evaluations_per_epoch: 2, optimizer: adam, learning_rate: 0.01}
sweep: {seed: [1, 2]}
";

/// The step after which the first run is stopped: between two checkpoints.
const STOP: usize = 9;

/// How many disks that keep something of what was not synced are looked at for each cut.
const RANDOM: u64 = 2;

/// What a sweep tells.
#[derive(Default)]
struct Told {
    stop: Stop,
    /// The step after which all is to stop.
    stop_after: Option<usize>,
    /// The changes so far, where they are recorded.
    changes: Changes,
    warnings: Mutex<Vec<String>>,
    /// The steps that were trained, each with its run.
    steps: Mutex<Vec<(String, usize)>>,
    /// The runs that ended or were stopped, each with the number of changes before it was told.
    ends: Mutex<Vec<(String, usize)>>,
}

struct ToldOfRun<'a> {
    told: &'a Told,
    run: String,
}

impl Observer for Told {
    fn run<'a>(&'a self, due: &QueuedRun<'a>) -> Box<dyn RunObserver + 'a> {
        Box::new(ToldOfRun { told: self, run: due.run.id.clone() })
    }

    fn skipped(&self, _: &QueuedRun<'_>, _: &str) {}

    fn warn(&self, run: &str, problem: &str) {
        self.warnings.lock().unwrap().push(format!("{run}: {problem}"));
    }

    fn stopping(&self) {}

    fn tick(&self) {}
}

impl RunObserver for ToldOfRun<'_> {
    fn event(&self, event: &Event) {
        match event {
            Event::Step(step) => {
                self.told.steps.lock().unwrap().push((self.run.clone(), step.step));
                if self.told.stop_after == Some(step.step) {
                    self.told.stop.request();
                }
            }
            Event::Damaged(damaged) => self.warn(&format!("{damaged:?}")),
            _ => {}
        }
    }

    fn warn(&self, problem: &str) {
        self.told.warn(&self.run, problem);
    }

    fn end(&self, ending: &Ending<'_>) {
        if let Ending::Failed(error) = ending {
            panic!("{}: {error}", self.run);
        }
        let changes = self.told.changes.lock().unwrap().len();
        self.told.ends.lock().unwrap().push((self.run.clone(), changes));
    }
}

/// The study, whose results are to be in `folder`.
fn sweep(folder: &Path, told: &Told) {
    let engine = Trainer::new(Zoo::standard());
    let source = Source::recorded([("study.yaml".into(), STUDY.to_owned())], None, &[]).unwrap();
    let drafts = compose(source, &engine).unwrap();
    let [DataSpec::Sequences(spec)] = &drafts.data[..] else { panic!("one dataset") };
    let places = data::Places::new(Vec::new(), None);
    let dataset = Dataset::Sequences(data::load_sequences(spec, &places, &mut |_| ()).unwrap());
    let facts = DataFacts::of(&dataset, &drafts.data[0]);
    let data = [RunData::of(&dataset, &drafts.data[0], &facts)];
    let plan =
        complete(&drafts.spec, &drafts.runs, &[facts], &Calibration::default(), &engine).unwrap();
    let due = plan.runs.iter().enumerate();
    let due: Vec<QueuedRun<'_>> =
        due.map(|(position, run)| QueuedRun { run, position, expected: 1.0 }).collect();
    let _lock = Lock::take(folder).unwrap();
    let sweep = Sweep {
        engine: &engine,
        datasets: &[dataset],
        data: &data,
        folder,
        pretraining: folder,
        here: &Environment::here(),
        threads: NonZeroUsize::MIN,
        stop: &told.stop,
        observer: told,
    };
    let counts = sweep.run(&due, 1).unwrap();
    assert_eq!(counts.failed, 0);
}

/// Puts a disk's files into a folder in place of what is there.
fn put(files: &BTreeMap<PathBuf, Vec<u8>>, root: &Path, folder: &Path) {
    if folder.exists() {
        fs::remove_dir_all(folder).unwrap();
    }
    fs::create_dir_all(folder.join("runs")).unwrap();
    for (path, content) in files {
        let place = folder.join(path.strip_prefix(root).unwrap());
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, content).unwrap();
    }
}

/// What is held is what is really there: no file was changed in another way.
fn assert_complete(changes: &[Recorded], root: &Path) {
    let held = Disk::after(changes, root).holds(Kept::Everything);
    let mut there = BTreeMap::new();
    for run in fs::read_dir(root.join("runs")).unwrap() {
        let run = run.unwrap().path();
        for file in if run.is_dir() { fs::read_dir(run).unwrap().collect() } else { Vec::new() } {
            let path = file.unwrap().path();
            there.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    assert!(held == there, "{:?}\n{:?}", held.keys(), there.keys());
}

#[test]
fn after_a_power_cut_it_ends_like_an_undisturbed_one() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, results, after] =
        ["whole", "results", "after"].map(|name| folder.path().join(name));
    sweep(&whole, &Told::default());
    let undisturbed = of_runs(&whole);

    // Stopped in the middle of the first run, and taken up.
    let changes = record(&results);
    fs::create_dir_all(results.join("runs")).unwrap();
    let told = || Told { changes: Arc::clone(&changes), ..Told::default() };
    let (stopped, done) = (Told { stop_after: Some(STOP), ..told() }, told());
    sweep(&results, &stopped);
    sweep(&results, &done);
    assert_same(&of_runs(&results), &undisturbed);
    let [stopped, done] = [stopped, done].map(|told| told.ends.into_inner().unwrap());
    assert_eq!([stopped.len(), done.len()], [1, 2]);
    let changes = changes.lock().unwrap().clone();
    assert_complete(&changes, &results);

    // Between two lines of the log, nothing else changes.
    let is_line = |(change, _): &Recorded| match change {
        Change::Content(path) => path.ends_with("metrics.jsonl"),
        _ => false,
    };
    let matters = |&cut: &usize| cut == 0 || !changes[cut - 1..].iter().take(2).all(is_line);
    for cut in (0..=changes.len()).filter(matters) {
        let disk = Disk::after(&changes[..cut], &results);
        let random = (0..RANDOM).map(|k| Kept::Some(RANDOM * cut as u64 + k));
        for kept in [Kept::Nothing, Kept::Names, Kept::Everything].into_iter().chain(random) {
            let files = disk.holds(kept);
            put(&files, &results, &after);
            let told = Told::default();
            sweep(&after, &told);
            assert_same(&of_runs(&after), &undisturbed);
            let sizes: Vec<_> = files.iter().map(|(path, content)| (path, content.len())).collect();
            let after = format!(
                "after {:?}, {kept:?} of the rest kept: {sizes:#?}, {:#?}",
                changes[..cut].iter().rev().take(9).map(|(change, _)| change).collect::<Vec<_>>(),
                told.warnings.into_inner().unwrap()
            );
            // What was told to be done, or saved, is not done again.
            let steps = told.steps.into_inner().unwrap();
            let first = |run: &str| steps.iter().find(|(of, _)| of == run).map(|(_, step)| *step);
            for (run, told) in &done {
                let again = first(run).filter(|_| *told <= cut);
                assert_eq!(again, None, "{run} is done again {after}");
            }
            for (run, told) in &stopped {
                let again = first(run).filter(|step| *told <= cut && *step <= STOP);
                assert_eq!(again, None, "{run} does not go on {after}");
            }
        }
    }
}
