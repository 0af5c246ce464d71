//! The language model.

use crate::embed::embed;
use crate::linear::linear;
use crate::output::Output;
use crate::{ModelConfig, ModelError, Scalar};
use dfdx::prelude::{Cpu, NoneTape, OwnedTape, Tensor, TensorFromVec};
use sequence::{
    AnyParameter, Draws, Dropout, Stack, StackRun, StackState, StateGradients, layer_name,
};
use zoo::{Build, Zoo};

/// The loss with its tape.
type Loss = Scalar<OwnedTape<f32, Cpu>>;

/// A piece of B sequences side by side.
#[derive(Debug, Clone, Copy)]
pub struct Window<'a> {
    /// Time steps T.
    pub steps: usize,
    /// Sequences B.
    pub batch: usize,
    /// Tokens read, `[T, B]`.
    pub inputs: &'a [u32],
    /// Tokens to predict, `[T, B]`; [`IGNORE`](crate::IGNORE) where none is.
    pub targets: &'a [u32],
}

/// What a scored window gives.
#[derive(Debug, Clone)]
pub struct Scored {
    /// Negative log-likelihood summed over scored targets, in nats.
    pub nll: f64,
    /// Scored targets.
    pub targets: usize,
    /// The state of the recurrent layers after the window.
    pub state: StackState,
}

/// Embedding, recurrent layers, output: predicts the next token.
pub struct LanguageModel {
    config: ModelConfig,
    embedding: Tensor<(usize, usize), f32, Cpu>,
    stack: Stack,
    projection: Option<Tensor<(usize, usize), f32, Cpu>>,
    /// The output's own weights; none where the embedding's are used.
    output: Option<Tensor<(usize, usize), f32, Cpu>>,
    bias: Tensor<(usize,), f32, Cpu>,
}

impl LanguageModel {
    /// A new model (biases 0 but for the remembering gates') for a vocabulary of `vocabulary` types, its parameters drawn from `draws`.
    pub fn new(
        config: &ModelConfig,
        vocabulary: usize,
        zoo: &Zoo,
        draws: &Draws,
    ) -> Result<Self, ModelError> {
        let device = Cpu::default();
        let entry = zoo.get(&config.cell).ok_or_else(|| ModelError::UnknownCell {
            name: config.cell.clone(),
            known: zoo.names(),
        })?;
        let (h, e) = (config.state_width(), config.embedding.get());
        let limit = f64::from(config.init.get());
        let matrix = |name: &str, rows: usize, columns: usize| {
            device.try_tensor_from_vec(draws.uniform(name, rows * columns, limit), (rows, columns))
        };
        let layer = |k: usize| {
            let (sizes, init) = (config.layer_sizes(k), config.layer_start());
            let build = Build { sizes, draws, name: &layer_name(k, 0), init };
            Ok::<_, ModelError>(vec![entry.layer(&device, build)?])
        };
        let layers = (0..config.layers.get()).map(layer).collect::<Result<_, _>>()?;
        Ok(Self {
            embedding: matrix("embedding", vocabulary, e)?,
            stack: Stack::new(layers, config.stack_options())?,
            projection: config.has_projection().then(|| matrix("projection", e, h)).transpose()?,
            output: (!config.tied).then(|| matrix("output", vocabulary, h)).transpose()?,
            bias: device.try_tensor_from_vec(vec![0.0; vocabulary], (vocabulary,))?,
            config: config.clone(),
        })
    }

    /// Sets the output bias to the log frequencies (plus one) of the words, `counts[word]`, so that
    /// training starts at the unigram model instead of learning it first through the recurrent
    /// layers, which can saturate them for good.
    pub fn start_from_unigram(&mut self, counts: &[usize]) -> Result<(), ModelError> {
        let total: usize = counts.iter().map(|count| count + 1).sum();
        let log_frequency = |&count: &usize| ((count + 1) as f64 / total as f64).ln() as f32;
        let bias: Vec<f32> = counts.iter().map(log_frequency).collect();
        Ok(AnyParameter::<f32>::write(&mut self.bias, &bias)?)
    }

    /// The state at the beginning of `batch` texts: zero, or learned.
    pub fn initial_state(&self, batch: usize) -> Result<StackState, ModelError> {
        Ok(self.stack.initial_state(batch)?)
    }

    /// Mean loss per scored token of a window, with its tape, and the rest of what scoring gives.
    /// `dropout` says which masks are drawn; without it none are. `watch` has one recorder per
    /// layer.
    pub fn loss(
        &self,
        window: Window<'_>,
        state: &StackState,
        dropout: Option<Dropout>,
        watch: Option<&[StateGradients]>,
    ) -> Result<(Loss, Scored), ModelError> {
        let share = self.config.drop();
        let drop = |x, place: &str| match dropout {
            Some(dropout) => dropout.apply(x, share, place),
            None => Ok(x),
        };
        let Window { steps, batch, inputs, targets } = window;
        let tape = OwnedTape::<f32, Cpu>::default();
        let x = drop(embed(&self.embedding, inputs, (steps, batch), tape)?, "embedding")?;
        let (y, state) =
            self.stack.forward(x, state, StackRun { lengths: None, dropout, watch })?;
        let mut x = drop(y, &layer_name(self.layers() - 1, 0))?;
        if let Some(projection) = &self.projection {
            x = linear(x, projection)?;
        }
        let (loss, (nll, targets)) = self.output().cross_entropy(x, targets)?;
        Ok((loss, Scored { nll, targets, state }))
    }

    /// Scores a window without dropout and without a tape.
    pub fn score(&self, window: Window<'_>, state: &StackState) -> Result<Scored, ModelError> {
        let Window { steps, batch, inputs, targets } = window;
        let x = embed(&self.embedding, inputs, (steps, batch), NoneTape)?;
        let (mut x, state) = self.stack.forward(x, state, StackRun::default())?;
        if let Some(projection) = &self.projection {
            x = linear(x, projection)?;
        }
        let (_, (nll, targets)) = self.output().cross_entropy(x, targets)?;
        Ok(Scored { nll, targets, state })
    }

    /// Recurrent layers.
    pub fn layers(&self) -> usize {
        self.config.layers.get()
    }

    /// Every parameter with its name, always in the same order.
    pub fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>)) {
        visit("embedding", &mut self.embedding);
        self.stack.for_each_parameter(visit);
        if let Some(projection) = &mut self.projection {
            visit("projection", projection);
        }
        if let Some(output) = &mut self.output {
            visit("output", output);
        }
        visit("output bias", &mut self.bias);
    }

    fn output(&self) -> Output<'_> {
        Output { weight: self.output.as_ref().unwrap_or(&self.embedding), bias: &self.bias }
    }
}
