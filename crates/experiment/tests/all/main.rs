//! From experiment files to plans.

mod answers;
mod starts;
mod steps;
