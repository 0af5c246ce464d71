//! The list of datasets, for the loader: file names, published counts, checksums, addresses.

mod corpora;
mod labelled;
mod music;
mod parallel;

pub(crate) use corpora::{PTB, PTB_CHAR, TINY_SHAKESPEARE, WIKITEXT_2, WIKITEXT_103};
pub(crate) use labelled::{FSDD, IMDB, IMDB_ARCHIVE, MNIST, NAMES, NamesSpec};
pub(crate) use music::{MUSIC, MusicSpec, published_sha256};
pub(crate) use parallel::{
    MULTI30K, MULTI30K_TOKENISED, PARALLEL, ParallelSpec, TATOEBA, TATOEBA_ARCHIVE, TATOEBA_TEXT,
};

use crate::catalogue::{self, DatasetInfo, Task};
use crate::error::DataError;
use crate::tokeniser::Tokeniser;

/// What is needed to find or fetch the files of any dataset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileSpec {
    pub(crate) info: DatasetInfo,
    /// The arrangements in which the files may lie in a place, preferred first. The first is
    /// also the one that a download makes.
    pub(crate) layouts: &'static [Layout],
    pub(crate) remote: &'static [RemoteFile],
}

/// Files that must all be in the same folder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// The folder within a place; empty for the place itself.
    pub(crate) folder: &'static str,
    pub(crate) files: &'static [&'static str],
}

/// A file to download.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RemoteFile {
    /// The addresses of the folders that have it, each with its last slash, tried in this order.
    pub(crate) homes: &'static [&'static str],
    /// Its name there, under which it is also saved.
    pub(crate) name: &'static str,
    pub(crate) bytes: u64,
    pub(crate) sha256: &'static str,
    /// For a zip archive: the members to take out of it, each saved under its last component.
    /// Empty for a file that is kept as it is.
    pub(crate) members: &'static [&'static str],
}

impl RemoteFile {
    /// A file that is kept as it is.
    const fn new(
        homes: &'static [&'static str],
        name: &'static str,
        bytes: u64,
        sha256: &'static str,
    ) -> Self {
        Self { homes, name, bytes, sha256, members: &[] }
    }

    /// An archive of which these members are kept.
    const fn with_members(self, members: &'static [&'static str]) -> Self {
        Self { members, ..self }
    }
}

impl FileSpec {
    /// Where the files are to be had, in one sentence.
    pub(crate) fn download(&self) -> String {
        let Some((first, others)) = self.remote.split_first() else {
            return "no address is known".to_owned();
        };
        let bytes: u64 = self.remote.iter().map(|remote| remote.bytes).sum();
        let home = first.homes.first().copied().unwrap_or_default();
        let others = match others {
            [] => String::new(),
            [one] => format!(" and {}", one.name),
            [one, two] => format!(", {} and {}", one.name, two.name),
            more => format!(" and {} more", more.len()),
        };
        format!("{home}{}{others} ({:.1} MB)", first.name, bytes as f64 / 1e6)
    }
}

/// A corpus for language modelling.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CorpusSpec {
    pub(crate) files: FileSpec,
    pub(crate) tokeniser: Tokeniser,
    pub(crate) parts: Parts,
    /// Published token counts with `<eos>`: train, valid, test.
    pub(crate) tokens: [u64; 3],
    /// Published number of types in the training split, with `<eos>`.
    pub(crate) types: u64,
    /// Checksums of the text files; empty if none are published.
    pub(crate) sha256: &'static [&'static str],
}

/// How a corpus comes in three splits.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Parts {
    /// Three files: train, valid, test.
    Files,
    /// One file, of which the last thousandths are validation, then test split. The vocabulary
    /// is that of the whole file.
    Tail { valid: u32, test: u32 },
}

/// All corpora that are read from files.
pub(crate) static CORPORA: [&CorpusSpec; 5] =
    [&PTB, &PTB_CHAR, &WIKITEXT_2, &WIKITEXT_103, &TINY_SHAKESPEARE];

/// The corpus with this name.
pub(crate) fn corpus(name: &str) -> Result<&'static CorpusSpec, DataError> {
    let found = CORPORA.into_iter().find(|spec| spec.files.info.name == name);
    found.ok_or_else(|| match catalogue::info(name) {
        Some(info) => DataError::NotACorpus {
            name: name.to_owned(),
            task: info.task.to_string(),
            known: catalogue::names(Some(Task::LanguageModelling)),
        },
        None => unknown(name),
    })
}

/// The files of the dataset with this name, which is not one that is generated.
pub(crate) fn files(name: &str) -> Result<&'static FileSpec, DataError> {
    // The same files, read as one text.
    let name = if name == catalogue::IMDB_TEXT.name { catalogue::IMDB.name } else { name };
    let corpora = CORPORA.into_iter().map(|spec| &spec.files);
    let music = MUSIC.iter().map(|spec| &spec.files);
    let parallel = PARALLEL.iter().map(|spec| &spec.files);
    let others = [&IMDB, &NAMES.files, &MNIST, &FSDD];
    let found =
        corpora.chain(music).chain(parallel).chain(others).find(|spec| spec.info.name == name);
    found.ok_or_else(|| match catalogue::info(name) {
        Some(_) => DataError::NoFiles { name: name.to_owned() },
        None => unknown(name),
    })
}

/// The error for a name that is no dataset's.
pub(crate) fn unknown(name: &str) -> DataError {
    DataError::UnknownDataset { name: name.to_owned(), known: catalogue::names(None) }
}
