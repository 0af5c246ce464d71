//! Sequences of tokens, written by a model, against those that were to be written.

use super::mean;

/// Counts of right sequences and right tokens.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// Sequences, and those that are right from the first token to the last.
    sequences: [usize; 2],
    /// Tokens to be written, and those that stand at their place.
    tokens: [usize; 2],
}

impl Answers {
    /// Takes in an answer and what it should have been, both with their end token.
    pub(crate) fn add(&mut self, answer: &[u32], reference: &[u32]) {
        let right = reference.iter().zip(answer).filter(|(wanted, token)| wanted == token).count();
        self.sequences[0] += 1;
        self.sequences[1] += usize::from(answer == reference);
        self.tokens[0] += reference.len();
        self.tokens[1] += right;
    }

    /// Share of sequences that are right from the first token to the last.
    pub(crate) fn exact_match(&self) -> f64 {
        let [all, right] = self.sequences;
        mean(right as f64, all)
    }

    /// Share of the tokens to be written that were, at their place.
    pub(crate) fn token_accuracy(&self) -> f64 {
        let [all, right] = self.tokens;
        mean(right as f64, all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let mut answers = Answers::default();
        answers.add(&[1, 2, 9], &[1, 2, 9]);
        // Too short, too long, and shifted by one.
        answers.add(&[1, 9], &[1, 2, 9]);
        answers.add(&[1, 9, 9], &[1, 9]);
        answers.add(&[2, 1, 9], &[1, 2, 9]);
        assert_eq!(answers.exact_match(), 1.0 / 4.0);
        assert_eq!(answers.token_accuracy(), (3.0 + 1.0 + 2.0 + 1.0) / 11.0);
        assert_eq!(Answers::default().exact_match(), 0.0);
    }
}
