//! Surnames of 18 languages, to be told apart by their characters.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checksum;
use crate::corpus;
use crate::error::DataError;
use crate::facts::{self, Fact};
use crate::install;
use crate::labelled::Labelled;
use crate::lines;
use crate::locate::LocatedFiles;
use crate::places::Places;
use crate::progress::Progress;
use crate::scored::Mend;
use crate::sequences::SequenceData;
use crate::source::Source;
use crate::spec::{NAMES, NamesSpec};
use crate::split::{HeldOut, by_key};
use crate::tokeniser::Tokeniser;
use crate::vocabulary::Cutoff;

/// How names are split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NamesSettings {
    /// What is held out; there is no published split. A name that several languages have, or one
    /// language twice, is in one split only.
    pub held_out: HeldOut,
    /// The seed of that draw.
    pub seed: u64,
}

impl Default for NamesSettings {
    /// A tenth for validation and a tenth for testing.
    fn default() -> Self {
        Self { held_out: HeldOut::default(), seed: 1 }
    }
}

/// Loads the names as characters, a class for each language. Languages are very unequal: nearly
/// half of the names are Russian.
///
/// # Errors
/// [`DataError::Missing`] if the files cannot be had; [`DataError::BadSetting`] if nothing is left
/// to train on; others if files are there but wrong.
pub fn load_names(
    settings: NamesSettings,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<SequenceData, DataError> {
    let held_out = settings.held_out.require()?;
    let found = install::obtain(&NAMES.files, places, progress)?;
    let (names, facts) = read(&NAMES, &found)?;
    facts::require_all(&facts)?;
    let splits = by_key(names.texts.iter(), held_out, settings.seed);
    let files = corpus::sums(&found, progress)?;
    let source = Source::of_files(&NAMES.files.info, &found.folder, files);
    names.data(splits, Cutoff::default(), 0, source, Mend::HeldOut)
}

/// The published figures of the names beside those of the files.
pub(crate) fn check(found: &LocatedFiles) -> Result<Vec<Fact>, DataError> {
    read(&NAMES, found).map(|(_, facts)| facts)
}

fn read(spec: &NamesSpec, found: &LocatedFiles) -> Result<(Labelled, Vec<Fact>), DataError> {
    let mut names = Labelled::new(Tokeniser::Characters);
    let mut facts = Vec::new();
    let published = spec.names.iter().zip(spec.files.remote);
    for (label, (path, (&expected, remote))) in found.files.iter().zip(published).enumerate() {
        let before = names.labels.len();
        names.classes.push(language(path));
        lines::for_each(path, |name, line| {
            if name.trim().is_empty() {
                let reason = "there is no name on this line";
                return Err(DataError::record(path, format!("line {line}"), reason));
            }
            let mut characters = Vec::new();
            let vocabulary = &mut names.vocabulary;
            names.tokeniser.each(name, |token| characters.push(vocabulary.add(token)));
            names.texts.push(characters);
            names.labels.push(label as u32);
            Ok(())
        })?;
        facts.push(Fact::count(path, "names", expected, names.labels.len() - before));
        let sum = checksum::of_whole_file(path)?;
        facts.push(Fact::checksum(path, remote.sha256, &sum.sha256));
    }
    Ok((names, facts))
}

/// The language by which a file is called.
fn language(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
