//! How often a decoder reads the targets while it is trained.

use model::Probability;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The probability with which a decoder reads a target as the token before; else it reads the one that it finds
/// likeliest itself (scheduled sampling, Bengio et al. 2015, arXiv 1506.03099).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
#[schemars(extend("errorMessage" = "a number from 0 to 1, or `{from: 1, to: P}` for one that changes evenly over the training"))]
pub enum TeacherForcing {
    /// The same at every step of the training.
    Constant(Probability),
    /// Evenly from the first step of the training to the last.
    Linear {
        /// At the first.
        from: Probability,
        /// At the last.
        to: Probability,
    },
}

impl Default for TeacherForcing {
    fn default() -> Self {
        Self::Constant(Probability::ONE)
    }
}

impl TeacherForcing {
    /// The share of tokens that are the decoder's own at step `step`, from 0, of `steps`.
    pub(crate) fn own_share(&self, step: usize, steps: usize) -> f64 {
        let taught = match *self {
            Self::Constant(share) => f64::from(share.get()),
            Self::Linear { from, to } => {
                let (from, to) = (f64::from(from.get()), f64::from(to.get()));
                from + (to - from) * step as f64 / steps.saturating_sub(1).max(1) as f64
            }
        };
        1.0 - taught
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_changes_evenly() {
        let read = |text: &str| serde_json::from_str::<TeacherForcing>(text).unwrap();
        let at = |forcing: TeacherForcing| [0, 50, 100].map(|step| forcing.own_share(step, 101));
        assert_eq!(at(read(r#"{"from": 1, "to": 0.5}"#)), [0.0, 0.25, 0.5]);
        assert_eq!(at(read("0.25")), [0.75; 3]);
        assert_eq!(at(TeacherForcing::default()), [0.0; 3]);
        assert_eq!(read("0.25").own_share(0, 1), 0.75);
        assert!(serde_json::from_str::<TeacherForcing>("1.5").is_err());
    }
}
