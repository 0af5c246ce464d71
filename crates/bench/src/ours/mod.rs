//! Our own side: what is repeated for each case.

mod dataset;
mod labels;
mod language_model;
mod layer;
mod peak;
mod sum;
mod translation;

pub(crate) use language_model::model_config;
pub(crate) use translation::{model_config as translation_config, shape as translation_shape};

use crate::{BenchError, Case};
use zoo::Zoo;

/// A case made ready: each call is one repetition and gives its value.
pub type Prepared = Box<dyn FnMut() -> Result<f64, BenchError>>;

/// Makes a case ready to be repeated.
///
/// # Errors
/// [`BenchError::Missing`] if there is nothing to measure here: no dataset.
pub fn prepare(case: &Case, zoo: &Zoo) -> Result<Prepared, BenchError> {
    match case {
        Case::Train(layer) => layer::train(layer, zoo),
        Case::Forward(layer) => layer::forward(layer, zoo),
        Case::Step(layer) => layer::step(layer, zoo),
        Case::Memory(layer) => layer::memory(layer, zoo),
        Case::LanguageModel(sizes) => language_model::train(sizes, zoo),
        Case::Translation(sizes) => translation::train(sizes, zoo),
        Case::Labels(sizes) => Ok(labels::loss(*sizes)),
        Case::Data => dataset::ready_to_train(),
        Case::SquareProduct { size } => Ok(peak::square_product(*size)),
        Case::Triad { bytes } => Ok(peak::triad(*bytes)),
    }
}
