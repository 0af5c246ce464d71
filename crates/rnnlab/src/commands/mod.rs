//! What each subcommand does.

mod calibrate;
mod convert;
mod data_files;
mod diff;
#[cfg(test)]
mod finite_tests;
mod list;
mod merge;
mod open;
mod plan;
mod publish;
#[cfg(test)]
mod publish_tests;
mod published;
#[cfg(test)]
mod record_tests;
mod report;
mod run;
mod shell;
mod show;
mod tensorboard;
#[cfg(test)]
mod tests;
mod trained;
mod tune;
mod weights;

use crate::cli::{Cli, Command, ExperimentArgs};
use data::{DataError, Places, Progress};
use experiment::plan::{Drafts, compose};
use experiment::spec::{DataSpec, Faults, Source, SpecErrors};
use std::io::Write;
use std::process::ExitCode;
use sweep::Engine;
use train::Dataset;

/// Does what the command line says; results go to `out`, news to standard error.
pub fn dispatch(
    cli: Cli,
    engine: &dyn Engine,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Run(arguments) => run::run(&arguments, engine, out),
        Command::Plan(arguments) => {
            plan::show(&arguments, (None, None), engine, out).map(|()| ExitCode::SUCCESS)
        }
        Command::Calibrate(arguments) => {
            calibrate::calibrate(&arguments, engine, out).map(|()| ExitCode::SUCCESS)
        }
        Command::Report(arguments) => report::report(&arguments, out).map(|()| ExitCode::SUCCESS),
        Command::Index(arguments) => report::index(&arguments, out).map(|()| ExitCode::SUCCESS),
        Command::Show(arguments) => show::show(&arguments, out).map(|()| ExitCode::SUCCESS),
        Command::Tensorboard(arguments) => {
            tensorboard::tensorboard(&arguments, out).map(|()| ExitCode::SUCCESS)
        }
        Command::Best(arguments) => show::best(&arguments, out).map(|()| ExitCode::SUCCESS),
        Command::Compare(arguments) => show::compare(&arguments, out).map(|()| ExitCode::SUCCESS),
        Command::Diff(arguments) => diff::diff(&arguments, out).map(|()| ExitCode::SUCCESS),
        Command::Eval(arguments) => {
            trained::eval(&arguments, engine, out).map(|()| ExitCode::SUCCESS)
        }
        Command::Generate(arguments) => {
            trained::generate(&arguments, engine, out).map(|()| ExitCode::SUCCESS)
        }
        Command::Transcribe(arguments) => {
            trained::transcribe(&arguments, engine, out).map(|()| ExitCode::SUCCESS)
        }
        Command::Translate(arguments) => {
            let mut input = std::io::stdin().lock();
            trained::translate(&arguments, engine, &mut input, out).map(|()| ExitCode::SUCCESS)
        }
        Command::Merge(arguments) => merge::merge(&arguments, out),
        Command::Publish(arguments) => {
            publish::publish(&arguments, out).map(|()| ExitCode::SUCCESS)
        }
        Command::Completions(arguments) => {
            shell::completions(arguments.shell, out).map(|()| ExitCode::SUCCESS)
        }
        Command::Schema => list::schema(engine, out).map(|()| ExitCode::SUCCESS),
        Command::Man => shell::man(out).map(|()| ExitCode::SUCCESS),
        Command::List(arguments) => list::list(&arguments, engine, out).map(|()| ExitCode::SUCCESS),
        Command::Convert(arguments) => {
            convert::convert(&arguments, out).map(|()| ExitCode::SUCCESS)
        }
        Command::Data(arguments) => data_files::data(&arguments.action, out),
    }
}

/// Reads an experiment and writes out its runs, touching no data yet.
fn drafted(arguments: &ExperimentArgs, engine: &dyn Engine) -> Result<Drafts, SpecErrors> {
    let source = Source::read(&arguments.file, arguments.profile.as_deref(), &arguments.set)?;
    compose(source, engine)
}

/// Loads all data of an experiment, telling what happens.
fn datasets(drafts: &Drafts) -> anyhow::Result<Vec<Dataset>> {
    loaded(drafts, |data| {
        let mut teller = data_files::Teller::default();
        load(data, &Places::from_env(), &mut |news| teller.tell(news))
    })
}

/// All data of an experiment, as `load` gives them; an error tells all that is wrong in the file.
fn loaded(
    drafts: &Drafts,
    mut load: impl FnMut(&DataSpec) -> Result<Dataset, DataError>,
) -> anyhow::Result<Vec<Dataset>> {
    let (mut all, mut faults) = (Vec::new(), Faults::default());
    for (position, data) in drafts.data.iter().enumerate() {
        match load(data) {
            Ok(dataset) => all.push(dataset),
            Err(error) => match drafts.data_fault(position, &error) {
                Some(fault) => faults.add(fault),
                None => return Err(error.into()),
            },
        }
    }
    faults.none()?;
    Ok(all)
}

/// Loads the data that an experiment file names.
fn load(
    data: &DataSpec,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Dataset, DataError> {
    Ok(match data {
        DataSpec::Corpus { name, when_missing } => {
            Dataset::Corpus(data::load_corpus(name, *when_missing, places, progress)?)
        }
        DataSpec::Text { path, settings } => {
            Dataset::Corpus(data::load_text(path, *settings, places, progress)?)
        }
        DataSpec::Sequences(dataset) => {
            Dataset::Sequences(data::load_sequences(dataset, places, progress)?)
        }
    })
}
