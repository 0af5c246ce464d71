//! The Free Spoken Digit Dataset: single digits, or strings of them.

use std::collections::BTreeMap;
use std::path::Path;

use super::prepare::{Described, Preparation, Prepared, Utterance};
use super::recordings::{self, Take};
use super::settings::{FsddSettings, FsddSplit, StringSettings};
use super::speakers;
use super::strings::{Voice, string};
use super::tones;
use crate::catalogue::{FSDD, TONES};
use crate::corpus::WhenMissing;
use crate::draws;
use crate::error::DataError;
use crate::facts::{self, Fact};
use crate::install;
use crate::locate::LocatedFiles;
use crate::places::Places;
use crate::progress::Progress;
use crate::scored;
use crate::sequences::SequenceData;
use crate::source::Source;
use crate::spec;
use crate::split::Split;

/// Takes of each digit and speaker.
const RECORDINGS: u64 = 3_000;
/// SHA-256 of all recordings in the order of their names, each as its name, a line end and its bytes.
const CONTENT: &str = "aacc6435ec019f03383d4aa575de70fa6775a5c68b50d87c766d1c14bb2b79ac";
/// The first takes after the test's that are for training.
const TEST: u32 = 5;
const VALID: u32 = 10;

/// Loads spoken digits, or, by the name `tones`, the generated tones that can stand in for them.
///
/// # Errors
/// [`DataError::Missing`] if the files cannot be had and are to be had; [`DataError::BadSetting`] for a speaker
/// who is not there, and for features or strings that make no sense; others if files are there but wrong.
pub fn load_fsdd(
    settings: &FsddSettings,
    generated: bool,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<SequenceData, DataError> {
    let mut preparation =
        Preparation::new(settings.features, settings.normalise, settings.augment, settings.seed)?;
    let strings = settings.strings.map(StringSettings::require).transpose()?;
    let (takes, mut source) = match generated {
        true => (tones::takes(settings.features.rate), source_of_tones(TONES.name, None)),
        false => takes(settings, places, progress)?,
    };
    let speakers: Vec<String> = {
        let names: BTreeMap<&str, ()> =
            takes.iter().map(|take| (take.speaker.as_str(), ())).collect();
        names.into_keys().map(str::to_owned).collect()
    };
    let valid_speaker = settings.valid_speaker.as_deref();
    match &settings.split {
        FsddSplit::Official => speakers::refuse_valid(valid_speaker)?,
        FsddSplit::LeaveOut(left_out) => {
            speakers::require(&speakers, left_out, valid_speaker)?;
            source.title.push_str(&speakers::title(left_out, valid_speaker));
        }
    }
    let mut splits = [Prepared::default(), Prepared::default(), Prepared::default()];
    let speaker =
        |take: &Take| speakers.iter().position(|s| *s == take.speaker).unwrap_or(0) as u32;
    for (number, (split, to)) in Split::ALL.into_iter().zip(&mut splits).enumerate() {
        let training = split == Split::Train;
        let own: Vec<&Take> =
            takes.iter().filter(|take| split_of(take, settings) == split).collect();
        let Some(strings) = strings else {
            for take in own {
                let (samples, answer) = (take.samples.clone(), vec![take.digit]);
                let utterance = Utterance { samples, answer, speaker: speaker(take) };
                preparation.add(utterance, training, to)?;
            }
            continue;
        };
        let voices = voices(&own, speaker);
        let count = [strings.train, strings.valid, strings.test][number];
        for k in 0..if voices.is_empty() { 0 } else { count as u64 } {
            let mut rng = draws::stream(settings.seed, "strings", (number as u64) << 62 | k);
            let utterance = string(&mut rng, &voices, strings, settings.features.rate);
            too_short(&preparation, &utterance)?;
            preparation.add(utterance, training, to)?;
        }
    }
    if let Some(StringSettings { shortest, longest, .. }) = strings {
        source.title.push_str(&format!(", strings of {shortest} to {longest}"));
        let task = "strings of several takes of one speaker: a task of rnnlab's own, for which nothing is published";
        source.note = Some(source.note.map_or(task.to_owned(), |note| format!("{note}; {task}")));
    }
    let described = Described {
        source,
        classes: (0..10).map(|digit| digit.to_string()).collect(),
        is_class: strings.is_none(),
        separator: String::new(),
        speakers,
    };
    scored::sequences(preparation.data(splits, described)?, "give every split some (`strings`)")
}

/// In which split a take is.
fn split_of(take: &Take, settings: &FsddSettings) -> Split {
    let test = match &settings.split {
        FsddSplit::Official => take.take < TEST,
        FsddSplit::LeaveOut(speaker) => take.speaker == *speaker,
    };
    let valid = match &settings.valid_speaker {
        None => (TEST..VALID).contains(&take.take),
        Some(speaker) => take.speaker == *speaker,
    };
    speakers::side(test, valid)
}

/// The takes by who speaks.
fn voices<'a>(takes: &[&'a Take], speaker: impl Fn(&Take) -> u32) -> Vec<Voice<'a>> {
    let mut voices: BTreeMap<u32, Vec<&Take>> = BTreeMap::new();
    for &take in takes {
        voices.entry(speaker(take)).or_default().push(take);
    }
    voices.into_iter().map(|(speaker, takes)| Voice { speaker, takes }).collect()
}

/// An error for a string that has fewer steps than its labels need.
fn too_short(preparation: &Preparation, utterance: &Utterance) -> Result<(), DataError> {
    let steps = preparation.steps(utterance.samples.len());
    let needed = super::prepare::ctc_steps(&utterance.answer);
    if steps >= needed {
        return Ok(());
    }
    let reason = format!(
        "a string of {} digits has {steps} steps, and needs {needed} at least (a blank between equal digits); a smaller `skip` or `hop_ms` makes more",
        utterance.answer.len()
    );
    Err(DataError::setting("features", reason))
}

/// The takes and where they are from.
fn takes(
    settings: &FsddSettings,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(Vec<Take>, Source), DataError> {
    let found = match install::obtain(&spec::FSDD, places, progress) {
        Ok(found) => found,
        Err(DataError::Missing(missing)) if settings.when_missing == WhenMissing::Builtin => {
            progress(Progress::StandIn { requested: FSDD.name, reason: &missing.reason });
            let note = format!(
                "{} was not found in {} and not downloaded: {}",
                FSDD.title, missing.looked_in, missing.reason
            );
            let source = source_of_tones(FSDD.name, Some(note));
            return Ok((tones::takes(settings.features.rate), source));
        }
        Err(error) => return Err(error),
    };
    let path = place(&found);
    progress(Progress::Reading { path });
    let read = recordings::read(path, settings.features.rate)?;
    facts::require_all(&published(path, &read))?;
    Ok((read.takes, Source::of_files(&FSDD, path, vec![read.file])))
}

fn source_of_tones(requested: &str, note: Option<String>) -> Source {
    Source {
        requested: requested.to_owned(),
        stand_in: true,
        note,
        ..Source::of_files(&TONES, Path::new("generated"), Vec::new())
    }
}

/// The archive, or the folder in which the recordings lie.
fn place(found: &LocatedFiles) -> &Path {
    match &found.files[..] {
        [archive] => archive,
        _ => &found.folder,
    }
}

/// The published figures of the recordings beside those of their files.
pub(crate) fn check(
    found: &LocatedFiles,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<Fact>, DataError> {
    let path = place(found);
    progress(Progress::Reading { path });
    recordings::read(path, 8_000).map(|read| published(path, &read))
}

fn published(path: &Path, read: &recordings::Recordings) -> Vec<Fact> {
    vec![
        Fact::count(path, "recordings", RECORDINGS, read.takes.len()),
        Fact::checksum(path, CONTENT, &read.content),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequences::{SequenceTargets, Sequences};
    use task::TargetKind;

    fn load(settings: &FsddSettings) -> Result<SequenceData, DataError> {
        load_fsdd(settings, true, &Places::new(Vec::new(), None), &mut |_| ())
    }

    fn sizes(data: &SequenceData) -> [usize; 3] {
        [&data.train, &data.valid, &data.test].map(Sequences::len)
    }

    #[test]
    fn the_official_split_has_the_first_takes_for_the_test() {
        let data = load(&FsddSettings::default()).unwrap();
        assert_eq!(sizes(&data), [2_400, 300, 300]);
        assert_eq!((data.target, data.classes.len()), (TargetKind::Class { classes: 10 }, 10));
        assert!(data.source.stand_in);
        let SequenceTargets::Classes(digits) = data.test.targets() else { panic!() };
        assert!((0..10).all(|digit| digits.iter().filter(|&&d| d == digit).count() == 30));
    }

    #[test]
    fn a_speaker_who_is_left_out_is_in_the_test_alone() {
        let split = FsddSplit::LeaveOut("tone-b".to_owned());
        let data = load(&FsddSettings { split, ..FsddSettings::default() }).unwrap();
        assert_eq!(sizes(&data), [2_250, 250, 500]);
        let speech = data.speech.unwrap();
        let speakers = |split, count| -> Vec<bool> {
            (0..count).map(|k| speech.speaker(split, k) == Some("tone-b")).collect()
        };
        assert!(speakers(Split::Test, 500).iter().all(|left_out| *left_out));
        assert!(!speakers(Split::Train, 2_250).iter().any(|left_out| *left_out));
        assert!(!speakers(Split::Valid, 250).iter().any(|left_out| *left_out));
        assert!(data.source.title.ends_with("tone-b left out"), "{}", data.source.title);
        let refused = |split, valid_speaker: Option<&str>, problem: &str| {
            let valid_speaker = valid_speaker.map(str::to_owned);
            let settings = FsddSettings { split, valid_speaker, ..FsddSettings::default() };
            let error = load(&settings).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        };
        let left_out = |name: &str| FsddSplit::LeaveOut(name.to_owned());
        refused(left_out("bob"), None, "split: nobody is called `bob`; the speakers are: tone-a, ");
        refused(left_out("tone-b"), Some("bob"), "valid_speaker: nobody is called `bob`");
        refused(left_out("tone-b"), Some("tone-b"), "valid_speaker: `tone-b` is left out");
        refused(FsddSplit::Official, Some("tone-b"), "valid_speaker: it is for `split: {leave_out");
    }

    #[test]
    fn a_stranger_can_validate_too() {
        let settings = FsddSettings {
            split: FsddSplit::LeaveOut("tone-b".to_owned()),
            valid_speaker: Some("tone-a".to_owned()),
            ..FsddSettings::default()
        };
        let data = load(&settings).unwrap();
        assert_eq!(sizes(&data), [2_000, 500, 500]);
        let speech = data.speech.unwrap();
        assert!((0..500).all(|k| speech.speaker(Split::Valid, k) == Some("tone-a")));
        assert!((0..2_000).all(|k| speech.speaker(Split::Train, k) != Some("tone-a")));
    }

    #[test]
    fn strings_have_labels_and_as_many_as_asked_for() {
        let strings =
            Some(StringSettings { train: 20, valid: 5, test: 6, ..StringSettings::default() });
        let data = load(&FsddSettings { strings, ..FsddSettings::default() }).unwrap();
        assert_eq!((sizes(&data), data.target), ([20, 5, 6], TargetKind::Labels { types: 10 }));
        let SequenceTargets::Labels(labels) = data.train.targets() else { panic!() };
        assert!(labels.iter().all(|labels| (3..=7).contains(&labels.len())));
        assert!(data.source.note.unwrap().contains("a task of rnnlab's own"));
        let features = audio::FeatureSettings { skip: 100, ..audio::FeatureSettings::default() };
        let error =
            load(&FsddSettings { strings, features, ..FsddSettings::default() }).unwrap_err();
        assert!(error.to_string().contains("(a blank between equal digits)"), "{error}");
    }
}
