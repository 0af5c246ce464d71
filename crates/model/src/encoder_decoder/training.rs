//! The loss of an encoder and decoder.

use super::EncoderDecoder;
use super::decode::DecoderState;
use crate::joins::{Off, after_one_another};
use crate::output::Total;
use crate::{Context, Loss, ModelError, Scalar};
use compute::Draws;
use dfdx::prelude::{Cpu, NoneTape, OwnedTape, PutTape, SplitTape};
use search::likeliest;
use sequence::{Dropout, Mode, StateGradients};
use task::{IGNORE, Inputs, TargetSequences, Targets, Window};

/// What a pass in training has besides the window; by default nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct TrainingPass<'a> {
    /// The masks to draw; without, none are.
    pub dropout: Option<Dropout>,
    /// Where the decoder reads tokens of its own; without, it reads the targets.
    pub own: Option<OwnTokens>,
    /// One recorder for each layer and direction of the encoder.
    pub watch: Option<&'a [StateGradients]>,
    /// Of each sequence only the last target is scored, its end; the decoder reads the others all the same.
    pub only_last: bool,
}

/// Tokens that a decoder reads in place of the targets while it is taught: those that it finds likeliest itself
/// (scheduled sampling, Bengio et al. 2015, arXiv 1506.03099).
#[derive(Debug, Clone, Copy)]
pub struct OwnTokens {
    /// The probability of each token after the first to be its own.
    pub share: f64,
    /// Random streams of the run.
    pub draws: Draws,
    /// The optimiser step, which picks the stream.
    pub step: usize,
}

impl EncoderDecoder {
    /// The mean loss over the tokens of the target sequences, with its tape, and the total: each token
    /// given those before it.
    pub fn loss(
        &self,
        window: &Window,
        pass: TrainingPass<'_>,
    ) -> Result<(Loss, Total), ModelError> {
        self.taught(window, pass, OwnedTape::<f32, Cpu>::default())
    }

    /// The total of [`loss`](Self::loss) where the decoder reads the targets, without dropout and without a
    /// tape.
    pub fn score(&self, window: &Window) -> Result<Total, ModelError> {
        Ok(self.taught(window, TrainingPass::default(), NoneTape)?.1)
    }

    fn taught<T: Mode>(
        &self,
        window: &Window,
        pass: TrainingPass<'_>,
        mut tape: T,
    ) -> Result<(Scalar<T>, Total), ModelError> {
        let Targets::Sequences(targets) = &window.targets else {
            return Err(ModelError::Window { problem: "targets of another kind than the model's" });
        };
        let state = self.encode(window, pass.dropout, pass.watch, &mut tape)?;
        let taught = shifted(targets, window.batch, self.end);
        let own = pass.own.filter(|own| own.share > 0.0);
        let top = match own.is_some() || self.config.decoder.context == Context::Bahdanau {
            true => self.step_by_step(&taught, state, (pass.dropout, own), &mut tape)?,
            false => {
                let inputs = Inputs::Tokens(taught);
                let size = (targets.steps, window.batch);
                let y =
                    self.target.forward(&inputs, size, pass.dropout, std::mem::take(&mut tape))?;
                let (y, after) = y.split_tape();
                tape = after;
                self.decode(y, &state, pass.dropout, &mut tape)?.0
            }
        };
        let x = self.projected(top, &mut tape)?;
        let x = x.put_tape(tape);
        match pass.only_last {
            true => self.readout.loss(x, &Targets::Sequences(last(targets)), self.tied()),
            false => self.readout.loss(x, &window.targets, self.tied()),
        }
    }

    /// What the output layer reads (before a projection), `[S, B, N]`, for `taught` `[S, B]`, some of which are
    /// replaced by what the decoder finds likeliest.
    fn step_by_step<T: Mode>(
        &self,
        taught: &[u32],
        mut state: DecoderState,
        (dropout, own): (Option<Dropout>, Option<OwnTokens>),
        tape: &mut T,
    ) -> Result<Off, ModelError> {
        let batch = state.batch();
        let owned = own.map_or_else(Vec::new, |own| {
            let name = format!("own tokens.{}", own.step);
            let chances: Vec<f64> = own.draws.uniform(&name, taught.len(), 0.5);
            chances.into_iter().map(|chance| chance + 0.5 < own.share).collect()
        });
        let readout = own.map(|_| self.readout.packed(self.tied())).transpose()?;
        let mut tops: Vec<Off> = Vec::new();
        for (s, taught) in taught.chunks_exact(batch.max(1)).enumerate() {
            let mut tokens = taught.to_vec();
            if let (Some(readout), Some(top)) = (&readout, tops.last())
                && let Some(owned) = owned.get(s * batch..(s + 1) * batch)
                && owned.contains(&true)
            {
                let scores = readout.outputs(&self.projected(top.clone(), &mut NoneTape)?);
                let each = scores.chunks_exact(scores.len() / batch);
                for ((token, scores), _) in
                    tokens.iter_mut().zip(each).zip(owned).filter(|(_, owned)| **owned)
                {
                    *token = likeliest(scores) as u32;
                }
            }
            let dropout = dropout.map(|dropout| Dropout { position: s, ..dropout });
            let inputs = Inputs::Tokens(tokens);
            let y = self.target.forward(&inputs, (1, batch), dropout, std::mem::take(tape))?;
            let (y, after) = y.split_tape();
            *tape = after;
            let (top, next, _) = self.decode(y, &state, dropout, tape)?;
            tops.push(top);
            state = next;
        }
        after_one_another(&tops, tape)
    }
}

/// What the decoder reads: the end token, then each target but the last, `[S, B]`.
fn shifted(targets: &TargetSequences, batch: usize, end: u32) -> Vec<u32> {
    let before = targets.tokens.iter().map(|&token| if token == IGNORE { end } else { token });
    std::iter::repeat_n(end, batch).chain(before).take(targets.tokens.len()).collect()
}

/// The last of the targets of each sequence; those before are not scored.
fn last(targets: &TargetSequences) -> TargetSequences {
    let (mut last, batch) = (targets.clone(), targets.lengths.len());
    for (place, token) in last.tokens.iter_mut().enumerate() {
        if place / batch + 1 < targets.lengths[place % batch] {
            *token = IGNORE;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decoder_reads_the_token_before() {
        let tokens = vec![4, 7, 5, 9, 9, IGNORE];
        let targets = TargetSequences { steps: 3, lengths: vec![3, 2], tokens };
        assert_eq!(shifted(&targets, 2, 9), [9, 9, 4, 7, 5, 9]);
        assert_eq!(last(&targets).tokens, [IGNORE, IGNORE, IGNORE, 9, 9, IGNORE]);
    }
}
