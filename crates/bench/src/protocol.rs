//! How a worker is spoken to: JSON, one line each way. When it is ready, a worker says [`Hello`];
//! then it answers each [`Request`] with one [`Reply`], until its input ends.
//!
//! The workers of other libraries are in `crates/bench/peers`. All of them follow these rules:
//!
//! - what is timed is what [`Case`] says, and ends when all results are there;
//! - one run that is not timed comes first, so that compilers and caches have done their work;
//! - parameters and input are drawn before; gradients of the run before are gone;
//! - float32, with as many threads as `OMP_NUM_THREADS` says.

use crate::{Case, Effort};
use serde::{Deserialize, Serialize};

/// What a worker says first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The library with its version.
    pub version: String,
}

/// A case to measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The case.
    pub case: Case,
    /// Repeat it until so many seconds have passed,
    pub seconds: f64,
    /// but at least so often.
    pub least: usize,
}

impl Request {
    /// How long the case is to be repeated.
    pub fn effort(&self) -> Effort {
        Effort { seconds: self.seconds, least: self.least }
    }
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The value of each repetition: seconds, or bytes for [`Case::Memory`].
    Values(Vec<f64>),
    /// This library has no such thing; the reason.
    Missing(String),
    /// It failed; the reason.
    Failed(String),
}
