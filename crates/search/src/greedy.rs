//! The likeliest token at each step.

use crate::{Decoder, Hypothesis, Step, Task, log_sum};

/// For each row of `start` the sequence whose every token is the likeliest after those before it, the first
/// of equal ones. Rows whose sequence has ended are not computed any further.
pub fn greedy<D: Decoder>(
    decoder: &D,
    start: D::State,
    task: Task<'_>,
) -> Result<Vec<Hypothesis>, D::Error> {
    let mut written = vec![Hypothesis::default(); task.longest.len()];
    // The sequences that the rows of the state write.
    let mut live: Vec<usize> = (0..written.len()).collect();
    let mut state = start;
    loop {
        let open = |&row: &usize| {
            let tokens = &written[live[row]].tokens;
            tokens.last() != Some(&task.end) && tokens.len() < task.longest[live[row]]
        };
        let rows: Vec<usize> = (0..live.len()).filter(open).collect();
        if rows.is_empty() {
            return Ok(written);
        }
        if rows.len() < live.len() {
            state = decoder.select(&state, &rows)?;
            live = rows.into_iter().map(|row| live[row]).collect();
        }
        let before = |&k: &usize| written[k].tokens.last().copied().unwrap_or(task.end);
        let before: Vec<u32> = live.iter().map(before).collect();
        let Step { scores, attention, state: next } = decoder.step(&before, &state)?;
        state = next;
        let types = scores.len() / live.len();
        let mut attention = attention.into_iter();
        for (&k, scores) in live.iter().zip(scores.chunks_exact(types.max(1))) {
            let token = likeliest(scores);
            let hypothesis = &mut written[k];
            hypothesis.tokens.push(token as u32);
            hypothesis.log_probability += f64::from(scores[token]) - log_sum(scores);
            hypothesis.score = hypothesis.log_probability;
            hypothesis.attention.extend(attention.next());
        }
    }
}

/// The type with the largest score, the first of equal ones.
pub fn likeliest(scores: &[f32]) -> usize {
    let larger = |best: usize, k: usize| if scores[k] > scores[best] { k } else { best };
    (0..scores.len()).fold(0, larger)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{END, Table};

    #[test]
    fn of_equal_scores_the_first_is_likeliest() {
        assert_eq!(likeliest(&[0.5, 2.0, 2.0, f32::NEG_INFINITY]), 1);
    }

    /// "a" is likelier than "b" at first, and leads nowhere good.
    #[test]
    fn each_token_is_the_likeliest() {
        let table = Table::garden_path();
        let task = Task { end: END, longest: &[9] };
        let found = greedy(&table, table.start(&[0]), task).unwrap();
        assert_eq!(found[0].tokens, [0, 0, END]);
        let expected = (0.6_f64 * 0.4 * 1.0).ln();
        assert!((found[0].log_probability - expected).abs() < 1e-6, "{found:?}");
        assert_eq!(found[0].attention.len(), 3);
    }

    #[test]
    fn a_sequence_is_cut_off_at_its_most_tokens() {
        let table = Table::garden_path();
        let task = Task { end: END, longest: &[2, 0, 9] };
        let found = greedy(&table, table.start(&[0, 0, 1]), task).unwrap();
        let tokens: Vec<&[u32]> = found.iter().map(|found| &found.tokens[..]).collect();
        assert_eq!(tokens, [&[0, 0][..], &[], &[1, END]]);
    }

    /// Rows that have ended are let go of.
    #[test]
    fn a_sentence_gives_the_same_alone_and_in_a_batch() {
        let table = Table::garden_path();
        let rows = [1, 0, 2, 0];
        let together =
            greedy(&table, table.start(&rows), Task { end: END, longest: &[9; 4] }).unwrap();
        for (row, found) in rows.iter().zip(together) {
            let task = Task { end: END, longest: &[9] };
            assert_eq!(greedy(&table, table.start(&[*row]), task).unwrap(), [found]);
        }
    }
}
