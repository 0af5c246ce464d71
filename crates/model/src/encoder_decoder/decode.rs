//! The decoder over some steps.

use super::EncoderDecoder;
use super::attention::Seen;
use crate::joins::{Off, as_step, at_each_step, beside, on, select};
use crate::{Context, ModelError};
use dfdx::prelude::{Cpu, HasShape, PutTape, SplitTape, Tape, TensorFromVec};
use sequence::{Dropout, Mode, StackRun, StackState};

/// What a decoder carries from step to step.
pub(super) struct DecoderState {
    layers: StackState,
    seen: Seen,
    /// h', the output of the step before, `[1, B, P]`, where the next one is asked by it.
    output: Option<Off>,
}

impl DecoderState {
    /// Before the first step, of layers whose top one gives outputs of this width. Before the first output
    /// stands the state with which the top layer starts; of a state that is no vector, 0.
    pub(super) fn new<T: Tape<f32, Cpu>>(
        layers: StackState,
        seen: Seen,
        (context, width): (Context, usize),
        tape: &mut T,
    ) -> Result<Self, ModelError> {
        let top = layers.states().last().and_then(|state| state.slots().first());
        let output = match (context, top) {
            (Context::Bahdanau, Some(top)) if top.shape().1 == width => Some(as_step(top, tape)?),
            (Context::Bahdanau, Some(top)) => {
                let shape = (1, top.shape().0, width);
                let zeros = vec![0.0; shape.1 * shape.2];
                Some(top.device().try_tensor_from_vec(zeros, shape)?)
            }
            _ => None,
        };
        Ok(Self { layers, seen, output })
    }

    /// Sequences side by side.
    pub(super) fn batch(&self) -> usize {
        let slot = self.layers.states().first().and_then(|state| state.slots().first());
        slot.map_or(0, |slot| slot.shape().0)
    }

    /// The state for rows that attend each to a source of their own, at first one for each source.
    pub(super) fn rows(self, model: &EncoderDecoder) -> Self {
        match &model.attention {
            Some(attention) => Self { seen: attention.rows(&self.seen), ..self },
            None => self,
        }
    }

    /// That of some rows, in this order.
    pub(super) fn select(&self, rows: &[usize]) -> Result<Self, ModelError> {
        Ok(Self {
            layers: self.layers.select(rows)?,
            seen: self.seen.select(rows)?,
            output: self.output.as_ref().map(|output| select(output, rows)).transpose()?,
        })
    }
}

impl EncoderDecoder {
    /// What the output layer reads (before a projection), `[S, B, N]`, for the embeddings `y` `[S, B, E]` of the
    /// tokens before, with the state after the steps; and where rows attend, the weights of each. Where the
    /// context is asked for by the output before, there is one step.
    pub(super) fn decode<T: Mode>(
        &self,
        y: Off,
        state: &DecoderState,
        dropout: Option<Dropout>,
        tape: &mut T,
    ) -> Result<(Off, DecoderState, Vec<Vec<f32>>), ModelError> {
        let (steps, _, _) = *y.shape();
        let mut weights = Vec::new();
        let mut context = match (&state.seen, &self.attention, &state.output) {
            (Seen::Last(ends), _, _) => Some(at_each_step(ends, steps, tape)?),
            (seen, Some(attention), Some(output)) => {
                let (context, found) = attention.contexts(output.clone(), seen, tape)?;
                weights = found;
                Some(context)
            }
            _ => None,
        };
        let is_input = context.is_some();
        let x = match &context {
            Some(context) => beside(&[&y, context], tape)?,
            None => y.clone(),
        };
        // What follows a sequence's end is not scored, and nothing that is scored reads it.
        let run = StackRun { dropout, ..StackRun::default() };
        let (h, layers) =
            self.decoder.forward(x.put_tape(std::mem::take(tape)), &state.layers, run)?;
        let (h, after) = h.split_tape();
        *tape = after;
        if let (Some(attention), false) = (&self.attention, is_input) {
            let (found, of_rows) = attention.contexts(h.clone(), &state.seen, tape)?;
            (context, weights) = (Some(found), of_rows);
        }
        let top = match (&context, &self.attention) {
            (Some(context), _) if is_input => beside(&[&h, context], tape)?,
            (Some(context), Some(attention)) => attention.output(context, &h, tape)?,
            _ => h.clone(),
        };
        let mut top = match dropout {
            Some(dropout) => {
                let (share, place) = (self.config.drop(), self.decoder.top_name());
                on(tape, top, |x| dropout.apply(x, share, &place))?
            }
            None => top,
        };
        if is_input {
            top = beside(&[&top, &y], tape)?;
        }
        let output = state.output.is_some().then_some(h);
        Ok((top, DecoderState { layers, seen: state.seen.clone(), output }, weights))
    }

    /// What the output layer reads, after the projection.
    pub(super) fn projected<T: Tape<f32, Cpu>>(
        &self,
        top: Off,
        tape: &mut T,
    ) -> Result<Off, ModelError> {
        match &self.projection {
            Some(projection) => on(tape, top, |x| projection.forward_each(x)),
            None => Ok(top),
        }
    }
}
