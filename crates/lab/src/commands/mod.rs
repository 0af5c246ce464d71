//! What each subcommand does.

mod convert;
mod data_files;
mod list;
mod plan;
mod report;
mod run;
#[cfg(test)]
mod tests;

use crate::cli::{Cli, Command, PlanArgs};
use crate::engine::Engine;
use crate::plan::{Draft, compose};
use crate::spec::{Spec, SpecError, WhenMissing};
use data::{Corpus, DataError, Places, Progress};
use std::io::Write;
use std::process::ExitCode;

/// Does what the command line says; results go to `out`, news to standard error.
pub fn dispatch(
    cli: Cli,
    engine: &dyn Engine,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Run(arguments) => run::run(&arguments, engine, out),
        Command::Plan(arguments) => {
            plan::show(&arguments, None, engine, out).map(|()| ExitCode::SUCCESS)
        }
        Command::Report(arguments) => report::report(&arguments, out).map(|()| ExitCode::SUCCESS),
        Command::List(arguments) => list::list(&arguments, engine, out).map(|()| ExitCode::SUCCESS),
        Command::Convert(arguments) => {
            convert::convert(&arguments, out).map(|()| ExitCode::SUCCESS)
        }
        Command::Data(arguments) => data_files::data(&arguments.action, out),
    }
}

/// Reads an experiment and writes out its runs, touching no data yet.
fn drafted(arguments: &PlanArgs, engine: &dyn Engine) -> Result<(Spec, Vec<Draft>), SpecError> {
    let spec = Spec::read(&arguments.file, arguments.profile.as_deref())?;
    let drafts = compose(&spec, engine)?;
    Ok((spec, drafts))
}

/// Loads the experiment's data, telling what happens.
fn corpus(spec: &Spec) -> Result<Corpus, DataError> {
    let when_missing = match spec.data.when_missing {
        WhenMissing::Error => data::WhenMissing::Error,
        WhenMissing::Builtin => data::WhenMissing::Builtin,
    };
    let mut downloading = String::new();
    data::load_corpus(&spec.data.name, when_missing, &Places::from_env(), &mut |progress| {
        match progress {
            Progress::Licence { dataset, text } => {
                crate::progress::say(&format!("{dataset}: {text}"))
            }
            Progress::Downloading { url, .. } if url != downloading => {
                downloading = url.to_owned();
                crate::progress::say(&format!("downloading {url}"));
            }
            Progress::StandIn { requested, reason } => {
                crate::progress::say(&format!(
                    "warning: `{requested}` is not to be had ({reason}); a generated stand-in language takes its place"
                ));
            }
            _ => {}
        }
    })
}
