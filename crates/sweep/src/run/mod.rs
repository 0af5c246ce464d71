//! Doing the runs of a plan, side by side, each on one thread or a few.

mod choice;
mod guard;
mod observer;
mod shard;
mod stop;
mod workers;

pub use choice::{TrialScore, best};
pub use observer::{Ending, Observer, RunObserver};
pub use shard::Shard;
pub use stop::{STOPPED, Stop};
pub use workers::{MOST_WORKERS, most_workers};

use crate::engine::Engine;
use crate::records::{Gap, PlaceNames, RecordError, RunData, RunFolder, RunState, Status};
use crate::tables::{has_history, write_history};
use compute::Threads;
use experiment::plan::PlannedRun;
use machine::Environment;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow::{Break, Continue};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;
use train::{Dataset, Halt, Outcome, Pretrained, RunSpec};

/// How often the sweep looks whether it is to stop, and tells how far it is.
const WATCH: Duration = Duration::from_millis(200);

/// What became of the runs of a sweep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepCounts {
    /// Runs with a result, those from earlier included.
    pub done: usize,
    /// Of these and the diverged ones, runs that needed no work.
    pub skipped: usize,
    /// Runs whose loss stopped being finite.
    pub diverged: usize,
    /// Runs that broke off.
    pub failed: usize,
    /// Runs that were stopped, or not started for that reason.
    pub open: usize,
}

impl SweepCounts {
    /// Counts one run.
    fn count(&mut self, attended: &Attended<'_>) {
        match attended.state {
            RunState::Done => self.done += 1,
            RunState::Diverged => self.diverged += 1,
            RunState::Failed => self.failed += 1,
            RunState::Planned | RunState::Running | RunState::Interrupted => self.open += 1,
        }
        self.skipped += usize::from(attended.skipped);
    }

    /// Runs that ended, with whatever.
    pub fn ended(&self) -> usize {
        self.done + self.diverged + self.failed
    }

    /// Counts those of another sweep, too.
    pub fn add(&mut self, other: &Self) {
        let Self { done, skipped, diverged, failed, open } = other;
        self.done += done;
        self.skipped += skipped;
        self.diverged += diverged;
        self.failed += failed;
        self.open += open;
    }
}

/// A sweep could not start.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The threads for the runs could not be started.
    #[error("{0} threads cannot be started: {1}; fewer are allowed with --jobs")]
    Pool(usize, rayon::ThreadPoolBuildError),
    /// The runs could not be put down as planned.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// One run of a plan, to be done.
#[derive(Debug, Clone, Copy)]
pub struct QueuedRun<'a> {
    /// The run.
    pub run: &'a PlannedRun,
    /// Its position in the plan, from 0.
    pub position: usize,
    /// Seconds that it is expected to take; what counts is how they compare with others'.
    pub expected: f64,
}

/// What a worker says of a run that it attended to.
struct Attended<'a> {
    due: &'a QueuedRun<'a>,
    state: RunState,
    /// It needed no work.
    skipped: bool,
}

/// The longest first, so that no long run is left alone at the end; else in the plan's order.
pub fn longest_first(due: &mut [QueuedRun<'_>]) {
    due.sort_by(|one, two| {
        two.expected.total_cmp(&one.expected).then(one.position.cmp(&two.position))
    });
}

/// In rounds of one run of each arm, in each the longest first: so that what else the machine is busy
/// with at some hour meets all arms alike, and no arm's speed is measured at one time of the day alone.
pub fn in_rounds(due: &mut [QueuedRun<'_>]) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    due.sort_by_key(|due| due.position);
    let round = due.iter().map(|due| {
        let runs = seen.entry(due.run.arm.as_str()).or_default();
        *runs += 1;
        (due.position, *runs)
    });
    let round: HashMap<usize, usize> = round.collect();
    due.sort_by(|one, two| {
        let rounds = round[&one.position].cmp(&round[&two.position]);
        let longest = two.expected.total_cmp(&one.expected);
        rounds.then(longest).then(one.position.cmp(&two.position))
    });
}

/// Everything the runs of a sweep share.
#[derive(Clone, Copy)]
pub struct Sweep<'a> {
    /// What trains.
    pub engine: &'a dyn Engine,
    /// What is trained on: each run says which of them.
    pub datasets: &'a [Dataset],
    /// What is remembered of each of them.
    pub data: &'a [RunData],
    /// The experiment's folder.
    pub folder: &'a Path,
    /// The folder of the stage before, from whose models runs may start.
    pub pretraining: &'a Path,
    /// Where this happens.
    pub here: &'a Environment,
    /// Threads of each run, on which the last bits of its result depend.
    pub threads: NonZeroUsize,
    /// Asks for an early end.
    pub stop: &'a Stop,
    /// Who is told.
    pub observer: &'a dyn Observer,
}

impl Sweep<'_> {
    /// Does every run that is not done yet, in the given order, `jobs` at a time (no more than there
    /// are runs, and than [`most_workers`]). The results do not depend on the order, nor on `jobs`.
    ///
    /// Workers only train and record. Whatever waits for threads of another pool, as polars does, is
    /// done on the thread that called: a worker of rayon's that waited would take up the next run
    /// inside of the one at hand.
    pub fn run(&self, due: &[QueuedRun<'_>], jobs: usize) -> Result<SweepCounts, SweepError> {
        for due in due {
            self.put_down(due)?;
        }
        // A run's folder is to outlast a power cut with what is put on the disk within.
        let folders = self.folder.join("runs");
        folders.ancestors().take(3).for_each(machine::sync_names);
        let workers = jobs.min(due.len()).clamp(1, most_workers(self.threads));
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(workers)
            .build()
            .map_err(|error| SweepError::Pool(workers, error))?;
        let _quiet = guard::quiet_panics();
        Ok(pool.in_place_scope_fifo(|scope| {
            let (hand_over, attended) = mpsc::channel();
            for due in due {
                let hand_over = hand_over.clone();
                scope.spawn_fifo(move |_| {
                    // The receiver lives until the last of these senders is gone.
                    let _ = hand_over.send(self.attend(due));
                });
            }
            drop(hand_over);
            self.watch(&attended)
        }))
    }

    /// Counts the runs as they end and makes their tables, and tells how far the sweep is, until nobody
    /// is at work any more.
    fn watch(&self, attended: &Receiver<Attended<'_>>) -> SweepCounts {
        let (mut tally, mut told) = (SweepCounts::default(), false);
        loop {
            match attended.recv_timeout(WATCH) {
                Ok(attended) => {
                    tally.count(&attended);
                    self.tabulate(&attended);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return tally,
            }
            if self.stop.requested() && !told {
                told = true;
                self.observer.stopping();
            }
            self.observer.tick();
        }
    }

    /// Writes the table of an ended run's steps, unless it is there. It can be made again from the
    /// log at any time, so that it is missing takes nothing from the run.
    fn tabulate(&self, attended: &Attended<'_>) {
        let folder = RunFolder::of(self.folder, &attended.due.run.id);
        let ended = attended.state.ended();
        if ended
            && !(attended.skipped && has_history(&folder))
            && let Err(error) = write_history(&folder)
        {
            self.observer.warn(&attended.due.run.id, &format!("no table of its steps: {error}"));
        }
    }

    /// Makes the folder of a run that never started.
    fn put_down(&self, due: &QueuedRun<'_>) -> Result<(), RecordError> {
        let folder = RunFolder::of(self.folder, &due.run.id);
        match folder.status() {
            Ok(Some(_)) => return folder.require(&due.run.config),
            Ok(None) => {}
            Err(error @ RecordError::OfOtherRun { .. }) => {
                let problem = error.problem();
                self.observer.warn(&due.run.id, &format!("{problem}; the run is done again"));
                folder.forget()?;
            }
            Err(error @ RecordError::Damaged { .. }) => {
                let problem = error.problem();
                self.observer.warn(
                    &due.run.id,
                    &format!("{problem}; the run goes on from what else there is of it, a checkpoint or its outcome, or is done again"),
                );
            }
            Err(error) => return Err(error),
        }
        folder.begin(&due.run.config, &self.planned(due))
    }

    fn planned(&self, due: &QueuedRun<'_>) -> Status {
        Status::planned(due.run, due.position, self.here, self.threads)
    }

    /// Does one run, whatever happens in it.
    fn attend<'d>(&self, due: &'d QueuedRun<'d>) -> Attended<'d> {
        let folder = RunFolder::of(self.folder, &due.run.id);
        let status = folder.status().ok().flatten();
        let ended = status.and_then(|status| match status.state.ended() {
            true => Some(status),
            false => Self::ended_unsaid(&folder, status),
        });
        let flaw = ended.as_ref().and_then(|status| folder.check(status).err());
        let attended = |state, skipped| Attended { due, state, skipped };
        match (ended, &flaw) {
            (Some(Status { state, .. }), None) => {
                tidy(&folder);
                // The same data may lie elsewhere than when it was trained.
                let _ = folder.keep_data(&self.data[due.run.dataset]);
                self.observer.skipped(due, &format!("{} already", state.name()));
                attended(state, true)
            }
            _ if self.stop.requested() => attended(RunState::Planned, false),
            _ => {
                if let Some(flaw) = &flaw {
                    let problem = flaw.problem();
                    self.observer.warn(&due.run.id, &format!("{problem}; the run is done again"));
                }
                // What cannot be read now may still be whole.
                let anew = flaw.is_some_and(|flaw| !matches!(flaw, RecordError::Io { .. }));
                attended(self.work(due, &folder, anew), false)
            }
        }
    }

    /// The status of a run that ended by its outcome, all of it whole, where the state does not say so:
    /// after a power cut, or a kill in between.
    fn ended_unsaid(folder: &RunFolder, status: Status) -> Option<Status> {
        let outcome = folder.outcome(&status).ok().flatten()?.outcome;
        let state = if outcome.diverged { RunState::Diverged } else { RunState::Done };
        let ended = Status { state, error: None, ..status };
        folder.check(&ended).ok()?;
        folder.write_status(&ended).ok()?;
        Some(ended)
    }

    /// Does a run, from its beginning if what is in its folder is not to be taken up.
    fn work(&self, due: &QueuedRun<'_>, folder: &RunFolder, anew: bool) -> RunState {
        let observer = self.observer.run(due);
        let mut status = self.planned(due);
        status.state = RunState::Running;
        let result = guard::caught(|| {
            if anew {
                folder.forget().map_err(|error| error.to_string())?;
            }
            self.trained(due.run, folder, &status, &*observer)
        });
        let recorded = match &result {
            Ok(Some(outcome)) => {
                status.state = if outcome.diverged { RunState::Diverged } else { RunState::Done };
                // In this order: a run cut off in between has its checkpoint until it is done, and all of
                // it is on the disk.
                let recorded = folder
                    .write_outcome(&due.run.id, &self.data[due.run.dataset], outcome)
                    .and_then(|()| folder.settle())
                    .and_then(|()| folder.write_status(&status));
                recorded.inspect(|()| tidy(folder))
            }
            Ok(None) => {
                status.state = RunState::Interrupted;
                folder.write_status(&status)
            }
            Err(error) => {
                status.state = RunState::Failed;
                status.error = Some(PlaceNames::here().in_text(error));
                folder.write_status(&status)
            }
        };
        match (&result, recorded) {
            (Err(error), _) => observer.end(&Ending::Failed(error)),
            (Ok(_), Err(error)) => {
                status.state = RunState::Failed;
                observer.end(&Ending::Failed(&error.to_string()));
            }
            (Ok(Some(outcome)), Ok(())) => observer.end(&Ending::Finished(outcome)),
            (Ok(None), Ok(())) => observer.end(&Ending::Stopped),
        }
        status.state
    }

    /// Trains; the outcome, `None` if that was stopped.
    fn trained(
        &self,
        run: &PlannedRun,
        folder: &RunFolder,
        status: &Status,
        observer: &dyn RunObserver,
    ) -> Result<Option<Outcome>, String> {
        let text = |error: RecordError| error.to_string();
        folder.begin(&run.config, status).map_err(text)?;
        folder.keep_data(&self.data[run.dataset]).map_err(text)?;
        // Checkpoints without the measurements before them would leave a gap.
        if let Some(Gap { problem, reached }) = folder.gap().map_err(text)? {
            let (goes_on, left) = match reached {
                Some(step) => (format!("it goes on from step {step}"), folder.forget_after(step)),
                None => ("it starts anew".to_owned(), folder.forget()),
            };
            observer.warn(&format!("{problem}; {goes_on}"));
            left.map_err(text)?;
        }
        let mut log = folder.log().map_err(text)?;
        let mut unwritten = None;
        let start = self.start(run)?;
        let spec = RunSpec {
            name: &run.id,
            model: &run.config.model,
            train: &run.config.train,
            start: start.as_ref(),
            probe: run.config.probe.as_ref(),
            seed: run.config.seed,
            test: run.role.meets_test(),
        };
        let dataset = &self.datasets[run.dataset];
        let mut on_event = |event| {
            observer.event(&event);
            if let Err(error) = log.add(&event) {
                // No checkpoint may be later than what was recorded.
                unwritten.get_or_insert(error);
                return Break(Halt::AtOnce);
            }
            if self.stop.requested() { Break(Halt::Saved) } else { Continue(()) }
        };
        let threads = Threads::new(self.threads)
            .map_err(|error| format!("{} threads cannot be started: {error}", self.threads))?;
        let outcome =
            threads.with(|| self.engine.train(spec, dataset, &folder.checkpoint(), &mut on_event));
        match unwritten {
            Some(error) => Err(text(error)),
            None => outcome.map_err(|error| error.to_string()),
        }
    }
}

impl Sweep<'_> {
    /// The weights that a run starts from, if not from nothing; those of the stage before as its run left them.
    fn start(&self, run: &PlannedRun) -> Result<Option<Pretrained>, String> {
        let Some(start) = &run.start else { return Ok(None) };
        let Some(before) = &start.run else { return Ok(Some(start.weights.clone())) };
        let folder = RunFolder::of(self.pretraining, before);
        let text = |error: RecordError| error.to_string();
        let status = folder.status().map_err(text)?;
        let state = status.as_ref().map_or(RunState::Planned, |status| status.state);
        let (Some(status), RunState::Done) = (status, state) else {
            return Err(format!(
                "the run before it, {before}, is {}, so there is no model to start from",
                state.name()
            ));
        };
        folder.check_model(&status).map_err(text)?;
        let model = folder.outcome(&status).map_err(text)?.and_then(|record| record.model);
        let sha256 = model.map(|model| model.sha256).unwrap_or_default();
        let file = folder.model();
        Ok(Some(Pretrained { file, sha256, ..start.weights.clone() }))
    }
}

/// What is left over in the folder of an ended run does no harm: where it cannot be taken away, it
/// stays for the next time.
fn tidy(folder: &RunFolder) {
    let _ = folder.tidy();
}
