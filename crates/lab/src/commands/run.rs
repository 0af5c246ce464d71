//! `rnnlab run`: from the experiment file to the report.

use crate::cli::RunArgs;
use crate::engine::Engine;
use crate::experiment::{Experiment, Session, SessionEnd};
use crate::plan::{DataFacts, complete};
use crate::progress::say;
use crate::records::{Lock, check_writable};
use crate::{report, run, tables};
use machine::{Environment, peak_memory};
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

pub(super) fn run(
    arguments: &RunArgs,
    engine: &dyn Engine,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    // Everything that can be refused is refused here, before anything is made.
    let (spec, drafts) = super::drafted(&arguments.experiment, engine)?;
    let folder = arguments.results.join(spec.experiment());
    check_writable(&folder)?;
    let dataset = super::dataset(&spec)?;
    let plan = complete(&spec, &drafts, &DataFacts::of(&dataset, &spec.data), engine)?;
    for warning in &plan.warnings {
        say(&format!("warning: {warning}"));
    }

    let _lock = Lock::take(&folder)?;
    let jobs = arguments
        .jobs
        .map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let mut experiment = Experiment::describe(&spec, &plan, &dataset, &folder);
    let environment = Environment::here();
    experiment.sessions.push(Session { environment, jobs, end: None });
    experiment.write(&folder)?;

    let started = Instant::now();
    let tally = run::sweep(&plan.runs, &dataset, &folder, jobs, engine)?;
    match (tally.skipped == plan.runs.len(), experiment.sessions.last_mut()) {
        (false, Some(session)) => {
            session.end = Some(SessionEnd {
                runs: plan.runs.len() - tally.skipped,
                seconds: started.elapsed().as_secs_f64(),
                peak_memory_bytes: peak_memory(),
            });
        }
        // Nothing was left to do: not worth a record.
        _ => {
            experiment.sessions.pop();
        }
    }
    experiment.write(&folder)?;

    tables::collect(&folder, Some(&experiment.runs), experiment.metric)?
        .write(&folder.join("tables"))?;
    report::make(&folder)?;
    writeln!(out, "{} done, {} diverged, {} failed", tally.done, tally.diverged, tally.failed)?;
    writeln!(out, "report: {}", folder.join("report.html").display())?;
    Ok(if tally.failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
