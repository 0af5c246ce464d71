//! Everything that can go wrong with a dataset, each with its place and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use words::{counted, thousands};

use crate::shown::shown;

/// Why a dataset could not be used.
///
/// Every message names the file (and the line or archive member where there is one) and says what
/// to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The name is not one of [`datasets`](crate::datasets).
    #[error("there is no dataset called '{name}'; the datasets are: {known}")]
    UnknownDataset {
        /// The name asked for.
        name: String,
        /// The known names, separated by commas.
        known: String,
    },

    /// The dataset is generated: there are no files of it.
    #[error("dataset '{name}' is generated when it is needed and has no files")]
    NoFiles {
        /// The name asked for.
        name: String,
    },

    /// The dataset exists but serves another task than language modelling.
    #[error("dataset '{name}' is for {task}, not for language modelling; choose one of: {known}")]
    NotACorpus {
        /// The name asked for.
        name: String,
        /// The task that the dataset serves.
        task: String,
        /// The language-modelling datasets, separated by commas.
        known: String,
    },

    /// The dataset is nowhere on this machine and could not be downloaded.
    #[error(transparent)]
    Missing(Box<MissingDataset>),

    /// Some files of a dataset are in a folder and others are not.
    #[error(
        "{folder}: found {found}, but {missing} is missing; all files of '{name}' must be in the \
         same folder: add what is missing, or move what is there away",
        folder = folder.display()
    )]
    Incomplete {
        /// The dataset's name.
        name: String,
        /// The folder.
        folder: PathBuf,
        /// The files that are there, separated by commas.
        found: String,
        /// The files that are not, separated by commas.
        missing: String,
    },

    /// The operating system refused something.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was tried: "read", "create", ...
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's own error.
        source: io::Error,
    },

    /// A file that should hold text holds nothing.
    #[error("{path} is empty; {mend}", path = path.display(), mend = owner.fill())]
    Empty {
        /// The file.
        path: PathBuf,
        /// Whose file it is.
        owner: Owner,
    },

    /// A text has too few tokens for a score.
    #[error("{path}: {} cannot be scored; at least 2 are needed, one to read and one to predict", counted(*tokens, "token"), path = path.display())]
    TooFewTokens {
        /// The file.
        path: PathBuf,
        /// How many it has.
        tokens: usize,
    },

    /// A text file is not UTF-8.
    #[error("{path}, line {line}: not valid UTF-8 (0x{byte:02X}, byte {position} of the file); {mend}", path = path.display(), mend = owner.convert(path))]
    NotUtf8 {
        /// The file; for an archive, its path followed by the member's.
        path: PathBuf,
        /// The first bad line, counted from 1.
        line: usize,
        /// The first bad byte's place in the file (or member), counted from 1.
        position: u64,
        /// That byte.
        byte: u8,
        /// Whose file it is.
        owner: Owner,
    },

    /// A text file is in an encoding that its first bytes tell.
    #[error("{path}: this is {encoding}, as some Windows programs write it, and only UTF-8 is read; convert it: `{command}`", path = path.display(), command = iconv(encoding, path))]
    OtherEncoding {
        /// The file.
        path: PathBuf,
        /// Its encoding, as iconv calls it.
        encoding: &'static str,
    },

    /// A split has nothing to score, so that no result could be told of it.
    #[error(
        "{data}: there is nothing to score in {splits}: of its {unit}, {sizes}; each needs at least {least}: {mend}"
    )]
    NothingToScore {
        /// The dataset, or the user's file.
        data: String,
        /// The splits that lack something.
        splits: Box<str>,
        /// What is counted, in the plural.
        unit: &'static str,
        /// How many of them each split has.
        sizes: Box<str>,
        /// How many are needed.
        least: &'static str,
        /// What to do about it.
        mend: Box<str>,
    },

    /// A text file holds a word too long to be one.
    #[error("{path}, line {line}: a word of more than {limit} bytes; is this a text file? As characters, it can be read", path = path.display(), limit = thousands(*limit as u64))]
    LongWord {
        /// The file.
        path: PathBuf,
        /// The line on which the text before the word ends, counted from 1.
        line: usize,
        /// The limit in bytes.
        limit: usize,
    },

    /// A part of a file is not what it has to be.
    #[error("{path}, {place}: {reason}", path = path.display())]
    BadRecord {
        /// The file.
        path: PathBuf,
        /// Where in it: a line, a record, a byte.
        place: String,
        /// What is wrong.
        reason: String,
    },

    /// A file holds no usable recording.
    #[error("{path}: {reason}", path = path.display())]
    BadRecording {
        /// The file; in an archive, its path followed by the member's.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// A setting cannot be used, or the dataset has no such setting.
    #[error("{setting}: {reason}")]
    BadSetting {
        /// The setting.
        setting: &'static str,
        /// What is wrong with its value, and what is allowed.
        reason: String,
    },

    /// Inputs and targets do not belong together.
    #[error("sequence {sequence} (counted from 0): {reason}")]
    BadSequence {
        /// The sequence.
        sequence: usize,
        /// What is wrong.
        reason: String,
    },

    /// A file holds another number of things than was published.
    #[error("{path}: expected {expected} {what}, found {found}; the file is truncated or another version: put a whole copy in its place",
        path = path.display(), expected = thousands(*expected), found = thousands(*found))]
    WrongCount {
        /// The file or folder.
        path: PathBuf,
        /// What was counted, in the plural.
        what: &'static str,
        /// The published number.
        expected: u64,
        /// The number found.
        found: u64,
    },

    /// A file's counts are right but its bytes are not the published ones.
    #[error("{path}: expected sha256 {expected}, found {found}; the file was changed (line endings?) or is another version: put an unchanged copy in its place", path = path.display())]
    WrongChecksum {
        /// The file.
        path: PathBuf,
        /// The published SHA-256, in hexadecimal.
        expected: String,
        /// The file's SHA-256, in hexadecimal.
        found: String,
    },

    /// A validation or test split holds a word that the training split does not.
    #[error("{path}, line {line}: the word {word} does not occur in the training split; the files do not belong together", path = path.display(), word = shown(word))]
    UnknownWord {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The word.
        word: String,
    },

    /// A text has a token that a trained model cannot read.
    #[error("{path}, line {line}: {token:?} is not in the model's vocabulary, which has no `<unk>` either", path = path.display())]
    NotInVocabulary {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The token.
        token: String,
    },

    /// An archive cannot be read, or lacks a member.
    #[error("{path}: {reason}; the archive is damaged or another version: put a whole copy in its place", path = path.display())]
    BadArchive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// A dataset whose terms restrict its use is to be fetched, and nobody has accepted them.
    #[error(
        "the terms of '{name}' have to be accepted first, with \
         `rnnlab data fetch {name} --accept-licence`: {licence}"
    )]
    LicenceNotAccepted {
        /// The dataset's name.
        name: String,
        /// Its terms.
        licence: String,
    },

    /// A download failed. Inside [`load_corpus`](crate::load_corpus) and
    /// [`load_imdb`](crate::load_imdb) this becomes the reason of [`DataError::Missing`].
    #[error("{url}: {reason}")]
    Download {
        /// The address.
        url: String,
        /// What went wrong.
        reason: String,
    },

    /// A token stream cannot be cut as asked.
    #[error("cannot cut {tokens} tokens into {} with windows of {}: {reason}", counted(*batch, "stream"), counted(*unroll, "step"), tokens = thousands(*tokens as u64))]
    Batching {
        /// Tokens in the split.
        tokens: usize,
        /// Streams asked for.
        batch: usize,
        /// Steps a window asked for.
        unroll: usize,
        /// Why it does not work.
        reason: &'static str,
    },
}

/// Whose a file is, which decides what can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A file of the user's own: it can be changed.
    User,
    /// A published one: it has to be as it was published.
    Published,
}

impl Owner {
    fn fill(self) -> &'static str {
        match self {
            Self::User => "there is nothing to learn from or to score in it",
            Self::Published => {
                "remove it to have it fetched again, or put a whole copy in its place"
            }
        }
    }

    fn convert(self, path: &Path) -> String {
        match self {
            Self::User => format!(
                "convert it, if it is in an older encoding such as Latin-1 (`{}`); else it is damaged or no text",
                iconv("LATIN1", path)
            ),
            Self::Published => {
                "the file is damaged or in another encoding: put a whole copy in its place"
                    .to_owned()
            }
        }
    }
}

/// The command that makes a UTF-8 file of one in another encoding.
fn iconv(encoding: &str, path: &Path) -> String {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(".utf8");
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    let quoted = |path: &Path| {
        let text = path.display().to_string();
        let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
        match text.chars().all(plain) {
            true => text,
            false => format!("'{}'", text.replace('\'', "'\\''")),
        }
    };
    format!(
        "iconv -f {encoding} -t UTF-8 {} > {}",
        quoted(path),
        quoted(&path.with_file_name(name))
    )
}

/// The whole story of a dataset that could not be had.
#[derive(Debug, thiserror::Error)]
#[error(
    "dataset '{name}' was not found and not downloaded ({reason})\n  \
     files wanted: {files}\n  \
     looked in: {looked_in}\n  \
     to fix it: put the files into {put_into}, or set RNNLAB_DATA to a folder that holds them\n  \
     where to get them: {download}"
)]
pub struct MissingDataset {
    /// The dataset's name.
    pub name: String,
    /// Why there was no download.
    pub reason: String,
    /// The files looked for, separated by commas.
    pub files: String,
    /// The folders looked in, separated by commas.
    pub looked_in: String,
    /// The folder where the files would be found next time.
    pub put_into: String,
    /// The addresses of the files.
    pub download: String,
}

impl DataError {
    /// Wraps an error in a JSON file with its place.
    pub(crate) fn json(path: &Path, error: &serde_json::Error) -> Self {
        let text = error.to_string();
        // The place stands at the end of the text, and comes first here.
        let end = format!(" at line {} column {}", error.line(), error.column());
        Self::BadRecord {
            path: path.to_owned(),
            place: format!("line {}, column {}", error.line(), error.column()),
            reason: text.strip_suffix(&end).unwrap_or(&text).to_owned(),
        }
    }

    /// The file that it is about.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Io { path, .. }
            | Self::Empty { path, .. }
            | Self::TooFewTokens { path, .. }
            | Self::NotUtf8 { path, .. }
            | Self::OtherEncoding { path, .. }
            | Self::LongWord { path, .. }
            | Self::BadRecord { path, .. }
            | Self::BadRecording { path, .. }
            | Self::WrongCount { path, .. }
            | Self::WrongChecksum { path, .. }
            | Self::UnknownWord { path, .. }
            | Self::NotInVocabulary { path, .. }
            | Self::BadArchive { path, .. } => Some(path),
            _ => None,
        }
    }

    /// A record that is not what it has to be.
    pub(crate) fn record(path: &Path, place: String, reason: impl Into<String>) -> Self {
        Self::BadRecord { path: path.to_owned(), place, reason: reason.into() }
    }

    /// A setting that cannot be used.
    pub(crate) fn setting(setting: &'static str, reason: impl Into<String>) -> Self {
        Self::BadSetting { setting, reason: reason.into() }
    }

    /// Wraps a system error with what was tried on which path; what a reader of ours found comes
    /// as it is.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        match source.downcast::<Self>() {
            Ok(found) => found,
            Err(source) => Self::Io { action, path: path.to_owned(), source },
        }
    }

    /// The same of a published file.
    pub(crate) fn of_published(mut self) -> Self {
        if let Self::Empty { owner, .. } | Self::NotUtf8 { owner, .. } = &mut self {
            *owner = Owner::Published;
        }
        self
    }
}
