//! What happens inside a recurrent layer: how fast gradients fade ([`Fade`]), what the Jacobians of
//! its state do ([`jacobians`], [`lyapunov`]), what its gates do ([`gate_statistics`]), which of its
//! units are worth looking at ([`slowest_units`]).
//!
//! Pure functions: a layer comes as a [`sequence::Dynamics`], measurements leave as plain numbers.
//! Everything is in double precision, of one sequence at a time. Logarithms are natural.

mod fade;
mod gates;
mod jacobian;
#[cfg(test)]
mod linear;
mod lyapunov;
mod matrix;
mod path;
mod units;

pub use fade::Fade;
pub use gates::{GateStatistics, gate_statistics, time_constant};
pub use jacobian::{MOST_DIRECTIONS, SingularValues, jacobians};
pub use lyapunov::lyapunov;
pub use matrix::singular_values;
pub use units::{STEPS_APART, slowest_units};
