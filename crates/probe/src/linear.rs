//! A system with known Jacobians, for tests: s' = A s, the input choosing one of several A.

use sequence::{Dynamics, GateValues};

pub(crate) struct Linear {
    maps: Vec<Vec<f64>>,
    size: usize,
}

impl Linear {
    /// Always the same map `[S, S]`.
    pub(crate) fn new(map: Vec<f64>) -> Self {
        Self::changing(vec![map])
    }

    /// The map that the input counts, from 0.
    pub(crate) fn changing(maps: Vec<Vec<f64>>) -> Self {
        let size = maps[0].len().isqrt();
        Self { maps, size }
    }
}

impl Dynamics for Linear {
    fn state_len(&self) -> usize {
        self.size
    }

    fn run(&self, inputs: &[f64], state: &[f64]) -> Vec<f64> {
        let mut all = state.to_vec();
        for input in inputs {
            let old = all[all.len() - self.size..].to_vec();
            let rows = self.maps[*input as usize].chunks_exact(self.size);
            all.extend(rows.map(|row| row.iter().zip(&old).map(|(a, s)| a * s).sum::<f64>()));
        }
        all.split_off(self.size)
    }

    fn pull_back(&self, input: &[f64], _: &[f64], rows: &mut [f64]) {
        let map = &self.maps[input[0] as usize];
        for row in rows.chunks_exact_mut(self.size) {
            let column = |j: usize| map.iter().skip(j).step_by(self.size);
            let new: Vec<f64> = (0..self.size)
                .map(|j| row.iter().zip(column(j)).map(|(x, a)| x * a).sum())
                .collect();
            row.copy_from_slice(&new);
        }
    }

    fn gates(&self, _: &[f64], _: &[f64]) -> Vec<GateValues> {
        Vec::new()
    }

    fn bounding_matrix(&self) -> Option<&[f64]> {
        None
    }
}
