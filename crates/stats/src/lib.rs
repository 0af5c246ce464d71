//! Intervals on runs: pure functions from numbers to numbers, no I/O.
//!
//! A *run* yields one number (say, its test nll); a cell's runs yield a slice of them, one per
//! seed. The functions here say how much such a slice supports:
//!
//! - [`mean_interval`]: the mean over seeds and Student's t interval around it;
//! - [`perplexity_interval`]: the same on nll, shown as perplexity;
//! - [`paired_difference`]: two cells run with the same seeds, and the [`Verdict`] it supports;
//! - [`quantile`] and [`median`]: for bands and timings.
//!
//! No function drops a value. An empty slice, or one holding a value that is not finite, has no
//! answer (`None`): a run that diverged must be counted by the caller, not averaged away here.

mod interval;
mod quantile;
mod verdict;

pub use interval::{Bounds, Interval, mean_interval, paired_difference, perplexity_interval};
pub use quantile::{median, quantile};
pub use verdict::Verdict;
