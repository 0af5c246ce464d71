//! What training needs of any model.

use crate::ModelConfig;
use sequence::AnyParameter;

/// A model, whatever it is put together from: parameters by name, for optimisers and checkpoints.
pub trait AnyModel {
    /// Its sizes and choices.
    fn config(&self) -> &ModelConfig;

    /// Every parameter with its name, always in the same order.
    fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>));
}
