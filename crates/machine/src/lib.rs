//! Where and when something ran, and how much memory it took: what stands beside every number.

mod environment;
mod memory;

pub use environment::{Environment, load};
pub use memory::{memory, peak_memory, physical_memory};
