//! Attention of the steps of one sequence to those of another, as one operation.
//!
//! Each step s of a target compares its query q_s with the keys k_t of the steps of its source, and reads the
//! mean of their values v_t, weighted by the softmax of the scores:
//!
//! ```text
//! p_st = softmax_t(score(q_s, k_t))        c_s = Σ_t p_st v_t
//! score(q, k) = q · k                      (dot; with k = W_a v, Luong's general)
//! score(q, k) = v_a · tanh(q + k)          (additive; with q = W_q h and k = W_k v, Bahdanau's and Luong's concat)
//! ```
//!
//! [`forward`] and [`backward`] run whole sequences on plain slices, [`attend`] puts them on dfdx's tape, and a
//! [`Source`] is attended to row by row where a target is written step by step.
//!
//! Sources: Bahdanau et al. 2015 (arXiv 1409.0473), Luong et al. 2015 (arXiv 1508.04025).
//!
//! # Invariants
//! A sequence gives the same to the bit alone and in a batch, whole and step by step, and on any number of
//! threads. What lies beyond the end of a source is not read, and gets no gradient.

mod kernel;
mod on_tape;
mod pointwise;
mod sentence;

pub use kernel::{Gradients, Inputs, Pass, Sizes, backward, forward};
pub use on_tape::attend;
pub use sentence::Source;

/// How a query is compared with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Score<V> {
    /// q · k.
    Dot,
    /// v_a · tanh(q + k), with v_a `[A]`.
    Additive(V),
}

impl<V> Score<V> {
    /// The same with another v_a.
    pub fn map<U>(self, change: impl FnOnce(V) -> U) -> Score<U> {
        match self {
            Self::Dot => Score::Dot,
            Self::Additive(vector) => Score::Additive(change(vector)),
        }
    }
}

impl<'a, E> Score<&'a [E]> {
    /// v_a; empty where the score has none.
    pub(crate) fn vector(self) -> &'a [E] {
        match self {
            Self::Dot => &[],
            Self::Additive(vector) => vector,
        }
    }
}
