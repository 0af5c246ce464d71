//! `rnnlab run`: from the experiment file to the report.

use crate::cli::RunArgs;
use crate::engine::Engine;
use crate::experiment::{Experiment, Session, SessionEnd};
use crate::plan::{DataFacts, Plan, complete, estimated_seconds};
use crate::progress::{Manner, SweepProgress, say};
use crate::records::{Lock, check_writable};
use crate::run::{Due, STOPPED, Shard, Stop, Sweep, Tally, longest_first};
use crate::{report, tables};
use anyhow::Context;
use machine::{Environment, peak_memory};
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

pub(super) fn run(
    arguments: &RunArgs,
    engine: &dyn Engine,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<ExitCode> {
    if arguments.dry_run {
        super::plan::show(&arguments.experiment, arguments.shard, engine, out)?;
        return Ok(ExitCode::SUCCESS);
    }
    // Everything that can be refused is refused here, before anything is made.
    let (spec, drafts) = super::drafted(&arguments.experiment, engine)?;
    let suffix = arguments.shard.map_or(String::new(), Shard::suffix);
    let folder = arguments.results.join(spec.experiment() + &suffix);
    check_writable(&folder)?;
    let dataset = super::dataset(&spec.data)?;
    let facts = DataFacts::of(&dataset, &spec.data);
    let plan = complete(&spec, &drafts, &facts, engine)?;
    for warning in &plan.warnings {
        say(&format!("warning: {warning}"));
    }
    let due = due(&plan, &facts, arguments.shard);

    let _lock = Lock::take(&folder)?;
    let stop = Stop::on_signals().context("signals cannot be watched for")?;
    let jobs = arguments
        .jobs
        .map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let mut experiment = Experiment::describe(&spec, &plan, &dataset, &folder, &engine.cells());
    experiment.runs.retain(|id| due.iter().any(|due| due.run.id == *id));
    let here = Environment::here();
    experiment.sessions.push(Session { environment: here.clone(), jobs, end: None });
    experiment.write(&folder)?;

    let started = Instant::now();
    let manner = match (arguments.quiet, arguments.json) {
        (_, true) => Manner::Json,
        (true, false) => Manner::Quiet,
        (false, false) => Manner::People,
    };
    let tally = {
        let progress = SweepProgress::start(&due, dataset.metric(), manner, &mut *out);
        let progress = &progress;
        let sweep = Sweep {
            engine,
            dataset: &dataset,
            folder: &folder,
            here: &here,
            stop: &stop,
            progress,
        };
        let tally = sweep.run(&due, jobs)?;
        progress.finish(&tally);
        tally
    };
    match (tally.skipped == due.len(), experiment.sessions.last_mut()) {
        (false, Some(session)) => {
            session.end = Some(SessionEnd {
                runs: due.len() - tally.skipped,
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

    let mut tell = |line: String| match manner {
        Manner::People => writeln!(out, "{line}"),
        Manner::Quiet | Manner::Json => Ok(()),
    };
    let Tally { done, diverged, failed, open, .. } = tally;
    if stop.requested() && open > 0 {
        tell(format!("{done} done, {diverged} diverged, {failed} failed, {open} open"))?;
        tell("interrupted; the same command goes on from here".to_owned())?;
        return Ok(ExitCode::from(STOPPED));
    }
    tables::collect(&folder, Some(&experiment.runs), experiment.metric)?
        .write(&folder.join("tables"))?;
    tell(format!("{done} done, {diverged} diverged, {failed} failed"))?;
    match arguments.shard {
        // A part of an experiment has no answer yet.
        Some(_) => {
            let program = crate::program();
            tell(format!("part: {}; `{program} merge` joins the parts", folder.display()))?;
        }
        None => {
            report::make(&folder)?;
            tell(format!("report: {}", folder.join("report.html").display()))?;
        }
    }
    Ok(if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The runs to be done, in the order in which they start.
pub(super) fn due<'a>(plan: &'a Plan, facts: &DataFacts, shard: Option<Shard>) -> Vec<Due<'a>> {
    let due = plan.runs.iter().enumerate().map(|(position, run)| Due {
        run,
        position,
        expected: estimated_seconds(run, facts),
    });
    let mut due: Vec<Due<'_>> = due.collect();
    if let Some(shard) = shard {
        due = shard.of(due);
    }
    longest_first(&mut due);
    due
}
