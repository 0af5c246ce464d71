//! The whole program, as a user meets it.

mod common;
mod convert;
mod crates;
mod data;
mod extremes;
mod faults;
mod files;
mod later;
mod looking;
mod pages;
mod power;
mod program;
mod records;
mod schema;
mod smoke;
mod speech;
mod starts;
mod translation;
mod wrong;
