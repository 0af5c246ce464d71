//! What the engine computes with, on plain slices: no tensors, no files.
//!
//! [`matmul`] multiplies few rows by matrices that were packed once (AVX-512, AVX2, portable; chosen
//! when the program runs). [`vectorised`] compiles a [`Kernel`] for the vector instructions of the
//! processor it runs on. [`Threads`] share a piece of work out to helper threads, [`Buffer`] is memory that a
//! thread uses again, and [`Draws`] are random streams that depend on a seed and a name alone.
//! [`Float`] is the element type: f32, or f64 for gradient checks.
//!
//! All pointer handling of the engine is here and builds without dfdx, so that Miri can run it
//! (`just miri`).

mod buffer;
mod draws;
mod float;
mod orthonormal;
mod threads;
mod vectorised;

pub mod matmul;

pub use buffer::{Buffer, Store};
pub use draws::Draws;
pub use float::{Float, Vector};
pub use orthonormal::orthonormalise;
pub use threads::{Threads, in_parts, split, threads};
pub use vectorised::{Kernel, vectorised};
