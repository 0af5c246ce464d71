//! Sequences of different lengths, end to end in one buffer.

/// A list of sequences that lie one after another in one piece of memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ragged<T> {
    values: Vec<T>,
    /// Where each sequence ends in `values`.
    ends: Vec<usize>,
}

impl<T> Default for Ragged<T> {
    fn default() -> Self {
        Self { values: Vec::new(), ends: Vec::new() }
    }
}

impl<T> Ragged<T> {
    /// The sequences of these lengths that lie one after another in `values`. The lengths must
    /// add up to the number of values.
    pub(crate) fn of_parts(values: Vec<T>, lengths: &[u32]) -> Self {
        let mut end = 0;
        let ends = lengths.iter().map(|&length| {
            end += length as usize;
            end
        });
        Self { ends: ends.collect(), values }
    }

    /// Adds a sequence at the end.
    pub fn push(&mut self, sequence: impl IntoIterator<Item = T>) {
        self.values.extend(sequence);
        self.ends.push(self.values.len());
    }

    /// The number of sequences.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no sequences.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Sequence `index`, or None past the last.
    pub fn get(&self, index: usize) -> Option<&[T]> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        self.values.get(start..end)
    }

    /// All sequences in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[T]> {
        (0..self.len()).map(|index| self.get(index).unwrap_or_default())
    }

    /// The values of all sequences, one after another.
    pub fn values(&self) -> &[T] {
        &self.values
    }
}

impl<T: Clone> Ragged<T> {
    /// The sequences with these indices, in the order of the indices. Indices past the last are
    /// passed over.
    pub(crate) fn select(&self, indices: &[usize]) -> Self {
        let mut selected = Self::default();
        for sequence in indices.iter().filter_map(|&index| self.get(index)) {
            selected.push(sequence.iter().cloned());
        }
        selected
    }
}

impl<T, S: IntoIterator<Item = T>> FromIterator<S> for Ragged<T> {
    fn from_iter<I: IntoIterator<Item = S>>(sequences: I) -> Self {
        let mut ragged = Self::default();
        for sequence in sequences {
            ragged.push(sequence);
        }
        ragged
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 50, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_goes_in_comes_out(lists in prop::collection::vec(prop::collection::vec(0..9u8, 0..5), 0..9)) {
            let ragged: Ragged<u8> = lists.iter().cloned().collect();
            prop_assert_eq!(ragged.len(), lists.len());
            prop_assert!(ragged.iter().eq(lists.iter().map(Vec::as_slice)));
            prop_assert_eq!(ragged.get(lists.len()), None);
            prop_assert_eq!(ragged.values(), lists.concat());
            let backwards: Vec<usize> = (0..lists.len()).rev().collect();
            prop_assert!(ragged.select(&backwards).iter().eq(lists.iter().rev().map(Vec::as_slice)));
        }
    }
}
