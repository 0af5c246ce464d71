//! The paired sign-flip test.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Up to this many pairs every choice of signs is looked at (2²⁰ = 1,048,576).
const MOST_EXACT: usize = 20;

/// Choices of signs drawn for more pairs.
const DRAWS: usize = 100_000;

/// Two-sided p-value of the hypothesis that the differences `a[i] - b[i]` of pairs lie
/// symmetrically around 0: how often the mean would be at least as far from 0 if every difference
/// had its sign by the toss of a coin.
///
/// Exact for up to 20 pairs, else from 100,000 draws from `seed` (the data themselves counted among
/// them, so that p is never 0). With n pairs p cannot be below 2 / 2ⁿ: five pairs never reach 0.05, six
/// do at 0.031.
///
/// `None` when the slices differ in length, are empty, or hold a value that is not finite.
pub fn sign_flip_p(a: &[f64], b: &[f64], seed: u64) -> Option<f64> {
    if a.len() != b.len() || a.is_empty() || !a.iter().chain(b).all(|value| value.is_finite()) {
        return None;
    }
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let size: f64 = differences.iter().map(|d| d.abs()).sum();
    // Sums that are equal but for rounding count as equal.
    let observed = differences.iter().sum::<f64>().abs() - 1e-12 * size;
    let extreme = |signs: &dyn Fn(usize) -> bool| {
        let signed = differences.iter().enumerate().map(|(k, d)| if signs(k) { *d } else { -d });
        signed.sum::<f64>().abs() >= observed
    };
    if differences.len() <= MOST_EXACT {
        let all = 1_usize << differences.len();
        let count = (0..all).filter(|choice| extreme(&|k| choice >> k & 1 == 1)).count();
        return Some(count as f64 / all as f64);
    }
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = || {
        let words: Vec<u64> =
            (0..differences.len().div_ceil(64)).map(|_| generator.next_u64()).collect();
        extreme(&|k| words[k / 64] >> (k % 64) & 1 == 1)
    };
    let count = (0..DRAWS).filter(|_| drawn()).count();
    Some((count + 1) as f64 / (DRAWS + 1) as f64)
}
