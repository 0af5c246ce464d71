//! The model of a task with one answer for a sequence or one at each of its steps.

use crate::any_model::AnyModel;
use crate::embedding::Embedding;
use crate::modules::{Linear, PooledSteps, Start};
use crate::output::Total;
use crate::readout::Readout;
use crate::{Loss, ModelConfig, ModelError, OutputBiasChoice, Scalar, Sequence};
use compute::Draws;
use dfdx::prelude::{Cpu, NoneTape, OwnedTape, Tape};
use sequence::{
    AnyParameter, Block, Driven, Dropout, Mode, Stack, StackOptions, StackRun, StackState,
    StateGradients,
};
use task::{InputKind, TargetKind, Targets, TaskShape, Window};
use zoo::{Build, Entry, Zoo};

/// What a scored window gives.
#[derive(Debug, Clone)]
pub struct WindowScore {
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
    embedding: Embedding,
    stack: Stack,
    /// Where there is one answer for a sequence.
    pooling: Option<PooledSteps>,
    /// To the embedding's width, before a tied output.
    projection: Option<Linear>,
    readout: Readout,
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
        config.require(&shape, entry_of(config, zoo)?)?;
        if matches!(shape.target, TargetKind::Sequence { .. }) {
            return Err(ModelError::Window { problem: "another sequence as target" });
        }
        let start = Start { draws, limit: f64::from(config.init.get()) };
        let widths = (config.state_width(), config.stack_width());
        let pooling = shape.is_pooled().then(|| PooledSteps::new(config.pooling(), widths, start));
        let projection = config.projection_shape();
        Ok(Self {
            embedding: Embedding::new(
                "embedding",
                config.embedding_shape(&shape),
                config.drop(),
                start,
            )?,
            stack: stack(config, config.input_width(&shape), config.stack_options(), zoo, draws)?,
            pooling: pooling.transpose()?,
            projection: projection.map(|s| Linear::new("projection", s, start)).transpose()?,
            readout: readout(config, &shape, start, config.output_width())?,
            config: config.clone(),
            shape,
        })
    }

    /// Sets the output bias (one number an output) unless the configuration starts it otherwise, so
    /// that training starts at what is known of the answers alone instead of learning it first through
    /// the recurrent layers, which can saturate them for good.
    pub fn start_from(&mut self, bias: &[f32]) -> Result<(), ModelError> {
        match self.config.output_bias == OutputBiasChoice::default() {
            true => self.readout.start_from(bias),
            false => Ok(()),
        }
    }

    /// The state at the beginning of `batch` sequences: as it starts, or learned.
    pub fn initial_state(&self, batch: usize) -> Result<StackState, ModelError> {
        Ok(self.stack.initial_state(batch)?)
    }

    /// Mean loss per scored target of a window, with its tape, and the rest of what scoring gives.
    /// `dropout` says which masks are drawn; without it none are. `watch` has one recorder per
    /// layer and direction.
    pub fn loss(
        &self,
        window: &Window,
        state: &StackState,
        dropout: Option<Dropout>,
        watch: Option<&[StateGradients]>,
    ) -> Result<(Loss, WindowScore), ModelError> {
        let tape = OwnedTape::<f32, Cpu>::default();
        let (x, state) = self.read(window, state, (dropout, watch), tape)?;
        let (loss, (total, targets)) = self.scored(x, window)?;
        let rows = Embedding::rows(&window.inputs).filter(|_| !self.readout.is_tied());
        Ok((loss, WindowScore { loss: total, targets, state, rows }))
    }

    /// Scores a window without dropout and without a tape.
    pub fn score(&self, window: &Window, state: &StackState) -> Result<WindowScore, ModelError> {
        let (x, state) = self.read(window, state, (None, None), NoneTape)?;
        let (_, (loss, targets)) = self.scored(x, window)?;
        Ok(WindowScore { loss, targets, state, rows: None })
    }

    /// What the output layer gives for whole sequences, `[T, B, outputs]` or, where steps are
    /// pooled, `[B, outputs]`: scores of classes or of yes before their softmax or sigmoid, or
    /// numbers. Without dropout.
    pub fn outputs(&self, window: &Window) -> Result<Vec<f32>, ModelError> {
        Ok(self.outputs_from(window, &self.initial_state(window.batch)?)?.0)
    }

    /// [`Model::outputs`] from a carried state, and the state after the window.
    pub fn outputs_from(
        &self,
        window: &Window,
        state: &StackState,
    ) -> Result<(Vec<f32>, StackState), ModelError> {
        let (x, state) = self.read(window, state, (None, None), NoneTape)?;
        Ok((self.readout.outputs(x, self.embedding.weight())?, state))
    }

    /// Each recurrent layer as a dynamical system, with what drives it in a window: as in
    /// [`score`](Self::score), of two directions the first.
    pub fn driven(&self, window: &Window, state: &StackState) -> Result<Vec<Driven>, ModelError> {
        let size = (window.steps, window.batch);
        let x = self.embedding.forward(&window.inputs, size, None, NoneTape)?;
        let run = StackRun { lengths: window.unequal_lengths(), ..StackRun::default() };
        Ok(self.stack.driven(&x, state, run)?)
    }

    /// Layers times directions.
    pub fn watched(&self) -> usize {
        self.config.layers.get() * self.config.directions()
    }

    /// Directions in which the layers read.
    pub fn directions(&self) -> usize {
        self.config.directions()
    }

    /// What its task asks of it.
    pub fn shape(&self) -> TaskShape {
        self.shape
    }

    /// What the output layer reads of a window, `[T, B, N]`, or `[1, B, N]` where steps are pooled.
    fn read<T: Mode>(
        &self,
        window: &Window,
        state: &StackState,
        (dropout, watch): (Option<Dropout>, Option<&[StateGradients]>),
        tape: T,
    ) -> Result<(Sequence<T>, StackState), ModelError> {
        let lengths = window.unequal_lengths();
        let size = (window.steps, window.batch);
        let x = self.embedding.forward(&window.inputs, size, dropout, tape)?;
        let (mut x, state) = self.stack.forward(x, state, StackRun { lengths, dropout, watch })?;
        if let Some(pooling) = &self.pooling {
            x = pooling.forward(x, lengths)?;
        }
        if let Some(dropout) = dropout {
            x = dropout.apply(x, self.config.drop(), &self.stack.top_name())?;
        }
        if let Some(projection) = &self.projection {
            x = projection.forward(x)?;
        }
        Ok((x, state))
    }

    fn scored<T: Tape<f32, Cpu>>(
        &self,
        x: Sequence<T>,
        window: &Window,
    ) -> Result<(Scalar<T>, Total), ModelError> {
        let tied = self.embedding.weight();
        match &window.targets {
            Targets::Labels(labels) => {
                self.readout.loss_of_labels(x, (labels, &window.lengths), tied)
            }
            targets => self.readout.loss(x, targets, tied),
        }
    }
}

impl AnyModel for Model {
    fn config(&self) -> &ModelConfig {
        &self.config
    }

    fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>)) {
        self.embedding.for_each_parameter(visit);
        self.stack.for_each_parameter(visit);
        if let Some(pooling) = &mut self.pooling {
            pooling.for_each_parameter(visit);
        }
        if let Some(projection) = &mut self.projection {
            projection.for_each_parameter(visit);
        }
        self.readout.for_each_parameter(visit);
    }
}

/// The recurrent layers that a configuration describes, the first of which reads `first` numbers.
pub(crate) fn stack(
    config: &ModelConfig,
    first: usize,
    options: StackOptions,
    zoo: &Zoo,
    draws: &Draws,
) -> Result<Stack, ModelError> {
    let entry = entry_of(config, zoo)?;
    let device = Cpu::default();
    let block = |k: usize| {
        let (sizes, init) = (config.layer_sizes(k, first), config.layer_start());
        let direction = |direction: usize| {
            let name = &options.layer_name(k, direction);
            entry.layer(&device, Build { sizes, draws, name, init }).map_err(ModelError::from)
        };
        let directions = (0..config.directions()).map(direction).collect::<Result<_, _>>()?;
        // The first layer's input is of another kind than its output.
        Ok::<_, ModelError>(Block::bare(directions).residual(config.residual && k > 0))
    };
    let blocks = (0..config.layers.get()).map(block).collect::<Result<_, _>>()?;
    Ok(Stack::new(blocks, options)?)
}

/// The cell or memory of a configuration.
pub(crate) fn entry_of<'z>(config: &ModelConfig, zoo: &'z Zoo) -> Result<&'z Entry, ModelError> {
    let unknown = || ModelError::UnknownCell { name: config.cell.clone(), known: zoo.names() };
    zoo.get(&config.cell).ok_or_else(unknown)
}

/// The output layer that a configuration describes, which reads `width` numbers.
pub(crate) fn readout(
    config: &ModelConfig,
    shape: &TaskShape,
    start: Start<'_>,
    width: usize,
) -> Result<Readout, ModelError> {
    let outputs = shape.outputs();
    let limit = config.output_bias.limit(width);
    let own = (!config.tied).then_some((outputs, width));
    Readout::new(shape.target, own, start, (outputs, Start { limit, ..start }))
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
