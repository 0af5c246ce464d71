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
    let mut teller = Teller::default();
    let places = Places::from_env();
    let known: Vec<&str> = data::datasets().iter().map(|info| info.name).collect();
    super::list::named("dataset", &[name.to_owned()], &known)?;
    let folder = data::fetch(name, accept_licence, &places, &mut |news| teller.tell(news));
    drop(teller);
    writeln!(out, "{name}: {}", folder?.display())?;
    Ok(ExitCode::SUCCESS)
}

/// Tells on standard error what happens while a dataset is loaded or fetched.
#[derive(Default)]
pub(super) struct Teller {
    /// The address of the download last told of.
    downloading: String,
    /// In a terminal, how far it is.
    bar: Option<ProgressBar>,
}

impl Teller {
    pub(super) fn tell(&mut self, news: Progress<'_>) {
        match news {
            Progress::Licence { dataset, text } => self.line(&format!("{dataset}: {text}")),
            Progress::Downloading { url, received, total } => {
                if url != self.downloading {
                    self.downloading = url.to_owned();
                    self.line(&format!("downloading {url}"));
                    self.bar = std::io::stderr().is_terminal().then(|| bar(total));
                }
                if let Some(bar) = &self.bar {
                    bar.set_position(received);
                }
            }
            Progress::Retrying { url, reason } => {
                self.line(&format!("{url}: {reason}; trying again"));
            }
            Progress::Waiting { lock } => {
                let lock = lock.display();
                self.line(&format!("another process is fetching this dataset ({lock}): waiting"));
            }
            Progress::StandIn { requested, reason } => self.line(&format!(
                "warning: `{requested}` is not to be had ({reason}); a generated stand-in takes its place"
            )),
            _ => {}
        }
    }

    /// A line of its own, not over the bar.
    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(text)),
            None => say(text),
        }
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{wide_bar:.cyan/dim} {bytes} of {total_bytes}, {eta} left");
    // The template is a constant; a bad one would still show a plain bar.
    ProgressBar::new(total).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
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
