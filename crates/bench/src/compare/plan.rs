//! What is compared.

use crate::measure::{layer_cases, peaks, step_cases};
use crate::work::is_gated;
use crate::{Case, LabelSizes, LayerCase, ModelSizes, Shape, TranslationSizes};
use zoo::Zoo;

/// The cells that other libraries have too, by our names. Their GRU resets after the product.
pub(super) const COMPARED: [&str; 3] = ["rnn", "lstm", "gru_reset_after"];

/// A long sequence and a very long one, whose times are compared with each other.
pub(super) const LONG: [Shape; 2] = [Shape::new(400, 32, 128, 128), Shape::new(3200, 32, 128, 128)];

/// The cases of a comparison.
pub(super) struct Plan {
    /// Asked in every round, in this order: what is held against each other stands close together.
    pub(super) rounds: Vec<Question>,
    /// Asked of a fresh process of every side, once.
    pub(super) memory: Vec<Case>,
}

/// A case, and whom it is asked of.
pub(super) struct Question {
    pub(super) case: Case,
    /// Every side, or rnnlab alone.
    pub(super) of_all: bool,
}

impl Plan {
    /// The whole comparison, or a short one, in shapes of one's own if there are any; with several
    /// threads, train steps alone.
    pub(super) fn new(quick: bool, own: &[Shape], threads: usize, zoo: &Zoo) -> Self {
        let [small, .., long_batch, _] = Shape::DEFAULT;
        let mut shapes = Vec::new();
        let wanted: &[Shape] = match (own, quick) {
            ([], true) => &[small, long_batch],
            ([], false) => &Shape::DEFAULT,
            (own, _) => own,
        };
        for shape in wanted {
            if !shapes.contains(shape) {
                shapes.push(*shape);
            }
        }
        let of_all = |case| Question { case, of_all: true };
        let of_ours = |case| Question { case, of_all: false };
        let train = |cell: &str, shape| Case::Train(LayerCase { cell: cell.to_owned(), shape });

        let models = |cell: &str| {
            let models = ModelSizes::default_of(cell).into_iter();
            models
                .filter(move |sizes| !quick || sizes.hidden < 500)
                .map(Case::LanguageModel)
                .chain([Case::Translation(TranslationSizes::default_of(cell))])
                .map(of_all)
        };

        let [square, memory, cache] = peaks();
        if threads > 1 {
            let layers = shapes.iter().flat_map(|&s| COMPARED.map(|cell| of_all(train(cell, s))));
            let rounds = std::iter::once(of_all(square)).chain(layers);
            let rounds = rounds.chain(COMPARED.iter().flat_map(|cell| models(cell))).collect();
            return Self { rounds, memory: Vec::new() };
        }
        let mut rounds = vec![of_all(square), of_ours(memory), of_ours(cache), of_ours(Case::Data)];
        // All cells in one shape, then the next.
        for (number, &shape) in shapes.iter().enumerate() {
            let gated = zoo.entries().iter().filter(|entry| is_gated(entry));
            let names = gated.map(|entry| entry.name()).filter(|c| !COMPARED.contains(c));
            let names = names.filter(|_| !quick || number == 0);
            rounds.extend(names.map(|cell| of_ours(train(cell, shape))));
            rounds.extend(COMPARED.map(|cell| of_all(train(cell, shape))));
        }
        let [long, very_long] = LONG;
        for cell in COMPARED {
            if !shapes.contains(&long) {
                rounds.push(of_ours(train(cell, long)));
            }
            if !shapes.contains(&very_long) {
                rounds.push(of_ours(train(cell, very_long)));
            }
        }
        for cell in COMPARED {
            rounds.extend(layer_cases(cell, &shapes).into_iter().map(Case::Forward).map(of_all));
            rounds.extend(step_cases(cell, &shapes).into_iter().map(of_all));
            rounds.extend(models(cell));
        }
        rounds.extend(LabelSizes::DEFAULT.map(Case::Labels).map(of_all));
        let memory = COMPARED.iter().flat_map(|cell| layer_cases(cell, &shapes));
        Self { rounds, memory: memory.map(Case::Memory).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_asked_once() {
        let [long, very_long] = LONG;
        let own = [long, very_long, long];
        for (quick, own, threads) in [
            (false, &[][..], 1),
            (true, &[], 1),
            (false, &own, 1),
            (false, &own, 2),
            (true, &[], 2),
        ] {
            let Plan { rounds, memory } = Plan::new(quick, own, threads, &Zoo::standard());
            let all: Vec<&Case> = rounds.iter().map(|q| &q.case).chain(&memory).collect();
            for (k, case) in all.iter().enumerate() {
                assert!(!all[..k].contains(case), "{case} twice");
            }
        }
    }

    #[test]
    fn every_gated_cell_is_trained_and_others_are_asked_what_they_have() {
        let Plan { rounds, .. } = Plan::new(false, &[], 1, &Zoo::standard());
        for (cell, of_all) in [("gru", false), ("mgu", false), ("lstm", true), ("rnn", true)] {
            for layer in layer_cases(cell, &Shape::DEFAULT) {
                let case = Case::Train(layer);
                let found = rounds.iter().find(|question| question.case == case);
                assert_eq!(found.map(|question| question.of_all), Some(of_all), "{case}");
            }
        }
    }
}
