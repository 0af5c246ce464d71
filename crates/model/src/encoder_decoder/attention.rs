//! What a decoder sees of the source, step by step.

use crate::costs::Costs;
use crate::joins::{Off, beside, on, select, tanh};
use crate::modules::{Linear, Start, Vector, Visit};
use crate::{Context, ModelConfig, ModelError};
use attention::{Score, Sizes, Source};
use dfdx::prelude::{Cpu, HasShape, Tape, TensorFromVec};
use sequence::{AnyParameter, elements_of};
use std::sync::Arc;

const KEYS: &str = "attention keys";
const QUERIES: &str = "attention queries";
const VECTOR: &str = "attention vector";
const OUTPUT: &str = "attention output";

/// The parameters of attention.
pub(super) struct Attention {
    /// From the encoder's outputs to keys, where these are not the outputs themselves.
    keys: Option<Linear>,
    /// From the decoder's outputs to queries, where these are not the outputs themselves.
    queries: Option<Linear>,
    /// v_a of the additive score.
    vector: Option<Vector>,
    /// W_c, from context and output to what the output layer reads.
    output: Option<Linear>,
}

/// What can be seen of the sources, beside the decoder's start state.
#[derive(Clone)]
pub(super) enum Seen {
    /// Nothing.
    Nothing,
    /// The outputs with which the encoder ends, `[1, B, D]`.
    Last(Off),
    /// Each step of the sources of a batch.
    Steps {
        /// `[T, B, A]`.
        keys: Off,
        /// `[T, B, D]`.
        values: Off,
        /// Steps of each source.
        lengths: Vec<usize>,
    },
    /// Each step of sources to which rows attend: for each row its source.
    Rows { source: Arc<Source<f32>>, of: Vec<usize> },
}

/// (rows, columns) of the matrices of attention, 0 where there is none, and the length of v_a.
struct AttentionSizes {
    keys: (usize, usize),
    queries: (usize, usize),
    vector: usize,
    output: (usize, usize),
}

impl AttentionSizes {
    fn of(config: &ModelConfig) -> Self {
        let widths = config.decoder_widths();
        let (own, source) = (widths.output, widths.source);
        let (compared, queried, additive) = match config.decoder.context {
            Context::LuongGeneral => (own, 0, 0),
            Context::LuongConcat | Context::Bahdanau => (own, own, own),
            _ => (0, 0, 0),
        };
        let context = config.decoder.context;
        let luong = context.is_attention() && !context.is_input();
        let read = if luong { widths.top } else { 0 };
        Self {
            keys: (compared, source),
            queries: (queried, own),
            vector: additive,
            output: (read, own + source),
        }
    }

    fn matrices(&self) -> [(&'static str, (usize, usize)); 3] {
        [(KEYS, self.keys), (QUERIES, self.queries), (OUTPUT, self.output)]
    }
}

/// Steps of a source that attention is counted for: as many as a sentence of a usual corpus has. Costs are
/// known before any source is.
const SOURCE_STEPS: usize = 16;

impl Attention {
    /// The attention that a configuration describes, if it does.
    pub(super) fn new(config: &ModelConfig, start: Start<'_>) -> Result<Option<Self>, ModelError> {
        if !config.decoder.context.is_attention() {
            return Ok(None);
        }
        let sizes = AttentionSizes::of(config);
        let [keys, queries, output] = sizes.matrices().map(|(name, sizes)| {
            (sizes.0 > 0).then(|| Linear::new(name, sizes, start)).transpose()
        });
        let vector = (sizes.vector > 0).then(|| start.vector(VECTOR, sizes.vector)).transpose()?;
        Ok(Some(Self { keys: keys?, queries: queries?, vector, output: output? }))
    }

    /// What it costs for a step of a source and one of its target: its products, and of each pair of steps the
    /// score (of a sum, a tanh and a product for each number where it is additive), three operations of the
    /// softmax and the weighted sum, for sources of [`SOURCE_STEPS`] steps.
    pub(super) fn costs(config: &ModelConfig) -> Costs {
        if !config.decoder.context.is_attention() {
            return Costs::around_layers(0, 0, 0);
        }
        let sizes = AttentionSizes::of(config);
        let widths = config.decoder_widths();
        let weights: usize = sizes
            .matrices()
            .iter()
            .map(|(_, (rows, columns))| if *rows > 0 { rows * columns } else { 0 })
            .sum();
        let compared = if sizes.keys.0 > 0 { sizes.keys.0 } else { widths.source };
        let score = if sizes.vector > 0 { 4 * compared } else { 2 * compared };
        let pair = score + 3 + 2 * widths.source;
        let kept = 2 * compared + 2 * widths.source + SOURCE_STEPS + sizes.output.0;
        Costs::around_layers(weights + sizes.vector, 2 * weights + SOURCE_STEPS * pair, kept)
    }

    fn score(&self) -> Score<&Vector> {
        self.vector.as_ref().map_or(Score::Dot, Score::Additive)
    }

    /// The steps of sources, `outputs` `[T, B, D]` of an encoder.
    pub(super) fn seen<T: Tape<f32, Cpu>>(
        &self,
        outputs: Off,
        lengths: &[usize],
        tape: &mut T,
    ) -> Result<Seen, ModelError> {
        let keys = match &self.keys {
            Some(keys) => on(tape, outputs.clone(), |x| keys.forward_each(x))?,
            None => outputs.clone(),
        };
        Ok(Seen::Steps { keys, values: outputs, lengths: lengths.to_vec() })
    }

    /// The contexts `[S, B, D]` of outputs `[S, B, P]` of the decoder, and where rows attend, the weights of
    /// each.
    pub(super) fn contexts<T: Tape<f32, Cpu>>(
        &self,
        outputs: Off,
        seen: &Seen,
        tape: &mut T,
    ) -> Result<(Off, Vec<Vec<f32>>), ModelError> {
        let queries = match &self.queries {
            Some(queries) => on(tape, outputs, |x| queries.forward_each(x))?,
            None => outputs,
        };
        match seen {
            Seen::Steps { keys, values, lengths } => {
                let attend = |q| attention::attend(q, keys, values, lengths, self.score());
                Ok((on(tape, queries, attend)?, Vec::new()))
            }
            Seen::Rows { source, of } => {
                let (contexts, weights) = source.attend(&elements_of(&queries), of);
                let width = contexts.len() / of.len().max(1);
                let shape = (1, of.len(), width);
                Ok((queries.device().try_tensor_from_vec(contexts, shape)?, weights))
            }
            Seen::Nothing | Seen::Last(_) => {
                Err(ModelError::Window { problem: "nothing to attend to" })
            }
        }
    }

    /// What the output layer reads of context and outputs, tanh(W_c [c; h]); without W_c the outputs.
    pub(super) fn output<T: Tape<f32, Cpu>>(
        &self,
        context: &Off,
        outputs: &Off,
        tape: &mut T,
    ) -> Result<Off, ModelError> {
        let Some(output) = &self.output else { return Ok(outputs.clone()) };
        let both = beside(&[context, outputs], tape)?;
        on(tape, both, |x| tanh(output.forward_each(x)?))
    }

    /// What is seen, laid out for rows, at first one for each source.
    pub(super) fn rows(&self, seen: &Seen) -> Seen {
        let Seen::Steps { keys, values, lengths } = seen else { return seen.clone() };
        let (steps, batch, key) = *keys.shape();
        let sizes = Sizes { queries: 0, steps, batch, key, value: values.shape().2 };
        let vector = self.vector.as_ref().map(AnyParameter::<f32>::read);
        let score = vector.as_deref().map_or(Score::Dot, Score::Additive);
        let source = Source::new(sizes, lengths, score, &elements_of(keys), &elements_of(values));
        Seen::Rows { source: Arc::new(source), of: (0..batch).collect() }
    }

    pub(super) fn for_each_parameter(&mut self, visit: Visit<'_>) {
        for linear in [&mut self.keys, &mut self.queries, &mut self.output].into_iter().flatten() {
            linear.for_each_parameter(visit);
        }
        if let Some(vector) = &mut self.vector {
            visit(VECTOR, vector);
        }
    }
}

impl Seen {
    /// What some rows see, in this order.
    pub(super) fn select(&self, rows: &[usize]) -> Result<Self, ModelError> {
        Ok(match self {
            Self::Nothing => Self::Nothing,
            Self::Last(outputs) => Self::Last(select(outputs, rows)?),
            Self::Rows { source, of } => {
                Self::Rows { source: source.clone(), of: rows.iter().map(|&row| of[row]).collect() }
            }
            Self::Steps { .. } => {
                return Err(ModelError::Window { problem: "a whole batch in place of rows" });
            }
        })
    }
}
