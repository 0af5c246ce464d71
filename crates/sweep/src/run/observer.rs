//! Who is told while runs are at work.

use super::QueuedRun;
use train::{Event, Outcome};

/// Is told of a sweep, from several threads.
pub trait Observer: Sync {
    /// A run starts; what is returned is told of it.
    fn run<'r>(&'r self, due: &QueuedRun<'r>) -> Box<dyn RunObserver + 'r>;

    /// A run needs no work.
    fn skipped(&self, due: &QueuedRun<'_>, why: &str);

    /// There is trouble with a run that does not change its result.
    fn warn(&self, id: &str, text: &str);

    /// A stop was asked for.
    fn stopping(&self);

    /// Time passes.
    fn tick(&self);
}

/// Is told of one run, on the thread that does it.
pub trait RunObserver {
    /// There is news of the run.
    fn event(&self, event: &Event);

    /// There is trouble that does not end the run.
    fn warn(&self, text: &str);

    /// The run has ended.
    fn end(&self, ending: &Ending<'_>);
}

/// How a run ended.
#[derive(Debug)]
pub enum Ending<'a> {
    /// It has a result.
    Finished(&'a Outcome),
    /// It broke off.
    Failed(&'a str),
    /// It was stopped, with a checkpoint.
    Stopped,
}
