//! What a decoder is made of, where a sequence is answered with another one.

use crate::config::is_default;
use crate::{ModelConfig, ModelError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use zoo::Zoo;

/// The decoder of a task that answers a sequence with another one. Its layers are as wide as the encoder's,
/// and read forwards.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecoderConfig {
    /// Name of its cell or memory; absent: the encoder's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// Stacked recurrent layers; absent: as many as the encoder has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<NonZeroUsize>,
    /// What it sees of the source besides the state that it starts from.
    #[serde(default, skip_serializing_if = "is_default")]
    pub context: Context,
}

/// What a decoder sees of the source besides the state that it starts from: h are its states, e the encoder's
/// outputs, y the embedding of the token before, c the context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    /// Nothing (Sutskever et al. 2014, arXiv 1409.3215).
    #[default]
    Start,
    /// The outputs with which the encoder ends, at every step: layers read `[y; c]`, the output layer
    /// `[h; c; y]` (Cho et al. 2014, arXiv 1406.1078).
    EveryStep,
    /// Attention by the scores h · e, as wide as each other; the output layer reads tanh(W_c [c; h]) (Luong et
    /// al. 2015, arXiv 1508.04025, global attention without input feeding, as the next two).
    LuongDot,
    /// The same by the scores h · W_a e.
    LuongGeneral,
    /// The same by the scores v_a · tanh(W_q h + W_k e).
    LuongConcat,
    /// Attention by the scores v_a · tanh(W_q h' + W_k e), h' being the output of the step before: layers
    /// read `[y; c]`, the output layer `[h; c; y]` (Bahdanau et al. 2015, arXiv 1409.0473).
    Bahdanau,
}

impl Context {
    /// Whether the context is an input of the decoder's layers.
    pub(crate) fn is_input(self) -> bool {
        matches!(self, Self::EveryStep | Self::Bahdanau)
    }

    /// Whether it depends on the step of the decoder.
    pub fn is_attention(self) -> bool {
        !matches!(self, Self::Start | Self::EveryStep)
    }
}

/// Widths of a decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DecoderWidths {
    /// Of the encoder's outputs.
    pub(crate) source: usize,
    /// Of the embedding of its own tokens.
    pub(crate) embedding: usize,
    /// Of what its first layer reads.
    pub(crate) input: usize,
    /// Of its layers' outputs.
    pub(crate) output: usize,
    /// Of what is dropped out after the layers.
    pub(crate) dropped: usize,
    /// Of what the output layer reads, before a projection where it is tied.
    pub(crate) top: usize,
    /// Of what the output layer reads.
    pub(crate) read: usize,
}

impl ModelConfig {
    /// Name of the decoder's cell or memory.
    pub fn decoder_cell(&self) -> &str {
        self.decoder.cell.as_ref().unwrap_or(&self.cell)
    }

    /// The decoder's layers as those of a model of their own.
    pub(crate) fn of_decoder(&self) -> Self {
        Self {
            cell: self.decoder_cell().to_owned(),
            layers: self.decoder.layers.unwrap_or(self.layers),
            bidirectional: false,
            // It starts from the encoder's state.
            learned_state: false,
            decoder: DecoderConfig::default(),
            ..self.clone()
        }
    }

    /// Whether the decoder starts from the encoder's last state as it is: both have the same layers, in one
    /// direction.
    pub(crate) fn hands_state_on(&self) -> bool {
        let decoder = self.of_decoder();
        !self.bidirectional && decoder.cell == self.cell && decoder.layers == self.layers
    }

    /// Widths of the decoder; its embedding is as wide as the encoder's.
    pub(crate) fn decoder_widths(&self) -> DecoderWidths {
        let (source, output) = (self.stack_width(), self.state_width());
        let embedding = self.embedding.map_or(0, NonZeroUsize::get);
        let context = self.decoder.context;
        let input = embedding + if context.is_input() { source } else { 0 };
        let dropped = match context {
            Context::EveryStep | Context::Bahdanau => output + source,
            context if context.is_attention() && self.tied => embedding,
            _ => output,
        };
        let top = if context.is_input() { dropped + embedding } else { dropped };
        let read = if self.tied { embedding } else { top };
        DecoderWidths { source, embedding, input, output, dropped, top, read }
    }

    /// The first choice of a decoder that does not fit: its field, and what is wrong and allowed.
    pub(crate) fn unsuited_decoder(&self) -> Option<(&'static str, String)> {
        if self.embedding.is_none() {
            let problem = "it is missing; what is written are tokens, which need one, and what is read has one too";
            return Some(("embedding", problem.to_owned()));
        }
        let DecoderWidths { source, output, .. } = self.decoder_widths();
        (self.decoder.context == Context::LuongDot && source != output).then(|| {
            let problem = format!(
                "`context: luong_dot` multiplies the decoder's {output} outputs with as many of the encoder's, \
                 which has {source} in both directions; `luong_general` is allowed"
            );
            ("decoder", problem)
        })
    }

    /// The first choice of the decoder that its own cell or memory cannot have: its field, and what is wrong
    /// and allowed.
    pub fn unsupported_by_decoder(&self, zoo: &Zoo) -> Option<(&'static str, String)> {
        let name = self.decoder.cell.as_ref()?;
        let Some(entry) = zoo.get(name) else {
            let unknown = ModelError::UnknownCell { name: name.clone(), known: zoo.names() };
            return Some(("decoder", unknown.to_string()));
        };
        let (field, problem) = self.of_decoder().unsupported(entry)?;
        Some(("decoder", format!("`{field}` is {problem}")))
    }
}
