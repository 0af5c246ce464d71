//! Writes every figure, drawn from made-up records, into a folder:
//!
//! ```text
//! cargo run --release -p rnnlab-plot --example gallery -- FOLDER
//! ```

#[path = "../tests/all/samples/mod.rs"]
mod samples;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: gallery FOLDER");
        return ExitCode::FAILURE;
    };
    let saved = samples::figures(80).and_then(|figures| {
        figures.iter().try_for_each(|(name, figure)| figure.save(&folder, name).map(drop))
    });
    match saved {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
