//! What loading tells its caller while it works; the library itself prints nothing.

use std::path::Path;

/// One piece of news from loading or fetching, in the order in which they happen.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// The terms of the dataset that is about to be downloaded. Show them.
    Licence {
        /// The dataset's title.
        dataset: &'a str,
        /// Its terms, in one sentence.
        text: &'a str,
    },
    /// Bytes have arrived.
    Downloading {
        /// The address.
        url: &'a str,
        /// Bytes so far, with those of earlier tries.
        received: u64,
        /// Bytes of the whole file.
        total: u64,
    },
    /// Another process is fetching the same dataset, and is waited for.
    Waiting {
        /// The file by which it shows that it does.
        lock: &'a Path,
    },
    /// A download goes wrong and is tried again, there or at another address.
    Retrying {
        /// The address.
        url: &'a str,
        /// What went wrong.
        reason: &'a str,
    },
    /// An archive or a split is being read.
    Reading {
        /// The file or folder.
        path: &'a Path,
    },
    /// The token ids could not be kept for the next time, which does no other harm.
    NotCached {
        /// Why not.
        reason: &'a str,
    },
    /// The dataset could not be had: the generated language takes its place. Show this.
    StandIn {
        /// The dataset asked for.
        requested: &'a str,
        /// Why it could not be had.
        reason: &'a str,
    },
}
