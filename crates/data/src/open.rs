//! Files to be read from their beginning to their end.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::error::DataError;

/// Opens a file. Refused is what is none: a folder, and pipes and devices, which may have no end.
pub(crate) fn open(path: &Path) -> Result<File, DataError> {
    let failed = |error| DataError::io("open", path, error);
    let kind = path.metadata().map_err(failed)?.file_type();
    let problem = match (kind.is_file(), kind.is_dir()) {
        (true, _) => return File::open(path).map_err(failed),
        (_, true) => "it is a folder, not a file",
        _ => "it is a pipe or a device, not a file with an end; give a file",
    };
    Err(failed(io::Error::new(io::ErrorKind::InvalidInput, problem)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let told = |path: &Path| open(path).unwrap_err().to_string();
        assert!(told(folder.path()).contains("it is a folder"), "{}", told(folder.path()));
        if cfg!(unix) {
            let told = told(Path::new("/dev/zero"));
            assert!(told.contains("it is a pipe or a device"), "{told}");
        }
        assert!(told(&folder.path().join("no")).contains("no"));
    }
}
