//! Word-level corpora for language modelling.

use crate::catalogue::BUILTIN;
use crate::checksum;
use crate::error::DataError;
use crate::install;
use crate::language;
use crate::locate::Found;
use crate::places::Places;
use crate::progress::Progress;
use crate::source::Source;
use crate::spec::{self, CorpusSpec};
use crate::text;
use crate::vocabulary::Vocabulary;

/// A word-level language-modelling dataset.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// What it is and where it was taken from.
    pub source: Source,
    /// The words.
    pub vocabulary: Vocabulary,
    /// Token ids of the training split, with `<eos>` at the end of each line.
    pub train: Vec<u32>,
    /// Token ids of the validation split.
    pub valid: Vec<u32>,
    /// Token ids of the test split.
    pub test: Vec<u32>,
}

/// What to do when a corpus is neither on the machine nor to be downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenMissing {
    /// Fail.
    Error,
    /// Generate the built-in language instead; [`Source::stand_in`] says so.
    Builtin,
}

/// Loads a corpus: from the first place that holds it, else by downloading it into the cache.
///
/// Token counts, vocabulary size and checksums are compared with the published ones. The name
/// `builtin` generates the stand-in language, which needs no files.
///
/// # Errors
/// [`DataError::UnknownDataset`] and [`DataError::NotACorpus`] for a wrong name;
/// [`DataError::Missing`] if the files cannot be had and `when_missing` is
/// [`WhenMissing::Error`]; others if files are there but wrong, whatever `when_missing` says.
pub fn load_corpus(
    name: &str,
    when_missing: WhenMissing,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Corpus, DataError> {
    if name == BUILTIN.name {
        return Ok(language::corpus(name, None));
    }
    load(spec::corpus(name)?, when_missing, places, progress)
}

/// Loads the corpus that a specification describes.
pub(crate) fn load(
    spec: &CorpusSpec,
    when_missing: WhenMissing,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Corpus, DataError> {
    match install::obtain(&spec.files, places, progress) {
        Ok(found) => read(spec, &found, progress),
        Err(DataError::Missing(missing)) if when_missing == WhenMissing::Builtin => {
            let info = &spec.files.info;
            progress(Progress::StandIn { requested: info.name, reason: &missing.reason });
            let note = format!(
                "{} was not found in {} and not downloaded: {}",
                info.title, missing.looked_in, missing.reason
            );
            Ok(language::corpus(info.name, Some(note)))
        }
        Err(error) => Err(error),
    }
}

fn read(
    spec: &CorpusSpec,
    found: &Found,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Corpus, DataError> {
    let mut sums = Vec::new();
    let mut splits = Vec::new();
    let mut vocabulary = Vocabulary::default();
    for (i, path) in found.files.iter().enumerate() {
        progress(Progress::Reading { path });
        let (text, sum) = text::read(path)?;
        // Counts before checksums: they tell more about what is wrong.
        let tokens = if i == 0 {
            let (tokens, words) = text::tokenise_training(&text);
            text::require_count(path, "tokens", spec.tokens[i], tokens.len() as u64)?;
            text::require_count(path, "types", spec.types, words.len() as u64)?;
            vocabulary = words;
            tokens
        } else {
            text::tokenise_held_out(path, &text, &vocabulary, spec.tokens[i])?
        };
        checksum::require(path, spec.sha256[i], &sum.sha256)?;
        sums.push(sum);
        splits.push(tokens);
    }
    let mut splits = splits.into_iter();
    let mut next = || splits.next().unwrap_or_default();
    let info = &spec.files.info;
    Ok(Corpus {
        source: Source {
            requested: info.name.to_owned(),
            name: info.name.to_owned(),
            title: info.title.to_owned(),
            stand_in: false,
            location: found.folder.display().to_string(),
            files: sums,
            note: None,
        },
        vocabulary,
        train: next(),
        valid: next(),
        test: next(),
    })
}
