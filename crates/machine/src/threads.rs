//! Whether the system has threads left.

use std::io;
use std::sync::Mutex;
use std::thread;

/// Most threads that are asked of the system at a time. Far below where it runs out of room for their
/// stacks: then a thread that was promised ends the process before it begins.
pub const MOST_THREADS: usize = 1024;

/// An error unless `count` more threads can be started: one of the system, or of more than
/// [`MOST_THREADS`]. For libraries that panic where they cannot.
pub fn can_start_threads(count: usize) -> io::Result<()> {
    if count > MOST_THREADS {
        let most = format!("at most {MOST_THREADS} at a time are allowed");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, most));
    }
    let gate = Mutex::new(());
    thread::scope(|scope| {
        // Each waits until all were started: else one could serve for all.
        let _shut = gate.lock();
        (0..count).try_for_each(|_| {
            thread::Builder::new().spawn_scoped(scope, || drop(gate.lock())).map(|_| ())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_threads_can_be_had() {
        can_start_threads(3).unwrap();
    }

    #[test]
    fn more_than_a_process_has_room_for_are_not_tried() {
        for count in [MOST_THREADS + 1, 20_000, usize::MAX] {
            let error = can_start_threads(count).unwrap_err();
            assert_eq!(error.to_string(), "at most 1024 at a time are allowed");
        }
    }
}
