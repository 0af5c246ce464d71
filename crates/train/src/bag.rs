//! Logistic regression on bags of words: what a text's words tell of its class, their order left
//! out.

use crate::metric::Scores;
use crate::score;
use compute::Draws;
use data::{SequenceData, SequenceInputs, SequenceTargets, Sequences};
use task::{InputKind, TargetKind};

/// Passes over the training texts; the best is kept.
const EPOCHS: usize = 8;
/// Strengths of the pull of weights towards 0 that are tried.
const STRENGTHS: [f32; 3] = [0.0, 1e-5, 1e-4];
/// Learning rate of AdaGrad (Duchi et al. 2011).
const RATE: f32 = 0.3;

/// The scores on validation and test split of softmax regression on which words a text has (each
/// counted once, divided by the root of their number), trained by AdaGrad. Strength and number of
/// passes are chosen by the validation loss. None for data that are not classes of texts.
pub(crate) fn bag_of_words(data: &SequenceData) -> Option<[Scores; 2]> {
    let (TargetKind::Class { classes }, InputKind::Tokens { types }) = (data.target, data.input)
    else {
        return None;
    };
    let [train, valid, test] = [&data.train, &data.valid, &data.test].map(bags);
    let (train, valid, test) = (train?, valid?, test?);
    let mut best: Option<(f64, Scores, Regression)> = None;
    for strength in STRENGTHS {
        let mut regression = Regression::new(types, classes);
        for epoch in 0..EPOCHS {
            for bag in shuffled(&train, epoch) {
                regression.learn(bag, strength);
            }
            let scores = regression.scores(&valid)?;
            if best.as_ref().is_none_or(|(loss, ..)| scores.loss < *loss) {
                best = Some((scores.loss, scores, regression.clone()));
            }
        }
    }
    let (_, valid, regression) = best?;
    Some([valid, regression.scores(&test)?])
}

/// The different words of a text, and its class.
struct Bag {
    words: Vec<usize>,
    class: u32,
}

fn bags(split: &Sequences) -> Option<Vec<Bag>> {
    let (SequenceInputs::Tokens(texts), SequenceTargets::Classes(classes)) =
        (split.inputs(), split.targets())
    else {
        return None;
    };
    let bag = |(text, &class): (&[u32], &u32)| {
        let mut words: Vec<usize> = text.iter().map(|&word| word as usize).collect();
        words.sort_unstable();
        words.dedup();
        Bag { words, class }
    };
    Some(texts.iter().zip(classes).map(bag).collect())
}

/// In a random order, the same for the same epoch.
fn shuffled(bags: &[Bag], epoch: usize) -> impl Iterator<Item = &Bag> {
    let places: Vec<f64> = Draws::new(1).uniform(&format!("bags.{epoch}"), bags.len(), 1.0);
    let mut order: Vec<usize> = (0..bags.len()).collect();
    order.sort_by(|&a, &b| places[a].total_cmp(&places[b]));
    order.into_iter().map(|k| &bags[k])
}

/// A weight of each word and a bias for each class, with sums of squared gradients.
#[derive(Clone)]
struct Regression {
    classes: usize,
    /// `[words + 1, classes]`, the last row being the biases.
    weights: Vec<f32>,
    squares: Vec<f32>,
}

impl Regression {
    fn new(words: usize, classes: usize) -> Self {
        let zeros = vec![0.0; (words + 1) * classes];
        Self { classes, squares: zeros.clone(), weights: zeros }
    }

    /// The rows of a bag's features with their value.
    fn features<'b>(&self, bag: &'b Bag) -> impl Iterator<Item = (usize, f32)> + use<'b> {
        let value = 1.0 / (bag.words.len().max(1) as f32).sqrt();
        let bias = self.weights.len() / self.classes - 1;
        bag.words.iter().map(move |&word| (word, value)).chain([(bias, 1.0)])
    }

    fn outputs(&self, bag: &Bag) -> Vec<f32> {
        let mut outputs = vec![0.0; self.classes];
        for (row, value) in self.features(bag) {
            let weights = &self.weights[row * self.classes..][..self.classes];
            outputs.iter_mut().zip(weights).for_each(|(output, w)| *output += value * w);
        }
        outputs
    }

    fn learn(&mut self, bag: &Bag, strength: f32) {
        let outputs = self.outputs(bag);
        let most = outputs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers: Vec<f32> = outputs.iter().map(|output| (output - most).exp()).collect();
        let sum: f32 = powers.iter().sum();
        for (row, value) in self.features(bag) {
            for (class, power) in powers.iter().enumerate() {
                let at = row * self.classes + class;
                let right = if class == bag.class as usize { 1.0 } else { 0.0 };
                let gradient = (power / sum - right) * value + strength * self.weights[at];
                self.squares[at] += gradient * gradient;
                if self.squares[at] > 0.0 {
                    self.weights[at] -= RATE * gradient / self.squares[at].sqrt();
                }
            }
        }
    }

    fn scores(&self, bags: &[Bag]) -> Option<Scores> {
        let outputs: Vec<f32> = bags.iter().flat_map(|bag| self.outputs(bag)).collect();
        let classes: Vec<u32> = bags.iter().map(|bag| bag.class).collect();
        score::classes(&outputs, &classes, self.classes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Metric;
    use data::{Cutoff, HeldOut, TableSettings, Tokeniser};

    /// Two words that tell the class among three that do not; order would not matter.
    #[test]
    fn words_that_tell_the_class_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        let draws: Vec<f32> = Draws::new(1).uniform("words", 3 * 600, 1.5);
        let mut table = "text,label\n".to_owned();
        for (k, draw) in draws.chunks(3).enumerate() {
            let word = |x: &f32| ["some", "more", "words"][(x + 1.5) as usize % 3];
            let telling = ["dull", "fine"][k % 2];
            let text = [word(&draw[0]), telling, word(&draw[1]), word(&draw[2])].join(" ");
            table.push_str(&format!("{text} {k},{telling}\n"));
        }
        std::fs::write(&path, table).unwrap();
        let settings = TableSettings {
            path,
            tokeniser: Tokeniser::Prose,
            cutoff: Cutoff { min_count: 2, max_words: 0 },
            held_out: HeldOut { valid: 200, test: 200 },
            ..TableSettings::default()
        };
        let data = data::load_table(&settings, &mut |_| ()).unwrap();
        let [valid, test] = bag_of_words(&data).unwrap();
        assert_eq!(test.metrics[&Metric::ACCURACY], 1.0);
        assert!(valid.loss < 0.2 && test.loss < 0.2, "{valid:?} {test:?}");
    }
}
