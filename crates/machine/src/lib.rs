//! Where and when something ran, and how much memory it took: what stands beside every number; and
//! files that appear whole or not at all.

mod allocator;
mod environment;
mod files;
mod memory;
mod program;
mod threads;

pub use allocator::keep_freed_memory;
pub use environment::{Environment, busy};
pub use files::{remove_parts, write_whole};
pub use memory::{memory, peak_memory, physical_memory};
pub use program::program;
pub use threads::{MOST_THREADS, can_start_threads};
