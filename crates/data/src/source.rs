//! Where loaded data came from: what a run records, and what every table and title is labelled with.

use std::path::Path;

use crate::catalogue::DatasetInfo;

/// What a dataset is and where it was taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name asked for.
    pub requested: String,
    /// The name of what is actually used, one of [`datasets`](crate::datasets), or `text` or
    /// `table` for a file of the user's own.
    pub name: String,
    /// A title for tables and figures, such as "Penn Treebank (words)".
    pub title: String,
    /// Whether the text was generated instead of being real language. Whoever shows a number
    /// made with it must say so.
    pub stand_in: bool,
    /// The folder or archive read, or "generated".
    pub location: String,
    /// The files read, in the order train, valid, test. For generated text: its three token
    /// streams. For an unpacked folder of reviews: one entry for all of them together.
    pub files: Vec<FileSum>,
    /// What the reader of a result should know, such as why the stand-in was used.
    pub note: Option<String>,
}

impl Source {
    /// A known dataset, read from files.
    pub(crate) fn of_files(info: &DatasetInfo, location: &Path, files: Vec<FileSum>) -> Self {
        Self {
            requested: info.name.to_owned(),
            name: info.name.to_owned(),
            title: info.title.to_owned(),
            stand_in: false,
            location: location.display().to_string(),
            files,
            note: None,
        }
    }

    /// A file of the user's own, called by its kind.
    pub(crate) fn of_user_file(kind: &str, path: &Path, file: FileSum) -> Self {
        Self {
            requested: path.display().to_string(),
            name: kind.to_owned(),
            title: file.name.clone(),
            stand_in: false,
            location: path.display().to_string(),
            files: vec![file],
            note: None,
        }
    }
}

/// A file's size and checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSum {
    /// The file's name, without its folder.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}
