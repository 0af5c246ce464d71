//! Where and when something ran, and how much memory it took: what stands beside every number; and
//! files that appear whole or not at all.

mod allocator;
mod disk;
mod environment;
mod files;
mod memory;
mod program;
mod threads;

pub use allocator::keep_freed_memory;
pub use disk::{Appended, Change, make_folder, remove, rename, sync_names, watch_disk};
pub use environment::{Environment, busy};
pub use files::{remove_parts, sync, write_unsynced, write_whole};
pub use memory::{memory, peak_memory, physical_memory};
pub use program::program;
pub use threads::{MOST_THREADS, can_start_threads};
