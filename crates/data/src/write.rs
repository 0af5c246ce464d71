//! Files that appear whole or not at all.

use std::io::{self, Write};
use std::path::Path;

use crate::error::DataError;

/// Writes a file that appears at `path` once it is whole. After an error nothing is left and an
/// older file at `path` is as it was.
pub(crate) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), DataError> {
    machine::write_whole(path, write).map_err(|e| DataError::io("write", path, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let full = |_: &mut dyn Write| Err(io::ErrorKind::StorageFull.into());
        let text = write_whole(&path, full).unwrap_err().to_string();
        assert!(text.starts_with(&format!("cannot write {}", path.display())), "{text}");
    }
}
