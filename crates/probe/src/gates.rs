//! How open gates are, as Karpathy et al. (2015, arXiv 1506.02078) look at them, and how long what
//! they keep lasts.

/// A gate is nearly closed below this, nearly open above one less this.
const EDGE: f64 = 0.1;

/// Time constants are counted in bins of a quarter decade, from 0.1 to 10 000 steps; what lies
/// beyond is counted in the first and the last.
pub const DECADES: (i32, i32) = (-1, 4);
const PER_DECADE: i32 = 4;

/// What a gate did over some sequences.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GateStatistics {
    /// Its name.
    pub gate: String,
    /// Of each unit, the share of steps at which it was nearly closed (below 0.1).
    pub closed: Vec<f64>,
    /// The share of steps at which it was nearly open (above 0.9).
    pub open: Vec<f64>,
    /// Its mean.
    pub mean: Vec<f64>,
}

/// The statistics of a gate whose values are `[T, H]`, all sequences one after the other.
pub fn saturation(gate: &str, values: &[f64], hidden: usize) -> GateStatistics {
    let steps = (values.len() / hidden.max(1)).max(1) as f64;
    let of_units = |count: &dyn Fn(f64) -> f64| -> Vec<f64> {
        let unit = |j: usize| values.iter().skip(j).step_by(hidden).map(|v| count(*v)).sum::<f64>();
        (0..hidden).map(|j| unit(j) / steps).collect()
    };
    let share = |hit: bool| f64::from(u8::from(hit));
    GateStatistics {
        gate: gate.to_owned(),
        closed: of_units(&|value| share(value < EDGE)),
        open: of_units(&|value| share(value > 1.0 - EDGE)),
        mean: of_units(&|value| value),
    }
}

/// How many units keep what they hold for how long: counts of the time constants -1 / ln f, in
/// steps, by quarter decades ([`DECADES`]). `kept` has the share f that each unit keeps a step.
pub fn time_constants(kept: &[f64]) -> Vec<usize> {
    let (first, last) = DECADES;
    let bins = (last - first) * PER_DECADE;
    let mut counts = vec![0; bins as usize];
    for share in kept.iter().filter(|share| share.is_finite()) {
        let steps = -1.0 / share.clamp(f64::MIN_POSITIVE, 1.0 - 1e-12).ln();
        let bin = ((steps.log10() - f64::from(first)) * f64::from(PER_DECADE)).floor();
        counts[bin.clamp(0.0, f64::from(bins - 1)) as usize] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_counted_unit_by_unit() {
        let found = saturation("f", &[0.05, 0.5, 0.95, 0.5, 0.99, 0.2, 0.01, 0.8], 2);
        assert_eq!(found.closed, [0.5, 0.0]);
        assert_eq!(found.open, [0.5, 0.0]);
        assert_eq!(found.mean, [0.5, 0.5]);
    }

    #[test]
    fn what_is_kept_longer_is_counted_further_right() {
        // exp(-1 / 2): two steps, between 1.78 and 3.16; hardly anything; everything.
        let counts = time_constants(&[(-0.5_f64).exp(), 0.0, 1.0, f64::NAN]);
        let filled: Vec<usize> = (0..counts.len()).filter(|&bin| counts[bin] > 0).collect();
        assert_eq!(filled, [0, 5, 19]);
    }
}
