//! Polyphonic music (Boulanger-Lewandowski et al. 2012).

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::catalogue;
use crate::corpus;
use crate::error::DataError;
use crate::facts::{self, Fact};
use crate::install;
use crate::locate::LocatedFiles;
use crate::matlab;
use crate::notes::Notes;
use crate::places::Places;
use crate::progress::Progress;
use crate::ragged::Ragged;
use crate::scored;
use crate::sequences::{SequenceData, SequenceInputs, SequenceTargets, Sequences};
use crate::source::{FileSum, Source};
use crate::spec::{self, MUSIC, MusicSpec};
use task::{InputKind, TargetKind};

/// A file of piano rolls: pieces of steps of MIDI notes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pieces {
    train: Vec<Vec<Notes>>,
    valid: Vec<Vec<Notes>>,
    test: Vec<Vec<Notes>>,
}

/// Loads a set of pieces of music, each step to be predicted from those before it
/// ([`SequenceTargets::NextNotes`]).
///
/// # Errors
/// [`DataError::UnknownDataset`] for a name that is no set of music; [`DataError::Missing`] if the
/// file cannot be had; others if it is there but wrong.
pub fn load_music(
    name: &str,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<SequenceData, DataError> {
    let spec = music(name)?;
    let found = install::obtain(&spec.files, places, progress)?;
    let files = corpus::sums(&found, progress)?;
    let (splits, facts) = read(spec, &found, &files)?;
    facts::require_all(&facts)?;
    let [train, valid, test] = splits
        .map(|pieces| Sequences::new(SequenceInputs::Notes(pieces), SequenceTargets::NextNotes));
    let data = SequenceData {
        source: Source::of_files(&spec.files.info, &found.folder, files),
        input: InputKind::Features { width: Notes::WIDTH },
        target: TargetKind::Bits { width: Notes::WIDTH },
        text: None,
        answers: None,
        classes: Vec::new(),
        baseline: None,
        speech: None,
        train: train?,
        valid: valid?,
        test: test?,
    };
    scored::sequences(data, corpus::PUBLISHED)
}

/// The published figures of a set beside those of its file.
pub(crate) fn check(
    name: &str,
    found: &LocatedFiles,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<Fact>, DataError> {
    let files = corpus::sums(found, progress)?;
    read(music(name)?, found, &files).map(|(_, facts)| facts)
}

fn music(name: &str) -> Result<&'static MusicSpec, DataError> {
    let found = MUSIC.iter().find(|spec| spec.files.info.name == name);
    found.ok_or_else(|| DataError::UnknownDataset {
        name: name.to_owned(),
        known: catalogue::names(Some(catalogue::Task::MusicModelling)),
    })
}

fn read(
    spec: &MusicSpec,
    found: &LocatedFiles,
    files: &[FileSum],
) -> Result<([Ragged<Notes>; 3], Vec<Fact>), DataError> {
    let (Some(path), Some(file)) = (found.files.first(), files.first()) else {
        return Err(spec::unknown(spec.files.info.name));
    };
    let splits = pieces(path)?;
    let mut facts = Vec::new();
    let sequences = ["training pieces", "validation pieces", "test pieces"];
    let steps = ["training steps", "validation steps", "test steps"];
    let notes = ["training notes", "validation notes", "test notes"];
    for (split, pieces) in splits.iter().enumerate() {
        let sounding = pieces.values().iter().map(|step| step.len()).sum();
        facts.extend([
            Fact::count(path, sequences[split], spec.sequences[split], pieces.len()),
            Fact::count(path, steps[split], spec.steps[split], pieces.values().len()),
            Fact::count(path, notes[split], spec.notes[split], sounding),
        ]);
    }
    if let Some(sha256) = spec::published_sha256(&file.name) {
        facts.push(Fact::checksum(path, sha256, &file.sha256));
    }
    Ok((splits, facts))
}

fn pieces(path: &Path) -> Result<[Ragged<Notes>; 3], DataError> {
    let bytes = fs::read(path).map_err(|e| DataError::io("read", path, e))?;
    if path.extension().is_some_and(|extension| extension == "mat") {
        return matlab::pieces(path, &bytes);
    }
    let pieces: Pieces = serde_json::from_slice(&bytes).map_err(|e| DataError::json(path, &e))?;
    Ok([pieces.train, pieces.valid, pieces.test].map(|split| split.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_text(text: &[u8]) -> Result<[Ragged<Notes>; 3], DataError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::write(&path, text).unwrap();
        pieces(&path)
    }

    #[test]
    fn pieces_are_lists_of_steps() {
        let text = br#"{"test": [[[60, 64], []]], "train": [], "valid": [[[21]], [[108]]]}"#;
        let [train, valid, test] = read_text(text).unwrap();
        assert_eq!((train.len(), valid.len(), test.len()), (0, 2, 1));
        let steps = test.get(0).unwrap().iter().map(|step| step.iter().collect::<Vec<_>>());
        assert_eq!(steps.collect::<Vec<_>>(), [vec![60, 64], vec![]]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, expected) in [
            ("{\"train\": [],\n \"valid\": [[[109]]]", "a.json, line 2, column 17: invalid value"),
            ("{\"train\": [], \"valid\": []}", "missing field `test`"),
            ("{\"train\": [", "a.json, line 1, column 11: EOF"),
            ("", "a.json, line 1, column 0: EOF"),
        ] {
            let error = read_text(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_music_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(read_text(&bytes).is_err());
        }
    }
}
