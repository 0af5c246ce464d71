//! The model of a task that answers a sequence with another one.

use crate::any_model::AnyModel;
use crate::embedding::Embedding;
use crate::model::{entry_of, readout, stack};
use crate::modules::Start;
use crate::output::Total;
use crate::readout::Readout;
use crate::{Loss, ModelConfig, ModelError, OutputBiasChoice, Scalar};
use compute::Draws;
use dfdx::prelude::{Cpu, NoneTape, OwnedTape, SplitTape};
use sequence::{AnyParameter, Dropout, Mode, Stack, StackOptions, StackRun, StackState};
use task::{IGNORE, Inputs, TargetKind, TargetSequences, Targets, TaskShape, Window};
use zoo::Zoo;

/// What the names of the encoder's parameters begin with.
const ENCODER: &str = "encoder ";
/// What the names of the decoder's layers begin with.
const DECODER: &str = "decoder ";

/// An encoder reads a sequence; a decoder starts from the state in which it ends and writes another
/// one, token by token (Sutskever et al. 2014, arXiv 1409.3215).
///
/// Both have layers of the same configuration, with parameters of their own. The decoder reads the
/// token before the one that it is to write, before the first the end token, which is the last of the
/// types: in training that of the target (teacher forcing), else the one that it wrote.
pub struct EncoderDecoder {
    config: ModelConfig,
    source: Embedding,
    encoder: Stack,
    target: Embedding,
    decoder: Stack,
    readout: Readout,
    /// The token that ends a sequence.
    end: u32,
}

impl EncoderDecoder {
    /// A new model for a task, its parameters drawn from `draws`; an output bias that is to start at
    /// what is known of the answers ([`start_from`](Self::start_from)) is 0.
    ///
    /// # Errors
    /// [`ModelError::Misfit`] for a choice that does not fit the task.
    pub fn new(
        config: &ModelConfig,
        shape: TaskShape,
        zoo: &Zoo,
        draws: &Draws,
    ) -> Result<Self, ModelError> {
        config.require(&shape, entry_of(config, zoo)?)?;
        let TargetKind::Sequence { types } = shape.target else {
            return Err(ModelError::Window { problem: "targets of another kind than the model's" });
        };
        let start = Start { draws, limit: f64::from(config.init.get()) };
        let options = config.stack_options();
        let encoder = StackOptions { prefix: ENCODER, ..options };
        // Its initial state is the encoder's last.
        let decoder = StackOptions { prefix: DECODER, learned_state: false, ..options };
        let of_types = config.embedding.map(|width| (types, width.get()));
        let drop = config.drop();
        Ok(Self {
            source: Embedding::new(
                "encoder embedding",
                config.embedding_shape(&shape),
                drop,
                start,
            )?,
            encoder: stack(config, &shape, encoder, zoo, draws)?,
            target: Embedding::new("decoder embedding", of_types, drop, start)?,
            decoder: stack(config, &shape, decoder, zoo, draws)?,
            readout: readout(config, &shape, start)?,
            end: types.saturating_sub(1) as u32,
            config: config.clone(),
        })
    }

    /// Sets the output bias (one number a type) unless the configuration starts it otherwise.
    pub fn start_from(&mut self, bias: &[f32]) -> Result<(), ModelError> {
        match self.config.output_bias == OutputBiasChoice::default() {
            true => self.readout.start_from(bias),
            false => Ok(()),
        }
    }

    /// The mean loss over the tokens of the target sequences, with its tape, and the total: each token
    /// given those before it. `dropout` says which masks are drawn; without it none are.
    pub fn loss(
        &self,
        window: &Window,
        dropout: Option<Dropout>,
    ) -> Result<(Loss, Total), ModelError> {
        self.taught(window, dropout, OwnedTape::<f32, Cpu>::default())
    }

    /// The total of [`loss`](Self::loss), without dropout and without a tape.
    pub fn score(&self, window: &Window) -> Result<Total, ModelError> {
        Ok(self.taught(window, None, NoneTape)?.1)
    }

    /// What it writes for each sequence of a window, the likeliest token at each step: up to the end
    /// token, which is the last one, but at most `most` tokens.
    pub fn answers(&self, window: &Window, most: usize) -> Result<Vec<Vec<u32>>, ModelError> {
        let (mut state, _) = self.encode(window, None, NoneTape)?;
        let mut last = vec![self.end; window.batch];
        let mut answers = vec![Vec::new(); window.batch];
        let mut written = vec![false; window.batch];
        for _ in 0..most {
            let (scores, next) = self.step(&last, &state)?;
            state = next;
            for (b, scores) in scores.chunks_exact(scores.len() / window.batch).enumerate() {
                last[b] = likeliest(scores);
                if !written[b] {
                    answers[b].push(last[b]);
                    written[b] = last[b] == self.end;
                }
            }
            if written.iter().all(|written| *written) {
                break;
            }
        }
        Ok(answers)
    }

    /// One step of the decoder: from the token before, one for each sequence, and its state to the
    /// scores of the types for the next one, `[B, types]`, and the new state.
    fn step(
        &self,
        tokens: &[u32],
        state: &StackState,
    ) -> Result<(Vec<f32>, StackState), ModelError> {
        let inputs = Inputs::Tokens(tokens.to_vec());
        let x = self.target.forward(&inputs, (1, tokens.len()), None, NoneTape)?;
        let (x, state) = self.decoder.forward(x, state, StackRun::default())?;
        Ok((self.readout.outputs(x, None)?, state))
    }

    /// The state in which the encoder ends after reading a window, and the tape that leads there.
    fn encode<T: Mode>(
        &self,
        window: &Window,
        dropout: Option<Dropout>,
        tape: T,
    ) -> Result<(StackState, T), ModelError> {
        let size = (window.steps, window.batch);
        let x = self.source.forward(&window.inputs, size, dropout, tape)?;
        let start = self.encoder.initial_state(window.batch)?;
        let run = StackRun { lengths: window.unequal_lengths(), dropout, watch: None };
        let (x, state) = self.encoder.forward(x, &start, run)?;
        Ok((state, x.split_tape().1))
    }

    /// The loss where the decoder reads the targets.
    fn taught<T: Mode>(
        &self,
        window: &Window,
        dropout: Option<Dropout>,
        tape: T,
    ) -> Result<(Scalar<T>, Total), ModelError> {
        let Targets::Sequences(targets) = &window.targets else {
            return Err(ModelError::Window { problem: "targets of another kind than the model's" });
        };
        let (state, tape) = self.encode(window, dropout, tape)?;
        let inputs = Inputs::Tokens(shifted(targets, window.batch, self.end));
        let x = self.target.forward(&inputs, (targets.steps, window.batch), dropout, tape)?;
        // What follows a sequence's end is not scored, and nothing that is scored reads it.
        let run = StackRun { dropout, ..StackRun::default() };
        let (mut x, _) = self.decoder.forward(x, &state, run)?;
        if let Some(dropout) = dropout {
            x = dropout.apply(x, self.config.drop(), &self.decoder.top_name())?;
        }
        self.readout.loss(x, &window.targets, None)
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
        self.readout.for_each_parameter(visit);
    }
}

/// The choice that an encoder and decoder cannot have: its field, and what is wrong and allowed.
pub(crate) fn misfit(config: &ModelConfig) -> Option<(&'static str, &'static str)> {
    config.bidirectional.then_some((
        "bidirectional",
        "the decoder starts from the state in which the encoder ends, and reading in both directions \
         ends in two; false is allowed",
    ))
}

/// What the decoder reads: the end token, then each target but the last, `[S, B]`.
fn shifted(targets: &TargetSequences, batch: usize, end: u32) -> Vec<u32> {
    let before = targets.tokens.iter().map(|&token| if token == IGNORE { end } else { token });
    std::iter::repeat_n(end, batch).chain(before).take(targets.tokens.len()).collect()
}

/// The type with the largest score, the first of equal ones.
fn likeliest(scores: &[f32]) -> u32 {
    let largest = |best: usize, k: usize| if scores[k] > scores[best] { k } else { best };
    (0..scores.len()).fold(0, largest) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decoder_reads_the_token_before() {
        let tokens = vec![4, 7, 5, 9, 9, IGNORE];
        let targets = TargetSequences { steps: 3, lengths: vec![3, 2], tokens };
        assert_eq!(shifted(&targets, 2, 9), [9, 9, 4, 7, 5, 9]);
    }

    #[test]
    fn of_equal_scores_the_first_is_likeliest() {
        assert_eq!(likeliest(&[0.5, 2.0, 2.0, f32::NEG_INFINITY]), 1);
    }
}
