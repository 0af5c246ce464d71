//! Corpora for language modelling: one stream of tokens for each split.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cache::{self, Entry, Slot, WORTHWHILE};
use crate::catalogue::{BUILTIN, IMDB_TEXT};
use crate::checksum;
use crate::error::DataError;
use crate::facts::{self, Fact};
use crate::imdb::load_imdb_text;
use crate::install;
use crate::language;
use crate::locate::LocatedFiles;
use crate::places::Places;
use crate::progress::Progress;
use crate::scored;
use crate::source::{FileSum, Source};
use crate::spec::{self, CorpusSpec, Parts};
use crate::split::Split;
use crate::text::tokens_of_file;
use crate::tokeniser::Tokeniser;
use crate::vocabulary::Vocabulary;

/// A language-modelling dataset, of words or of characters.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// What it is and where it was taken from.
    pub source: Source,
    /// How it was cut into tokens, and how tokens make a text again.
    pub tokeniser: Tokeniser,
    /// The words (or characters).
    pub vocabulary: Vocabulary,
    /// Token ids of the training split, with `<eos>` at the end of each line.
    pub train: Vec<u32>,
    /// Token ids of the validation split.
    pub valid: Vec<u32>,
    /// Token ids of the test split.
    pub test: Vec<u32>,
}

impl Corpus {
    /// The token ids of a split.
    pub fn split(&self, split: Split) -> &[u32] {
        match split {
            Split::Train => &self.train,
            Split::Valid => &self.valid,
            Split::Test => &self.test,
        }
    }
}

/// What to do where a published dataset lacks something.
pub(crate) const PUBLISHED: &str = "put a whole copy of its files in their place";

/// What to do where the files of a dataset are neither here nor to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenMissing {
    /// Refuse to start.
    #[default]
    Error,
    /// Train on the built-in stand-in, and say so everywhere.
    Builtin,
}

/// Loads a corpus: from the first place that holds it, else by downloading it into the cache.
///
/// Token counts, vocabulary size and checksums are compared with the published ones. The name
/// `builtin` generates the stand-in language, which needs no files. Token ids are kept in the
/// cache folder (if the places have one) and taken from there when the files are the same.
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
    if name == IMDB_TEXT.name {
        return load_imdb_text(when_missing, places, progress);
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
        Ok(found) => {
            let files = sums(&found, progress)?;
            let slot = slot(places, &files, &[spec.files.info.name]);
            let sound = |entry: &Entry| is_corpus(entry);
            let entry = cache::remembered(slot, sound, progress, || {
                let (entry, facts) = read(spec, &found, &files).map_err(DataError::of_published)?;
                facts::require_all(&facts)?;
                Ok(entry)
            })?;
            let corpus = corpus(entry, spec.tokeniser, source(spec, &found, files));
            scored::corpus(corpus, PUBLISHED)
        }
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

/// The published figures of a corpus beside those of its files, past any cache.
pub(crate) fn check(
    spec: &CorpusSpec,
    found: &LocatedFiles,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<Fact>, DataError> {
    let files = sums(found, progress)?;
    read(spec, found, &files).map(|(_, facts)| facts).map_err(DataError::of_published)
}

/// Sizes and checksums of all files.
pub(crate) fn sums(
    found: &LocatedFiles,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<FileSum>, DataError> {
    let sum = |path: &std::path::PathBuf| {
        progress(Progress::Reading { path });
        checksum::of_whole_file(path)
    };
    found.files.iter().map(sum).collect()
}

/// Changed whenever texts are read or cut into tokens by other rules, so that nothing is taken from
/// the cache that was made by the rules of before.
const RULES: &str = "rules 3";

/// The place in the cache for what is made of these files with these settings.
pub(crate) fn slot(places: &Places, files: &[FileSum], settings: &[&str]) -> Option<Slot> {
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let cache = places.cache().filter(|_| bytes >= WORTHWHILE);
    let sums = files.iter().map(|file| file.sha256.as_str());
    Slot::new(cache, &settings.iter().copied().chain([RULES]).chain(sums).collect::<Vec<_>>())
}

/// Whether a cache entry holds words and three splits of their ids.
pub(crate) fn is_corpus(entry: &Entry) -> bool {
    let known = |token: &u32| (*token as usize) < entry.words.len();
    entry.arrays.len() == 3 && entry.arrays.iter().flatten().all(known)
}

/// The corpus in an entry for which [`is_corpus`] holds.
pub(crate) fn corpus(entry: Entry, tokeniser: Tokeniser, source: Source) -> Corpus {
    let vocabulary = Vocabulary::of_distinct(entry.words);
    let mut splits = entry.arrays.into_iter();
    let mut next = || splits.next().unwrap_or_default();
    Corpus { source, tokeniser, vocabulary, train: next(), valid: next(), test: next() }
}

/// Reads the splits. An error is one that leaves nothing to count; facts that do not hold are the
/// caller's business.
fn read(
    spec: &CorpusSpec,
    found: &LocatedFiles,
    files: &[FileSum],
) -> Result<(Entry, Vec<Fact>), DataError> {
    // Counts before checksums: they tell more about what is wrong.
    let mut facts = Vec::new();
    let first = found.files.first().map_or(Path::new(""), |path| path);
    let (mut tokens, vocabulary) = read_training(first, spec.tokeniser)?;
    let mut arrays = Vec::new();
    match spec.parts {
        Parts::Files => {
            facts.push(Fact::count(first, "tokens", spec.tokens[0], tokens.len()));
            facts.push(Fact::count(first, "types", spec.types, vocabulary.len()));
            arrays.push(tokens);
            for (path, expected) in found.files.iter().zip(spec.tokens).skip(1) {
                facts::require_all(&facts)?;
                let (tokens, unknown) = read_held_out(path, spec.tokeniser, &vocabulary)?;
                let count = Fact::count(path, "tokens", expected, tokens.len());
                if let Some(unknown) = unknown {
                    // Half a word at the end of a truncated file is also an unknown word.
                    count.require()?;
                    return Err(unknown);
                }
                facts.push(count);
                arrays.push(tokens);
            }
        }
        Parts::Tail { valid, test } => {
            facts.push(Fact::count(first, "types", spec.types, vocabulary.len()));
            let [train, valid] = tail(tokens.len(), valid, test);
            let test = tokens.split_off(valid);
            let valid = tokens.split_off(train);
            arrays = vec![tokens, valid, test];
            let splits = ["training tokens", "validation tokens", "test tokens"];
            for ((what, expected), split) in splits.into_iter().zip(spec.tokens).zip(&arrays) {
                facts.push(Fact::count(first, what, expected, split.len()));
            }
        }
    }
    for ((path, file), sha256) in found.files.iter().zip(files).zip(spec.sha256) {
        facts.push(Fact::checksum(path, sha256, &file.sha256));
    }
    Ok((Entry { words: vocabulary.into(), arrays }, facts))
}

/// Where validation and test split begin among `count` tokens, if they are the last `valid` and
/// `test` thousandths.
pub(crate) fn tail(count: usize, valid: u32, test: u32) -> [usize; 2] {
    let at = |thousandths: u32| {
        let kept = 1000_u128.saturating_sub(u128::from(thousandths));
        (count as u128 * kept / 1000) as usize
    };
    [at(valid.saturating_add(test)), at(test)]
}

fn source(spec: &CorpusSpec, found: &LocatedFiles, files: Vec<FileSum>) -> Source {
    let info = &spec.files.info;
    Source::of_files(info, &found.folder, files)
}

/// The ids of a training text; its words become the vocabulary.
pub(crate) fn read_training(
    path: &Path,
    tokeniser: Tokeniser,
) -> Result<(Vec<u32>, Vocabulary), DataError> {
    let mut vocabulary = Vocabulary::default();
    let mut tokens = Vec::new();
    tokens_of_file(path, tokeniser, |token, _| tokens.push(vocabulary.add(token)))?;
    Ok((tokens, vocabulary))
}

/// The ids of a validation or test text, and what is wrong with its first unknown word, if any.
fn read_held_out(
    path: &Path,
    tokeniser: Tokeniser,
    vocabulary: &Vocabulary,
) -> Result<(Vec<u32>, Option<DataError>), DataError> {
    let mut tokens = Vec::new();
    let mut unknown = None;
    tokens_of_file(path, tokeniser, |word, line| {
        tokens.push(vocabulary.id(word).unwrap_or_else(|| {
            unknown.get_or_insert_with(|| DataError::UnknownWord {
                path: path.to_owned(),
                line,
                word: word.to_owned(),
            });
            0
        }));
    })?;
    Ok((tokens, unknown))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn an_unknown_word_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.txt");
        fs::write(&path, "a b\n").unwrap();
        let (tokens, vocabulary) = read_training(&path, Tokeniser::Words).unwrap();
        assert_eq!(tokens, [0, 1, 2]);
        fs::write(&path, "a\nb c\n").unwrap();
        let (_, unknown) = read_held_out(&path, Tokeniser::Words, &vocabulary).unwrap();
        let text = unknown.unwrap().to_string();
        assert!(text.contains("v.txt, line 2: the word `c`"), "{text}");
    }

    #[test]
    fn the_tail_is_cut_where_char_rnn_cuts_it() {
        assert_eq!(tail(1_115_394, 50, 50), [1_003_854, 1_059_624]);
        assert_eq!(tail(7, 0, 0), [7, 7]);
        assert_eq!(tail(7, 500, 500), [0, 3]);
        assert_eq!(tail(10, 0, 100), [9, 9]);
    }
}
