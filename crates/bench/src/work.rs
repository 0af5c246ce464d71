//! How much arithmetic a case is.

use crate::ours::{model_config, translation_config, translation_shape};
use crate::{Case, LayerCase, Shape, TranslationSizes};
use cell::Facts;
use sequence::{LayerSizes, Slot};
use task::TaskShape;
use zoo::{Entry, Zoo};

/// Floating-point operations of one repetition of a case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Work {
    /// Of the matrix products alone, as comparisons count them: for a layer's train step
    /// `6·T·B·H·(G_x·I + G_h·H)`, with G_x blocks that read the input and G_h that read the state
    /// (RNN 1, GRU 3, LSTM 4 of each: `6·T·B·G·H·(I + H)`); a third of it forward. For a language
    /// model, the layers and the output; the embedding counts nothing.
    pub products: f64,
    /// All of it, as the zoo counts it from the cell's own code, pointwise work among it (a sigmoid
    /// or tanh counts one); the backward pass counted as twice the forward pass.
    pub all: f64,
}

impl Work {
    /// The arithmetic of `case`, if it is counted and the zoo knows its cell.
    pub fn of(case: &Case, zoo: &Zoo) -> Option<Self> {
        let passes = |LayerCase { cell, shape }: &LayerCase, passes: usize, tokens: usize| {
            let entry = zoo.get(cell)?;
            let count = (passes * tokens) as f64;
            let sizes = layer_sizes(shape.input, shape.hidden);
            Some(Self {
                products: count * product_flops(entry, sizes) as f64,
                all: count * entry.costs(sizes).flops_per_token as f64,
            })
        };
        match case {
            Case::Train(layer) => passes(layer, 3, layer.shape.tokens()),
            Case::Forward(layer) => passes(layer, 1, layer.shape.tokens()),
            Case::Step(layer) => passes(layer, 1, layer.shape.batch),
            Case::LanguageModel(sizes) => {
                let config = model_config(sizes).ok()?;
                let costs =
                    model::costs(&config, &TaskShape::language(sizes.vocabulary), zoo).ok()?;
                let h = sizes.hidden;
                let layers = sizes.layers * product_flops(zoo.get(&sizes.cell)?, layer_sizes(h, h));
                let products = layers + 2 * h * sizes.vocabulary;
                let count = (3 * sizes.batch * sizes.steps) as f64;
                Some(Self { products: count * products as f64, all: count * costs.flops_per_token })
            }
            Case::Translation(sizes) => {
                let (config, shape) = (translation_config(sizes).ok()?, translation_shape(sizes));
                let costs = model::costs(&config, &shape, zoo).ok()?;
                let TranslationSizes { embedding: e, hidden: h, target, .. } = *sizes;
                let entry = zoo.get(&sizes.cell)?;
                // Encoder in both directions, decoder, keys, what the output reads, output.
                let layers = 3 * product_flops(entry, layer_sizes(e, h));
                let products = layers + 2 * (2 * h * h + 3 * h * e + e * target);
                let count = (3 * sizes.batch * sizes.steps) as f64;
                Some(Self { products: count * products as f64, all: count * costs.flops_per_token })
            }
            Case::SquareProduct { size } => {
                let products = 2.0 * (*size as f64).powi(3);
                Some(Self { products, all: products })
            }
            Case::Memory(_) | Case::Labels(_) | Case::Data | Case::Triad { .. } => None,
        }
    }
}

/// Bytes that one repetition of a layer's case touches if nothing but weights of the input stays in
/// a cache from one time step to the next: for a train step the recurrent weights twice a time step,
/// every parameter three times more (read, read, gradient written), input, outputs, their gradients,
/// and what is kept for the backward pass, written and read.
pub(crate) fn traffic(case: &Case, zoo: &Zoo) -> Option<f64> {
    let (Case::Train(layer) | Case::Step(layer)) = case else { return None };
    let entry = zoo.get(&layer.cell)?;
    let Shape { steps, batch, input, hidden } = layer.shape;
    let costs = entry.costs(layer_sizes(input, hidden));
    let recurrent = entry.cell().map_or(0, |facts| facts.product_flops(0, hidden, 1)) / 2;
    let state: usize = entry.state(layer_sizes(input, hidden)).iter().map(Slot::width).sum();
    let elements = match case {
        Case::Train(_) => {
            let kept = 2 * costs.kept_per_token;
            2 * steps * recurrent
                + 3 * costs.parameters
                + layer.shape.tokens() * (3 * input + 2 * hidden + kept)
        }
        _ => costs.parameters + batch * (input + 2 * state),
    };
    Some((elements * size_of::<f32>()) as f64)
}

/// Whether it is a cell with gates: more than one block that reads input or state, or a gate made of
/// the only one.
pub(crate) fn is_gated(entry: &Entry) -> bool {
    entry.cell().is_some_and(|facts| facts.pre.len() > 1 || !entry.gates().is_empty())
}

/// Operations of a layer's matrix products for a token; of a memory, whose state is a matrix, all.
fn product_flops(entry: &Entry, sizes: LayerSizes) -> usize {
    let of_cell = |facts: &Facts| facts.product_flops(sizes.input, sizes.hidden, sizes.heads);
    entry.cell().map_or_else(|| entry.costs(sizes).flops_per_token, of_cell)
}

/// Sizes of a layer without a projection.
pub(crate) fn layer_sizes(input: usize, hidden: usize) -> LayerSizes {
    LayerSizes::new(input, hidden)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ModelSizes, Shape};

    fn work(case: &Case) -> Work {
        Work::of(case, &Zoo::standard()).unwrap()
    }

    /// 6·T·B·G·H·(I + H), and the count from the code is a little more.
    #[test]
    fn a_train_step_is_counted_by_the_usual_convention() {
        let shape = Shape::new(35, 20, 300, 200);
        for (cell, blocks) in [("rnn", 1), ("gru", 3), ("gru_reset_after", 3), ("lstm", 4)] {
            let layer = LayerCase { cell: cell.to_owned(), shape };
            let train = work(&Case::Train(layer.clone()));
            assert_eq!(train.products, f64::from(6 * 35 * 20 * blocks * 200 * (300 + 200)));
            assert!(train.all > train.products && train.all < 1.05 * train.products, "{train:?}");
            assert_eq!(work(&Case::Forward(layer.clone())).products, train.products / 3.0);
            assert_eq!(work(&Case::Step(layer)).products, train.products / (3.0 * 35.0));
        }
    }

    /// 6·T·B·(L·G·2·H² + H·V), and the count from the code is a little more.
    #[test]
    fn a_language_model_is_counted_by_the_usual_convention() {
        let [sizes, ..] = ModelSizes::default_of("lstm");
        let found = work(&Case::LanguageModel(sizes));
        let expected = 6.0 * 400.0 * (2.0 * 4.0 * 2.0 * 200.0 * 200.0 + 200.0 * 10_000.0);
        assert_eq!(found.products, expected);
        assert!(found.all > expected && found.all < 1.02 * expected, "{found:?}");
    }

    /// Products: three layers over the embedding, keys, W_c, output; the rest is pointwise, and attention itself.
    #[test]
    fn a_translation_model_is_counted_by_its_products() {
        let found = work(&Case::Translation(TranslationSizes::default_of("gru_reset_after")));
        let layers = 3.0 * 2.0 * 3.0 * 256.0 * (128.0 + 256.0);
        let around = 2.0 * (256.0 * 512.0 + 768.0 * 128.0 + 128.0 * 5_890.0);
        assert_eq!(found.products, 3.0 * 64.0 * 13.0 * (layers + around));
        assert!(found.all > found.products && found.all < 1.05 * found.products, "{found:?}");
    }

    #[test]
    fn only_the_plain_networks_have_no_gates() {
        let zoo = Zoo::standard();
        let without: Vec<_> =
            zoo.entries().iter().filter(|e| e.cell().is_some() && !is_gated(e)).collect();
        let without: Vec<_> = without.iter().map(|entry| entry.name()).collect();
        let plain = ["rnn", "rnn_relu", "indrnn", "fastrnn", "antisymmetric_rnn", "cornn"];
        assert_eq!(without, plain);
    }
}
