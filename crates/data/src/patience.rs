//! How long a download waits, and how often it tries.

use std::time::Duration;

/// Waiting times and numbers of tries. The default is for the world; tests use shorter ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// For an address to be found and to answer at all. Short, so that a machine without a network
    /// falls on quickly.
    pub(crate) connect: Duration,
    /// For a server that accepts and then says nothing more.
    pub(crate) silence: Duration,
    /// Tries in a row at one address that bring nothing forward.
    pub(crate) tries: u32,
    /// The pause before the second try; each later one is twice as long.
    pub(crate) pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            silence: Duration::from_secs(30),
            tries: 4,
            pause: Duration::from_secs(1),
        }
    }
}

impl Patience {
    /// Waits before the next try after `failed` ones in a row.
    pub(crate) fn wait(&self, failed: u32) {
        std::thread::sleep(self.pause * 2_u32.saturating_pow(failed.saturating_sub(1)));
    }
}
