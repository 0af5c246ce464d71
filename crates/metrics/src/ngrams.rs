//! Stretches of n items that two sequences have in common.

use std::collections::HashMap;
use std::hash::Hash;

/// Stretches of one length in an answer and its reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Matches {
    /// Those of the answer.
    pub(crate) answer: u64,
    /// Those of the reference.
    pub(crate) reference: u64,
    /// Those of the answer that the reference has too, each as often as it has it.
    pub(crate) both: u64,
}

impl Matches {
    /// Of stretches of `n` items, `n` being at least 1.
    pub(crate) fn count<T: Eq + Hash>(answer: &[T], reference: &[T], n: usize) -> Self {
        let mut left: HashMap<&[T], u64> = HashMap::new();
        for stretch in reference.windows(n) {
            *left.entry(stretch).or_default() += 1;
        }
        let mut both = 0;
        for stretch in answer.windows(n) {
            if let Some(count) = left.get_mut(stretch).filter(|count| **count > 0) {
                *count -= 1;
                both += 1;
            }
        }
        let all = |sequence: &[T]| (sequence.len() + 1).saturating_sub(n) as u64;
        Self { answer: all(answer), reference: all(reference), both }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_matched_as_often_as_the_reference_has_it() {
        let (answer, reference) = (["a", "a", "a", "b"], ["a", "b", "a"]);
        let of = |n| {
            let Matches { answer, reference, both } = Matches::count(&answer, &reference, n);
            [answer, reference, both]
        };
        assert_eq!([of(1), of(2), of(3), of(4)], [[4, 3, 3], [3, 2, 1], [2, 1, 0], [1, 0, 0]]);
    }
}
