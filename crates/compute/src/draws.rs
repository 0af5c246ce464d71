//! Random numbers that depend on a seed and a name only, not on what else was drawn before.
//!
//! So the embedding of an LSTM and of a GRU start alike when seed and sizes are alike (paired
//! seeds), and a run that continues from a checkpoint needs no generator's state.

use crate::Float;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The random streams of one seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws {
    seed: u64,
}

impl Draws {
    /// The streams of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The stream called `name`, from its beginning.
    pub fn stream(&self, name: &str) -> ChaCha8Rng {
        let mut generator = ChaCha8Rng::seed_from_u64(self.seed);
        generator.set_stream(fnv1a(name));
        generator
    }

    /// `len` draws from U(-limit, limit) of the stream `name`.
    pub fn uniform<E: Float>(&self, name: &str, len: usize, limit: f64) -> Vec<E> {
        let mut generator = self.stream(name);
        let draw = |_| {
            // 24 bits: exact in f32, so that both element types get the same numbers.
            let unit = f64::from(generator.next_u32() >> 8) / f64::from(1_u32 << 23) - 1.0;
            E::nearest(unit * limit)
        };
        (0..len).map(draw).collect()
    }

    /// `len` draws from the standard normal distribution (Box & Muller 1958) of the stream `name`.
    pub fn normal(&self, name: &str, len: usize) -> Vec<f64> {
        let mut generator = self.stream(name);
        let mut unit = || (f64::from(generator.next_u32()) + 0.5) / f64::from(u32::MAX);
        let draw =
            |_| (-2.0 * unit().min(1.0).ln()).sqrt() * (std::f64::consts::TAU * unit()).cos();
        (0..len).map(draw).collect()
    }
}

/// The 64-bit FNV-1a hash: spreads names over streams, the same on every machine.
fn fnv1a(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_depend_on_seed_and_name_alone() {
        let draws = |seed, name| Draws::new(seed).uniform::<f32>(name, 100, 0.1);
        assert_eq!(draws(1, "a"), draws(1, "a"));
        assert_ne!(draws(1, "a"), draws(1, "b"));
        assert_ne!(draws(1, "a"), draws(2, "a"));
    }

    #[test]
    fn normal_draws_have_mean_0_and_variance_1() {
        let draws = Draws::new(7).normal("x", 20_000);
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|x| x * x).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        assert!(draws.iter().all(|x| x.is_finite()) && draws.iter().any(|x| x.abs() > 3.0));
    }

    #[test]
    fn uniform_draws_fill_their_interval_and_have_its_spread() {
        let draws = Draws::new(7).uniform::<f64>("x", 20_000, 0.5);
        assert!(draws.iter().all(|x| x.abs() <= 0.5));
        let variance = draws.iter().map(|x| x * x).sum::<f64>() / 20_000.0;
        assert!((variance - 1.0 / 12.0).abs() < 2e-3, "{variance}");
        assert!(draws.iter().any(|x| *x > 0.499) && draws.iter().any(|x| *x < -0.499));
    }
}
