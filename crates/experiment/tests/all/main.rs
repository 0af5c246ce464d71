//! From experiment files to plans.

mod answers;
mod steps;
