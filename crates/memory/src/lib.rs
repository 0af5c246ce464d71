//! Recurrences with a matrix state, written once.
//!
//! A *memory* carries for every head of every sequence a matrix S, from which a query reads and to
//! which values are written along keys. All of them are one recurrence with some of its terms
//! ([`kernel`]):
//!
//! ```text
//! S_t = S_{t-1} diag(w_t) + (S_{t-1} a_t) b_tᵀ + v_t k_tᵀ          o_t = S_t q_t
//! ```
//!
//! w, a, b, k, v, q depend on the input alone, so every projection is one matrix product over all time
//! steps. A memory's file ([`mod@memories`]) states its [`Facts`] (projections, biases, which vectors are
//! divided by their norm), which terms exist ([`kernel::Terms`]), and pointwise functions generic over
//! [`cell::Real`] that make the terms from the projections ([`Memory`]); derivatives, costs
//! ([`MemorySizes::flops`]) and [`equations`] follow from these. [`forward`] and [`backward`] run a
//! whole layer on plain slices; [`MemoryLayer`] is one on dfdx's tape, [`CompiledMemory`] what lists have of a
//! memory.
//!
//! Shapes: `[time, batch, features]`; T, B, I; heads, K numbers of a key, V of a value.
//!
//! # Invariants
//! A head of a sequence gives the same to the bit alone and in a batch, in pieces carried on, and on
//! any number of threads. Absent terms cost nothing. What lies beyond a sequence's end is not read.

mod compiled;
pub mod kernel;
mod layer;
pub mod memories;
mod memory;
mod on_tape;

pub use compiled::CompiledMemory;
pub use kernel::{PassOptions, Purpose};
pub use layer::{Gradients, PackedWeights, Pass, Weights, backward, forward};
pub use memory::{Facts, KeyTerms, Memory, MemorySizes, equations, gates};
pub use on_tape::MemoryLayer;

use sequence::Entry;

/// The memories of this crate, in the order of lists: a line for each.
pub fn memories() -> Vec<Entry> {
    fn entry<M: Memory>() -> Entry {
        Entry::new(CompiledMemory::of::<M>())
    }
    vec![
        entry::<memories::LinearAttention>(),
        entry::<memories::RetNet>(),
        entry::<memories::Gla>(),
        entry::<memories::DeltaNet>(),
        entry::<memories::DeltaNet<true>>(),
        entry::<memories::GatedDeltaNet>(),
        entry::<memories::GatedDeltaNet<true>>(),
        entry::<memories::LinearAttentionNormalised>(),
        entry::<memories::HgrnTwo>(),
        entry::<memories::Mlstm>(),
        entry::<memories::RwkvSeven>(),
    ]
}
