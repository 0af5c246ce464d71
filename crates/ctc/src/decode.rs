//! From outputs to labels.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use crate::Logits;
use crate::softmax::log_sum;

/// Labels of the most likely path of a sequence of `length` steps: what repeats is merged, blanks are
/// taken out. Of equal logits the first counts.
pub fn greedy(logits: Logits<'_>, sequence: usize, length: usize) -> Vec<u32> {
    let mut labels = Vec::new();
    let mut before = logits.blank;
    for t in 0..length.min(logits.steps) {
        let row = logits.row(t, sequence);
        let best = (1..row.len()).fold(0, |best, k| if row[k] > row[best] { k } else { best });
        if best != before && best != logits.blank {
            labels.push(best as u32);
        }
        before = best;
    }
    labels
}

/// Labels with the logarithm of the chance of all their paths that were followed.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// The labels.
    pub labels: Vec<u32>,
    /// ln of their chance, at most that of the labels.
    pub log_chance: f64,
}

/// The labels of a sequence of `length` steps: with a beam of one those of the most likely path ([`greedy`]),
/// else the first that [`prefix_beam`] finds.
pub fn decoded(logits: Logits<'_>, sequence: usize, length: usize, beam: NonZeroUsize) -> Vec<u32> {
    match beam.get() {
        1 => greedy(logits, sequence, length),
        beam => {
            let best = prefix_beam(logits, sequence, length, beam).into_iter().next();
            best.map_or_else(Vec::new, |best| best.labels)
        }
    }
}

/// The most likely labels of a sequence of `length` steps by prefix search with at most `beam`
/// prefixes a step (Graves 2012, section 7.5.2; Hannun et al. 2014), the most likely first. With a
/// beam as wide as there are prefixes, chances are exact: e^-loss.
pub fn prefix_beam(
    logits: Logits<'_>,
    sequence: usize,
    length: usize,
    beam: usize,
) -> Vec<Hypothesis> {
    let mut beams = vec![(Vec::new(), Chances { blank: 0.0, label: f64::NEG_INFINITY })];
    for t in 0..length.min(logits.steps) {
        let row = logits.row(t, sequence);
        let log_sum = log_sum(row);
        let log = |k: usize| f64::from(row[k] - log_sum);
        let mut next: HashMap<Vec<u32>, Chances> = HashMap::new();
        for (prefix, chances) in &beams {
            let whole = chances.whole();
            let same = next.entry(prefix.clone()).or_default();
            same.blank = log_add(same.blank, whole + log(logits.blank));
            let last = prefix.last().copied();
            if let Some(last) = last {
                same.label = log_add(same.label, chances.label + log(last as usize));
            }
            for label in (0..row.len()).filter(|&label| label != logits.blank) {
                // A repeated label needs a blank between.
                let from = if last == Some(label as u32) { chances.blank } else { whole };
                if from == f64::NEG_INFINITY {
                    continue;
                }
                let mut longer = prefix.clone();
                longer.push(label as u32);
                let longer = next.entry(longer).or_default();
                longer.label = log_add(longer.label, from + log(label));
            }
        }
        beams = next.into_iter().collect();
        // Prefixes of equal chances in an order of their own, whatever the map's.
        beams.sort_by(|(a, x), (b, y)| y.whole().total_cmp(&x.whole()).then_with(|| a.cmp(b)));
        beams.truncate(beam.max(1));
    }
    let hypothesis =
        |(labels, chances): (Vec<u32>, Chances)| Hypothesis { labels, log_chance: chances.whole() };
    beams.into_iter().map(hypothesis).collect()
}

/// Logarithms of the chances of the paths of a prefix that end with a blank and with its last label.
struct Chances {
    blank: f64,
    label: f64,
}

impl Default for Chances {
    fn default() -> Self {
        Self { blank: f64::NEG_INFINITY, label: f64::NEG_INFINITY }
    }
}

impl Chances {
    fn whole(&self) -> f64 {
        log_add(self.blank, self.label)
    }
}

fn log_add(a: f64, b: f64) -> f64 {
    let most = a.max(b);
    if most == f64::NEG_INFINITY { most } else { most + (-(a - b).abs()).exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses;

    fn logits(values: &[f32], steps: usize) -> Logits<'_> {
        Logits::new(values, [steps, 1, values.len() / steps], values.len() / steps - 1).unwrap()
    }

    #[test]
    fn repeats_merge_and_blanks_go() {
        let path = [0, 0, 2, 0, 1, 1, 2, 2, 1_usize];
        let values: Vec<f32> = path
            .iter()
            .flat_map(|&best| (0..3).map(move |k| if k == best { 1.0 } else { 0.0 }))
            .collect();
        assert_eq!(greedy(logits(&values, 9), 0, 9), [0, 0, 1, 1]);
        assert_eq!(greedy(logits(&values, 9), 0, 3), [0]);
        assert_eq!(greedy(logits(&values, 9), 0, 0), []);
    }

    /// Each step is most likely blank, yet a single label is likelier than none (Graves 2012, fig. 7.6).
    #[test]
    fn the_most_likely_labels_are_not_those_of_the_most_likely_path() {
        let values: Vec<f32> = [0.4_f32, 0.6, 0.4, 0.6].map(f32::ln).to_vec();
        let logits = logits(&values, 2);
        assert_eq!(greedy(logits, 0, 2), []);
        let best = prefix_beam(logits, 0, 2, 3);
        assert_eq!(best[0].labels, [0]);
        assert!((best[0].log_chance - 0.64_f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn a_wide_beam_has_the_chances_of_the_loss_and_misses_none() {
        let values: Vec<f32> = (0..20).map(|k| ((k * 37 % 23) as f32) * 0.13 - 1.0).collect();
        let logits = logits(&values, 5);
        let all = prefix_beam(logits, 0, 5, usize::MAX);
        assert!((all.iter().map(|h| h.log_chance.exp()).sum::<f64>() - 1.0).abs() < 1e-5);
        assert!(all.is_sorted_by(|a, b| a.log_chance >= b.log_chance));
        for hypothesis in &all {
            let loss = losses(logits, &[5], &[&hypothesis.labels]).unwrap()[0];
            assert!((loss + hypothesis.log_chance).abs() < 1e-4, "{hypothesis:?} {loss}");
        }
        let narrow = prefix_beam(logits, 0, 5, 2);
        assert_eq!(narrow.len(), 2);
        assert!(narrow[0].log_chance <= all[0].log_chance + 1e-12);
    }
}
