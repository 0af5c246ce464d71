//! Search for the sequence that a model finds likeliest, token by token: [`greedy`] and [`beam`].
//!
//! A model is known only as a [`Decoder`], whose rows are hypotheses side by side: it steps all of them, and
//! picks some. A row must give the same whatever stands beside it; then a sentence's hypotheses are the same
//! alone and in a batch.

mod beam;
mod greedy;
#[cfg(test)]
mod table;

pub use beam::{Beam, beam};
pub use greedy::{greedy, likeliest};

/// A model that writes sequences, step by step, several side by side.
pub trait Decoder {
    /// What is carried from step to step of R rows.
    type State;
    /// What can go wrong in a step.
    type Error;

    /// One step of R rows: from the tokens before, `[R]`, and the state to the scores of what may follow.
    fn step(&self, tokens: &[u32], state: &Self::State) -> Result<Step<Self::State>, Self::Error>;

    /// The state of `rows`, in this order; a row may be picked several times, or not at all.
    fn select(&self, state: &Self::State, rows: &[usize]) -> Result<Self::State, Self::Error>;
}

/// What a step gives.
#[derive(Debug, Clone)]
pub struct Step<S> {
    /// Scores of the types before their softmax, `[R, types]`.
    pub scores: Vec<f32>,
    /// How much each row attends to each step of its source, `[R]` of as many as the source has steps;
    /// empty without attention.
    pub attention: Vec<Vec<f32>>,
    /// The state after the step.
    pub state: S,
}

/// Sequences to be written, one for each row of a state.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// The token that ends a sequence; it also stands before the first one.
    pub end: u32,
    /// Most tokens of each sequence, its end among them; as many sequences as rows.
    pub longest: &'a [usize],
}

/// A sequence that was written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hypothesis {
    /// Its tokens, the end token last unless it was cut off at its most tokens.
    pub tokens: Vec<u32>,
    /// ln P of the tokens given the source.
    pub log_probability: f64,
    /// What hypotheses are ranked by: ln P, normalised and with penalties as [`Beam`] says.
    pub score: f64,
    /// For each token how much was attended to each step of the source; empty without attention.
    pub attention: Vec<Vec<f32>>,
}

/// What is subtracted from a score for ln of its softmax; NaN where no score is finite.
fn log_sum(scores: &[f32]) -> f64 {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = scores.iter().map(|&score| f64::from((score - most).exp())).sum();
    f64::from(most) + sum.ln()
}
