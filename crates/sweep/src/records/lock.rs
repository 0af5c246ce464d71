//! One writer per experiment.

use super::RecordError;
use super::write::ANOTHER;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;

/// Held while this process writes an experiment's records; the system frees it when the process
/// ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of an experiment's folder, making its `runs` folder if needed.
    pub fn take(experiment: &Path) -> Result<Self, RecordError> {
        let runs = experiment.join("runs");
        fs::create_dir_all(&runs).map_err(|error| RecordError::NotWritable {
            path: experiment.to_owned(),
            error,
            elsewhere: ANOTHER,
        })?;
        let path = runs.join(".lock");
        let mut options = OpenOptions::new();
        // Not emptied: it may be another process's.
        let file = options.write(true).create(true).truncate(false).open(&path);
        let mut file = file.map_err(RecordError::io(&path))?;
        match file.try_lock() {
            Ok(()) => {
                // For who finds it taken; the lock holds without it.
                let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let holder = fs::read_to_string(&path).ok().and_then(|text| text.parse().ok());
                Err(RecordError::Locked { path: experiment.to_owned(), holder })
            }
            Err(TryLockError::Error(error)) => Err(RecordError::Io { path, error }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        assert!(matches!(Lock::take(folder.path()), Err(RecordError::Locked { .. })));
        drop(first);
        Lock::take(folder.path()).unwrap();
    }
}
