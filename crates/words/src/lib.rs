//! Words and numbers for people: the one place that writes them.

mod duration;
mod grammar;
mod numbers;
mod visible;

pub use duration::duration;
pub use grammar::{article, capitalised, counted, last_part, list};
pub use numbers::{
    NOTHING, count, decimal, figures, mebibytes, multiple, setting, share, thousands, unbounded,
};
pub use visible::visible;
