//! An encoder and decoder that writes.

use super::EncoderDecoder;
use super::decode::DecoderState;
use crate::ModelError;
use crate::readout::PackedReadout;
use dfdx::prelude::NoneTape;
use search::{Beam, Decoder, Hypothesis, Step};
use task::{Inputs, Window};

/// A model on the way to write: its output weights are laid out once.
struct Writer<'m> {
    model: &'m EncoderDecoder,
    readout: PackedReadout,
}

impl Decoder for Writer<'_> {
    type State = DecoderState;
    type Error = ModelError;

    fn step(&self, tokens: &[u32], state: &DecoderState) -> Result<Step<DecoderState>, ModelError> {
        let inputs = Inputs::Tokens(tokens.to_vec());
        let y = self.model.target.forward(&inputs, (1, tokens.len()), None, NoneTape)?;
        let (top, state, attention) = self.model.decode(y, state, None, &mut NoneTape)?;
        let x = self.model.projected(top, &mut NoneTape)?;
        Ok(Step { scores: self.readout.outputs(&x), attention, state })
    }

    fn select(&self, state: &DecoderState, rows: &[usize]) -> Result<DecoderState, ModelError> {
        state.select(rows)
    }
}

impl EncoderDecoder {
    /// What it writes for each sequence of a window, the likeliest token at each step: up to the end token,
    /// which is the last one, but at most as many as `longest` `[B]` says. With it how much each token attends
    /// to each step of its source, where there is attention.
    ///
    /// # Errors
    /// [`ModelError`] for a window that the model cannot read.
    pub fn greedy(
        &self,
        window: &Window,
        longest: &[usize],
    ) -> Result<Vec<Hypothesis>, ModelError> {
        let (writer, start) = self.writer(window)?;
        search::greedy(&writer, start, search::Task { end: self.end, longest })
    }

    /// For each sequence of a window what `beam` finds, the best first; as [`greedy`](Self::greedy) otherwise.
    ///
    /// # Errors
    /// [`ModelError`] for a window that the model cannot read.
    pub fn beam(
        &self,
        window: &Window,
        longest: &[usize],
        beam: Beam,
    ) -> Result<Vec<Vec<Hypothesis>>, ModelError> {
        let (writer, start) = self.writer(window)?;
        search::beam(&writer, start, search::Task { end: self.end, longest }, beam)
    }

    fn writer(&self, window: &Window) -> Result<(Writer<'_>, DecoderState), ModelError> {
        let start = self.encode(window, None, None, &mut NoneTape)?.rows(self);
        let readout = self.readout.packed(self.tied())?;
        Ok((Writer { model: self, readout }, start))
    }
}
