//! Tests of `bench` from outside.

mod command_line;
mod smoke;
mod table;
