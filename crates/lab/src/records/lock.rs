//! One writer per experiment.

use super::RecordError;
use std::fs::{self, File, TryLockError};
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
        fs::create_dir_all(&runs)
            .map_err(|error| RecordError::NotWritable { path: experiment.to_owned(), error })?;
        let path = runs.join(".lock");
        let file = File::create(&path).map_err(RecordError::io(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(RecordError::Locked { path: experiment.to_owned() })
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
