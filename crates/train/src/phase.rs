//! When something is measured of a run.

use serde::{Deserialize, Serialize};

/// When something is measured of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before the first step.
    Initial,
    /// In between.
    Training,
    /// After the last step.
    Trained,
}

impl Phase {
    /// All phases, in their order.
    pub const ALL: [Self; 3] = [Self::Initial, Self::Training, Self::Trained];

    /// Its name in records and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Training => "training",
            Self::Trained => "trained",
        }
    }

    /// The phase with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_records() {
        for phase in Phase::ALL {
            assert_eq!(serde_json::to_value(phase).unwrap(), phase.name());
            assert_eq!(Phase::named(phase.name()), Some(phase));
        }
    }
}
