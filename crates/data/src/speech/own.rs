//! WAV files of the user's own, with a table of what is said in them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use audio::Recording;

use super::prepare::{Described, Preparation, Prepared, Utterance, ctc_steps};
use super::settings::{OwnSplit, SpeechSettings, Units};
use super::speakers;
use crate::checksum;
use crate::error::DataError;
use crate::progress::Progress;
use crate::records;
use crate::scored;
use crate::sequences::SequenceData;
use crate::shown::shown;
use crate::source::{FileSum, Source};
use crate::split::{Split, by_key};

/// A row of the table.
struct Row {
    line: u64,
    wav: PathBuf,
    /// What is said, in units.
    units: Vec<String>,
    speaker: Option<String>,
    split: Option<Split>,
}

/// Loads WAV files named in a table, with what is said in them. Labels are in alphabetical order.
///
/// # Errors
/// [`DataError::BadRecord`] with the table's file and line for a recording that is none, is cut off or too
/// long, for a text without units, or with one that the training split does not have, and for a recording
/// with fewer steps than its labels need; [`DataError::BadSetting`] for columns, speakers and settings that
/// are not there or make no sense; [`DataError::NothingToScore`] for a split without recordings; those of
/// reading a table.
pub fn load_speech(
    settings: &SpeechSettings,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<SequenceData, DataError> {
    let path = settings.path.as_path();
    if path.as_os_str().is_empty() {
        return Err(DataError::setting("path", "the table of recordings has to be named"));
    }
    if !(settings.longest > 0.0 && settings.longest <= 3_600.0) {
        let reason = format!("{} seconds are not above 0 and at most 3,600", settings.longest);
        return Err(DataError::setting("longest", reason));
    }
    let held_out = settings.held_out.require()?;
    let mut preparation =
        Preparation::new(settings.features, settings.normalise, settings.augment, settings.seed)?;
    progress(Progress::Reading { path });
    let mut rows = rows(path, settings)?;
    let speakers: Vec<String> = {
        let names: BTreeSet<&String> = rows.iter().filter_map(|row| row.speaker.as_ref()).collect();
        names.into_iter().cloned().collect()
    };
    let valid_speaker = settings.valid_speaker.as_deref();
    let drawn = |rows: &[Row]| by_key(rows.iter().map(|row| &row.wav), held_out, settings.seed);
    match &settings.split {
        Some(OwnSplit::Column(_)) => speakers::refuse_valid(valid_speaker)?,
        Some(OwnSplit::LeaveOut(left_out)) => {
            speakers::require(&speakers, left_out, valid_speaker)?;
            let [_, valid, _] = drawn(&rows);
            let valid: BTreeSet<usize> = valid.into_iter().collect();
            for (number, row) in rows.iter_mut().enumerate() {
                let is = |name: &str| row.speaker.as_deref() == Some(name);
                let validates = valid_speaker.map_or_else(|| valid.contains(&number), is);
                // Of the others, what would be the test is to train on.
                row.split = Some(speakers::side(is(left_out), validates));
            }
        }
        None => {
            speakers::refuse_valid(valid_speaker)?;
            let splits = drawn(&rows);
            for (split, numbers) in Split::ALL.into_iter().zip(splits) {
                numbers.into_iter().for_each(|number| rows[number].split = Some(split));
            }
        }
    }
    let classes = classes(path, &rows)?;
    let is_class = settings.units == Units::Class;
    if is_class && classes.len() < 2 {
        let reason = format!("every recording of {} has the same text", path.display());
        return Err(DataError::setting("text", reason));
    }
    let mut splits = [Prepared::default(), Prepared::default(), Prepared::default()];
    let mut files = vec![checksum::of_whole_file(path)?];
    for row in &rows {
        let bad = |reason: String| DataError::record(path, format!("line {}", row.line), reason);
        let recording = Recording::open(&row.wav, settings.longest)
            .map_err(|error| bad(error.to_string()))?
            .at_rate(settings.features.rate);
        let split = row.split.unwrap_or(Split::Train);
        let id = |unit: &String| classes.binary_search(unit).unwrap_or(0) as u32;
        let answer: Vec<u32> = row.units.iter().map(id).collect();
        let (steps, needed) = (preparation.steps(recording.samples.len()), ctc_steps(&answer));
        if !is_class && steps < needed {
            return Err(bad(format!(
                "{} has {steps} steps of {} ms, and its {} labels need {needed} at least (one each, and a blank between equal ones); a smaller `skip` or `hop_ms` makes more steps",
                row.wav.display(),
                settings.features.step_ms(),
                answer.len()
            )));
        }
        let speaker = row.speaker.as_ref().and_then(|name| speakers.binary_search(name).ok());
        let utterance =
            Utterance { samples: recording.samples, answer, speaker: speaker.unwrap_or(0) as u32 };
        preparation.add(utterance, split == Split::Train, &mut splits[split as usize])?;
    }
    files.push(sum_of_all(&rows)?);
    let table = files[0].clone();
    let described = Described {
        source: Source { files, ..Source::of_user_file("speech", path, table) },
        classes,
        is_class,
        separator: if settings.units == Units::Words { " " } else { "" }.to_owned(),
        speakers,
    };
    let data = preparation.data(splits, described)?;
    scored::sequences(
        data,
        "hold out another part (`held_out`, in thousandths), or say another `split`",
    )
}

/// All rows of the table.
fn rows(path: &Path, settings: &SpeechSettings) -> Result<Vec<Row>, DataError> {
    let mut wanted = vec![("file", settings.file.as_str()), ("text", settings.text.as_str())];
    let split_column = match &settings.split {
        Some(OwnSplit::Column(name)) => Some(name),
        _ => None,
    };
    let optional = [("speaker", settings.speaker.as_ref()), ("split", split_column)];
    let [speaker_at, split_at] = optional.map(|(setting, name)| {
        wanted.push((setting, name?.as_str()));
        Some(wanted.len() - 1)
    });
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut rows = Vec::new();
    records::for_each(path, settings.quoting, &wanted, |record| {
        let (file, text) = (record.field(0).trim(), record.field(1).trim());
        if file.is_empty() {
            return Err(record.bad(path, "there is no file"));
        }
        let units: Vec<String> = match settings.units {
            Units::Characters => text.chars().map(String::from).collect(),
            Units::Words => text.split_whitespace().map(str::to_owned).collect(),
            Units::Class => {
                Some(text).filter(|text| !text.is_empty()).map(str::to_owned).into_iter().collect()
            }
        };
        if units.is_empty() {
            return Err(record.bad(path, "there is no text"));
        }
        let speaker = speaker_at.map(|at| record.field(at).trim().to_owned());
        let split = match split_at.map(|at| record.field(at).trim()) {
            None => None,
            Some(name) => Some(Split::named(name).ok_or_else(|| {
                let reason =
                    format!("{} is no split; `train`, `valid` and `test` are", shown(name));
                record.bad(path, reason)
            })?),
        };
        rows.push(Row { line: record.line, wav: folder.join(file), units, speaker, split });
        Ok(())
    })?;
    Ok(rows)
}

/// The units of the training split, in alphabetical order; an error for one elsewhere that is not among them.
fn classes(path: &Path, rows: &[Row]) -> Result<Vec<String>, DataError> {
    let training = rows.iter().filter(|row| row.split == Some(Split::Train));
    let known: BTreeSet<&String> = training.flat_map(|row| &row.units).collect();
    for row in rows {
        if let Some(unit) = row.units.iter().find(|unit| !known.contains(unit))
            && !known.is_empty()
        {
            let some: Vec<String> = known.iter().take(40).map(|unit| shown(unit)).collect();
            let reason = format!(
                "{} does not occur in the training split, of which these are: {}{}",
                shown(unit),
                some.join(" "),
                if known.len() > 40 { " ..." } else { "" }
            );
            return Err(DataError::record(path, format!("line {}", row.line), reason));
        }
    }
    Ok(known.into_iter().cloned().collect())
}

/// One checksum for all recordings, each by its own, in the order of the table.
fn sum_of_all(rows: &[Row]) -> Result<FileSum, DataError> {
    let sums = rows.iter().map(|row| checksum::of_whole_file(&row.wav));
    let sums: Vec<FileSum> = sums.collect::<Result<_, _>>()?;
    let all: String = sums.iter().map(|sum| format!("{}\n", sum.sha256)).collect();
    Ok(FileSum {
        name: format!("{} recordings", sums.len()),
        bytes: sums.iter().map(|sum| sum.bytes).sum(),
        sha256: checksum::of_bytes(all.as_bytes()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequences::{SequenceTargets, Sequences};
    use std::fs;
    use task::TargetKind;

    /// A WAV file of 16-bit samples at 8 kHz.
    fn wav(path: &Path, samples: usize) {
        let mut bytes = b"RIFF".to_vec();
        let data = 2 * samples as u32;
        bytes.extend((36 + data).to_le_bytes());
        bytes.extend(b"WAVEfmt ");
        bytes.extend([16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0]);
        bytes.extend(b"data");
        bytes.extend(data.to_le_bytes());
        bytes.extend((0..samples).flat_map(|t| ((t * 37 % 2_000) as i16).to_le_bytes()));
        fs::write(path, bytes).unwrap();
    }

    /// A folder with recordings a.wav to j.wav of a quarter second, and a table.
    fn folder(table: &str) -> (tempfile::TempDir, SpeechSettings) {
        let folder = tempfile::tempdir().unwrap();
        for name in "abcdefghij".chars() {
            wav(&folder.path().join(format!("{name}.wav")), 2_000);
        }
        let path = folder.path().join("t.csv");
        fs::write(&path, table).unwrap();
        (folder, SpeechSettings { path, ..SpeechSettings::default() })
    }

    fn load(table: &str, change: impl FnOnce(&mut SpeechSettings)) -> Result<SequenceData, String> {
        let (_folder, mut settings) = folder(table);
        change(&mut settings);
        load_speech(&settings, &mut |_| ()).map_err(|error| error.to_string())
    }

    const TABLE: &str = "file,text,who,part\na.wav,go on,ann,train\nb.wav,no,ann,train\nc.wav,go,bob,valid\nd.wav,no,bob,test\n";

    fn by_column(settings: &mut SpeechSettings) {
        settings.split = Some(OwnSplit::Column("part".to_owned()));
    }

    #[test]
    fn texts_become_characters_words_or_classes() {
        let data = load(TABLE, by_column).unwrap();
        assert_eq!(data.classes, [" ", "g", "n", "o"]);
        assert_eq!(data.target, TargetKind::Labels { types: 4 });
        let labels: Vec<u32> = vec![1, 3, 0, 3, 2];
        let SequenceTargets::Labels(found) = data.train.targets() else { panic!() };
        assert_eq!(found.get(0), Some(&labels[..]));
        assert_eq!([&data.train, &data.valid, &data.test].map(Sequences::len), [2, 1, 1]);
        assert_eq!(data.train.length(0), 22);

        let words = load(TABLE, |settings| {
            by_column(settings);
            settings.units = Units::Words;
        });
        assert_eq!(words.unwrap().classes, ["go", "no", "on"]);
        let classes = load(&TABLE.replace("go,", "no,"), |settings| {
            by_column(settings);
            settings.units = Units::Class;
        });
        let classes = classes.unwrap();
        assert_eq!((classes.target, classes.classes.len()), (TargetKind::Class { classes: 2 }, 2));
    }

    #[test]
    fn a_speaker_can_be_left_out() {
        let row = |k: usize| {
            format!("{}.wav,no,{}\n", "abcdefghij".chars().nth(k).unwrap(), ["ann", "bob"][k / 5])
        };
        let table = format!("file,text,who\n{}", (0..10).map(row).collect::<String>());
        let left_out = |name: &str, speaker: Option<&str>| {
            load(&table, |settings| {
                settings.split = Some(OwnSplit::LeaveOut(name.to_owned()));
                settings.speaker = speaker.map(str::to_owned);
                settings.held_out.valid = 300;
            })
        };
        let data = left_out("bob", Some("who")).unwrap();
        assert_eq!(data.test.len(), 5);
        assert!(data.train.len() < 5 && !data.valid.is_empty());
        let speech = data.speech.unwrap();
        assert_eq!(speech.speaker(Split::Test, 4), Some("bob"));
        assert_eq!(speech.speaker(Split::Train, 0), Some("ann"));
        let error = left_out("eve", Some("who")).unwrap_err();
        assert!(error.contains("the speakers are: ann, bob"), "{error}");
        assert!(left_out("bob", None).unwrap_err().contains("without a column of speakers"));
    }

    #[test]
    fn what_is_wrong_is_told_with_file_and_line() {
        let told = |from: &str, to: &str, expected: &str| {
            let error = load(&TABLE.replace(from, to), by_column).unwrap_err();
            assert!(error.contains("t.csv") && error.contains(expected), "{error}");
        };
        told("d.wav,no", "d.wav,yes", "line 5: `y` does not occur in the training split");
        told("d.wav", "gone.wav", "line 5: cannot read ");
        told("d.wav", "t.csv", "line 5: ");
        told("d.wav,no", "d.wav,", "line 5: there is no text");
        told("bob,test", "bob,tests", "line 5: `tests` is no split");
        told("go on", "goooooooooooo on", "line 2: ");
        told("text", "words", "has no column `text`");
        let long = load(TABLE, |settings| {
            by_column(settings);
            settings.longest = 0.1;
        });
        assert!(long.unwrap_err().contains("line 2: "));
        let (folder, mut settings) = folder(TABLE);
        by_column(&mut settings);
        let whole = fs::read(folder.path().join("c.wav")).unwrap();
        fs::write(folder.path().join("c.wav"), &whole[..1_000]).unwrap();
        let error = load_speech(&settings, &mut |_| ()).unwrap_err().to_string();
        assert!(
            error.contains("t.csv, line 4: ") && error.contains("c.wav: it is cut off: 2000"),
            "{error}"
        );
    }
}
