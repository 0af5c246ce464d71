//! The model of a task that answers a sequence with another one.

mod attention;
mod costs;
mod decode;
mod start;
mod training;
mod writing;

pub(crate) use costs::costs;
pub use training::{OwnTokens, TrainingPass};

use crate::any_model::AnyModel;
use crate::embedding::Embedding;
use crate::joins::Off;
use crate::model::{entry_of, readout, stack};
use crate::modules::{Linear, Matrix, Start};
use crate::readout::Readout;
use crate::{Context, ModelConfig, ModelError, OutputBiasChoice};
use attention::{Attention, Seen};
use compute::Draws;
use decode::DecoderState;
use dfdx::prelude::{NoneTape, SplitTape};
use sequence::{
    AnyParameter, Driven, Dropout, Mode, Stack, StackOptions, StackRun, StateGradients,
};
use start::{DecoderStart, last_outputs};
use task::{TargetKind, TaskShape, Window};
use zoo::Zoo;

/// What the names of the encoder's parameters begin with.
const ENCODER: &str = "encoder ";
/// What the names of the decoder's layers begin with.
const DECODER: &str = "decoder ";

/// An encoder reads a sequence; a decoder starts from what it ends with and writes another one, token by token,
/// and may see the source while it does ([`Context`]).
///
/// The decoder reads the token before the one that it is to write, before the first the end token, which is the
/// last of the types: in training that of the target (teacher forcing) or its own
/// ([`OwnTokens`]), else the one that it wrote. What fills up a source takes no part.
pub struct EncoderDecoder {
    config: ModelConfig,
    source: Embedding,
    encoder: Stack,
    target: Embedding,
    decoder: Stack,
    start: DecoderStart,
    attention: Option<Attention>,
    /// To the embedding's width, before a tied output.
    projection: Option<Linear>,
    readout: Readout,
    /// The token that ends a sequence.
    end: u32,
}

impl EncoderDecoder {
    /// A new model for a task, its parameters drawn from `draws`; an output bias that is to start at
    /// what is known of the answers ([`start_from`](Self::start_from)) is 0.
    ///
    /// # Errors
    /// [`ModelError::Unsuited`] for a choice that does not fit the task.
    pub fn new(
        config: &ModelConfig,
        shape: TaskShape,
        zoo: &Zoo,
        draws: &Draws,
    ) -> Result<Self, ModelError> {
        config.require(&shape, entry_of(config, zoo)?)?;
        if let Some((field, problem)) = config.unsupported_by_decoder(zoo) {
            return Err(ModelError::Unsuited { field, problem });
        }
        let TargetKind::Sequence { types } = shape.target else {
            return Err(ModelError::Window { problem: "targets of another kind than the model's" });
        };
        let start = Start { draws, limit: f64::from(config.init.get()) };
        let (widths, of_decoder) = (config.decoder_widths(), config.of_decoder());
        let encoder = StackOptions { prefix: ENCODER, ..config.stack_options() };
        let decoder = StackOptions { prefix: DECODER, ..of_decoder.stack_options() };
        let projected = (widths.top != widths.read).then_some((widths.read, widths.top));
        let own = Some((types, widths.embedding));
        let drop = config.drop();
        Ok(Self {
            source: Embedding::new(
                "encoder embedding",
                config.embedding_shape(&shape),
                drop,
                start,
            )?,
            encoder: stack(config, config.input_width(&shape), encoder, zoo, draws)?,
            target: Embedding::new("decoder embedding", own, drop, start)?,
            decoder: stack(&of_decoder, widths.input, decoder, zoo, draws)?,
            start: DecoderStart::new(config, zoo, start)?,
            attention: Attention::new(config, start)?,
            projection: projected.map(|s| Linear::new("projection", s, start)).transpose()?,
            readout: readout(config, &shape, start, widths.read)?,
            end: types.saturating_sub(1) as u32,
            config: config.clone(),
        })
    }

    /// The token that ends a sequence.
    pub fn end(&self) -> u32 {
        self.end
    }

    /// Sets the output bias (one number a type) unless the configuration starts it otherwise.
    pub fn start_from(&mut self, bias: &[f32]) -> Result<(), ModelError> {
        match self.config.output_bias == OutputBiasChoice::default() {
            true => self.readout.start_from(bias),
            false => Ok(()),
        }
    }

    /// Layers of the encoder times its directions.
    pub fn watched(&self) -> usize {
        self.config.layers.get() * self.directions()
    }

    /// Directions in which the encoder reads.
    pub fn directions(&self) -> usize {
        self.config.directions()
    }

    /// Each layer of the encoder as a dynamical system, with what drives it in a window; of two directions the
    /// first.
    pub fn driven(&self, window: &Window) -> Result<Vec<Driven>, ModelError> {
        let size = (window.steps, window.batch);
        let x = self.source.forward(&window.inputs, size, None, NoneTape)?;
        let run = StackRun { lengths: window.unequal_lengths(), ..StackRun::default() };
        Ok(self.encoder.driven(&x, &self.encoder.initial_state(window.batch)?, run)?)
    }

    /// The state in which the decoder starts after the encoder has read a window.
    fn encode<T: Mode>(
        &self,
        window: &Window,
        dropout: Option<Dropout>,
        watch: Option<&[StateGradients]>,
        tape: &mut T,
    ) -> Result<DecoderState, ModelError> {
        let size = (window.steps, window.batch);
        let x = self.source.forward(&window.inputs, size, dropout, std::mem::take(tape))?;
        let start = self.encoder.initial_state(window.batch)?;
        let run = StackRun { lengths: window.unequal_lengths(), dropout, watch };
        let (x, last) = self.encoder.forward(x, &start, run)?;
        let (outputs, after) = x.split_tape();
        *tape = after;
        let lengths = &window.lengths;
        let context = self.config.decoder.context;
        let needed = context == Context::EveryStep || !self.config.hands_state_on();
        let ends: Off = match needed {
            true => last_outputs(&outputs, self.config.state_width(), lengths, tape)?,
            false => outputs.clone(),
        };
        let layers = self.start.state(&self.decoder, last, &ends, tape)?;
        let seen = match (&self.attention, context) {
            (Some(attention), _) => attention.seen(outputs, lengths, tape)?,
            (None, Context::EveryStep) => Seen::Last(ends),
            (None, _) => Seen::Nothing,
        };
        DecoderState::new(layers, seen, (context, self.config.state_width()), tape)
    }

    /// The weights that a tied output uses.
    fn tied(&self) -> Option<&Matrix> {
        self.target.weight()
    }
}

impl AnyModel for EncoderDecoder {
    fn config(&self) -> &ModelConfig {
        &self.config
    }

    fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>)) {
        self.source.for_each_parameter(visit);
        self.encoder.for_each_parameter(visit);
        self.target.for_each_parameter(visit);
        self.decoder.for_each_parameter(visit);
        self.start.for_each_parameter(visit);
        if let Some(attention) = &mut self.attention {
            attention.for_each_parameter(visit);
        }
        if let Some(projection) = &mut self.projection {
            projection.for_each_parameter(visit);
        }
        self.readout.for_each_parameter(visit);
    }
}
