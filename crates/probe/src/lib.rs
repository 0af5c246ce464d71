//! What happens inside a recurrent layer, on real sequences: how much of a gradient survives the way
//! back through time ([`flow_quantiles`], [`Decay`]), singular values of the state's Jacobian over
//! many steps ([`jacobian`]), Lyapunov exponents ([`lyapunov`]), how open its gates are
//! ([`saturation`]).
//!
//! All but the first work on anything that is a [`Dynamics`](sequence::Dynamics): a layer of any cell
//! (exact, in double precision), or a system whose answers are known, in tests. The crate trains
//! nothing and touches no files.

mod dense;
mod flow;
mod gates;
mod jacobian;
mod lyapunov;
#[cfg(test)]
mod systems;
mod trajectory;

pub use dense::{largest_singular_value, singular_values};
pub use flow::{Decay, FlowQuantiles, decay, flow_quantiles};
pub use gates::{DECADES, GateStatistics, saturation, time_constants};
pub use jacobian::{Jacobian, MOST_EXACT, SKETCH, jacobian, lags_up_to};
pub use lyapunov::{MOST_EXPONENTS, Lyapunov, lyapunov};
pub use trajectory::Trajectory;
