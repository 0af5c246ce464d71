//! The whole program, disturbed: killed, stopped, out of space, with folders in its way. Whatever
//! happens, the next `run` goes on and ends like an undisturbed one, to the bit.

mod folders;
mod output;
mod scheduling;

use crate::common::{command, entries, rnnlab, said};
use crate::records::{assert_same, records};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Nothing here takes a tenth of it; a program that hangs is to fail the test, not to hang it.
const PATIENCE: Duration = Duration::from_secs(300);
/// Times that the program is killed.
const KILLS: usize = 24;

/// What an ended run leaves.
const FILES: [&str; 7] = [
    "config.yaml",
    "data.json",
    "metrics.jsonl",
    "metrics.parquet",
    "model.safetensors",
    "outcome.json",
    "status.json",
];

/// Four short runs on a small text, with sixteen checkpoints each.
const STUDY: &str = "\
data: {name: text, path: text.txt}
model: {layers: 1, hidden: 8, embedding: 8, init: 0.1, dropout: 0.1}
train:
  {batch: 20, unroll: 20, epochs: 4, evaluations_per_epoch: 4, optimizer: adam, learning_rate: 0.01}
probe: {lags: 4, sequences: 4}
sweep:
  cell: [rnn, lstm]
  seed: [1, 2]
";

/// The same with runs that last long enough to be stopped in.
fn long_study() -> String {
    STUDY.replace("epochs: 4", "epochs: 20")
}

/// Puts an experiment and its text into a folder. Returns where its results will be.
fn study_in(folder: &Path, study: &str) -> PathBuf {
    let words = ["the", "cell", "keeps", "what", "it", "needs", "and", "forgets", "a", "rest"];
    let mut seed = 7;
    let text: Vec<&str> =
        (0..12_000).map(|_| words[(random(&mut seed) * words.len() as f64) as usize]).collect();
    fs::write(folder.join("text.txt"), text.join(" ")).expect("written");
    fs::write(folder.join("study.yaml"), study).expect("written");
    folder.join("results/study")
}

fn run_to_end(folder: &Path, jobs: &str) -> PathBuf {
    let (results, said) = run_and_said(folder, jobs);
    assert_eq!(said, "", "quiet");
    results
}

/// The results, and what went wrong on the way.
fn run_and_said(folder: &Path, jobs: &str) -> (PathBuf, String) {
    let output = rnnlab(folder, &["run", "study.yaml", "--jobs", jobs, "--quiet"]);
    assert!(output.status.success(), "{}", said(&output));
    (folder.join("results/study"), said(&output))
}

fn started(folder: &Path, jobs: &str) -> Child {
    command(folder, &["run", "study.yaml", "--jobs", jobs, "--quiet"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

/// Numbers below 1 that look random (SplitMix64).
fn random(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[test]
#[ignore = "slow: `just test-all` runs it"]
fn killed_again_and_again_it_ends_like_an_undisturbed_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = study_in(folder.path(), STUDY);
    let begun = Instant::now();
    let undisturbed = records(&run_to_end(folder.path(), "1"));
    let whole = begun.elapsed();
    let expected = 4 * FILES.len() + 1;
    assert_eq!(undisturbed.len(), expected, "no checkpoint, nothing half written");

    // Two at a time: the same results, in half of the time.
    let (mut seed, mut kills) = (1, 0);
    while kills < KILLS {
        fs::remove_dir_all(&results).expect("removed");
        // Each life is up to a third of the undisturbed time: a few see the sweep to its end.
        loop {
            let mut child = started(folder.path(), "2");
            thread::sleep(whole.mul_f64(random(&mut seed) / 3.0));
            child.kill().expect("killed or ended");
            if child.wait().expect("ended").code().is_some() || kills == KILLS {
                break;
            }
            kills += 1;
        }
        assert_same(&records(&run_to_end(folder.path(), "2")), &undisturbed);
    }
}

/// Waits until some file below the experiment's `runs` has this name.
fn wait_for(results: &Path, child: &mut Child, name: &str) -> PathBuf {
    let begun = Instant::now();
    loop {
        let runs = results.join("runs");
        let found = if runs.is_dir() { entries(&runs) } else { Vec::new() };
        if let Some(file) =
            found.iter().map(|run| runs.join(run).join(name)).find(|file| file.exists())
        {
            return file;
        }
        assert!(child.try_wait().expect("known").is_none(), "it ended too early");
        assert!(begun.elapsed() < PATIENCE, "no {name}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn states(results: &Path) -> Vec<String> {
    let runs = results.join("runs");
    let state = |run: String| {
        let text = fs::read_to_string(runs.join(run).join("status.json")).expect("a status");
        let status: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        status["state"].as_str().expect("a state").to_owned()
    };
    entries(&runs).into_iter().filter(|name| name != ".lock").map(state).collect()
}

#[cfg(unix)]
#[test]
fn stopped_by_a_signal_it_leaves_a_checkpoint_and_goes_on_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = study_in(folder.path(), &long_study());
    let undisturbed = records(&run_to_end(folder.path(), "1"));
    for signal in ["-INT", "-TERM", "-HUP", "-USR1", "-USR2", "-XCPU"] {
        fs::remove_dir_all(&results).expect("removed");
        let mut child = command(folder.path(), &["run", "study.yaml", "--jobs", "1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        wait_for(&results, &mut child, "checkpoint.safetensors");
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
        let output = child.wait_with_output().expect("ended");
        assert_eq!(output.status.code(), Some(130), "{}", said(&output));
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "0 done, 0 diverged, 0 failed, 4 open\ninterrupted; the same command goes on from here\n"
        );
        assert!(said(&output).contains("interrupted after"), "{}", said(&output));
        let mut states = states(&results);
        states.sort();
        assert_eq!(states, ["interrupted", "planned", "planned", "planned"]);
        assert!(!results.join("report.md").exists());
        // All stop in the same way: of one of them it is seen that nothing was lost.
        if signal == "-TERM" {
            assert_same(&records(&run_to_end(folder.path(), "2")), &undisturbed);
        }
    }
}

/// As under `nohup`.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = study_in(folder.path(), &long_study());
    let program = command(folder.path(), &["run", "study.yaml", "--jobs", "1", "--quiet"]);
    let mut child = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args(program.get_args())
        .envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(folder.path())
        .spawn()
        .expect("a shell");
    wait_for(&results, &mut child, "checkpoint.safetensors");
    let sent = Command::new("kill").args(["-HUP", &child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
    assert!(child.wait().expect("it ends").success());
    assert!(results.join("report.html").is_file());
}

/// In the middle of a long step, which the first signal lets end.
#[cfg(unix)]
#[test]
fn a_second_signal_ends_it_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let long = STUDY.replace("hidden: 8, embedding: 8", "hidden: 600, embedding: 8");
    let long = long.replace("unroll: 20", "unroll: 100").replace("seed: [1, 2]", "seed: [1]");
    let long = long.replace("cell: [rnn, lstm]", "cell: [lstm]").replace("epochs: 4", "epochs: 2");
    // Probes of so many units take longer than the training.
    let long = long.replace("probe: {lags: 4, sequences: 4}\n", "");
    let results = study_in(folder.path(), &long);
    let undisturbed = records(&run_to_end(folder.path(), "1"));
    fs::remove_dir_all(&results).expect("removed");
    let mut child = command(folder.path(), &["run", "study.yaml", "--jobs", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    wait_for(&results, &mut child, "metrics.jsonl");
    // Two kinds, since two of one kind can arrive as one; of two, INT is delivered first.
    let both = format!("kill -INT {0} && kill -TERM {0}", child.id());
    assert!(Command::new("sh").args(["-c", &both]).status().expect("kill").success());
    let output = child.wait_with_output().expect("ended");
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "nothing is summed up");
    assert_eq!(states(&results), ["running"]);
    assert_same(&records(&run_to_end(folder.path(), "1")), &undisturbed);
}

/// Trials, the choice among them, and the runs with what was chosen.
#[test]
fn killed_while_tuning_it_chooses_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let study = STUDY.replace(", learning_rate: 0.01", "")
        + "tune:\n  {method: halving, trials: 4, factor: 2, epochs: 1, seed: 9, space: {train.learning_rate: [0.003, 0.01, 0.03, 0.1]}}\n";
    let results = study_in(folder.path(), &study);
    let begun = Instant::now();
    run_to_end(folder.path(), "2");
    let whole = begun.elapsed();
    let all = || [records(&results), records(&results.join("trials"))].concat();
    let undisturbed = all();
    assert!(undisturbed.len() > 15 * FILES.len(), "trials are recorded");
    fs::remove_dir_all(&results).expect("removed");
    let mut seed = 3;
    for _ in 0..8 {
        let mut child = started(folder.path(), "2");
        thread::sleep(whole.mul_f64(random(&mut seed) / 4.0));
        child.kill().expect("killed or ended");
        child.wait().expect("ended");
    }
    run_to_end(folder.path(), "2");
    assert_same(&all(), &undisturbed);
}

#[cfg(unix)]
#[test]
fn what_does_not_fit_on_the_disk_fails_alone_and_goes_on_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let wide = STUDY.replace("seed: [1, 2]", "model.hidden: [8, 150]\n  seed: [1]");
    let results = study_in(folder.path(), &wide.replace("hidden: 8, ", ""));
    // Files of at most 150 kB (blocks of 512 bytes), as if the disk were full then.
    let output = Command::new("sh")
        .args(["-c", "ulimit -f $1; shift; exec \"$@\"", "sh", "300"])
        .arg(env!("CARGO_BIN_EXE_rnnlab"))
        .args(["run", "study.yaml", "--jobs", "2"])
        .current_dir(folder.path())
        .env("RNNLAB_DATA", folder.path().join("no-data"))
        .env("XDG_CACHE_HOME", folder.path().join("no-cache"))
        .env("RNNLAB_OFFLINE", "1")
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains("cannot write the checkpoint: File too large"),
        "{}",
        said(&output)
    );
    let mut after = states(&results);
    after.sort();
    assert_eq!(after, ["done", "done", "failed", "failed"]);
    let disturbed = records(&run_to_end(folder.path(), "1"));
    fs::remove_dir_all(&results).expect("removed");
    assert_same(&disturbed, &records(&run_to_end(folder.path(), "1")));
}

#[test]
fn a_run_whose_folder_cannot_be_had_fails_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = study_in(folder.path(), &STUDY.replace("seed: [1, 2]", "seed: [1]"));
    let whole = records(&run_to_end(folder.path(), "2"));
    let lstm = entries(&results.join("runs")).into_iter().find(|name| name.starts_with("lstm"));
    let place = results.join("runs").join(lstm.expect("a run"));
    // What was measured, with something in the way of what is to be measured.
    fs::remove_file(place.join("status.json")).expect("removed");
    fs::remove_file(place.join("metrics.jsonl")).expect("removed");
    fs::create_dir(place.join("metrics.jsonl")).expect("made");
    let output = rnnlab(folder.path(), &["run", "study.yaml"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("metrics.jsonl: "), "{}", said(&output));
    assert!(said(&output).contains("done already"), "{}", said(&output));
    fs::remove_dir(place.join("metrics.jsonl")).expect("removed");
    assert_same(&records(&run_to_end(folder.path(), "2")), &whole);
}

#[test]
fn records_that_cannot_be_read_are_made_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = study_in(folder.path(), &STUDY.replace("seed: [1, 2]", "seed: [1]"));
    let whole = records(&run_to_end(folder.path(), "2"));
    let runs = entries(&results.join("runs")).into_iter().filter(|name| name != ".lock");
    for (run, file) in runs.zip(["metrics.jsonl", "outcome.json"]) {
        let path = results.join("runs").join(run).join(file);
        let mut bytes = fs::read(&path).expect("a record");
        bytes[10] = b'\\';
        fs::write(&path, bytes).expect("written");
    }
    let output = rnnlab(folder.path(), &["run", "study.yaml"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(said(&output).matches("; the run is done again").count(), 2, "{}", said(&output));
    assert_same(&records(&results), &whole);
}

/// The log is gone: beside a checkpoint, and beside an outcome.
#[cfg(unix)]
#[test]
fn a_run_without_its_log_is_done_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = study_in(folder.path(), &long_study());
    let whole = records(&run_to_end(folder.path(), "2"));
    let runs = results.join("runs");
    let log = |run: &str| runs.join(run).join("metrics.jsonl");
    let first = entries(&runs).into_iter().find(|name| name != ".lock").expect("a run");
    fs::remove_file(log(&first)).expect("removed");
    let (again, said_of_it) = run_and_said(folder.path(), "2");
    assert!(said_of_it.contains("metrics.jsonl: missing; the run is done again"), "{said_of_it}");
    assert_same(&records(&again), &whole);

    fs::remove_dir_all(&results).expect("removed");
    let mut child = started(folder.path(), "1");
    let checkpoint = wait_for(&results, &mut child, "checkpoint.safetensors");
    child.kill().expect("killed");
    child.wait().expect("ended");
    fs::remove_file(checkpoint.with_file_name("metrics.jsonl")).expect("removed");
    let output = rnnlab(folder.path(), &["run", "study.yaml"]);
    assert!(output.status.success(), "{}", said(&output));
    let expected = "metrics.jsonl: missing, though there is a checkpoint; it starts anew";
    assert!(said(&output).contains(expected), "{}", said(&output));
    assert_same(&records(&results), &whole);
}

/// A part of the log is gone beside a checkpoint.
#[cfg(unix)]
#[test]
fn a_run_with_a_cut_log_does_not_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = study_in(folder.path(), &long_study());
    let whole = records(&run_to_end(folder.path(), "2"));
    for left in [0, 2] {
        fs::remove_dir_all(&results).expect("removed");
        let mut child = started(folder.path(), "1");
        let checkpoint = wait_for(&results, &mut child, "checkpoint.safetensors");
        child.kill().expect("killed");
        child.wait().expect("ended");
        let log = checkpoint.with_file_name("metrics.jsonl");
        let text = fs::read_to_string(&log).expect("a log");
        let lines: Vec<&str> = text.split_inclusive('\n').take(left).collect();
        fs::write(&log, lines.concat()).expect("written");
        let output = rnnlab(folder.path(), &["run", "study.yaml"]);
        assert!(output.status.success(), "{}", said(&output));
        let expected = "step 1 is missing, though the checkpoint is of step ";
        assert!(said(&output).contains(expected), "{}", said(&output));
        assert_same(&records(&results), &whole);
    }
}

#[test]
fn what_there_is_so_far_is_drawn_while_it_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = study_in(folder.path(), &long_study());
    let mut child = started(folder.path(), "1");
    wait_for(&results, &mut child, "metrics.jsonl");
    let output = rnnlab(folder.path(), &["report", "results/study"]);
    assert!(child.try_wait().expect("known").is_none(), "it ended too early");
    assert!(output.status.success(), "{}", said(&output));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("so far") && text.contains("so_far/report.html"), "{text}");
    assert!(results.join("so_far/report.html").is_file());
    assert!(!results.join("report.html").exists());
    // The whole takes its place.
    assert!(child.wait().expect("it ends").success());
    assert!(results.join("report.html").is_file());
    assert!(!results.join("so_far").exists());
}

#[test]
fn two_programs_do_not_write_into_one_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = study_in(folder.path(), STUDY);
    let _lock = sweep::records::Lock::take(&results).expect("the lock");
    let output = rnnlab(folder.path(), &["run", "study.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        said(&output).trim_end(),
        format!(
            "error: results/study: another rnnlab (process {}) is writing here; wait for it to end, or choose another folder with --results DIR",
            std::process::id()
        )
    );
}
