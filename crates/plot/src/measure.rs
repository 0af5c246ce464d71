//! What a figure shows of models: its words and its axis.

/// A number that tells how good a model is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// Its name as the axis says it: `perplexity`, `accuracy, %`.
    pub title: String,
    /// Whether more of it is better.
    pub higher_is_better: bool,
    /// How values are averaged and spaced.
    pub spacing: Spacing,
}

/// How values are averaged and spaced on their axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// As they are.
    Linear,
    /// By their logarithms; all are positive.
    Log,
    /// The same for exponentials of a loss, the nll, which figures then name.
    Exponential,
}

impl Measure {
    /// Perplexity: the exponential of the nll.
    pub fn perplexity() -> Self {
        Self {
            title: "perplexity".to_owned(),
            higher_is_better: false,
            spacing: Spacing::Exponential,
        }
    }

    pub(crate) fn is_log(&self) -> bool {
        self.spacing != Spacing::Linear
    }

    /// Whether a value can be shown.
    pub(crate) fn usable(&self, value: f64) -> bool {
        value.is_finite() && (value > 0.0 || !self.is_log())
    }

    /// Which values are better.
    pub(crate) fn direction(&self) -> &'static str {
        if self.higher_is_better { "Higher is better." } else { "Lower is better." }
    }
}

impl Spacing {
    /// The value on the scale on which means are taken.
    pub(crate) fn forward(self, value: f64) -> f64 {
        if self == Self::Linear { value } else { value.ln() }
    }

    /// The value of a number on that scale.
    pub(crate) fn back(self, number: f64) -> f64 {
        if self == Self::Linear { number } else { number.exp() }
    }
}
