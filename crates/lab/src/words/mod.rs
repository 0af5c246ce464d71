//! Words and numbers for people: the one place that writes them.

mod grammar;
mod numbers;

pub(crate) use grammar::{article, capitalised, counted, list};
pub(crate) use numbers::{
    NOTHING, count, decimal, figures, mebibytes, multiple, setting, thousands,
};
