//! What a recurrent cell is.
//!
//! A cell's equations split into two kinds of work. Matrix products are the same for all cells:
//! the input, the hidden state or a modulated state times a weight matrix. Everything else is
//! *pointwise*: a function of a few numbers per hidden unit. Only the second kind differs between
//! cells, so a [`Cell`] states which products it wants ([`Facts`]) and one pointwise function,
//! [`Cell::step`], generic over the number type ([`Real`]).
//!
//! Everything else is derived from that function by choosing the number type: vectors of `f32`
//! run it ([`Lanes`]), dual numbers differentiate it ([`mod@derive`]), `f64` checks it, [`Expr`]
//! makes a graph of it, from which its equations, gates and operations are read, and another records the
//! values of its gates ([`named_values`]).
//!
//! The crate knows no tensors and touches no files.

mod block;
mod cell;
pub mod derive;
mod dual;
mod expr;
mod graph;
mod lanes;
mod real;
mod record;

pub use block::Block;
pub use cell::{Backward, Bias, Cell, Facts, Remember, Start};
pub use dual::Dual;
pub use expr::{Expr, Written, equations, gates, pointwise_flops, written};
pub use lanes::{Lane, Lanes};
pub use real::Real;
pub use record::named_values;
