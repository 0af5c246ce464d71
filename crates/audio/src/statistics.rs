//! Normalising features by what a training split holds.

use serde::{Deserialize, Serialize};

use crate::features::Features;

/// Mean and standard deviation of each band.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// Means, `[width]`.
    pub means: Vec<f32>,
    /// Standard deviations, `[width]`; 1 for a band that never changes.
    pub deviations: Vec<f32>,
}

impl Statistics {
    /// Those over all frames of all `features` of `width` bands.
    pub fn of<'a>(width: usize, features: impl Iterator<Item = &'a Features>) -> Self {
        let mut sums = vec![[0.0_f64; 2]; width];
        let mut frames = 0;
        for features in features {
            for frame in features.values.chunks_exact(width) {
                frames += 1;
                for ([sum, squares], &x) in sums.iter_mut().zip(frame) {
                    let x = f64::from(x);
                    *sum += x;
                    *squares += x * x;
                }
            }
        }
        let n = f64::from(frames.max(1));
        let variance = |[sum, squares]: [f64; 2]| (squares - sum * sum / n) / n;
        // Rounding leaves a constant band a little.
        let deviation = |sums: [f64; 2]| match variance(sums) {
            small if small <= 1e-10 * (1.0 + (sums[0] / n).powi(2)) => 1.0,
            variance => variance.sqrt() as f32,
        };
        Self {
            means: sums.iter().map(|[sum, _]| (sum / n) as f32).collect(),
            deviations: sums.iter().map(|&sums| deviation(sums)).collect(),
        }
    }

    /// Takes each band's mean away and divides by its deviation.
    pub fn normalise(&self, features: &mut Features) {
        for frame in features.values.chunks_exact_mut(features.width) {
            for ((x, mean), deviation) in frame.iter_mut().zip(&self.means).zip(&self.deviations) {
                *x = (*x - mean) / deviation;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_get_mean_0_and_variance_1_together() {
        let values = [vec![1.0, 7.0, 3.0, 7.0], vec![8.0, 7.0]];
        let mut all = values.map(|values| Features { width: 2, values });
        let statistics = Statistics::of(2, all.iter());
        assert_eq!((statistics.means[0], statistics.deviations[1]), (4.0, 1.0));
        all.iter_mut().for_each(|features| statistics.normalise(features));
        let first: Vec<f32> =
            all.iter().flat_map(|f| f.values.iter().step_by(2)).copied().collect();
        assert!(first.iter().sum::<f32>().abs() < 1e-6);
        assert!((first.iter().map(|x| x * x).sum::<f32>() - 3.0).abs() < 1e-5);
        assert!(all.iter().flat_map(|f| f.values.iter().skip(1).step_by(2)).all(|x| *x == 0.0));
    }
}
