//! `rnnlab data`: datasets listed, fetched, checked.

use crate::cli::DataAction;
use crate::progress::say;
use data::{Places, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

pub(super) fn data(action: &DataAction, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    match action {
        DataAction::List => {
            super::list::datasets(data::datasets().iter(), out).map(|()| ExitCode::SUCCESS)
        }
        DataAction::Fetch { name, accept_licence } => fetch(name, *accept_licence, out),
        DataAction::Check => check(out),
    }
}

fn fetch(name: &str, accept_licence: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let bar = std::io::stderr().is_terminal().then(|| {
        let style = ProgressStyle::with_template(
            "{wide_bar:.cyan/dim} {bytes} of {total_bytes}, {eta} left",
        );
        let bar = ProgressBar::new(0);
        // The template is a constant; a bad one would still show a plain bar.
        bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    });
    let mut downloading = String::new();
    let folder = data::fetch(name, accept_licence, &Places::from_env(), &mut |news| match news {
        Progress::Licence { dataset, text } => say(&format!("{dataset}: {text}")),
        Progress::Downloading { url, received, total } => {
            if url != downloading {
                downloading = url.to_owned();
                say(&format!("downloading {url}"));
            }
            if let Some(bar) = &bar {
                bar.set_length(total);
                bar.set_position(received);
            }
        }
        Progress::Retrying { url, reason } => say(&format!("{url}: {reason}; trying again")),
        Progress::Waiting { lock } => {
            say(&format!("another process is fetching it ({}); waiting", lock.display()));
        }
        _ => {}
    });
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    writeln!(out, "{name}: {}", folder?.display())?;
    Ok(ExitCode::SUCCESS)
}

/// One line a figure; a failure if one of them does not hold.
fn check(out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let places = Places::from_env();
    let mut code = ExitCode::SUCCESS;
    for info in data::datasets().iter().filter(|info| !info.is_generated()) {
        match data::check(info.name, &places, &mut |_| ()) {
            Ok(None) => writeln!(out, "{}: not here", info.name)?,
            Ok(Some(facts)) => {
                for fact in facts {
                    let verdict = if fact.holds() { "ok" } else { "WRONG" };
                    let file = fact.path().file_name().unwrap_or_default().to_string_lossy();
                    writeln!(out, "{}: {file}: {fact}: {verdict}", info.name)?;
                    if !fact.holds() {
                        code = ExitCode::FAILURE;
                    }
                }
            }
            Err(error) => {
                writeln!(out, "{}: WRONG: {error}", info.name)?;
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}
