//! `rnnlab run`: from the experiment file to the report.

use super::tune;
use crate::cli::RunArgs;
use crate::progress::{Manner, SweepProgress, say};
use anyhow::{Context, bail};
use experiment::plan::{Calibration, DataFacts, Plan, PlannedRun, complete, side_by_side};
use experiment::spec::Spec;
use machine::{Environment, can_start_threads, peak_memory, physical_memory};
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;
use sweep::Engine;
use sweep::description::{Experiment, PRETRAINING, Session, SessionEnd};
use sweep::records::{Lock, RunData, check_writable, read_calibration, remove_leftovers};
use sweep::run::{QueuedRun, STOPPED, Shard, Stop, Sweep, SweepCounts, in_rounds, most_workers};
use sweep::tables;
use train::{Dataset, Metric};
use words::counted;

/// What all sweeps of a command share.
pub(super) struct Work<'a> {
    pub(super) engine: &'a dyn Engine,
    datasets: &'a [Dataset],
    data: &'a [RunData],
    /// The folder of the stage before.
    pretraining: &'a Path,
    here: &'a Environment,
    pub(super) stop: &'a Stop,
    manner: Manner,
    jobs: usize,
    threads: NonZeroUsize,
    pub(super) calibration: &'a Calibration,
}

impl Work<'_> {
    /// Does the runs that are due in a folder.
    pub(super) fn sweep(
        &self,
        folder: &Path,
        due: &[QueuedRun<'_>],
        metric: Metric,
        out: &mut (dyn Write + Send),
    ) -> anyhow::Result<SweepCounts> {
        let progress = SweepProgress::start(due, metric, self.manner, out);
        let sweep = Sweep {
            engine: self.engine,
            datasets: self.datasets,
            data: self.data,
            folder,
            pretraining: self.pretraining,
            here: self.here,
            threads: self.threads,
            stop: self.stop,
            observer: &progress,
        };
        let jobs = side_by_side(due.iter().map(|due| due.run.bytes), self.jobs, physical_memory());
        let tally = sweep.run(due, jobs)?;
        progress.finish(&tally);
        Ok(tally)
    }

    /// Does the runs of the stage before from which those that are due start; `None` if that was stopped.
    pub(super) fn pretrain(
        &self,
        plan: &Plan,
        due: &[QueuedRun<'_>],
        facts: &[DataFacts],
        out: &mut (dyn Write + Send),
    ) -> anyhow::Result<Option<SweepCounts>> {
        let starts = |before: &&PlannedRun| {
            let starts = due.iter().filter_map(|due| due.run.start.as_ref()?.run.as_ref());
            starts.into_iter().any(|run| *run == before.id)
        };
        let before = plan.pretraining.iter().filter(starts).enumerate();
        let mut before: Vec<QueuedRun<'_>> = before
            .map(|(position, run)| QueuedRun { run, position, expected: run.seconds })
            .collect();
        let Some(first) = before.first() else { return Ok(Some(SweepCounts::default())) };
        let metric = facts[first.run.dataset].metric;
        if !self.is_silent() {
            say(&format!("pre-training: {}", counted(before.len(), "run")));
        }
        in_rounds(&mut before);
        let tally = self.sweep(self.pretraining, &before, metric, out)?;
        if self.stop.requested() && tally.open > 0 {
            return Ok(None);
        }
        // Of trials and of runs, which may have other seeds.
        tables::collect(self.pretraining, None, metric)?.write(&self.pretraining.join("tables"))?;
        Ok(Some(tally))
    }

    /// Nothing but trouble, or JSON, is to be told.
    pub(super) fn is_silent(&self) -> bool {
        self.manner != Manner::People
    }
}

/// What is chosen takes the trials of all parts.
fn refuse_part_of_tuning(spec: &Spec) -> anyhow::Result<()> {
    if spec.tune.is_some() {
        bail!("--shard is not allowed with `tune`: what is chosen takes the trials of all parts");
    }
    Ok(())
}

pub(super) fn run(
    arguments: &RunArgs,
    engine: &dyn Engine,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<ExitCode> {
    if arguments.dry_run {
        if arguments.shard.is_some() {
            refuse_part_of_tuning(&super::drafted(&arguments.experiment, engine)?.spec)?;
        }
        let how = (arguments.shard, arguments.jobs);
        super::plan::show(&arguments.experiment, how, engine, out)?;
        return Ok(ExitCode::SUCCESS);
    }
    // Everything that can be refused is refused here, before anything is made.
    let mut drafts = super::drafted(&arguments.experiment, engine)?;
    super::weights::find(&mut drafts)?;
    let spec = &drafts.spec;
    if arguments.shard.is_some() {
        refuse_part_of_tuning(spec)?;
    }
    let suffix = arguments.shard.map_or(String::new(), Shard::suffix);
    let folder = arguments.experiment.results.join(spec.experiment() + &suffix);
    super::published::refuse(&folder)?;
    super::published::refuse_among(&arguments.experiment.results)?;
    check_writable(&folder)?;
    let datasets = super::datasets(&drafts)?;
    let facts =
        datasets.iter().zip(&drafts.data).map(|(dataset, data)| DataFacts::of(dataset, data));
    let facts: Vec<DataFacts> = facts.collect();
    let data: Vec<RunData> = datasets
        .iter()
        .zip(drafts.data.iter().zip(&facts))
        .map(|(dataset, (spec, facts))| RunData::of(dataset, spec, facts))
        .collect();
    // A part of a plan has the sizes of the whole.
    let calibration = read_calibration(&arguments.experiment.results.join(spec.experiment()))?;
    let mut plan = complete(spec, &drafts.runs, &facts, &calibration, engine)?;
    for warning in plan.all_warnings() {
        say(&format!("warning: {warning}"));
    }
    if let Some(role) = drafts.role.sentence().filter(|_| !arguments.quiet) {
        say(&role);
    }

    let _lock = Lock::take(&folder)?;
    remove_leftovers(&folder)?;
    let stop = Stop::on_signals().context("signals cannot be watched for")?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = arguments.threads_per_run;
    let wanted = arguments.jobs.map_or((cores / threads).max(1), usize::from).min(plan.runs.len());
    let most = most_workers(threads);
    if wanted > most {
        let threads = match threads.get() {
            1 => String::new(),
            each => format!(" of {each} threads each"),
        };
        say(&format!(
            "warning: at most {most} runs{threads} are side by side, in place of {wanted}"
        ));
    }
    let wanted = wanted.min(most);
    let jobs = side_by_side(plan.runs.iter().map(|run| run.bytes), wanted, physical_memory());
    if jobs < wanted {
        say(&format!(
            "warning: {jobs} of these runs fill this machine's memory, so no more are side by side, in place of {wanted}"
        ));
    }
    let count = jobs * threads.get();
    can_start_threads(count).with_context(|| {
        format!(
            "{count} threads cannot be started; fewer are allowed with --jobs and --threads-per-run"
        )
    })?;
    let earlier = Experiment::earlier(&folder, spec)?;
    let mut experiment = Experiment::describe(&drafts, &plan, &datasets, &facts, &engine.cells());
    experiment.set_results(&arguments.experiment.results);
    let changed = |earlier: &Experiment| {
        [experiment.changed_data(earlier), experiment.changed_weights(earlier)].concat()
    };
    for sentence in earlier.iter().flat_map(changed) {
        say(&format!("warning: {sentence}"));
    }
    experiment.sessions =
        earlier.map_or(Vec::new(), |earlier| earlier.sessions_of(&plan, &drafts, &folder));
    experiment.tune = spec.tune.as_ref().map(|tune| tune::undecided(spec, tune, &drafts));
    experiment.parts = arguments.shard.into_iter().collect();
    let here = Environment::here();
    experiment.sessions.push(Session {
        environment: here.clone(),
        jobs,
        threads: threads.get(),
        end: None,
    });

    let started = Instant::now();
    let manner = match (arguments.quiet, arguments.json) {
        (_, true) => Manner::Json,
        (true, false) => Manner::Quiet,
        (false, false) => Manner::People,
    };
    let work = Work {
        engine,
        datasets: &datasets,
        data: &data,
        pretraining: &folder.join(PRETRAINING),
        here: &here,
        stop: &stop,
        manner,
        jobs,
        threads,
        calibration: &calibration,
    };
    let mut trials = SweepCounts::default();
    if let Some(tune) = &spec.tune {
        // Until something is chosen, there are no runs.
        experiment.runs.clear();
        experiment.write(&folder)?;
        let Some(tuned) = tune::tune(&drafts, tune, &facts, &folder, &work, &mut *out)? else {
            tell(manner, out, "interrupted while tuning; the same command goes on from here")?;
            return Ok(ExitCode::from(STOPPED));
        };
        plan = complete(spec, &tuned.drafts, &facts, &calibration, engine)?;
        experiment.set_starts(&plan);
        experiment.tune = Some(tuned.record);
        trials = tuned.tally;
    }
    let due = due(&plan, arguments.shard);
    // In the plan's order, of a part its own.
    let ids = plan.runs.iter().map(|run| run.id.clone());
    experiment.runs = ids.filter(|id| due.iter().any(|due| due.run.id == *id)).collect();
    experiment.write(&folder)?;
    let Some(before) = work.pretrain(&plan, &due, &facts, &mut *out)? else {
        tell(manner, out, "interrupted while pre-training; the same command goes on from here")?;
        return Ok(ExitCode::from(STOPPED));
    };

    let tally = work.sweep(&folder, &due, plan.metric, &mut *out)?;
    let worked_on = due.len() - tally.skipped + trials.ended() - trials.skipped + before.ended()
        - before.skipped;
    match (worked_on, experiment.sessions.last_mut()) {
        (1.., Some(session)) => {
            session.end = Some(SessionEnd {
                runs: worked_on,
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

    let SweepCounts { done, diverged, failed, open, .. } = tally;
    if stop.requested() && open > 0 {
        tell(
            manner,
            out,
            &format!("{done} done, {diverged} diverged, {failed} failed, {open} open"),
        )?;
        tell(manner, out, "interrupted; the same command goes on from here")?;
        return Ok(ExitCode::from(STOPPED));
    }
    tables::collect(&folder, Some(&experiment.runs), experiment.metric)?
        .write(&folder.join("tables"))?;
    report::clear_so_far(&folder)?;
    tell(manner, out, &format!("{done} done, {diverged} diverged, {failed} failed"))?;
    match arguments.shard {
        // A part of an experiment has no answer yet.
        Some(_) => {
            let program = machine::program();
            let line = format!("part: {}; `{program} merge` joins the parts", folder.display());
            tell(manner, out, &line)?;
        }
        None => {
            report::make(&folder)?;
            tell(manner, out, &format!("report: {}", folder.join("report.html").display()))?;
        }
    }
    Ok(if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// A line on the output, where people read it.
fn tell(manner: Manner, out: &mut dyn Write, line: &str) -> std::io::Result<()> {
    match manner {
        Manner::People => writeln!(out, "{line}"),
        Manner::Quiet | Manner::Json => Ok(()),
    }
}

/// The runs to be done, in the order in which they start.
pub(super) fn due(plan: &Plan, shard: Option<Shard>) -> Vec<QueuedRun<'_>> {
    let due = plan.runs.iter().enumerate().map(|(position, run)| QueuedRun {
        run,
        position,
        expected: run.seconds,
    });
    let mut due: Vec<QueuedRun<'_>> = due.collect();
    if let Some(shard) = shard {
        due = shard.of(due);
    }
    in_rounds(&mut due);
    due
}
