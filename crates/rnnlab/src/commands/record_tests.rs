//! Records that are damaged, copied, cut, or in each other's way: told, and nothing lost in silence.

use super::tests::{Bench, FILE, names};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use sweep::description::Experiment;
use sweep::records::{RunFolder, RunState, Status};

/// The folder of the only experiment.
pub(super) fn study(bench: &Bench) -> PathBuf {
    bench.path("results/study")
}

/// The folder of its first run.
pub(super) fn first_run(study: &Path) -> PathBuf {
    let runs = study.join("runs");
    let name = names(&runs).into_iter().find(|name| name != ".lock").unwrap();
    runs.join(name)
}

/// Everything below a folder, as it is.
pub(super) fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for name in names(folder) {
        let path = folder.join(name);
        match path.is_dir() {
            true => found.extend(content(&path)),
            false => drop(found.insert(path.clone(), fs::read(&path).unwrap())),
        }
    }
    found
}

pub(super) fn changed(file: &Path, change: impl Fn(&str) -> String) {
    let text = fs::read_to_string(file).unwrap();
    let other = change(&text);
    assert_ne!(text, other, "{}", file.display());
    fs::write(file, other).unwrap();
}

#[test]
fn a_run_that_lacks_a_part_of_its_records_is_done_again() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    assert_eq!(bench.trainings(), 9);
    let run = first_run(&study(&bench));
    let log = run.join("metrics.jsonl");
    let whole = fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let left = [
        ("emptied", String::new()),
        ("without its end", lines[..lines.len() - 1].concat()),
        ("without its beginning", lines[1..].concat()),
        ("without its middle", [&lines[..4], &lines[5..]].concat().concat()),
    ];
    for (what, left) in left {
        fs::write(&log, left).unwrap();
        bench.run().unwrap();
        assert_eq!(bench.trainings(), 1, "{what}");
        assert_eq!(fs::read_to_string(&log).unwrap(), whole, "{what}");
    }
    for file in ["model.safetensors", "outcome.json", "metrics.jsonl"] {
        fs::remove_file(run.join(file)).unwrap();
        bench.run().unwrap();
        assert_eq!(bench.trainings(), 1, "{file}");
        assert!(run.join(file).is_file());
    }
    fs::remove_file(run.join("config.yaml")).unwrap();
    bench.run().unwrap();
    assert_eq!((bench.trainings(), run.join("config.yaml").is_file()), (0, true));
}

/// As if two configurations had one checksum.
#[test]
fn a_run_configured_otherwise_is_not_taken_for_the_one_of_its_name() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    bench.trainings();
    let config = first_run(&study(&bench)).join("config.yaml");
    changed(&config, |text| text.replace("batch: 20", "batch: 21"));
    let error = bench.run().unwrap_err();
    assert!(error.contains("config.yaml: here is a run that is configured otherwise"), "{error}");
    assert_eq!(bench.trainings(), 0);
}

#[test]
fn a_damaged_description_is_told_and_not_replaced() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    bench.trainings();
    let file = study(&bench).join("experiment.json");
    changed(&file, |text| text[..text.len() / 2].to_owned());
    let damaged = fs::read_to_string(&file).unwrap();
    let error = bench.run().unwrap_err();
    assert!(error.contains("experiment.json: EOF") && error.contains("restore it"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), damaged);
    fs::remove_file(&file).unwrap();
    bench.run().unwrap();
    assert_eq!(bench.trainings(), 0, "the runs are as they were");
}

#[test]
fn sessions_are_those_whose_work_is_here() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    let file = study(&bench).join("experiment.json");
    let sessions = || Experiment::read(&study(&bench)).unwrap().sessions.len();
    fs::remove_dir_all(first_run(&study(&bench))).unwrap();
    bench.run().unwrap();
    assert_eq!(sessions(), 2);

    // The description alone, as it is published, and other work that is made anew.
    let description = fs::read(&file).unwrap();
    fs::remove_dir_all(study(&bench)).unwrap();
    fs::create_dir(study(&bench)).unwrap();
    fs::write(&file, description).unwrap();
    bench.run().unwrap();
    assert_eq!(sessions(), 1);
}

#[test]
fn settings_and_profiles_have_folders_of_their_own() {
    let bench = Bench::new(FILE);
    bench.run_with(&["--set", "train.epochs=2"]).unwrap();
    let made = names(&bench.path("results")).into_iter().next().unwrap();
    let hash = made.rsplit('-').next().unwrap();
    assert!(hash.len() >= 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{made}");

    // As if both lists of settings had one checksum.
    fs::rename(bench.path("results").join(made), study(&bench)).unwrap();
    let error = bench.run().unwrap_err();
    let told = "study.yaml --set 'train.epochs=2', which those of ";
    assert!(error.contains("here are the results of ") && error.contains(told), "{error}");
}

#[test]
fn another_file_of_the_name_is_refused_wherever_one_stands() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    bench.trainings();
    let other = bench.path("other");
    fs::create_dir(&other).unwrap();
    let (file, results) = (other.join("study.yaml"), bench.path("results"));
    let run = |text: &str| {
        fs::write(&file, text).unwrap();
        let start = ["run", file.to_str().unwrap(), "--results", results.to_str().unwrap()];
        bench.call(&start)
    };
    let error = run(&FILE.replace("layers: 1", "layers: 2")).unwrap_err();
    assert!(error.contains("here are the results of ") && error.contains("study.yaml"), "{error}");
    // Moved, it is the same; changed in its place, too.
    run(FILE).unwrap();
    assert_eq!(bench.trainings(), 0);
    run(&FILE.replace("[1, 2, 3]", "[1, 2]")).unwrap();
    assert_eq!(bench.trainings(), 0);
    let record = fs::read_to_string(study(&bench).join("experiment.json")).unwrap();
    assert!(!record.contains(bench.folder()), "no folder of this machine is named: {record}");
}

/// Commands that read runs, each with what it has to say.
fn told_of(bench: &Bench, told: &str) {
    let folder = study(bench);
    let folder = folder.to_str().unwrap();
    let into = bench.path("merged");
    for arguments in [
        &["show", folder][..],
        &["report", folder],
        &["publish", folder, "--into", into.to_str().unwrap()],
        &["merge", folder, "--into", into.to_str().unwrap()],
    ] {
        let error = bench.call(arguments).unwrap_err();
        assert!(error.contains(told), "{arguments:?}: {told}: {error}");
        assert!(error.contains("which does this run anew"), "{arguments:?}: {error}");
        assert!(!into.join("study").exists(), "{arguments:?}");
    }
}

#[test]
fn a_log_that_cannot_be_read_is_told_and_made_again() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    bench.trainings();
    let log = first_run(&study(&bench)).join("metrics.jsonl");
    let whole = fs::read(&log).unwrap();
    let third = |garbage: &[u8]| {
        let mut lines: Vec<&[u8]> = whole.split_inclusive(|&byte| byte == b'\n').collect();
        lines[2] = garbage;
        lines.concat()
    };
    for garbage in [vec![0xff; 3000], third(b"\xff\xfe\n"), third(b"no JSON\n"), third(b"{}\n")] {
        fs::write(&log, &garbage).unwrap();
        told_of(&bench, "metrics.jsonl: ");
        bench.run().unwrap();
        assert_eq!(bench.trainings(), 1);
        assert_eq!(fs::read(&log).unwrap(), whole);
    }
    // Of a run that was not done, so that nobody knows what its log was.
    let status = log.with_file_name("status.json");
    let folder = RunFolder::at(status.parent().unwrap());
    let known = folder.status().unwrap().unwrap();
    folder.write_status(&Status { state: RunState::Interrupted, ..known }).unwrap();
    fs::write(&log, third(b"\xff\n")).unwrap();
    for command in ["show", "report"] {
        let error = bench.call(&[command, study(&bench).to_str().unwrap()]).unwrap_err();
        assert!(error.contains("metrics.jsonl: line 3 is no event of a run"), "{error}");
    }
    bench.run().unwrap();
    assert_eq!((bench.trainings(), fs::read(&log).unwrap() == whole), (1, true));
}

#[test]
fn records_that_were_changed_are_told_and_made_again() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    bench.trainings();
    let run = first_run(&study(&bench));
    let before = content(&run);
    let with = |file: &str, change: &dyn Fn(&str) -> String| changed(&run.join(file), change);
    type Change<'a> = &'a dyn Fn(&str) -> String;
    let cases: [(&str, Change<'_>, &str); 3] = [
        ("outcome.json", &|text| text[..text.len() / 2].to_owned(), "outcome.json: EOF"),
        ("outcome.json", &without("test_loss"), "outcome.json: its checksum does not hold"),
        (
            "outcome.json",
            &|text| text.replace("\"test_loss\": ", "\"test_loss\": 1"),
            "outcome.json: its checksum does not hold",
        ),
    ];
    for (file, change, told) in cases {
        with(file, change);
        told_of(&bench, told);
        bench.run().unwrap();
        assert_eq!(bench.trainings(), 1, "{told}");
        assert_eq!(content(&run).keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    }
    // All that a run left is whole but where it stands, which the outcome says.
    let cases: [(Change<'_>, &str); 4] = [
        (&|_| "no JSON".to_owned(), "status.json: expected"),
        (&|text| text.replace("\"done\"", "\"diverged\""), "its checksum does not hold"),
        (&|text| text.replace("\"run\": \"", "\"run\": \"x"), "its checksum does not hold"),
        (
            &|text| text.replace("\"parameters\": ", "\"parameters\": 1"),
            "its checksum does not hold",
        ),
    ];
    for (change, told) in cases {
        with("status.json", change);
        told_of(&bench, told);
        bench.run().unwrap();
        assert_eq!(bench.trainings(), 0, "{told}");
        assert_eq!(content(&run).keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    }
}

/// A field of a record set to `null`.
fn without(field: &str) -> impl Fn(&str) -> String {
    move |text| {
        let mut record: serde_json::Value = serde_json::from_str(text).unwrap();
        assert!(record[field].is_number(), "{field}");
        record[field] = serde_json::Value::Null;
        record.to_string()
    }
}

#[test]
fn a_model_that_was_changed_is_made_again() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    bench.trainings();
    let model = first_run(&study(&bench)).join("model.safetensors");
    let whole = fs::read(&model).unwrap();
    let mut flipped = whole.clone();
    flipped[3] ^= 1;
    for content in [&whole[..whole.len() - 1], b"", &flipped] {
        fs::write(&model, content).unwrap();
        bench.run().unwrap();
        assert_eq!((bench.trainings(), fs::read(&model).unwrap()), (1, whole.clone()));
    }
    fs::write(&model, flipped).unwrap();
    let error = bench.call(&["eval", model.parent().unwrap().to_str().unwrap()]).unwrap_err();
    assert!(error.contains("model.safetensors: its checksum is not that"), "{error}");
}

#[test]
fn a_model_is_not_read_by_records_of_another() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    let run = first_run(&study(&bench));
    let record = run.join("data.json");
    let whole = fs::read(&record).unwrap();
    changed(&record, |text| text.replace("\"fingerprint\":\"", "\"fingerprint\":\"0"));
    let error = bench.call(&["eval", run.to_str().unwrap()]).unwrap_err();
    assert!(error.contains("data.json: its checksum does not hold"), "{error}");
    bench.run().unwrap();
    assert_eq!(fs::read(&record).unwrap(), whole);
    changed(&run.join("config.yaml"), |text| text.replace("cell: gru", "cell: rnn"));
    let error = bench.call(&["eval", run.to_str().unwrap()]).unwrap_err();
    assert!(error.contains("config.yaml: this is not the configuration"), "{error}");
}

/// Of files and folders that change places, nothing is taken for what it is not.
#[test]
fn records_of_runs_that_changed_places_are_noticed() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    bench.trainings();
    let runs = study(&bench).join("runs");
    let ids: Vec<String> = names(&runs).into_iter().filter(|name| name != ".lock").collect();
    let [one, two] = [&ids[0], &ids[8]].map(|id| runs.join(id));
    let swap = |one: &Path, two: &Path| {
        let aside = bench.path("aside");
        fs::rename(one, &aside).unwrap();
        fs::rename(two, one).unwrap();
        fs::rename(&aside, two).unwrap();
    };
    let tables = |bench: &Bench| {
        let folder = study(bench).join("tables");
        let rows: Vec<sweep::tables::RunRow> = sweep::tables::read(&folder).unwrap();
        rows.into_iter().map(|row| (row.run, row.arm, row.valid_loss)).collect::<Vec<_>>()
    };
    let before = tables(&bench);
    for file in ["outcome.json", "status.json", "metrics.jsonl", ""] {
        swap(&one.join(file), &two.join(file));
        let told = if file.is_empty() { "status.json" } else { file };
        told_of(&bench, told);
        bench.run().unwrap();
        assert_eq!(bench.trainings(), 2, "{file}");
        assert_eq!(tables(&bench), before, "{file}");
    }
}

#[test]
fn merged_parts_that_are_not_the_whole_are_told_by_the_exit_code() {
    let bench = Bench::new(FILE);
    bench.run_with(&["--shard", "1/2"]).unwrap();
    let (part, into) = (bench.path("results/study.part-1-of-2"), study(&bench));
    let merge = ["merge", part.to_str().unwrap(), "--into", into.to_str().unwrap()];
    let (code, out) = bench.call(&merge).unwrap();
    assert_eq!(code, ExitCode::FAILURE, "{out}");
    assert!(out.contains("missing: part 2/2;"), "{out}");
    let (code, _) = bench.call(&[&merge[..], &["--partial"]].concat()).unwrap();
    assert_eq!(code, ExitCode::SUCCESS);
    assert_eq!(Experiment::read(&into).unwrap().sessions.len(), 1, "merged twice");

    bench.run_with(&["--shard", "2/2"]).unwrap();
    let other = bench.path("results/study.part-2-of-2");
    let both = [&merge[..], &[other.to_str().unwrap()]].concat();
    assert_eq!(bench.call(&both).unwrap().0, ExitCode::SUCCESS);

    // All parts, one of which has a run that was not made.
    fs::remove_dir_all(&into).unwrap();
    fs::remove_dir_all(first_run(&other)).unwrap();
    let (code, out) = bench.call(&both).unwrap();
    assert_eq!(code, ExitCode::FAILURE, "{out}");
    assert!(out.contains("not done: ") && out.contains(" (planned)"), "{out}");
}
