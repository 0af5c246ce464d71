//! Stopping a sweep before its end.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Exit code of a program that was stopped, as shells have it for Ctrl-C.
pub const STOPPED: u8 = 130;

/// A terminal that closes, a cluster's warning, a limit of processor time.
#[cfg(unix)]
const TIME_IS_UP: [i32; 4] = {
    use signal_hook::consts::{SIGHUP, SIGUSR1, SIGUSR2};
    /// Linux's and macOS's number, which `signal_hook` does not list.
    const SIGXCPU: i32 = 24;
    [SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU]
};
#[cfg(not(unix))]
const TIME_IS_UP: [i32; 0] = [];

/// A limit of the size of files (Linux's and macOS's number): where the signal is caught, the write fails
/// like one on a full disk.
#[cfg(unix)]
const SIGXFSZ: Option<i32> = Some(25);
#[cfg(not(unix))]
const SIGXFSZ: Option<i32> = None;

/// Whether this process was started to ignore a signal, where the system tells.
fn ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Asks the runs of a sweep to stop, each after a checkpoint.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// A stop that Ctrl-C or a termination signal asks for, of which a second one ends the program at
    /// once; or one of the signals by which terminals and clusters tell that the time is up, which
    /// may come more than once. A file that reaches its limit is an error of the write, and stops nothing
    /// else. One that the program was started to ignore (`nohup`) stays ignored.
    pub fn on_signals() -> io::Result<Self> {
        let stop = Self::default();
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds no stop asked for, and asks.
            flag::register_conditional_shutdown(signal, STOPPED.into(), Arc::clone(&stop.0))?;
            flag::register(signal, Arc::clone(&stop.0))?;
        }
        for signal in TIME_IS_UP.into_iter().filter(|signal| !ignored(*signal)) {
            flag::register(signal, Arc::clone(&stop.0))?;
        }
        if let Some(signal) = SIGXFSZ {
            flag::register(signal, Arc::default())?;
        }
        Ok(stop)
    }

    /// Asks.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked for.
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
