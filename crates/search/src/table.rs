//! A decoder that looks up what follows in a table.

use crate::{Decoder, Step};
use std::convert::Infallible;

/// The end token of a [`Table`]; 0 is "a", 1 is "b".
pub(crate) const END: u32 = 2;

/// Probabilities of a, b and the end after what a row has written.
pub(crate) struct Table {
    /// Prefixes in letters, with what may follow them; after any other prefix comes the end.
    entries: &'static [(&'static [u32], [f32; 3])],
}

/// What a row has written; its sentence moves all prefixes.
pub(crate) type Rows = Vec<Vec<u32>>;

impl Table {
    /// The likelier first token leads to the less likely sequence.
    pub(crate) fn garden_path() -> Self {
        Self {
            entries: &[
                (&[], [0.6, 0.4, 0.0]),
                (&[0], [0.4, 0.3, 0.3]),
                (&[1], [0.1, 0.9, 0.0]),
                (&[1, 0], [1.0, 0.0, 0.0]),
                (&[1, 1], [0.1, 0.0, 0.9]),
            ],
        }
    }

    /// A short sequence at .5 and one of two tokens at .45.
    pub(crate) fn short_or_long() -> Self {
        Self { entries: &[(&[], [0.05, 0.45, 0.5]), (&[0], [0.0, 1.0, 0.0])] }
    }

    /// A row for each of these, the number of tokens that stand before it in place of its sentence: 0 for
    /// the table as it is, k for the table after k times "b".
    pub(crate) fn start(&self, skipped: &[usize]) -> Rows {
        skipped.iter().map(|&count| vec![1; count]).collect()
    }
}

impl Decoder for Table {
    type State = Rows;
    type Error = Infallible;

    fn step(&self, tokens: &[u32], state: &Rows) -> Result<Step<Rows>, Infallible> {
        assert_eq!(tokens.len(), state.len(), "a token for each row");
        let mut next = state.clone();
        for (row, &token) in next.iter_mut().zip(tokens) {
            // The end stands before the first token.
            row.extend((token != END).then_some(token));
        }
        let follows = |row: &Vec<u32>| {
            let entry = self.entries.iter().find(|(prefix, _)| prefix == row);
            entry.map_or([0.0, 0.0, 1.0], |(_, follows)| *follows)
        };
        let scores = next.iter().flat_map(|row| follows(row).map(|p: f32| p.ln() + 3.0)).collect();
        // Of a source of two steps, the one that is next.
        let attends =
            |row: &Vec<u32>| (0..2).map(|i| f32::from(u8::from(i == row.len()))).collect();
        let attention = next.iter().map(attends).collect();
        Ok(Step { scores, attention, state: next })
    }

    fn select(&self, state: &Rows, rows: &[usize]) -> Result<Rows, Infallible> {
        Ok(rows.iter().map(|&row| state[row].clone()).collect())
    }
}
