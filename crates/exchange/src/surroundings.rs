//! What a model of ours has around its recurrent layers, and PyTorch's modules have not.

use serde::{Deserialize, Serialize};

/// Choices besides weights that change what layers compute when they are used.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Surroundings {
    /// Share of the old hidden state that stays (zoneout).
    #[serde(skip_serializing_if = "is_default")]
    pub zoneout: f32,
    /// The same for the other parts of the state.
    #[serde(skip_serializing_if = "is_default")]
    pub zoneout_memory: f32,
    /// Layers but the first add their input.
    #[serde(skip_serializing_if = "is_default")]
    pub residual: bool,
    /// The first state is learned.
    #[serde(skip_serializing_if = "is_default")]
    pub learned_state: bool,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Surroundings {
    /// All that there is, for people; `layers` are stacked.
    pub fn all(&self, layers: usize) -> Vec<String> {
        let Self { zoneout, zoneout_memory, residual, learned_state } = *self;
        let zoneouts = [(zoneout, "the hidden state"), (zoneout_memory, "the rest of the state")];
        let zoneouts = zoneouts.into_iter().filter(|(share, _)| *share > 0.0);
        let mut all: Vec<String> =
            zoneouts.map(|(share, of)| format!("zoneout of {share} of {of}")).collect();
        if residual && layers > 1 {
            all.push("residual connections".to_owned());
        }
        if learned_state {
            all.push("a learned initial state".to_owned());
        }
        all
    }
}
