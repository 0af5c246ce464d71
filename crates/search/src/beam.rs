//! Several hypotheses of each sentence at a time.

use crate::{Decoder, Hypothesis, Step, Task, log_sum};
use std::cmp::Ordering;
use std::num::NonZeroUsize;

/// How a beam searches, and what its hypotheses are ranked by (Wu et al. 2016, arXiv 1609.08144, equation 14):
///
/// ```text
/// score = ln P(Y | X) / ((5 + |Y|) / 6)^α + β Σ_i ln min(Σ_j p_ij, 1)
/// ```
///
/// |Y| are the tokens with the end, and p_ij how much token j attends to step i of the source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beam {
    /// Hypotheses of a sentence side by side.
    pub size: NonZeroUsize,
    /// α: 0 ranks by ln P, which favours short sequences; 0.6 to 1 are usual.
    pub length: f64,
    /// β: a sequence that leaves steps of the source unattended ranks lower. Without attention it does nothing.
    pub coverage: f64,
}

impl Beam {
    /// A beam whose hypotheses are ranked by ln P alone.
    pub fn new(size: NonZeroUsize) -> Self {
        Self { size, length: 0.0, coverage: 0.0 }
    }

    fn score(&self, log_probability: f64, hypothesis: &Hypothesis) -> f64 {
        let penalty = ((5.0 + hypothesis.tokens.len() as f64) / 6.0).powf(self.length);
        let coverage = match self.coverage == 0.0 {
            true => 0.0,
            false => self.coverage * covered(&hypothesis.attention),
        };
        log_probability / penalty + coverage
    }
}

/// What an unattended step of a source counts: ln of 0 would leave nothing to compare.
const LEAST_COVERAGE: f64 = 1e-10;

/// Σ_i ln min(Σ_j p_ij, 1).
fn covered(attention: &[Vec<f32>]) -> f64 {
    let steps = attention.first().map_or(0, Vec::len);
    let sum = |i: usize| attention.iter().map(|weights| f64::from(weights[i])).sum::<f64>();
    (0..steps).map(|i| sum(i).clamp(LEAST_COVERAGE, 1.0).ln()).sum()
}

/// The hypotheses of one sentence.
#[derive(Debug, Default)]
struct Sentence {
    /// Those that go on, one a row of the state.
    live: Vec<Hypothesis>,
    ended: Vec<Hypothesis>,
}

/// A hypothesis with one token more.
struct Candidate {
    /// Its place among the sentence's live ones.
    parent: usize,
    token: u32,
    log_probability: f64,
}

impl Candidate {
    /// The likelier first; of equal ones that of the first hypothesis, then that of the first type.
    fn order(&self, other: &Self) -> Ordering {
        let likelier = other.log_probability.total_cmp(&self.log_probability);
        likelier.then(self.parent.cmp(&other.parent)).then(self.token.cmp(&other.token))
    }
}

/// For each row of `start` its hypotheses, the best first, at most `beam.size` and at least one.
///
/// At each step the likeliest continuations of a sentence's live hypotheses are kept, so many that with
/// those that have ended they are `beam.size`. A sentence is done when as many have ended, or at its most
/// tokens; then what has not ended counts only where too few have. A beam of 1 is [`greedy`](crate::greedy).
pub fn beam<D: Decoder>(
    decoder: &D,
    start: D::State,
    task: Task<'_>,
    beam: Beam,
) -> Result<Vec<Vec<Hypothesis>>, D::Error> {
    let first = |_| Sentence { live: vec![Hypothesis::default()], ended: Vec::new() };
    let mut sentences: Vec<Sentence> = task.longest.iter().map(first).collect();
    // For each row of the state its sentence: those of a sentence stand side by side.
    let mut rows: Vec<usize> = (0..sentences.len()).filter(|&k| task.longest[k] > 0).collect();
    let mut state = match rows.len() == sentences.len() {
        true => start,
        false => decoder.select(&start, &rows)?,
    };
    for length in 1.. {
        if rows.is_empty() {
            break;
        }
        let mut writing = std::mem::take(&mut rows);
        writing.dedup();
        let live = writing.iter().flat_map(|&k| &sentences[k].live);
        let before = live.map(|one| one.tokens.last().copied().unwrap_or(task.end));
        let before: Vec<u32> = before.collect();
        let Step { scores, attention, state: next } = decoder.step(&before, &state)?;
        let types = scores.len() / before.len();
        let (mut picked, mut place) = (Vec::new(), 0);
        for k in writing {
            let of_sentence = place..place + sentences[k].live.len();
            let scores = &scores[of_sentence.start * types..of_sentence.end * types];
            let attention = attention.get(of_sentence.clone()).unwrap_or_default();
            let parents = sentences[k].extend(scores, attention, beam.size.get(), task.end);
            if length < task.longest[k] {
                rows.extend(parents.iter().map(|_| k));
                picked.extend(parents.into_iter().map(|parent| place + parent));
            }
            place = of_sentence.end;
        }
        if !picked.is_empty() {
            state = decoder.select(&next, &picked)?;
        }
    }
    Ok(sentences.into_iter().map(|sentence| sentence.best(beam)).collect())
}

impl Sentence {
    /// Goes on with the likeliest continuations, given the scores `[live, types]` and the attention of the
    /// live hypotheses: the new ones take their place, and for each of them its parent comes back.
    fn extend(
        &mut self,
        scores: &[f32],
        attention: &[Vec<f32>],
        size: usize,
        end: u32,
    ) -> Vec<usize> {
        let room = size - self.ended.len();
        let types = (scores.len() / self.live.len()).max(1);
        let mut candidates = Vec::new();
        let each = self.live.iter().zip(scores.chunks_exact(types));
        for (parent, (live, scores)) in each.enumerate() {
            let base = live.log_probability - log_sum(scores);
            candidates.extend(largest(scores, room).into_iter().map(|token| Candidate {
                parent,
                token: token as u32,
                log_probability: match base + f64::from(scores[token]) {
                    diverged if diverged.is_nan() => f64::NEG_INFINITY,
                    log_probability => log_probability,
                },
            }));
        }
        candidates.sort_unstable_by(Candidate::order);
        candidates.truncate(room);
        let parents = std::mem::take(&mut self.live);
        let mut places = Vec::new();
        for Candidate { parent, token, log_probability } in candidates {
            let mut next = parents[parent].clone();
            next.tokens.push(token);
            next.log_probability = log_probability;
            next.attention.extend(attention.get(parent).cloned());
            if token == end {
                self.ended.push(next);
            } else {
                self.live.push(next);
                places.push(parent);
            }
        }
        places
    }

    /// Its hypotheses with their scores, the best first.
    fn best(self, beam: Beam) -> Vec<Hypothesis> {
        let ranked = |mut all: Vec<Hypothesis>| {
            for one in &mut all {
                one.score = beam.score(one.log_probability, one);
            }
            all.sort_by(|a, b| b.score.total_cmp(&a.score));
            all
        };
        let mut all = ranked(self.ended);
        let room = beam.size.get() - all.len();
        all.extend(ranked(self.live).into_iter().take(room));
        all
    }
}

/// The types of the `count` largest scores, the largest first, of equal ones the first.
fn largest(scores: &[f32], count: usize) -> Vec<usize> {
    let score = |k: usize| if scores[k].is_nan() { f32::NEG_INFINITY } else { scores[k] };
    let mut best: Vec<usize> = Vec::with_capacity(count + 1);
    for k in 0..scores.len() {
        if best.len() == count && best.last().is_some_and(|&last| score(k) <= score(last)) {
            continue;
        }
        best.insert(best.partition_point(|&other| score(other) >= score(k)), k);
        best.truncate(count);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::greedy;
    use crate::table::{END, Table};

    fn of(size: usize) -> Beam {
        Beam::new(NonZeroUsize::new(size).unwrap())
    }

    fn tokens(found: &[Hypothesis]) -> Vec<&[u32]> {
        found.iter().map(|one| &one.tokens[..]).collect()
    }

    /// The whole tree by hand: "b b end" at .4 · .9 · .9 = .324 before "a a end" at .6 · .4 = .24.
    #[test]
    fn the_best_sequence_is_found_where_greedy_is_wrong() {
        let table = Table::garden_path();
        let task = Task { end: END, longest: &[9] };
        let found = beam(&table, table.start(&[0]), task, of(2)).unwrap();
        assert_eq!(tokens(&found[0]), [&[1, 1, END][..], &[0, 0, END]]);
        let probabilities: Vec<f64> =
            found[0].iter().map(|one| one.log_probability.exp()).collect();
        assert!((probabilities[0] - 0.324).abs() < 1e-6, "{probabilities:?}");
        assert!((probabilities[1] - 0.24).abs() < 1e-6, "{probabilities:?}");
    }

    #[test]
    fn a_beam_of_one_is_greedy() {
        let table = Table::garden_path();
        for row in 0..3 {
            let task = Task { end: END, longest: &[4] };
            let alone = beam(&table, table.start(&[row]), task, of(1)).unwrap();
            assert_eq!(alone[0], greedy(&table, table.start(&[row]), task).unwrap());
        }
    }

    #[test]
    fn a_sentence_gives_the_same_alone_and_in_a_batch() {
        let table = Table::garden_path();
        let (rows, longest) = ([1, 0, 2, 0], [9, 2, 9, 9]);
        let beam_of = Beam { length: 0.7, coverage: 0.2, ..of(3) };
        let task = Task { end: END, longest: &longest };
        let together = beam(&table, table.start(&rows), task, beam_of).unwrap();
        for (k, found) in together.into_iter().enumerate() {
            let task = Task { end: END, longest: &longest[k..=k] };
            let alone = beam(&table, table.start(&rows[k..=k]), task, beam_of).unwrap();
            assert_eq!(alone, [found], "sentence {k}");
        }
    }

    /// Of "end" at .5 and "b end" at .45, ln -.69 and -.80: divided by (6/6)^1 and (7/6)^1 the second is ahead.
    #[test]
    fn length_is_normalised() {
        let table = Table::short_or_long();
        let task = Task { end: END, longest: &[9] };
        let plain = beam(&table, table.start(&[0]), task, of(2)).unwrap();
        assert_eq!(tokens(&plain[0]), [&[END][..], &[1, END]]);
        let normalised =
            beam(&table, table.start(&[0]), task, Beam { length: 1.0, ..of(2) }).unwrap();
        assert_eq!(tokens(&normalised[0]), [&[1, END][..], &[END]]);
        assert!((normalised[0][0].score - 0.45_f64.ln() * 6.0 / 7.0).abs() < 1e-6);
    }

    /// "end" attends to the first of two steps alone; "b end" to both.
    #[test]
    fn what_is_left_unattended_counts() {
        let table = Table::short_or_long();
        let task = Task { end: END, longest: &[9] };
        let found = beam(&table, table.start(&[0]), task, Beam { coverage: 0.2, ..of(2) }).unwrap();
        assert_eq!(tokens(&found[0]), [&[1, END][..], &[END]]);
        assert!((found[0][0].score - found[0][0].log_probability).abs() < 1e-12);
        let unattended = 0.2 * LEAST_COVERAGE.ln();
        assert!((found[0][1].score - (0.5_f64.ln() + unattended)).abs() < 1e-6);
    }

    /// What was cut off stands behind what has ended.
    #[test]
    fn at_its_most_tokens_a_sentence_is_done() {
        let table = Table::short_or_long();
        let task = Task { end: END, longest: &[1] };
        let found = beam(&table, table.start(&[0]), task, of(3)).unwrap();
        assert_eq!(tokens(&found[0]), [&[END][..], &[1], &[0]]);
        let task = Task { end: END, longest: &[0, 1] };
        let found = beam(&table, table.start(&[0, 0]), task, of(1)).unwrap();
        assert_eq!([tokens(&found[0]), tokens(&found[1])], [[&[][..]], [&[END]]]);
    }

    #[test]
    fn the_largest_are_in_order_and_the_first_of_equal_ones_first() {
        let scores = [1.0, 3.0, f32::NAN, 3.0, 2.0];
        assert_eq!(largest(&scores, 3), [1, 3, 4]);
        assert_eq!(largest(&scores, 9), [1, 3, 4, 0, 2]);
    }
}
