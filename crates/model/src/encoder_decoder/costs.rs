//! What an encoder and decoder costs.

use super::attention::Attention;
use super::start::DecoderStart;
use crate::ModelConfig;
use crate::costs::{Costs, layers};
use crate::embedding::Embedding;
use crate::readout::Readout;
use task::{InputKind, TaskShape};
use zoo::Entry;

/// The sum over its modules. What is done once for a whole sequence, as the start of a decoder is, has
/// parameters, and no operations that count.
pub(crate) fn costs(
    config: &ModelConfig,
    shape: &TaskShape,
    encoder: &Entry,
    decoder: &Entry,
) -> Costs {
    let (of_decoder, widths) = (config.of_decoder(), config.decoder_widths());
    let written = TaskShape { input: InputKind::Tokens { types: shape.outputs() }, ..*shape };
    let start = DecoderStart::parameters(config, encoder, decoder);
    let projected = if widths.top == widths.read { 0 } else { widths.read * widths.top };
    let context = widths.input - widths.embedding;
    let read = (widths.dropped, widths.read);
    let reading =
        Embedding::costs(config, shape).and(layers(config, config.input_width(shape), encoder));
    let writing = Embedding::costs(&of_decoder, &written)
        .and(layers(&of_decoder, widths.input, decoder))
        .and(Costs::around_layers(start, 0, context))
        .and(Attention::costs(config))
        .and(Costs::around_layers(projected, 2 * projected, 0))
        .and(Readout::costs(config, &written, read));
    reading.and(writing)
}
