//! Choices that a configuration can write in a short or in a long form.

use crate::PositiveReal;
use crate::real::single;
use schemars::JsonSchema;
use sequence::{BiasInit, Init};
use serde::{Deserialize, Serialize};

/// How a weight matrix starts: a number a for U(-a, a), or a name.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(extend("errorMessage" = "a number a above 0 (uniform between -a and a), `xavier`, `orthogonal` or `identity`"))]
pub enum InitChoice {
    /// U(-a, a).
    Uniform(PositiveReal),
    /// By name.
    Named(NamedInit),
}

/// Initialisations that need no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NamedInit {
    /// [`Init::Xavier`].
    Xavier,
    /// [`Init::Orthogonal`].
    Orthogonal,
    /// [`Init::Identity`].
    Identity,
}

impl From<InitChoice> for Init {
    fn from(choice: InitChoice) -> Self {
        match choice {
            InitChoice::Uniform(limit) => Self::Uniform(f64::from(limit.get())),
            InitChoice::Named(NamedInit::Xavier) => Self::Xavier,
            InitChoice::Named(NamedInit::Orthogonal) => Self::Orthogonal,
            InitChoice::Named(NamedInit::Identity) => Self::Identity,
        }
    }
}

/// How the weights of recurrent layers start.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
#[schemars(extend("errorMessage" = "a number a above 0 (uniform between -a and a), `xavier`, `orthogonal`, `identity`, or one of these each for `input` and `recurrent`"))]
pub enum LayerInitChoice {
    /// All matrices alike.
    Both(InitChoice),
    /// Input and recurrent matrices, each; those not given as in PyTorch.
    Each {
        /// Matrices that multiply the input.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        input: Option<InitChoice>,
        /// Matrices that multiply the state.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recurrent: Option<InitChoice>,
    },
}

/// How the biases of the recurrent layers start: a number a for U(-a, a), or a name.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(extend("errorMessage" = "`zero`, `torch`, or a number a above 0 (uniform between -a and a)"))]
pub enum BiasChoice {
    /// U(-a, a).
    Uniform(PositiveReal),
    /// By name.
    Named(NamedBias),
}

/// Starts of layers' biases that need no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NamedBias {
    /// At 0.
    Zero,
    /// [`BiasInit::Torch`].
    Torch,
}

impl Default for BiasChoice {
    fn default() -> Self {
        Self::Named(NamedBias::Zero)
    }
}

impl From<BiasChoice> for BiasInit {
    fn from(choice: BiasChoice) -> Self {
        match choice {
            BiasChoice::Uniform(limit) => Self::Uniform(f64::from(limit.get())),
            BiasChoice::Named(NamedBias::Zero) => Self::Zero,
            BiasChoice::Named(NamedBias::Torch) => Self::Torch,
        }
    }
}

/// How the output bias starts: a number a for U(-a, a), or a name.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(extend("errorMessage" = "`log_frequencies`, `zero`, `torch`, or a number a above 0 (uniform between -a and a)"))]
pub enum OutputBiasChoice {
    /// U(-a, a).
    Uniform(PositiveReal),
    /// By name.
    Named(NamedOutputBias),
}

/// Starts of the output bias that need no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NamedOutputBias {
    /// At the best answer that reads no input: the log frequencies of words or classes in the training
    /// split, of notes the log odds, of numbers the mean.
    LogFrequencies,
    /// At 0.
    Zero,
    /// U(-1/√N, 1/√N), N being what the output layer reads, as PyTorch's linear layers.
    Torch,
}

impl Default for OutputBiasChoice {
    fn default() -> Self {
        Self::Named(NamedOutputBias::LogFrequencies)
    }
}

impl OutputBiasChoice {
    /// The limit a of U(-a, a) from which it is drawn, for an output layer that reads `width` numbers;
    /// 0 where it starts at 0 or at what is known of the answers.
    pub(crate) fn limit(self, width: usize) -> f64 {
        match self {
            Self::Uniform(limit) => f64::from(limit.get()),
            Self::Named(NamedOutputBias::Torch) => 1.0 / (width as f64).sqrt(),
            Self::Named(NamedOutputBias::Zero | NamedOutputBias::LogFrequencies) => 0.0,
        }
    }
}

/// What is put on the remembering bias: a number, or `{chrono: T}` for log U(1, T - 1).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
#[schemars(extend("errorMessage" = "a number, or `{chrono: T}` with the longest dependency T expected, above 2"))]
pub enum RememberChoice {
    /// The same for every unit.
    Constant(Finite),
    /// Chrono initialisation (Tallec & Ollivier 2018).
    Chrono {
        /// The longest dependency expected, in steps.
        chrono: AboveTwo,
    },
}

impl Default for RememberChoice {
    fn default() -> Self {
        Self::Constant(Finite::default())
    }
}

/// A finite number.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(try_from = "f32")]
#[serde(try_from = "f64", into = "f32")]
pub struct Finite(f32);

impl Finite {
    /// The number.
    pub fn get(self) -> f32 {
        self.0
    }
}

impl TryFrom<f64> for Finite {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        single(value, "a finite number", f64::is_finite).map(Self)
    }
}

impl From<Finite> for f32 {
    fn from(value: Finite) -> f32 {
        value.0
    }
}

/// A finite number above 2.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(try_from = "f32", extend("exclusiveMinimum" = 2))]
#[serde(try_from = "f64", into = "f32")]
pub struct AboveTwo(f32);

impl AboveTwo {
    /// The number.
    pub fn get(self) -> f32 {
        self.0
    }
}

impl TryFrom<f64> for AboveTwo {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        let holds = |value: f64| value.is_finite() && value > 2.0;
        single(value, "a finite number above 2", holds).map(Self)
    }
}

impl From<AboveTwo> for f32 {
    fn from(value: AboveTwo) -> f32 {
        value.0
    }
}
