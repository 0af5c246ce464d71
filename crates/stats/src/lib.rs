//! Intervals on runs: pure functions from numbers to numbers, no I/O.
//!
//! A *run* yields one number (say, its test nll); a cell's runs yield a slice of them, one per
//! seed. The functions here say how much such a slice supports:
//!
//! - [`mean_interval`]: the mean over seeds and Student's t interval around it;
//! - [`Interval::map`]: an interval of nll shown as one of perplexity;
//! - [`paired_difference`]: two cells run with the same seeds, and the [`Verdict`] it supports;
//! - [`half_width`]: what so many paired runs can tell apart, before any is made;
//! - [`bootstrap_interval`]: the interval of any statistic, without Student's assumptions;
//! - [`sign_flip_p`] and [`holm`]: tests of paired runs, and their correction where there are many;
//! - [`interquartile_mean`], [`probability_of_improvement`], [`performance_profile`]: several tasks
//!   taken together;
//! - [`main_effects`]: which settings of a sweep matter;
//! - [`quantile`] and [`median`]: for bands and timings.
//!
//! No function drops a value. An empty slice, or one holding a value that is not finite, has no
//! answer (`None`): a run that diverged must be counted by the caller, not averaged away here.

mod bootstrap;
mod effects;
mod holm;
mod interval;
mod quantile;
mod robust;
mod sign_flip;
mod verdict;

pub use bootstrap::{Bootstrap, bootstrap_interval};
pub use effects::main_effects;
pub use holm::holm;
pub use interval::{Bounds, Interval, half_width, mean_interval, paired_difference};
pub use quantile::{median, quantile};
pub use robust::{interquartile_mean, performance_profile, probability_of_improvement};
pub use sign_flip::sign_flip_p;
pub use verdict::Verdict;
