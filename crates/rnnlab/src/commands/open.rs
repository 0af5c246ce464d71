//! Opening a page in the system's browser.

use anyhow::{Context, bail};
use std::path::Path;
use std::process::{Command, Stdio};

/// Hands the page to what the system opens files with.
pub(super) fn in_browser(page: &Path) -> anyhow::Result<()> {
    let page = page.canonicalize().with_context(|| page.display().to_string())?;
    let program = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    let status = Command::new(program).arg(&page).stderr(Stdio::null()).status();
    let why = match status {
        // Windows' explorer never answers with success.
        Ok(status) if status.success() || program == "explorer" => return Ok(()),
        Ok(status) => format!("`{program}` ended with {status}"),
        Err(error) => format!("`{program}`: {error}"),
    };
    bail!("{} could not be opened ({why}); open it in a browser by hand", page.display())
}
