//! What answers an experiment's question.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a report begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// How good the models are.
    #[default]
    Score,
    /// What was measured inside the layers.
    Probes,
}
