//! What a figure shows of models: its words, its axis, its means and its digits.

use words::decimal;

/// A number that tells how good a model is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// Its name as the axis says it: `perplexity`, `accuracy, %`.
    pub title: String,
    /// Whether more of it is better.
    pub higher_is_better: bool,
    /// How values are spaced on their axis.
    pub spacing: Spacing,
    /// What stands for several runs.
    pub middle: Middle,
    /// How values are rounded.
    pub digits: Digits,
}

/// How values are spaced on their axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// As they are.
    Linear,
    /// By their logarithms; what is not positive lies beyond the axis' lower end.
    Log,
}

/// What stands for several runs: the same in figures and tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Middle {
    /// The arithmetic mean.
    Mean,
    /// The exponential of the mean logarithm: of perplexities, whose logarithm is the loss.
    MeanOfLoss,
    /// The median.
    Median,
}

/// How values are rounded: the same in figures and tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digits {
    /// One decimal: perplexities (from 10 on) and percents.
    Tenths,
    /// Four significant digits, near enough: losses.
    Four,
}

impl Measure {
    /// Perplexity: the exponential of the loss.
    pub fn perplexity() -> Self {
        Self {
            title: "perplexity".to_owned(),
            higher_is_better: false,
            spacing: Spacing::Log,
            middle: Middle::MeanOfLoss,
            digits: Digits::Tenths,
        }
    }

    /// A value in digits: `152.2`, `0.1667`, `3.2e7`. Tables and figures both write by this.
    pub fn written(&self, value: f64) -> String {
        match self.digits {
            // Near 1 perplexities differ in the decimals behind the first.
            Digits::Tenths if self.middle == Middle::MeanOfLoss && value.abs() < 10.0 => {
                decimal(value)
            }
            Digits::Tenths if value.abs() < 1e5 => format!("{value:.1}"),
            Digits::Tenths | Digits::Four => decimal(value),
        }
    }

    pub(crate) fn is_log(&self) -> bool {
        self.spacing == Spacing::Log
    }

    /// Whether a value can be shown, if only at the edge of its axis.
    pub(crate) fn usable(&self, value: f64) -> bool {
        !value.is_nan() && (value > 0.0 || self.middle != Middle::MeanOfLoss)
    }

    /// The values that have a place on the axis.
    pub(crate) fn has_place(&self, value: f64) -> bool {
        value.is_finite() && (value > 0.0 || !self.is_log())
    }

    /// Which values are better.
    pub(crate) fn direction(&self) -> &'static str {
        if self.higher_is_better { "Higher is better." } else { "Lower is better." }
    }

    /// What curves over seeds show.
    pub(crate) fn curves_note(&self) -> String {
        format!("Line: {} over seeds. Band: lowest to highest seed.", self.middle.title())
    }
}

impl Middle {
    /// Its name in a sentence: `mean`, `median`.
    pub fn title(self) -> &'static str {
        match self {
            Self::Mean => "arithmetic mean",
            Self::MeanOfLoss => "exponential of the mean loss",
            Self::Median => "median",
        }
    }

    /// The middle of values; `None` where there are none.
    pub fn of(self, values: &[f64]) -> Option<f64> {
        let count = values.len() as f64;
        if values.is_empty() {
            return None;
        }
        Some(match self {
            // Each divided first: the sum of very large values is not finite.
            Self::Mean => values.iter().map(|value| value / count).sum(),
            Self::MeanOfLoss => (values.iter().map(|value| value.ln()).sum::<f64>() / count).exp(),
            Self::Median => {
                let mut sorted = values.to_vec();
                sorted.sort_by(f64::total_cmp);
                let half = sorted.len() / 2;
                match sorted.len() % 2 {
                    1 => sorted[half],
                    _ => sorted[half - 1] / 2.0 + sorted[half] / 2.0,
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_digits_of_their_measure() {
        let bits = Measure { digits: Digits::Four, ..Measure::perplexity() };
        assert_eq!(bits.written(2.396_9), "2.397");
        assert_eq!(bits.written(1.0 / 6.0), "0.1667");
        assert_eq!(bits.written(0.000_012_3), "1.2e-5");
        assert_eq!(bits.written(37_601_968.0), "3.8e7");
        assert_eq!(Measure::perplexity().written(152.24), "152.2");
        assert_eq!(Measure::perplexity().written(3.2e38), "3.2e38");
    }

    #[test]
    fn middles_are_what_their_names_say() {
        let values = [1.0, 100.0, 10.0, 10.0];
        assert_eq!(Middle::Mean.of(&values), Some(30.25));
        assert!((Middle::MeanOfLoss.of(&values).unwrap() - 10.0).abs() < 1e-12);
        assert_eq!(Middle::Median.of(&values), Some(10.0));
        assert_eq!(Middle::Mean.of(&[]), None);
        assert_eq!(Middle::Mean.of(&[f64::MAX, f64::MAX]), Some(f64::MAX));
    }
}
