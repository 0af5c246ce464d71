//! Bootstrap intervals of any statistic.

use crate::quantile::of_sorted;
use crate::{Bounds, Interval};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use statrs::distribution::{ContinuousCDF, Normal};

/// Up to this many values every resample is taken once (6⁶ = 46,656), so that there is no
/// randomness in the interval.
const MOST_EXACT: usize = 6;

/// Resamples of more values.
const RESAMPLES: usize = 20_000;

/// How the ends of a bootstrap interval are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bootstrap {
    /// Quantiles of the statistic over resamples.
    Percentile,
    /// The same at levels corrected for bias and for a spread that depends on the value (BCa,
    /// Efron 1987).
    Bca,
}

/// A statistic of `values` with its bootstrap interval at `level` (0.95 for 95 %).
///
/// For up to six values all resamples are taken; for more, 20,000 drawn from `seed`. Few values
/// give intervals that are too narrow (with three, a resample cannot leave their range): below about
/// eight, prefer [`mean_interval`](crate::mean_interval). No bounds for one value, nor for BCa where
/// its corrections are not defined (equal values).
///
/// `None` as in [`mean_interval`](crate::mean_interval), or when `statistic` is not finite.
pub fn bootstrap_interval(
    values: &[f64],
    statistic: impl Fn(&[f64]) -> f64,
    method: Bootstrap,
    level: f64,
    seed: u64,
) -> Option<Interval> {
    let usable_values = !values.is_empty() && values.iter().all(|value| value.is_finite());
    let estimate = statistic(values);
    if !(usable_values && level > 0.0 && level < 1.0 && estimate.is_finite()) {
        return None;
    }
    if values.len() == 1 {
        return Some(Interval { estimate, bounds: None });
    }
    let mut found = match values.len() {
        ..=MOST_EXACT => all_resamples(values, &statistic),
        _ => drawn_resamples(values, &statistic, seed),
    };
    if found.iter().any(|value| !value.is_finite()) {
        return None;
    }
    found.sort_by(f64::total_cmp);
    let tails = [(1.0 - level) / 2.0, (1.0 + level) / 2.0];
    let tails = match method {
        Bootstrap::Percentile => Some(tails),
        Bootstrap::Bca => corrected(values, &statistic, estimate, &found, tails),
    };
    let bounds = tails
        .map(|[low, high]| Bounds { low: of_sorted(&found, low), high: of_sorted(&found, high) });
    Some(Interval { estimate, bounds })
}

/// The statistic of every choice of as many values, with repetition, order counting.
fn all_resamples(values: &[f64], statistic: &impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let n = values.len();
    let mut resample = vec![0.0; n];
    let of = |mut number: usize| {
        for place in &mut resample {
            *place = values[number % n];
            number /= n;
        }
        statistic(&resample)
    };
    (0..n.pow(n as u32)).map(of).collect()
}

fn drawn_resamples(values: &[f64], statistic: &impl Fn(&[f64]) -> f64, seed: u64) -> Vec<f64> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let mut resample = vec![0.0; values.len()];
    let one = |_| {
        for place in &mut resample {
            // A 64-bit product: the bias for a few thousand values is below 1e-15.
            let wide = u128::from(generator.next_u64()) * values.len() as u128;
            *place = values[(wide >> 64) as usize];
        }
        statistic(&resample)
    };
    (0..RESAMPLES).map(one).collect()
}

/// The levels that BCa takes in place of `tails`; none where they are not defined.
fn corrected(
    values: &[f64],
    statistic: &impl Fn(&[f64]) -> f64,
    estimate: f64,
    sorted: &[f64],
    tails: [f64; 2],
) -> Option<[f64; 2]> {
    let normal = Normal::new(0.0, 1.0).ok()?;
    // Values that are equal but for rounding count as equal.
    let rounding = 1e-12 * estimate.abs();
    let below = sorted.partition_point(|value| *value < estimate - rounding);
    let up_to = sorted.partition_point(|value| *value <= estimate + rounding);
    let bias = normal.inverse_cdf((below + up_to) as f64 / (2 * sorted.len()) as f64);

    let without = |k: usize| statistic(&[&values[..k], &values[k + 1..]].concat());
    let jackknife: Vec<f64> = (0..values.len()).map(without).collect();
    let mean = jackknife.iter().sum::<f64>() / jackknife.len() as f64;
    let power = |k: i32| jackknife.iter().map(|value| (mean - value).powi(k)).sum::<f64>();
    let acceleration = power(3) / (6.0 * power(2).powf(1.5));

    let level = |tail: f64| {
        let z = bias + normal.inverse_cdf(tail);
        normal.cdf(bias + z / (1.0 - acceleration * z))
    };
    let levels = tails.map(level);
    levels.iter().all(|level| level.is_finite()).then_some(levels)
}
