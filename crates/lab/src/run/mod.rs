//! Doing the runs of a plan, side by side, each on one thread.

mod guard;

use crate::engine::Engine;
use crate::plan::{PlannedRun, ResolvedRun};
use crate::progress::{Ending, SweepProgress};
use crate::records::{PlaceNames, RecordError, RunFolder, State, Status};
use std::path::Path;
use std::sync::Mutex;
use train::{Dataset, Event, Outcome, RunSpec};

/// What became of the runs of a sweep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Runs with a result, those from earlier included.
    pub done: usize,
    /// Of these, runs that needed no work.
    pub skipped: usize,
    /// Runs whose loss stopped being finite.
    pub diverged: usize,
    /// Runs that broke off.
    pub failed: usize,
}

/// The threads for the runs could not be started.
#[derive(Debug, thiserror::Error)]
#[error("{0} threads cannot be started: {1}; fewer are allowed with --jobs")]
pub struct PoolError(usize, rayon::ThreadPoolBuildError);

/// Everything the runs share.
struct Sweep<'a> {
    engine: &'a dyn Engine,
    dataset: &'a Dataset,
    experiment: &'a Path,
    progress: SweepProgress,
    tally: Mutex<Tally>,
}

/// Does every run that is not done yet, `jobs` at a time. The results do not depend on `jobs`.
pub fn sweep(
    runs: &[PlannedRun],
    dataset: &Dataset,
    experiment: &Path,
    jobs: usize,
    engine: &dyn Engine,
) -> Result<Tally, PoolError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs)
        .build()
        .map_err(|error| PoolError(jobs, error))?;
    let sweep = Sweep {
        engine,
        dataset,
        experiment,
        progress: SweepProgress::start(runs.len(), dataset.metric()),
        tally: Mutex::default(),
    };
    let _quiet = guard::quiet_panics();
    // First in, first out: runs start in the plan's order, so that the first seeds of every cell
    // are there early.
    pool.in_place_scope_fifo(|scope| {
        for (position, run) in runs.iter().enumerate() {
            let sweep = &sweep;
            scope.spawn_fifo(move |_| sweep.attend(run, position));
        }
    });
    sweep.progress.finish();
    Ok(sweep.tally.into_inner().unwrap_or_default())
}

impl Sweep<'_> {
    /// Does one run, whatever happens in it, and counts it.
    fn attend(&self, run: &PlannedRun, position: usize) {
        let folder = RunFolder::of(self.experiment, &run.id);
        let earlier = folder.status().ok().flatten().map(|status| status.state);
        let state = match earlier {
            Some(state @ (State::Done | State::Diverged)) => {
                self.progress.skipped(&run.id, &format!("{} already", state.word()));
                self.add(|tally| tally.skipped += 1);
                state
            }
            _ => self.work(run, position, &folder),
        };
        self.add(|tally| match state {
            State::Done => tally.done += 1,
            State::Diverged => tally.diverged += 1,
            State::Failed | State::Running => tally.failed += 1,
        });
    }

    fn work(&self, run: &PlannedRun, position: usize, folder: &RunFolder) -> State {
        let progress = self.progress.run(&run.id);
        let mut status = Status::starting(run, position);
        let result =
            guard::caught(|| self.trained(run, folder, &status, &|event| progress.event(event)));
        let recorded = match &result {
            Ok(outcome) => {
                status.state = if outcome.diverged { State::Diverged } else { State::Done };
                // In this order: a run cut off in between has its checkpoint until it is done.
                folder
                    .write_outcome(outcome)
                    .and_then(|()| folder.write_status(&status))
                    .and_then(|()| folder.remove_checkpoint())
            }
            Err(error) => {
                status.state = State::Failed;
                status.error = Some(PlaceNames::here().in_text(error));
                folder.write_status(&status)
            }
        };
        match (&result, recorded) {
            (Ok(outcome), Ok(())) => progress.end(&Ending::Finished(outcome)),
            (Err(error), _) => progress.end(&Ending::Failed(error)),
            (Ok(_), Err(error)) => {
                status.state = State::Failed;
                progress.end(&Ending::Failed(&error.to_string()));
            }
        }
        status.state
    }

    fn trained(
        &self,
        run: &PlannedRun,
        folder: &RunFolder,
        status: &Status,
        show: &dyn Fn(&Event),
    ) -> Result<Outcome, String> {
        let text = |error: RecordError| error.to_string();
        let config = ResolvedRun {
            data: &run.data,
            model: &run.model,
            train: &run.train,
            probe: run.probe.as_ref(),
            seed: run.seed,
        };
        folder.begin(&config, status).map_err(text)?;
        let mut log = folder.log().map_err(text)?;
        // The training cannot be stopped from inside an event; the first error is told at its end.
        let mut unwritten = None;
        let spec = RunSpec {
            model: &run.model,
            train: &run.train,
            probe: run.probe.as_ref(),
            seed: run.seed,
        };
        let outcome = self.engine.train(spec, self.dataset, &folder.checkpoint(), &mut |event| {
            show(&event);
            if unwritten.is_none() {
                unwritten = log.add(&event).err();
            }
        });
        match unwritten {
            Some(error) => Err(text(error)),
            None => outcome.map_err(|error| error.to_string()),
        }
    }

    fn add(&self, change: impl FnOnce(&mut Tally)) {
        if let Ok(mut tally) = self.tally.lock() {
            change(&mut tally);
        }
    }
}
