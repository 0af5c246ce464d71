//! The language model.

use crate::embed::embed;
use crate::linear::linear;
use crate::output::Output;
use crate::{Dropout, ModelConfig, ModelError, Scalar};
use dfdx::prelude::{Cpu, NoneTape, OwnedTape, Tensor, TensorFromVec};
use sequence::{AnyParameter, Draws, RuntimeLayer, State, StateGradients};
use zoo::{Build, Zoo};

/// The state of every layer, from the input up.
pub type States = Vec<State<usize, usize>>;
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
    /// The state after the window.
    pub states: States,
}

/// Embedding, recurrent layers, output: predicts the next token.
pub struct LanguageModel {
    config: ModelConfig,
    embedding: Tensor<(usize, usize), f32, Cpu>,
    layers: Vec<Box<dyn RuntimeLayer>>,
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
        let (h, e) = (config.hidden.get(), config.embedding.get());
        let limit = f64::from(config.init.get());
        let layer_limit = match config.layer_init {
            Some(given) => f64::from(given.get()),
            None => 1.0 / (h as f64).sqrt(),
        };
        let matrix = |name: &str, rows: usize, columns: usize| {
            device.try_tensor_from_vec(draws.uniform(name, rows * columns, limit), (rows, columns))
        };
        let layer = |k: usize| {
            let build = Build {
                input: if k == 0 { e } else { h },
                hidden: h,
                draws,
                name: &format!("layer {k}"),
                limit: layer_limit,
                remember: f64::from(config.remember_bias),
            };
            entry.layer(&device, build)
        };
        Ok(Self {
            embedding: matrix("embedding", vocabulary, e)?,
            layers: (0..config.layers.get()).map(layer).collect::<Result<_, _>>()?,
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

    /// The zero state for a batch.
    pub fn zero_states(&self, batch: usize) -> Result<States, ModelError> {
        self.layers.iter().map(|layer| Ok(layer.zero_state(batch)?)).collect()
    }

    /// Mean loss per scored token of a window, with its tape, and the rest of what scoring gives.
    /// `dropout` says which masks are drawn; without it none are. `watch` has one recorder per
    /// layer.
    pub fn loss(
        &self,
        window: Window<'_>,
        states: &[State<usize, usize>],
        dropout: Option<Dropout>,
        watch: Option<&[StateGradients]>,
    ) -> Result<(Loss, Scored), ModelError> {
        let share = self.config.dropout.get();
        let drop = |x, place: &str| match dropout {
            Some(dropout) => dropout.apply(x, share, place),
            None => Ok(x),
        };
        let Window { steps, batch, inputs, targets } = window;
        let tape = OwnedTape::<f32, Cpu>::default();
        let mut x = drop(embed(&self.embedding, inputs, (steps, batch), tape)?, "embedding")?;
        let mut new_states = Vec::with_capacity(self.layers.len());
        for (k, (layer, state)) in self.layers.iter().zip(states).enumerate() {
            let (y, state) = layer.train(x, state, watch.map(|watch| &watch[k]))?;
            new_states.push(state);
            x = drop(y, &format!("layer {k}"))?;
        }
        if let Some(projection) = &self.projection {
            x = linear(x, projection)?;
        }
        let (loss, (nll, targets)) = self.output().cross_entropy(x, targets)?;
        Ok((loss, Scored { nll, targets, states: new_states }))
    }

    /// Scores a window without dropout and without a tape.
    pub fn score(
        &self,
        window: Window<'_>,
        states: &[State<usize, usize>],
    ) -> Result<Scored, ModelError> {
        let Window { steps, batch, inputs, targets } = window;
        let mut x = embed(&self.embedding, inputs, (steps, batch), NoneTape)?;
        let mut new_states = Vec::with_capacity(self.layers.len());
        for (layer, state) in self.layers.iter().zip(states) {
            let (y, state) = layer.infer(x, state)?;
            new_states.push(state);
            x = y;
        }
        if let Some(projection) = &self.projection {
            x = linear(x, projection)?;
        }
        let (_, (nll, targets)) = self.output().cross_entropy(x, targets)?;
        Ok(Scored { nll, targets, states: new_states })
    }

    /// Recurrent layers.
    pub fn layers(&self) -> usize {
        self.layers.len()
    }

    /// Every parameter with its name, always in the same order.
    pub fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>)) {
        visit("embedding", &mut self.embedding);
        for (k, layer) in self.layers.iter_mut().enumerate() {
            layer.for_each_parameter(&mut |name, parameter| {
                visit(&format!("layer {k}.{name}"), parameter);
            });
        }
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
