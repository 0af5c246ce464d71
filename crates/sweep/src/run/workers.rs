//! How many runs may be side by side.

use machine::MOST_THREADS;
use std::num::NonZeroUsize;

/// Most runs side by side, however many `--jobs` allows: beyond the processor's threads more gain
/// nothing, and each holds a model.
pub const MOST_WORKERS: usize = 256;

/// Most runs side by side if each has `threads` threads: all of them together are no more than a
/// process has room for.
pub fn most_workers(threads: NonZeroUsize) -> usize {
    (MOST_THREADS / threads).clamp(1, MOST_WORKERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_threads_together_are_few_enough() {
        let most = |threads| most_workers(NonZeroUsize::new(threads).unwrap());
        assert_eq!((most(1), most(4), most(5), most(256)), (256, 256, 204, 4));
        assert_eq!((most(2000), most(usize::MAX)), (1, 1));
        for threads in 1..=compute::Threads::MOST {
            assert!(threads * most(threads) <= MOST_THREADS, "{threads}");
        }
    }
}
