//! Whether the system has threads left.

use std::io;
use std::sync::Mutex;
use std::thread;

/// An error of the system unless `count` more threads can be started. For libraries that panic where
/// they cannot.
pub fn can_start_threads(count: usize) -> io::Result<()> {
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
}
