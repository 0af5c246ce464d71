//! Systems whose Jacobians and exponents are known.

use sequence::{Dynamics, GateValues};

/// s = M s' + x.
pub(crate) struct Linear {
    /// `[S, S]`.
    pub(crate) matrix: Vec<f64>,
    pub(crate) size: usize,
}

impl Linear {
    /// A system that scales each number on its own.
    pub(crate) fn diagonal(factors: &[f64]) -> Self {
        let size = factors.len();
        let element = |k: usize| if k / size == k % size { factors[k % size] } else { 0.0 };
        Self { matrix: (0..size * size).map(element).collect(), size }
    }
}

impl Dynamics for Linear {
    fn state_len(&self) -> usize {
        self.size
    }

    fn run(&self, inputs: &[f64], state: &[f64]) -> Vec<f64> {
        let mut state = state.to_vec();
        let mut all = Vec::new();
        for x in inputs.chunks_exact(self.size) {
            let product = |row: &[f64]| row.iter().zip(&state).map(|(a, b)| a * b).sum::<f64>();
            let rows = self.matrix.chunks_exact(self.size);
            state = rows.zip(x).map(|(row, x)| product(row) + x).collect();
            all.extend_from_slice(&state);
        }
        all
    }

    fn pull_back(&self, _: &[f64], _: &[f64], rows: &mut Vec<f64>) {
        let n = self.size;
        for row in rows.chunks_exact_mut(n) {
            let old = row.to_vec();
            for (j, to) in row.iter_mut().enumerate() {
                *to = (0..n).map(|i| old[i] * self.matrix[i * n + j]).sum();
            }
        }
    }

    fn gates(&self, _: &[f64], _: &[f64]) -> Vec<GateValues> {
        Vec::new()
    }

    fn bounding_matrix(&self) -> Option<&[f64]> {
        Some(&self.matrix)
    }
}
