//! Sequences side by side, with what is to be answered to them.

/// A target that is not scored.
pub const IGNORE: u32 = u32::MAX;

/// A piece of B sequences side by side, each filled up at its end to T steps, with what is to be
/// answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Time steps T.
    pub steps: usize,
    /// Sequences B.
    pub batch: usize,
    /// Steps of each sequence, `[B]`; what comes after them is filling.
    pub lengths: Vec<usize>,
    /// What is read.
    pub inputs: Inputs,
    /// What is to be answered.
    pub targets: Targets,
}

/// Inputs of a window; filling is 0.
#[derive(Debug, Clone, PartialEq)]
pub enum Inputs {
    /// Token ids, `[T, B]`.
    Tokens(Vec<u32>),
    /// Numbers, `[T, B, width]`.
    Features {
        /// Numbers a step.
        width: usize,
        /// The numbers.
        values: Vec<f32>,
    },
}

/// Targets of a window.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// A token for each step, `[T, B]`; [`IGNORE`] where none is scored.
    Tokens(Vec<u32>),
    /// Yes (1) or no (0), `[T, B, width]`; a step with NaN is not scored.
    Bits {
        /// Answers a step.
        width: usize,
        /// The answers.
        values: Vec<f32>,
    },
    /// A class for each sequence, `[B]`.
    Classes(Vec<u32>),
    /// A number for each sequence, `[B]`.
    Values(Vec<f32>),
    /// Labels of each sequence in their order, `[B]`, at no known steps.
    Labels(Vec<Vec<u32>>),
    /// Another sequence for each, of a length of its own.
    Sequences(TargetSequences),
}

/// Sequences to be answered to sequences, side by side, each filled up at its end to S steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSequences {
    /// Time steps S.
    pub steps: usize,
    /// Steps of each sequence, `[B]`, that of its end token among them.
    pub lengths: Vec<usize>,
    /// Token ids, `[S, B]`; [`IGNORE`] in the filling.
    pub tokens: Vec<u32>,
}

impl Window {
    /// Tokens `[steps, B]` of sequences that all fill the window, with a target for each.
    pub fn of_tokens(steps: usize, batch: usize, inputs: Vec<u32>, targets: Vec<u32>) -> Self {
        Self {
            steps,
            batch,
            lengths: vec![steps; batch],
            inputs: Inputs::Tokens(inputs),
            targets: Targets::Tokens(targets),
        }
    }

    /// Steps of each sequence, where one is shorter than the window.
    pub fn unequal_lengths(&self) -> Option<&[usize]> {
        self.lengths.iter().any(|&length| length < self.steps).then_some(&self.lengths)
    }

    /// Time steps of all sequences, filling not counted.
    pub fn tokens(&self) -> usize {
        self.lengths.iter().sum()
    }
}

impl TargetSequences {
    /// The tokens of sequence `b`, its end among them.
    pub fn sequence(&self, b: usize) -> Vec<u32> {
        let of_b = self.tokens.iter().skip(b).step_by(self.lengths.len());
        of_b.take(self.lengths[b]).copied().collect()
    }
}

impl Inputs {
    /// The token ids, `[T, B]`, if tokens are read.
    pub fn tokens(&self) -> Option<&[u32]> {
        match self {
            Self::Tokens(tokens) => Some(tokens),
            Self::Features { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_cut_out_of_its_filling() {
        let tokens = vec![1, 2, 3, 9, 9, IGNORE];
        let targets = TargetSequences { steps: 3, lengths: vec![3, 2], tokens };
        assert_eq!([0, 1].map(|b| targets.sequence(b)), [vec![1, 3, 9], vec![2, 9]]);
    }

    #[test]
    fn lengths_matter_where_they_differ() {
        let full = Window::of_tokens(2, 2, vec![1; 4], vec![IGNORE; 4]);
        assert_eq!((full.unequal_lengths(), full.tokens()), (None, 4));
        let filled = Window { lengths: vec![2, 1], ..full };
        assert_eq!((filled.unequal_lengths(), filled.tokens()), (Some(&[2, 1][..]), 3));
    }
}
