//! Measured sizes, in an experiment's folder.

use super::{RecordError, write_atomically};
use experiment::plan::Calibration;
use std::fs;
use std::io;
use std::path::Path;

/// The file in an experiment's folder.
const FILE: &str = "calibration.json";

/// Reads what an experiment's folder has; nothing if there is none.
pub fn read_calibration(folder: &Path) -> Result<Calibration, RecordError> {
    let path = folder.join(FILE);
    match fs::read(&path) {
        Ok(text) => {
            serde_json::from_slice(&text).map_err(|error| RecordError::unreadable(&path, error))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Calibration::default()),
        Err(error) => Err(RecordError::Io { path, error }),
    }
}

/// Writes it into an experiment's folder.
pub fn write_calibration(calibration: &Calibration, folder: &Path) -> Result<(), RecordError> {
    let path = folder.join(FILE);
    let mut text = serde_json::to_string_pretty(calibration)
        .map_err(|error| RecordError::unreadable(&path, error))?;
    text.push('\n');
    write_atomically(&path, text.as_bytes())
}
