//! Panics inside runs: caught, described, kept from the user's terminal.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync + 'static>;

/// While it lives, panics print nothing; [`caught`] tells of them instead.
pub(super) struct Quiet {
    before: Option<Hook>,
}

/// Keeps panic messages from the terminal, where they would tear up the progress bars.
pub(super) fn quiet_panics() -> Quiet {
    let before = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    Quiet { before: Some(before) }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // A hook cannot be changed by a thread that panics.
        if let Some(before) = self.before.take().filter(|_| !std::thread::panicking()) {
            panic::set_hook(before);
        }
    }
}

/// Calls `work`; a panic in it becomes an error.
pub(super) fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    // What `work` was changing is dropped with it; its records on disk are whole at any moment.
    panic::catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(format!("a fault in the program: {}", message(&*panic))))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it left no message")
}
