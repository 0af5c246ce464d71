//! Recordings of a person's own: learnt, scored again, and heard by a trained model.

use crate::common::{entries, rnnlab, said};
use std::f64::consts::TAU;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes a WAV file (16 bits, 8 kHz) in which every letter is a tone, with silence between.
fn wav(path: &Path, letters: &str) {
    let mut samples: Vec<i16> = vec![0; 400];
    for (k, letter) in letters.chars().enumerate() {
        let hertz = if letter == 'a' { 500.0 } else { 1_500.0 } * (1.0 + 0.02 * (k % 3) as f64);
        samples.extend(
            (0..1_200).map(|t| (9_000.0 * (TAU * hertz * f64::from(t) / 8_000.0).sin()) as i16),
        );
        samples.extend([0; 400]);
    }
    let data = 2 * samples.len() as u32;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend([16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend(data.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    fs::write(path, bytes).expect("written");
}

/// A folder with recordings, a table of them and an experiment.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut table = "file,text,who\n".to_owned();
    for k in 0..80_usize {
        let letters: String = (0..1 + k % 3)
            .map(|place| if ((k / 3) >> place) % 2 == 0 { 'a' } else { 'b' })
            .collect();
        wav(&folder.path().join(format!("{k}.wav")), &letters);
        writeln!(table, "{k}.wav,{letters},{}", ["ann", "bob"][k % 2]).expect("text");
    }
    fs::write(folder.path().join("t.csv"), table).expect("written");
    let study = "data: {name: speech, path: t.csv, speaker: who}\n\
                 model: {cell: gru, layers: 1, hidden: 16, bidirectional: true, init: 0.1}\n\
                 train: {batch: 8, epochs: 15, optimizer: adam, learning_rate: 0.02, clip: 1}\n";
    fs::write(folder.path().join("study.yaml"), study).expect("written");
    folder
}

fn run_of(folder: &Path) -> PathBuf {
    let runs = folder.join("results/study/runs");
    let run = entries(&runs).into_iter().find(|run| runs.join(run).is_dir()).expect("a run");
    runs.join(run)
}

#[test]
fn a_model_hears_what_it_has_learnt_by_its_record_alone() {
    let folder = folder();
    let folder = folder.path();
    let output = rnnlab(folder, &["run", "study.yaml", "--quiet"]);
    assert!(output.status.success(), "{}", said(&output));
    let run = run_of(folder);
    let outcome = fs::read_to_string(run.join("outcome.json")).expect("an outcome");
    assert!(outcome.contains("label_error_rate") && outcome.contains("\"ann\""), "{outcome}");
    let report = fs::read_to_string(folder.join("results/study/report.md")).expect("a report");
    assert!(report.contains("by who speaks") && report.contains("label error rate"), "{report}");
    // A recording as the model hears it.
    assert!(folder.join("results/study/figures/spectrogram.svg").is_file());
    let heard =
        fs::read_to_string(folder.join("results/study/tables/posteriors.csv")).expect("a table");
    assert!(heard.contains(",<blank>,") && heard.contains(",b,"), "{heard}");

    let run = run.to_str().expect("text");
    let scored = rnnlab(folder, &["eval", run]);
    assert!(
        String::from_utf8_lossy(&scored.stdout).contains("label error rate"),
        "{}",
        said(&scored)
    );

    // The recordings of the training are gone.
    (0..80).for_each(|k| fs::remove_file(folder.join(format!("{k}.wav"))).expect("removed"));
    fs::remove_file(folder.join("t.csv")).expect("removed");
    wav(&folder.join("x.wav"), "ab");
    wav(&folder.join("y.wav"), "bba");
    for beam in ["1", "8"] {
        let heard = rnnlab(
            folder,
            &["transcribe", run, "x.wav", "y.wav", "--beam", beam, "--figures", "heard"],
        );
        assert!(heard.status.success(), "{}", said(&heard));
        assert_eq!(String::from_utf8_lossy(&heard.stdout), "x.wav\tab\ny.wav\tbba\n");
    }
    assert_eq!(entries(&folder.join("heard")), ["x.png", "x.svg", "y.png", "y.svg"]);

    let whole = fs::read(folder.join("x.wav")).expect("read");
    fs::write(folder.join("cut.wav"), &whole[..900]).expect("written");
    fs::write(folder.join("none.wav"), "no sound").expect("written");
    for (file, expected) in [
        ("cut.wav", "cut.wav: it is cut off"),
        ("none.wav", "none.wav: it is"),
        ("gone.wav", "cannot read gone.wav"),
    ] {
        let refused = rnnlab(folder, &["transcribe", run, file]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).contains(expected), "{}", said(&refused));
    }
    // It takes nothing from the others.
    let heard = rnnlab(folder, &["transcribe", run, "x.wav", "cut.wav", "y.wav"]);
    assert_eq!(heard.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&heard.stdout), "x.wav\tab\ny.wav\tbba\n");
    assert!(said(&heard).contains("1 of 3 files not transcribed"), "{}", said(&heard));
    // Files of one name have figures of their own.
    fs::create_dir(folder.join("other")).expect("made");
    wav(&folder.join("other/x.wav"), "a");
    let both = ["transcribe", run, "x.wav", "other/x.wav", "--figures", "both"];
    assert!(rnnlab(folder, &both).status.success());
    assert_eq!(entries(&folder.join("both")), ["other-x.png", "other-x.svg", "x.png", "x.svg"]);
}

#[test]
fn what_cannot_be_learnt_is_told_before_the_training() {
    let folder = folder();
    let folder = folder.path();
    let table = fs::read_to_string(folder.join("t.csv")).expect("read");
    for (changed, expected) in [
        (table.replacen("7.wav,", "gone.wav,", 1), "t.csv, line "),
        (table.replacen("7.wav,", "t.csv,", 1), "it is no WAV file"),
        (
            table.replacen("0.wav,a,", &format!("0.wav,{},", "ab".repeat(40)), 1),
            "its 80 labels need 80",
        ),
    ] {
        fs::write(folder.join("t.csv"), changed).expect("written");
        let output = rnnlab(folder, &["run", "study.yaml", "--quiet"]);
        assert!(!output.status.success());
        assert!(said(&output).contains(expected), "{}", said(&output));
        assert!(!folder.join("results/study/runs").exists());
    }
}
