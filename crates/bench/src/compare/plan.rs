//! What is compared.

use crate::measure::{layer_cases, peaks, step_cases};
use crate::work::is_gated;
use crate::{Case, LayerCase, ModelSizes, Shape};
use zoo::Zoo;

/// The cells that other libraries have too, by our names. Their GRU resets after the product.
pub(super) const COMPARED: [&str; 3] = ["rnn", "lstm", "gru_reset_after"];

/// A long sequence and a very long one, whose times are compared with each other.
pub(super) const LONG: [Shape; 2] = [Shape::new(400, 32, 128, 128), Shape::new(3200, 32, 128, 128)];

/// The cases of a comparison.
pub(super) struct Plan {
    /// Asked of every side, in every round.
    pub(super) shared: Vec<Case>,
    /// Asked of rnnlab alone, in every round.
    pub(super) ours: Vec<Case>,
    /// Asked of a fresh process of every side, once.
    pub(super) memory: Vec<Case>,
}

impl Plan {
    /// The whole comparison, or a short one.
    pub(super) fn new(quick: bool, zoo: &Zoo) -> Self {
        let [small, .., long_batch, _] = Shape::DEFAULT;
        let shapes = if quick { vec![small, long_batch] } else { Shape::DEFAULT.to_vec() };
        let [square, memory, cache] = peaks();
        let mut plan = Self { shared: vec![square], ours: vec![memory, cache], memory: Vec::new() };
        for cell in COMPARED {
            for layer in layer_cases(cell, &shapes) {
                plan.shared.extend([Case::Train(layer.clone()), Case::Forward(layer.clone())]);
                plan.memory.push(Case::Memory(layer));
            }
            plan.shared.extend(step_cases(cell, &shapes));
            let models = ModelSizes::default_of(cell);
            let models = models.into_iter().filter(|sizes| !quick || sizes.hidden < 500);
            plan.shared.extend(models.map(Case::LanguageModel));
        }
        for entry in zoo.entries().iter().filter(|entry| is_gated(entry)) {
            let name = entry.facts().name;
            let shapes = if quick { &shapes[..1] } else { &shapes };
            if !COMPARED.contains(&name) {
                plan.ours.extend(layer_cases(name, shapes).into_iter().map(Case::Train));
            }
        }
        for (cell, shape) in COMPARED.iter().flat_map(|cell| LONG.map(|shape| (cell, shape))) {
            let case = Case::Train(LayerCase { cell: (*cell).to_owned(), shape });
            if !plan.shared.contains(&case) {
                plan.ours.push(case);
            }
        }
        plan.ours.push(Case::Data);
        plan
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_asked_once() {
        for quick in [false, true] {
            let Plan { shared, ours, memory } = Plan::new(quick, &Zoo::standard());
            let all: Vec<&Case> = shared.iter().chain(&ours).chain(&memory).collect();
            for (k, case) in all.iter().enumerate() {
                assert!(!all[..k].contains(case), "{case} twice");
            }
        }
    }

    #[test]
    fn every_gated_cell_is_trained() {
        let Plan { shared, ours, .. } = Plan::new(false, &Zoo::standard());
        for cell in ["gru", "lstm_peephole", "mgu", "lstm"] {
            for layer in layer_cases(cell, &Shape::DEFAULT) {
                let case = Case::Train(layer);
                assert!(shared.contains(&case) || ours.contains(&case), "{case}");
            }
        }
    }
}
