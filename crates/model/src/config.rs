//! What a model is made of, as plain data.

use crate::choices::{BiasChoice, LayerInitChoice, OutputBiasChoice, RememberChoice};
use crate::real::single;
use crate::{DecoderConfig, ModelError, Pooling};
use schemars::JsonSchema;
use sequence::{Feature, Init, LayerInit, LayerSizes, RememberBias, Share, StackOptions};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use task::{InputKind, TargetKind, TaskShape};
use zoo::Entry;

/// Sizes and choices of a model: embedding, recurrent layers, pooling, output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Name of the recurrent cell or memory, as the zoo lists it.
    pub cell: String,
    /// Stacked recurrent layers.
    pub layers: NonZeroUsize,
    /// Hidden size H of every layer.
    pub hidden: NonZeroUsize,
    /// Heads of every layer, which divide H: a memory has so many states `[H / heads, H / heads]`; a cell's
    /// matrices on its state are so many blocks on the diagonal.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub heads: NonZeroUsize,
    /// Embedding size E. Tokens need one; numbers are mapped linearly to E with one, and read as
    /// they are without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding: Option<NonZeroUsize>,
    /// Output weights are the embedding's (through a projection H -> E where they differ), in a
    /// language model; a decoder's are those of the tokens that it writes.
    #[serde(default)]
    pub tied: bool,
    /// Every layer reads in both directions, where the answers are not inputs still to come; of an encoder
    /// and decoder the encoder's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bidirectional: bool,
    /// How the outputs at all steps become one vector, where there is one answer for a sequence;
    /// absent: the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooling: Option<Pooling>,
    /// Share dropped, in [0, 1), on all non-recurrent connections: of embeddings, of what goes from
    /// layer to layer, and of what the output layer reads.
    #[serde(default)]
    pub dropout: Fraction,
    /// Embedding, projection and output weights are drawn from U(-init, init).
    pub init: PositiveReal,
    /// How the weights of the recurrent layers start; absent: U(-1/√H, 1/√H), as in PyTorch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer_init: Option<LayerInitChoice>,
    /// How the biases of the recurrent layers start: `zero`, `torch` (the sum of PyTorch's two biases,
    /// each from U(-1/√H, 1/√H)), or a number a for U(-a, a). What a cell has as a parameter of its
    /// units starts as the cell says.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bias_init: BiasChoice,
    /// How the output bias starts: at the `log_frequencies` of the answers in the training split (log
    /// odds of notes, the mean of numbers), at `zero`, as in `torch` (U(-1/√N, 1/√N), N being what the
    /// output layer reads), or, a number a, from U(-a, a).
    #[serde(default, skip_serializing_if = "is_default")]
    pub output_bias: OutputBiasChoice,
    /// Added at the start to the bias of the gate that remembers, in its direction.
    /// Cells without such a gate ignore it.
    #[serde(default)]
    pub remember_bias: RememberChoice,
    /// Size of the hidden state after a projection (LSTMP); absent: not projected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projection: Option<NonZeroUsize>,
    /// Dropout masks that stay the same over all steps of a window (variational dropout).
    #[serde(default, skip_serializing_if = "is_default")]
    pub locked_dropout: bool,
    /// Share of the old hidden state that stays at random (zoneout), in [0, 1).
    #[serde(default, skip_serializing_if = "is_default")]
    pub zoneout: Fraction,
    /// The same for the other parts of the state, such as an LSTM's memory.
    #[serde(default, skip_serializing_if = "is_default")]
    pub zoneout_memory: Fraction,
    /// Every layer but the first adds its input to its output.
    #[serde(default, skip_serializing_if = "is_default")]
    pub residual: bool,
    /// The state at the beginning of a text is learned instead of zero.
    #[serde(default, skip_serializing_if = "is_default")]
    pub learned_state: bool,
    /// What writes the answer, where a sequence is answered with another one; absent: layers like the
    /// encoder's, which start from its last state.
    #[serde(default, skip_serializing_if = "is_default")]
    pub decoder: DecoderConfig,
}

// New choices do not change how configurations without them are written, so runs keep their names.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn one() -> NonZeroUsize {
    NonZeroUsize::MIN
}

fn is_one(count: &NonZeroUsize) -> bool {
    *count == NonZeroUsize::MIN
}

impl ModelConfig {
    /// The first choice that does not fit a task: its field, and what is wrong and allowed.
    pub fn unsuited(&self, shape: &TaskShape) -> Option<(&'static str, String)> {
        let language = shape.predicts_input && matches!(shape.input, InputKind::Tokens { .. });
        let answers = matches!(shape.target, TargetKind::Sequence { .. });
        let (field, problem) = if self.embedding.is_none()
            && matches!(shape.input, InputKind::Tokens { .. })
        {
            ("embedding", "it is missing; this task's inputs are tokens, which need one")
        } else if self.tied && !language && !answers {
            (
                "tied",
                "only language models and decoders can tie their output to their input; false is allowed",
            )
        } else if self.decoder != DecoderConfig::default() && !answers {
            (
                "decoder",
                "this task is not answered with another sequence, so there is none; leave it out",
            )
        } else if self.bidirectional && shape.predicts_input {
            (
                "bidirectional",
                "this task predicts its own inputs, and reading backwards shows them; false is allowed",
            )
        } else if self.pooling.is_some() && !shape.is_pooled() {
            (
                "pooling",
                "this task has an answer at each step, so there is nothing to pool; leave it out",
            )
        } else {
            return if answers { self.unsuited_decoder() } else { None };
        };
        Some((field, problem.to_owned()))
    }

    /// The first choice that its cell or memory, `entry`, cannot have: its field, and what is wrong and
    /// allowed.
    pub fn unsupported(&self, entry: &Entry) -> Option<(&'static str, String)> {
        let chosen = [
            ("heads", self.heads > NonZeroUsize::MIN, Feature::Heads),
            ("projection", self.projection.is_some(), Feature::Projection),
            ("zoneout", self.zoneout.get() > 0.0, Feature::Zoneout),
            ("zoneout_memory", self.zoneout_memory.get() > 0.0, Feature::MemoryZoneout),
            ("learned_state", self.learned_state, Feature::LearnedState),
        ];
        let asked = chosen.into_iter().filter(|(_, asked, _)| *asked);
        let lacking = |(field, _, feature)| entry.lacks(feature).map(|why| (field, why));
        let (field, why) = asked.filter_map(lacking).next()?;
        let problem = format!("not allowed with `{}`: {why}; leave it out", entry.name());
        Some((field, problem))
    }

    /// The first size that does not fit the others: its field, and what is wrong and allowed.
    pub fn unequal_sizes(&self) -> Option<(&'static str, String)> {
        let (heads, hidden) = (self.heads, self.hidden.get());
        if hidden % heads != 0 {
            let problem = format!(
                "{heads} heads do not divide {hidden} hidden units; a number that does is allowed"
            );
            return Some(("heads", problem));
        }
        let projection = self.projection?;
        let problem = if projection >= self.hidden {
            format!(
                "a projection to {projection} is not allowed with {hidden} hidden units; a smaller one is"
            )
        } else if heads > NonZeroUsize::MIN {
            format!("a projected hidden state has one head, not {heads}; leave it out")
        } else {
            return None;
        };
        Some(("projection", problem))
    }

    /// An error unless the model fits the task, and its cell or memory.
    pub(crate) fn require(&self, shape: &TaskShape, entry: &Entry) -> Result<(), ModelError> {
        let unsuited = self.unsuited(shape).or_else(|| self.unsupported(entry));
        let unsuited = unsuited.or_else(|| self.unequal_sizes());
        unsuited.map_or(Ok(()), |(field, problem)| Err(ModelError::Unsuited { field, problem }))
    }

    /// Width of what the first layer reads.
    pub(crate) fn input_width(&self, shape: &TaskShape) -> usize {
        match (self.embedding, shape.input) {
            (Some(embedding), _) => embedding.get(),
            (None, InputKind::Tokens { types }) => types,
            (None, InputKind::Features { width }) => width,
        }
    }

    /// Sizes of recurrent layer `k`, in either direction, where the first reads `first` numbers.
    pub(crate) fn layer_sizes(&self, k: usize, first: usize) -> LayerSizes {
        let input = if k == 0 { first } else { self.stack_width() };
        let (hidden, heads) = (self.hidden.get(), self.heads.get());
        LayerSizes { input, hidden, output: self.state_width(), heads }
    }

    /// Directions in which layers read.
    pub(crate) fn directions(&self) -> usize {
        if self.bidirectional { 2 } else { 1 }
    }

    /// How steps are pooled, where they are.
    pub(crate) fn pooling(&self) -> Pooling {
        self.pooling.unwrap_or_default()
    }

    /// How the recurrent layers start.
    pub(crate) fn layer_start(&self) -> LayerInit {
        let start = LayerInit::torch(self.hidden.get());
        let (input, recurrent) = match self.layer_init {
            None => (start.input, start.recurrent),
            Some(LayerInitChoice::Both(both)) => (both.into(), both.into()),
            Some(LayerInitChoice::Each { input, recurrent }) => (
                input.map_or(start.input, Init::from),
                recurrent.map_or(start.recurrent, Init::from),
            ),
        };
        let remember = match self.remember_bias {
            RememberChoice::Constant(value) => RememberBias::Constant(f64::from(value.get())),
            RememberChoice::Chrono { chrono } => RememberBias::Chrono(f64::from(chrono.get())),
        };
        LayerInit { input, recurrent, bias: self.bias_init.into(), remember }
    }

    /// What stands between and around the recurrent layers.
    pub(crate) fn stack_options(&self) -> StackOptions {
        StackOptions {
            prefix: "",
            dropout: self.drop(),
            zoneout: self.zoneout.get(),
            zoneout_memory: self.zoneout_memory.get(),
            learned_state: self.learned_state,
        }
    }

    /// Dropout on non-recurrent connections.
    pub(crate) fn drop(&self) -> Share {
        Share { share: self.dropout.get(), locked: self.locked_dropout }
    }

    /// Width of the hidden states of one direction.
    pub(crate) fn state_width(&self) -> usize {
        self.projection.unwrap_or(self.hidden).get()
    }

    /// Width of a layer's outputs.
    pub(crate) fn stack_width(&self) -> usize {
        self.directions() * self.state_width()
    }

    /// Sizes of the projection to the embedding's width that stands before a tied output, where
    /// one is needed.
    pub(crate) fn projection_shape(&self) -> Option<(usize, usize)> {
        let (embedding, width) = (self.embedding?.get(), self.stack_width());
        (self.tied && width != embedding).then_some((embedding, width))
    }

    /// Width of what the output layer reads.
    pub(crate) fn output_width(&self) -> usize {
        let tied = self.embedding.filter(|_| self.tied);
        tied.map_or_else(|| self.stack_width(), NonZeroUsize::get)
    }
}

/// A number in [0, 1).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(try_from = "f32", extend("minimum" = 0, "exclusiveMaximum" = 1))]
#[serde(try_from = "f64", into = "f32")]
pub struct Fraction(f32);

impl Fraction {
    /// The number.
    pub fn get(self) -> f32 {
        self.0
    }
}

impl TryFrom<f64> for Fraction {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        single(value, "at least 0 and below 1", |value| (0.0..1.0).contains(&value)).map(Self)
    }
}

impl From<Fraction> for f32 {
    fn from(value: Fraction) -> f32 {
        value.0
    }
}

/// A number from 0 to 1, both allowed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(try_from = "f32", extend("minimum" = 0, "maximum" = 1))]
#[serde(try_from = "f64", into = "f32")]
pub struct Probability(f32);

impl Probability {
    /// 1.
    pub const ONE: Self = Self(1.0);

    /// The number.
    pub fn get(self) -> f32 {
        self.0
    }
}

impl TryFrom<f64> for Probability {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        single(value, "from 0 to 1", |value| (0.0..=1.0).contains(&value)).map(Self)
    }
}

impl From<Probability> for f32 {
    fn from(value: Probability) -> f32 {
        value.0
    }
}

/// A finite number above 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(try_from = "f32", extend("exclusiveMinimum" = 0))]
#[serde(try_from = "f64", into = "f32")]
pub struct PositiveReal(f32);

impl PositiveReal {
    /// The number.
    pub fn get(self) -> f32 {
        self.0
    }
}

impl TryFrom<f64> for PositiveReal {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        let holds = |value: f64| value.is_finite() && value > 0.0;
        single(value, "a finite number above 0", holds).map(Self)
    }
}

impl From<PositiveReal> for f32 {
    fn from(value: PositiveReal) -> f32 {
        value.0
    }
}
