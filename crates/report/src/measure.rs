//! The metric of an experiment: how its values are averaged, compared and written.

use experiment::role::Role;
use plot::{Digits, Measure, Middle, Spacing};
use stats::Interval;
use sweep::tables::RunRow;
use train::{Averaging, BaselineScore, Metric, Unit};
use words::{NOTHING, article, decimal};

/// A split that is reported on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    Valid,
    Test,
}

impl Split {
    /// The split on which runs of these roles are looked at together: the test split, where all of them
    /// compare. What is chosen by a score must not be chosen by that of the test.
    pub(super) fn deciding(runs: &[RunRow]) -> Self {
        match runs.iter().all(|run| run.role == Role::Comparison) {
            true => Self::Test,
            false => Self::Valid,
        }
    }

    /// Its name in tables.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Test => "test",
        }
    }

    /// Its name in prose.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Valid => "validation",
            Self::Test => "test",
        }
    }

    /// The split of the data.
    pub(super) fn of_data(self) -> data::Split {
        match self {
            Self::Valid => data::Split::Valid,
            Self::Test => data::Split::Test,
        }
    }

    /// What a baseline reaches on it.
    pub(super) fn of_baseline(self, baseline: &BaselineScore) -> f64 {
        match self {
            Self::Valid => baseline.valid.get(),
            Self::Test => baseline.test.get(),
        }
    }
}

/// The least and the largest value that the statistic of a metric can have.
pub(super) fn possible(metric: Metric) -> (f64, f64) {
    (0.0, metric.largest())
}

/// The value of `metric` in a run on which means, intervals and differences are taken: its own, or
/// the loss.
pub(super) fn statistic(metric: Metric, run: &RunRow, split: Split) -> Option<f64> {
    match (metric.averaging(), split) {
        (Averaging::Loss { .. }, Split::Valid) => run.valid_loss,
        (Averaging::Loss { .. }, Split::Test) => run.test_loss,
        (Averaging::Values, Split::Valid) => run.valid_score,
        (Averaging::Values, Split::Test) => run.test_score,
    }
}

/// A mean or a bound of [`statistic`]s as a value of the metric.
pub(super) fn of_statistic(metric: Metric, value: f64) -> f64 {
    match metric.averaging() {
        Averaging::Loss { .. } => metric.of_loss(value).unwrap_or(value),
        Averaging::Values => value,
    }
}

/// The score of a run on a split. Tables have none that is not finite: a perplexity that overflows
/// follows from its loss.
pub(super) fn score(metric: Metric, run: &RunRow, split: Split) -> Option<f64> {
    let (score, loss) = match split {
        Split::Valid => (run.valid_score, run.valid_loss),
        Split::Test => (run.test_score, run.test_loss),
    };
    score.or_else(|| metric.of_loss(loss?))
}

/// The mean over seeds as tables and figures have it: of perplexities the exponential of the mean loss (their
/// geometric mean), of every other metric the arithmetic mean. `None` without values.
pub(super) fn mean(metric: Metric, scores: &[f64]) -> Option<f64> {
    axis(metric).middle.of(scores)
}

/// A score with its metric: `a perplexity of 152.2`, `1.382 bits per character`.
pub(super) fn named(metric: Metric, value: f64) -> String {
    match metric.unit() {
        Unit::Title => format!("{} {}", written(metric, value), metric.title()),
        _ => format!("{} of {}", article(metric.title()), written(metric, value)),
    }
}

/// What the axis of a metric is like, what stands for several seeds and how values are rounded: figures
/// and tables both go by it.
pub(super) fn axis(metric: Metric) -> Measure {
    let title = match metric.unit() {
        Unit::One | Unit::Title | Unit::Points => metric.title().to_owned(),
        Unit::Nats => format!("{}, nats", metric.title()),
        Unit::Share => format!("{}, %", metric.title()),
    };
    let on_loss = metric.is_averaged_on_loss();
    Measure {
        title,
        higher_is_better: metric.higher_is_better(),
        spacing: if metric.is_logarithmic() { Spacing::Log } else { Spacing::Linear },
        middle: if on_loss { Middle::MeanOfLoss } else { Middle::Mean },
        digits: match metric.unit() {
            Unit::Share | Unit::Points => Digits::Tenths,
            _ if on_loss => Digits::Tenths,
            _ => Digits::Four,
        },
    }
}

/// A value as figures show it: shares in percent.
pub(super) fn plotted(metric: Metric, value: f64) -> f64 {
    if metric.is_share() { 100.0 * value } else { value }
}

/// A value of a metric: `152.2`, `86.3 %`, `0.1667`.
pub fn written(metric: Metric, value: f64) -> String {
    let number = axis(metric).written(plotted(metric, value));
    if metric.is_share() { format!("{number} %") } else { number }
}

/// A value of a metric, absent for a run without one.
pub(super) fn maybe(metric: Metric, value: Option<f64>) -> String {
    value.map_or(NOTHING.to_owned(), |value| written(metric, value))
}

/// `145.2 (140.1 to 150.6)`, or the estimate alone where there is no interval.
pub(super) fn interval(metric: Metric, interval: Option<Interval>) -> String {
    let written = |value| written(metric, value);
    match interval {
        None => NOTHING.to_owned(),
        Some(Interval { estimate, bounds: None }) => written(estimate),
        Some(Interval { estimate, bounds: Some(bounds) }) => {
            format!("{} ({} to {})", written(estimate), written(bounds.low), written(bounds.high))
        }
    }
}

/// How far apart two values of a metric are: `1.2 points`, `0.0312`. Never negative.
pub(super) fn distance(metric: Metric, difference: f64) -> String {
    match metric.unit() {
        Unit::Share => format!("{:.1} points", 100.0 * difference.abs()),
        Unit::Points => format!("{:.1} points", difference.abs()),
        _ => decimal(difference.abs()),
    }
}

/// `lower is better` or `higher is better`.
pub(super) fn direction(metric: Metric) -> &'static str {
    if metric.higher_is_better() { "higher is better" } else { "lower is better" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_well() {
        assert_eq!(written(Metric::PERPLEXITY, 152.24), "152.2");
        assert_eq!(written(Metric::PERPLEXITY, 3.2e7), "3.2e7");
        assert_eq!(written(Metric::PERPLEXITY, 1.0564), "1.056");
        assert_eq!(written(Metric::ACCURACY, 0.8634), "86.3 %");
        assert_eq!(written(Metric::SQUARED_ERROR, 1.0 / 6.0), "0.1667");
        assert_eq!(written(Metric::SQUARED_ERROR, 0.000_012_3), "1.2e-5");
        assert_eq!(written(Metric::BITS_PER_CHARACTER, 1.3824), "1.382");
        assert_eq!(distance(Metric::ACCURACY, -0.012), "1.2 points");
        assert_eq!(named(Metric::ACCURACY, 0.8634), "an accuracy of 86.3 %");
        assert_eq!(named(Metric::BITS_PER_CHARACTER, 1.3824), "1.382 bits per character");
    }

    #[test]
    fn no_value_is_a_row_of_digits() {
        let endless = |metric: &Metric| metric.largest().is_infinite() && !metric.is_share();
        for metric in Metric::ALL.into_iter().filter(endless) {
            for value in [3e38, 1e17, 1.7e308, f64::INFINITY] {
                assert!(written(metric, value).chars().count() < 9, "{}", written(metric, value));
                assert!(distance(metric, -value).chars().count() < 9);
            }
        }
    }

    #[test]
    fn only_perplexities_are_averaged_on_another_scale() {
        assert!((mean(Metric::PERPLEXITY, &[1.0, 100.0]).unwrap() - 10.0).abs() < 1e-12);
        assert_eq!(mean(Metric::SQUARED_ERROR, &[1.0, 3.0]), Some(2.0));
        assert_eq!(mean(Metric::ACCURACY, &[]), None);
    }
}
