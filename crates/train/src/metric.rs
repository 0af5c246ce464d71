//! What tells how good a model is.

use crate::score::{Confusion, GroupScore};
use metrics::{Bleu, Chrf};
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize, Serializer};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::convert::identity;
use std::fmt;

/// A number that tells how good a model is at its task: one of [`Metric::ALL`]. Tables, figures and
/// sentences ask it what they need to know; none has a case for a metric of its own.
#[derive(Clone, Copy)]
pub struct Metric(&'static Description);

/// What is to be known of a metric.
struct Description {
    /// Its name in records and tables.
    name: &'static str,
    /// Its name in prose.
    title: &'static str,
    better: Better,
    unit: Unit,
    /// The largest value that it can have.
    largest: f64,
    /// Whether its values fall by orders of magnitude, so that an axis has their logarithms.
    logarithmic: bool,
    averaging: Averaging,
    /// Its value where the loss decides it.
    of_loss: Option<fn(f64) -> f64>,
    /// What the tokens are called whose loss it is, where it is for tokens of one kind.
    tokens: Option<&'static str>,
    /// How it is counted, where several ways are usual.
    signature: Option<fn() -> String>,
}

/// Which values are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Better {
    Lower,
    Higher,
}

/// What the values of a metric are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Nothing: a number.
    One,
    /// Nats.
    Nats,
    /// What its title says: `1.382 bits per character`.
    Title,
    /// A share from 0 to 1, shown in percent.
    Share,
    /// Points, of a hundred.
    Points,
}

/// On what means, intervals and differences of a metric are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Averaging {
    /// On its values.
    Values,
    /// On the loss, whose exponential it is, so that differences are ratios.
    Loss {
        /// The title for several values.
        plural: &'static str,
    },
}

/// What most metrics are like.
const USUAL: Description = Description {
    name: "",
    title: "",
    better: Better::Lower,
    unit: Unit::One,
    largest: f64::INFINITY,
    logarithmic: false,
    averaging: Averaging::Values,
    of_loss: None,
    tokens: None,
    signature: None,
};

/// Points for sentences.
const POINTS: Description =
    Description { better: Better::Higher, unit: Unit::Points, largest: 100.0, ..USUAL };

/// A share of right answers, or what is like one.
const SHARE: Description =
    Description { better: Better::Higher, unit: Unit::Share, largest: 1.0, ..USUAL };

macro_rules! metrics {
    ($($(#[$doc:meta])* $constant:ident = $description:expr;)+) => {
        impl Metric {
            $($(#[$doc])* pub const $constant: Self = Self(&$description);)+

            /// All metrics.
            pub const ALL: [Self; [$(stringify!($constant)),+].len()] = [$(Self::$constant),+];
        }
    };
}

metrics! {
    /// e to the mean negative log-likelihood per token in nats.
    PERPLEXITY = Description {
        name: "perplexity",
        title: "perplexity",
        logarithmic: true,
        averaging: Averaging::Loss { plural: "perplexities" },
        of_loss: Some(f64::exp),
        tokens: Some("words"),
        ..USUAL
    };
    /// Mean negative log-likelihood per character in bits.
    BITS_PER_CHARACTER = Description {
        name: "bits_per_character",
        title: "bits per character",
        unit: Unit::Title,
        of_loss: Some(in_bits),
        tokens: Some("characters"),
        ..USUAL
    };
    /// Mean negative log-likelihood per answer in nats.
    CROSS_ENTROPY = Description {
        name: "cross_entropy",
        title: "cross-entropy",
        unit: Unit::Nats,
        logarithmic: true,
        of_loss: Some(identity),
        ..USUAL
    };
    /// Mean negative log-likelihood per time step in nats, summed over the keys of a step.
    NLL_PER_STEP = Description {
        name: "nll_per_step",
        title: "NLL per step",
        unit: Unit::Nats,
        logarithmic: true,
        of_loss: Some(identity),
        ..USUAL
    };
    /// Mean squared error.
    SQUARED_ERROR = Description {
        name: "squared_error",
        title: "squared error",
        logarithmic: true,
        of_loss: Some(identity),
        ..USUAL
    };
    /// Share of right answers. Where it is known which earlier input an answer needs, of the
    /// answers that need one.
    ACCURACY = Description { name: "accuracy", title: "accuracy", ..SHARE };
    /// F1 of each class, averaged over the classes that occur or are answered, as scikit-learn's
    /// `f1_score(average="macro")` has it; one that does only one of both counts 0.
    MACRO_F1 = Description { name: "macro_f1", title: "macro F1", ..SHARE };
    /// Expected calibration error (Guo et al. 2017, arXiv 1706.04599), 15 equal bins: how far the
    /// chance that the model gives its answer is from the share of right answers, on average.
    CALIBRATION_ERROR = Description {
        name: "calibration_error",
        title: "calibration error",
        better: Better::Lower,
        ..SHARE
    };
    /// Notes sounding and foretold, of those sounding or foretold (Bay et al. 2009), over all
    /// steps together; foretold is what has a chance of at least 1/2.
    FRAME_ACCURACY = Description { name: "frame_accuracy", title: "frame accuracy", ..SHARE };
    /// Edits (substitutions, insertions, deletions) by label of what should have been answered, over all
    /// sequences together; above 1 where much was inserted.
    LABEL_ERROR_RATE = Description {
        name: "label_error_rate",
        title: "label error rate",
        better: Better::Lower,
        // What is put in too much counts, too.
        largest: f64::INFINITY,
        ..SHARE
    };
    /// Share of sequences whose labels are not all right.
    SEQUENCE_ERROR_RATE = Description {
        name: "sequence_error_rate",
        title: "sequence error rate",
        better: Better::Lower,
        ..SHARE
    };
    /// Share of sequences that are answered right from the first token to the last.
    EXACT_MATCH = Description { name: "exact_match", title: "exact match", ..SHARE };
    /// BLEU (Papineni et al. 2002) of sentences as people write them against their references, capital letters as they
    /// are, words as mteval-v13a cuts them: sacreBLEU's default.
    BLEU = Description {
        name: "bleu",
        title: "BLEU",
        signature: Some(|| Bleu::CASED.signature()),
        ..POINTS
    };
    /// BLEU of tokens in small letters, as tutorials report it: not to be compared with `bleu`, nor between tokenisers.
    TOKEN_BLEU = Description {
        name: "token_bleu",
        title: "BLEU of lower-cased tokens",
        signature: Some(|| Bleu::LOWER_TOKENS.signature()),
        ..POINTS
    };
    /// chrF2 (Popović 2015) of sentences as people write them: characters and their neighbours in common.
    CHRF = Description {
        name: "chrf",
        title: "chrF",
        signature: Some(|| Chrf.signature()),
        ..POINTS
    };
}

fn in_bits(loss: f64) -> f64 {
    loss / std::f64::consts::LN_2
}

impl Metric {
    /// Its name in records and tables.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The metric with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }

    /// Its name in prose.
    pub fn title(self) -> &'static str {
        self.0.title
    }

    /// Whether more of it is better.
    pub fn higher_is_better(self) -> bool {
        self.0.better == Better::Higher
    }

    /// What its values are counted in.
    pub fn unit(self) -> Unit {
        self.0.unit
    }

    /// Whether it is a share, shown in percent.
    pub fn is_share(self) -> bool {
        self.unit() == Unit::Share
    }

    /// Whether its values fall by orders of magnitude, so that an axis has their logarithms.
    pub fn is_logarithmic(self) -> bool {
        self.0.logarithmic
    }

    /// On what means, intervals and differences are taken.
    pub fn averaging(self) -> Averaging {
        self.0.averaging
    }

    /// Whether means, intervals and differences are taken on the loss.
    pub fn is_averaged_on_loss(self) -> bool {
        matches!(self.averaging(), Averaging::Loss { .. })
    }

    /// Its value where the loss decides it.
    pub fn of_loss(self, loss: f64) -> Option<f64> {
        self.0.of_loss.map(|of| of(loss))
    }

    /// What the tokens are called whose loss it is, where it is for tokens of one kind.
    pub fn tokens(self) -> Option<&'static str> {
        self.0.tokens
    }

    /// How it is counted, where several ways are usual: sacreBLEU's signature.
    pub fn signature(self) -> Option<String> {
        self.0.signature.map(|signature| signature())
    }

    /// The largest value that it can have.
    pub fn largest(self) -> f64 {
        self.0.largest
    }

    /// Its place among all metrics.
    fn place(self) -> usize {
        Self::ALL.iter().position(|metric| *metric == self).unwrap_or(Self::ALL.len())
    }
}

impl Default for Metric {
    fn default() -> Self {
        Self::PERPLEXITY
    }
}

impl PartialEq for Metric {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Metric {}

impl PartialOrd for Metric {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Metric {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place())
    }
}

impl fmt::Debug for Metric {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Metric {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| {
            D::Error::custom(format!("no metric is called `{name}`; there are {}", {
                let names: Vec<&str> = Self::ALL.iter().map(|metric| metric.name()).collect();
                names.join(", ")
            }))
        })
    }
}

/// Metrics that the loss does not decide, by name.
pub type Metrics = BTreeMap<Metric, f64>;

/// How good a model is on a split.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Scores {
    /// Mean loss per scored target: negative log-likelihood in nats, or squared error.
    pub loss: f64,
    /// What else is measured.
    pub metrics: Metrics,
    /// Right answers by how far back the input is that they need, nearest first.
    pub by_lag: Vec<LagScore>,
    /// Of recordings: how good the answers are by who speaks and by how many labels there are.
    pub groups: Vec<GroupScore>,
    /// Of recordings with a class: which one was taken for which.
    pub confusions: Vec<Confusion>,
}

/// How many answers are right that need an input from so many steps before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LagScore {
    /// Steps from that input to the answer.
    pub lag: usize,
    /// Answers.
    pub answers: usize,
    /// Right ones.
    pub right: usize,
}

/// The value of `metric`, given what was measured.
pub fn value(metric: Metric, loss: f64, metrics: &Metrics) -> Option<f64> {
    metric.of_loss(loss).or_else(|| metrics.get(&metric).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_records() {
        let mut names: Vec<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        for metric in Metric::ALL {
            let written = serde_json::to_string(&Metrics::from([(metric, 0.5)])).unwrap();
            assert_eq!(written, format!("{{\"{}\":0.5}}", metric.name()));
            assert_eq!(serde_json::from_str::<Metrics>(&written).unwrap()[&metric], 0.5);
            assert!(!metric.title().is_empty() && metric.name() == metric.name().to_lowercase());
            assert_eq!(metric.signature().is_some(), metric.unit() == Unit::Points);
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        let error = serde_json::from_str::<Metric>("\"speed\"").unwrap_err().to_string();
        assert!(
            error.starts_with("no metric is called `speed`; there are perplexity, "),
            "{error}"
        );
    }

    /// Records and tables list them in this order.
    #[test]
    fn they_are_ordered_as_they_are_listed() {
        assert!(Metric::ALL.is_sorted());
        assert!(Metric::ACCURACY < Metric::MACRO_F1 && Metric::PERPLEXITY < Metric::ACCURACY);
    }

    #[test]
    fn the_loss_decides_some_metrics() {
        let none = Metrics::new();
        assert_eq!(value(Metric::PERPLEXITY, 2.0, &none), Some(2.0_f64.exp()));
        assert_eq!(value(Metric::BITS_PER_CHARACTER, 2.0 * 2.0_f64.ln(), &none), Some(2.0));
        assert_eq!(value(Metric::ACCURACY, 2.0, &none), None);
        assert_eq!(value(Metric::ACCURACY, 2.0, &[(Metric::ACCURACY, 0.5)].into()), Some(0.5));
    }

    /// The mean of a statistic has to be turned back into a value.
    #[test]
    fn what_is_averaged_on_the_loss_is_its_exponential() {
        for metric in Metric::ALL.into_iter().filter(|metric| metric.is_averaged_on_loss()) {
            assert_eq!(metric.of_loss(1.5), Some(1.5_f64.exp()), "{metric:?}");
        }
    }
}
