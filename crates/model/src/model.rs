//! The model of any task.

use crate::input::{Inputs, read};
use crate::linear::linear;
use crate::losses::{bernoulli, squared_error};
use crate::output::{Output, Total};
use crate::pool::{Pool, Pooling};
use crate::{
    InputKind, ModelConfig, ModelError, OutputBiasChoice, Scalar, Sequence, TargetKind, TaskShape,
};
use compute::Draws;
use dfdx::prelude::{Cpu, NoneTape, OwnedTape, Tape, Tensor, TensorFromVec};
use sequence::{
    AnyParameter, Driven, Dropout, Stack, StackRun, StackState, StateGradients, layer_name,
};
use std::collections::BTreeSet;
use zoo::{Build, Zoo};

/// The loss with its tape.
type Loss = Scalar<OwnedTape<f32, Cpu>>;
type Vector = Tensor<(usize,), f32, Cpu>;
type Matrix = Tensor<(usize, usize), f32, Cpu>;

/// A piece of B sequences side by side, with what is to be answered.
#[derive(Debug, Clone, Copy)]
pub struct Window<'a> {
    /// Time steps T.
    pub steps: usize,
    /// Sequences B.
    pub batch: usize,
    /// Steps of each sequence, `[B]`, where they differ; what comes after them is filling.
    pub lengths: Option<&'a [usize]>,
    /// What is read.
    pub inputs: Inputs<'a>,
    /// What is to be answered.
    pub targets: Targets<'a>,
}

/// Targets of a window.
#[derive(Debug, Clone, Copy)]
pub enum Targets<'a> {
    /// A token for each step, `[T, B]`; [`IGNORE`](crate::IGNORE) where none is scored.
    Tokens(&'a [u32]),
    /// Yes (1) or no (0), `[T, B, width]`; a step with NaN is not scored.
    Bits(&'a [f32]),
    /// A class for each sequence, `[B]`.
    Classes(&'a [u32]),
    /// A number for each sequence, `[B]`.
    Values(&'a [f32]),
}

/// What a scored window gives.
#[derive(Debug, Clone)]
pub struct Scored {
    /// Loss summed over scored targets: negative log-likelihood in nats, or squared error.
    pub loss: f64,
    /// Scored targets: tokens, steps (of bits), or sequences.
    pub targets: usize,
    /// The state of the recurrent layers after the window.
    pub state: StackState,
    /// The rows of the embedding that were read, in ascending order, where its gradient reaches no other:
    /// in training, tokens are read, and the output has weights of its own.
    pub rows: Option<Vec<u32>>,
}

/// Input, recurrent layers, pooling where there is one answer for a sequence, output.
pub struct Model {
    config: ModelConfig,
    shape: TaskShape,
    /// Word vectors, or the map of input numbers; none where the layers read these as they are.
    embedding: Option<Matrix>,
    stack: Stack,
    /// What attention compares outputs with.
    query: Option<Vector>,
    projection: Option<Matrix>,
    /// The output's own weights; none where the embedding's are used.
    output: Option<Matrix>,
    bias: Vector,
}

impl Model {
    /// A new model for a task, its parameters drawn from `draws`; an output bias that is to start at
    /// what is known of the answers ([`start_from`](Self::start_from)) is 0.
    pub fn new(
        config: &ModelConfig,
        shape: TaskShape,
        zoo: &Zoo,
        draws: &Draws,
    ) -> Result<Self, ModelError> {
        config.require(&shape)?;
        let device = Cpu::default();
        let entry = zoo.get(&config.cell).ok_or_else(|| ModelError::UnknownCell {
            name: config.cell.clone(),
            known: zoo.names(),
        })?;
        let limit = f64::from(config.init.get());
        let matrix = |name: &str, (rows, columns): (usize, usize)| {
            device.try_tensor_from_vec(draws.uniform(name, rows * columns, limit), (rows, columns))
        };
        let layer = |k: usize| {
            let (sizes, init) = (config.layer_sizes(k, &shape), config.layer_start());
            let direction = |direction: usize| {
                let build = Build { sizes, draws, name: &layer_name(k, direction), init };
                entry.layer(&device, build).map_err(ModelError::from)
            };
            (0..config.directions()).map(direction).collect::<Result<Vec<_>, _>>()
        };
        let layers = (0..config.layers.get()).map(layer).collect::<Result<_, _>>()?;
        let (outputs, width) = (shape.outputs(), config.stack_width());
        let read = config.output_width();
        let query = match config.pooling() {
            Pooling::Attention if shape.is_pooled() => Some(
                device.try_tensor_from_vec(draws.uniform("attention", width, limit), (width,))?,
            ),
            _ => None,
        };
        Ok(Self {
            embedding: config
                .embedding_shape(&shape)
                .map(|s| matrix("embedding", s))
                .transpose()?,
            stack: Stack::new(layers, config.stack_options())?,
            query,
            projection: config.projection_shape().map(|s| matrix("projection", s)).transpose()?,
            output: (!config.tied).then(|| matrix("output", (outputs, width))).transpose()?,
            bias: device.try_tensor_from_vec(
                draws.uniform("output bias", outputs, config.output_bias.limit(read)),
                (outputs,),
            )?,
            config: config.clone(),
            shape,
        })
    }

    /// Sets the output bias (one number an output) unless the configuration starts it otherwise, so
    /// that training starts at what is known of the answers alone instead of learning it first through
    /// the recurrent layers, which can saturate them for good.
    pub fn start_from(&mut self, bias: &[f32]) -> Result<(), ModelError> {
        if self.config.output_bias != OutputBiasChoice::default() {
            return Ok(());
        }
        Ok(AnyParameter::<f32>::write(&mut self.bias, bias)?)
    }

    /// The state at the beginning of `batch` sequences: zero, or learned.
    pub fn initial_state(&self, batch: usize) -> Result<StackState, ModelError> {
        Ok(self.stack.initial_state(batch)?)
    }

    /// Mean loss per scored target of a window, with its tape, and the rest of what scoring gives.
    /// `dropout` says which masks are drawn; without it none are. `watch` has one recorder per
    /// layer and direction.
    pub fn loss(
        &self,
        window: Window<'_>,
        state: &StackState,
        dropout: Option<Dropout>,
        watch: Option<&[StateGradients]>,
    ) -> Result<(Loss, Scored), ModelError> {
        let Window { steps, batch, lengths, inputs, targets } = window;
        let tape = OwnedTape::<f32, Cpu>::default();
        let mut x = read(self.embedding.as_ref(), inputs, (steps, batch), tape)?;
        // Numbers that the layers read as they are, are no activations.
        if let (Some(dropout), Some(_)) = (dropout, &self.embedding) {
            x = dropout.apply(x, self.config.drop(), "embedding")?;
        }
        let (y, state) = self.stack.forward(x, state, StackRun { lengths, dropout, watch })?;
        let x = self.read_out(y, lengths, dropout)?;
        let (loss, (total, targets)) = self.scored(x, targets)?;
        let rows = self.rows(inputs);
        Ok((loss, Scored { loss: total, targets, state, rows }))
    }

    /// Scores a window without dropout and without a tape.
    pub fn score(&self, window: Window<'_>, state: &StackState) -> Result<Scored, ModelError> {
        let (x, state) = self.untaped(&window, state)?;
        let (_, (loss, targets)) = self.scored(x, window.targets)?;
        Ok(Scored { loss, targets, state, rows: None })
    }

    /// What the output layer gives for whole sequences, `[T, B, outputs]` or, where steps are
    /// pooled, `[B, outputs]`: scores of classes or of yes before their softmax or sigmoid, or
    /// numbers. Without dropout.
    pub fn outputs(&self, window: Window<'_>) -> Result<Vec<f32>, ModelError> {
        Ok(self.outputs_from(window, &self.initial_state(window.batch)?)?.0)
    }

    /// [`Model::outputs`] from a carried state, and the state after the window.
    pub fn outputs_from(
        &self,
        window: Window<'_>,
        state: &StackState,
    ) -> Result<(Vec<f32>, StackState), ModelError> {
        let (x, state) = self.untaped(&window, state)?;
        Ok((linear(x, self.output_weight()?, Some(&self.bias))?.as_vec(), state))
    }

    /// Each recurrent layer as a dynamical system, with what drives it in a window: as in
    /// [`score`](Self::score), of two directions the first.
    pub fn driven(
        &self,
        window: Window<'_>,
        state: &StackState,
    ) -> Result<Vec<Driven>, ModelError> {
        let Window { steps, batch, lengths, inputs, .. } = window;
        let x = read(self.embedding.as_ref(), inputs, (steps, batch), NoneTape)?;
        Ok(self.stack.driven(&x, state, StackRun { lengths, ..StackRun::default() })?)
    }

    /// Layers times directions.
    pub fn watched(&self) -> usize {
        self.config.layers.get() * self.config.directions()
    }

    /// Directions in which the layers read.
    pub fn directions(&self) -> usize {
        self.config.directions()
    }

    /// Its sizes and choices.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// What its task asks of it.
    pub fn shape(&self) -> TaskShape {
        self.shape
    }

    /// Every parameter with its name, always in the same order.
    pub fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>)) {
        if let Some(embedding) = &mut self.embedding {
            visit("embedding", embedding);
        }
        self.stack.for_each_parameter(visit);
        if let Some(query) = &mut self.query {
            visit("attention", query);
        }
        if let Some(projection) = &mut self.projection {
            visit("projection", projection);
        }
        if let Some(output) = &mut self.output {
            visit("output", output);
        }
        visit("output bias", &mut self.bias);
    }

    fn rows(&self, inputs: Inputs<'_>) -> Option<Vec<u32>> {
        let Inputs::Tokens(tokens) = inputs else { return None };
        self.output
            .is_some()
            .then(|| tokens.iter().copied().collect::<BTreeSet<u32>>().into_iter().collect())
    }

    /// What the output layer reads of a window.
    fn untaped(
        &self,
        window: &Window<'_>,
        state: &StackState,
    ) -> Result<(Sequence<NoneTape>, StackState), ModelError> {
        let Window { steps, batch, lengths, inputs, .. } = *window;
        let x = read(self.embedding.as_ref(), inputs, (steps, batch), NoneTape)?;
        let run = StackRun { lengths, ..StackRun::default() };
        let (y, state) = self.stack.forward(x, state, run)?;
        Ok((self.read_out(y, lengths, None)?, state))
    }

    /// From the last layer's outputs to what the output layer reads: `[T, B, N]`, or `[1, B, N]`
    /// where steps are pooled.
    fn read_out<T: Tape<f32, Cpu>>(
        &self,
        mut x: Sequence<T>,
        lengths: Option<&[usize]>,
        dropout: Option<Dropout>,
    ) -> Result<Sequence<T>, ModelError> {
        if self.shape.is_pooled() {
            let pool = Pool {
                pooling: self.config.pooling(),
                direction: self.config.state_width(),
                query: self.query.as_ref(),
            };
            x = pool.apply(x, lengths)?;
        }
        if let Some(dropout) = dropout {
            x = dropout.apply(
                x,
                self.config.drop(),
                &layer_name(self.config.layers.get() - 1, 0),
            )?;
        }
        match &self.projection {
            Some(projection) => linear(x, projection, None),
            None => Ok(x),
        }
    }

    fn scored<T: Tape<f32, Cpu>>(
        &self,
        x: Sequence<T>,
        targets: Targets<'_>,
    ) -> Result<(Scalar<T>, Total), ModelError> {
        let weight = self.output_weight()?;
        match (self.shape.target, targets) {
            (TargetKind::Tokens { .. }, Targets::Tokens(targets))
            | (TargetKind::Class { .. }, Targets::Classes(targets)) => {
                Output { weight, bias: &self.bias }.cross_entropy(x, targets)
            }
            (TargetKind::Bits { .. }, Targets::Bits(answers)) => {
                bernoulli(linear(x, weight, Some(&self.bias))?, answers)
            }
            (TargetKind::Value, Targets::Values(values)) => {
                squared_error(linear(x, weight, Some(&self.bias))?, values)
            }
            _ => Err(ModelError::Window { problem: "targets of another kind than the model's" }),
        }
    }

    fn output_weight(&self) -> Result<&Matrix, ModelError> {
        let none = ModelError::Window { problem: "an output layer without weights" };
        self.output.as_ref().or(self.embedding.as_ref()).ok_or(none)
    }
}

impl ModelConfig {
    /// Sizes of the input's weights for a task, where it has some.
    pub(crate) fn embedding_shape(&self, shape: &TaskShape) -> Option<(usize, usize)> {
        let embedding = self.embedding?.get();
        Some(match shape.input {
            InputKind::Tokens { types } => (types, embedding),
            InputKind::Features { width } => (embedding, width),
        })
    }
}
