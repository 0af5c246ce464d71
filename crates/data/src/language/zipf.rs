//! Draws in integer arithmetic: no floating-point number that could differ between machines.

use rand_chacha::ChaCha8Rng;

use crate::draws::below;

/// True in `chances` of 100 cases.
pub(super) fn percent(rng: &mut ChaCha8Rng, chances: u64) -> bool {
    below(rng, 100) < chances
}

/// A draw of a rank from 0, with weights that fall as 1 / (rank + 2).
#[derive(Debug, Clone)]
pub(super) struct Zipf {
    /// The sum of the weights up to and including each rank.
    cumulative: Vec<u64>,
}

impl Zipf {
    pub(super) fn new(ranks: usize) -> Self {
        let mut sum = 0;
        let weights = (0..ranks as u64).map(|rank| 10_000_000 / (rank + 2));
        let cumulative = weights.map(|weight| {
            sum += weight;
            sum
        });
        Self { cumulative: cumulative.collect() }
    }

    pub(super) fn draw(&self, rng: &mut ChaCha8Rng) -> usize {
        let total = self.cumulative.last().copied().unwrap_or(1);
        let at = below(rng, total);
        self.cumulative.partition_point(|&sum| sum <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn ranks_fall_as_their_weights() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let zipf = Zipf::new(3);
        let mut counts = [0; 3];
        for _ in 0..13_000 {
            counts[zipf.draw(&mut rng)] += 1;
        }
        // Weights 1/2, 1/3, 1/4: 6, 4 and 3 of 13.
        for (count, expected) in counts.into_iter().zip([6000, 4000, 3000]) {
            assert!((expected - 200..expected + 200).contains(&count), "{counts:?}");
        }
    }
}
