//! Student's t interval of a mean.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// An estimate with the bounds that the data supports around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The estimate: a mean over seeds, or its exponential for perplexity.
    pub estimate: f64,
    /// The interval's ends; `None` when one value alone says nothing about the spread.
    pub bounds: Option<Bounds>,
}

/// The two ends of an [`Interval`], `low <= high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// The lower end, if there is one.
    pub fn low(&self) -> Option<f64> {
        self.bounds.map(|bounds| bounds.low)
    }

    /// The upper end, if there is one.
    pub fn high(&self) -> Option<f64> {
        self.bounds.map(|bounds| bounds.high)
    }

    /// The same with ends no further than what the quantity can be: a share is never above 1.
    pub fn within(self, low: f64, high: f64) -> Self {
        let bounds = self.bounds.map(|bounds| Bounds {
            low: bounds.low.max(low).min(high),
            high: bounds.high.min(high).max(low),
        });
        Self { bounds, ..self }
    }

    /// The interval on a scale reached by an increasing function, applied to all three numbers.
    ///
    /// Perplexity is averaged as nll and then exponentiated: averaging perplexities would let the worst
    /// seed dominate. Its interval is therefore not symmetric around its estimate.
    pub fn map(self, increasing: impl Fn(f64) -> f64) -> Self {
        Self {
            estimate: increasing(self.estimate),
            bounds: self.bounds.map(|bounds| Bounds {
                low: increasing(bounds.low),
                high: increasing(bounds.high),
            }),
        }
    }
}

/// The mean of `values` and its Student t interval at `level` (0.95 for 95 %).
///
/// Student's t assumes values that are roughly normal, and with few seeds that cannot be checked:
/// two seeds give an interval about 13 standard errors wide on either side, three seeds 4.3, five
/// seeds 2.8. One seed gives an estimate without bounds. Equal values give an interval of no
/// width, which says that the seeds changed nothing, not that the mean is certain.
///
/// `None` when `values` is empty or holds a value that is not finite, or when `level` is not
/// strictly between 0 and 1.
pub fn mean_interval(values: &[f64], level: f64) -> Option<Interval> {
    let usable_values = !values.is_empty() && values.iter().all(|value| value.is_finite());
    let usable_level = level > 0.0 && level < 1.0;
    if !(usable_values && usable_level) {
        return None;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    if values.len() < 2 {
        return Some(Interval { estimate: mean, bounds: None });
    }
    let freedom = count - 1.0;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / freedom;
    let half_width = quantile(values.len(), level)? * (variance / count).sqrt();
    Some(Interval {
        estimate: mean,
        bounds: Some(Bounds { low: mean - half_width, high: mean + half_width }),
    })
}

/// How far the [`mean_interval`] of `count` values reaches to either side, in standard deviations of the
/// values: what so many values can tell from 0, before any is known.
///
/// `None` for fewer than two values, and for a level that is not strictly between 0 and 1.
pub fn half_width(count: usize, level: f64) -> Option<f64> {
    let usable = count >= 2 && level > 0.0 && level < 1.0;
    Some(quantile(count, level).filter(|_| usable)? / (count as f64).sqrt())
}

/// Student's t at which the central share `level` ends, for the mean of `count` values.
fn quantile(count: usize, level: f64) -> Option<f64> {
    let student = StudentsT::new(0.0, 1.0, count as f64 - 1.0).ok()?;
    Some(student.inverse_cdf(0.5 + level / 2.0))
}

/// The mean of `a[i] - b[i]` and its interval: the runs of two cells paired by seed.
///
/// Pairing removes what both cells share (data order, the luck of a seed). `None` when the slices
/// differ in length, and as in [`mean_interval`].
pub fn paired_difference(a: &[f64], b: &[f64], level: f64) -> Option<Interval> {
    if a.len() != b.len() {
        return None;
    }
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    mean_interval(&differences, level)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected values by:
    //   v = np.array(values); m = v.mean()
    //   h = scipy.stats.t.ppf(0.5 + level / 2, len(v) - 1) * v.std(ddof=1) / np.sqrt(len(v))
    //   m, m - h, m + h
    #[track_caller]
    fn check(interval: Option<Interval>, estimate: f64, low: f64, high: f64, tolerance: f64) {
        let interval = interval.expect("an interval");
        let bounds = interval.bounds.expect("bounds");
        let got = [interval.estimate, bounds.low, bounds.high];
        for (got, expected) in got.into_iter().zip([estimate, low, high]) {
            assert!((got - expected).abs() < tolerance, "{got} is not {expected}");
        }
    }

    #[test]
    fn agrees_with_scipy() {
        let three = [4.71, 4.69, 4.74];
        check(
            mean_interval(&three, 0.95),
            4.713333333333334,
            4.6508172385395765,
            4.775849428127091,
            1e-9,
        );
        let two = [4.71, 4.69];
        check(mean_interval(&two, 0.95), 4.7, 4.572937952638256, 4.8270620473617445, 1e-9);
        let five = [4.71, 4.69, 4.74, 4.70, 4.72];
        check(mean_interval(&five, 0.99), 4.712, 4.672394078356325, 4.751605921643675, 1e-9);
    }

    #[test]
    fn perplexity_is_the_exponential_of_the_nll_interval() {
        // np.exp of the three numbers of the first case above
        let interval = mean_interval(&[4.71, 4.69, 4.74], 0.95).map(|nll| nll.map(f64::exp));
        check(interval, 111.42295141, 104.67049139, 118.61102338, 1e-7);
    }

    #[test]
    fn difference_is_paired() {
        let a = [4.71, 4.69, 4.74, 4.70, 4.72];
        let b = [4.75, 4.72, 4.76, 4.76, 4.75];
        check(
            paired_difference(&a, &b, 0.95),
            -0.036,
            -0.05483076688348415,
            -0.017169233116515387,
            1e-9,
        );
        assert_eq!(paired_difference(&a, &b[..4], 0.95), None);
    }

    /// scipy.stats.t.ppf(0.5 + level / 2, n - 1) / np.sqrt(n)
    #[test]
    fn what_so_many_values_can_tell_is_known_before() {
        let of_six_pairs = 1.0 - 0.05 / 6.0;
        for (count, level, expected) in [
            (2, of_six_pairs, 54.015894),
            (3, of_six_pairs, 6.284958),
            (3, 0.95, 2.484138),
            (10, 0.95, 0.715356),
        ] {
            let found = half_width(count, level).expect("a width");
            assert!((found - expected).abs() < 1e-4, "{count}, {level}: {found}");
        }
        assert_eq!(half_width(1, 0.95), None);
        assert_eq!(half_width(0, 0.95), None);
        assert_eq!(half_width(3, 1.0), None);
    }

    #[test]
    fn student_quantiles_agree_with_scipy() {
        // scipy.stats.t.ppf(p, df)
        let cases = [
            (1.0, 0.9, 3.0776835371752544),
            (1.0, 0.995, 63.656741162871526),
            (2.0, 0.975, 4.302652729749462),
            (4.0, 0.995, 4.604094871349992),
            (9.0, 0.975, 2.262157162798205),
            (29.0, 0.975, 2.045229642132703),
        ];
        for (freedom, probability, expected) in cases {
            let student = StudentsT::new(0.0, 1.0, freedom).expect("valid freedom");
            let got = student.inverse_cdf(probability);
            assert!((got / expected - 1.0).abs() < 1e-9, "{got} is not {expected}");
        }
    }

    #[test]
    fn ends_stay_where_values_can_be() {
        let bounds = |low, high| Interval { estimate: 0.9, bounds: Some(Bounds { low, high }) };
        assert_eq!(bounds(-0.1, 1.2).within(0.0, 1.0), bounds(0.0, 1.0));
        assert_eq!(bounds(0.8, 1.2).within(0.0, f64::INFINITY), bounds(0.8, 1.2));
    }

    #[test]
    fn one_seed_has_no_bounds() {
        assert_eq!(mean_interval(&[4.7], 0.95), Some(Interval { estimate: 4.7, bounds: None }));
    }

    #[test]
    fn equal_seeds_have_no_width() {
        check(mean_interval(&[2.0; 4], 0.95), 2.0, 2.0, 2.0, 1e-12);
    }

    #[test]
    fn what_cannot_be_answered_is_none() {
        assert_eq!(mean_interval(&[], 0.95), None);
        assert_eq!(mean_interval(&[1.0, f64::NAN], 0.95), None);
        assert_eq!(mean_interval(&[1.0, f64::INFINITY], 0.95), None);
        for level in [0.0, 1.0, -1.0, 95.0, f64::NAN] {
            assert_eq!(mean_interval(&[1.0, 2.0], level), None, "level {level}");
        }
    }
}
