//! Two arms compared, seed by seed.

use super::arms::Arm;
use super::measure::{self, Split, possible};
use crate::evidence::joint_level;
use stats::{Interval, Verdict, paired_difference};
use train::{Averaging, Metric};
use words::multiple;

/// Two arms compared on the seeds that both finished.
#[derive(Debug, Clone)]
pub(super) struct Comparison<'a> {
    /// The first arm's name.
    pub first: &'a str,
    /// The second arm's name.
    pub second: &'a str,
    /// By what they are compared.
    pub metric: Metric,
    /// On which split.
    pub split: Split,
    /// What both reached, by common seed: values of the statistic.
    pub scores: Vec<(f64, f64)>,
    /// Mean of first minus second (of perplexities, of their logarithms), with its interval.
    pub difference: Interval,
    /// What may be said.
    pub verdict: Verdict,
}

/// Every pair of arms that were trained on the same data, [`compared`].
pub(super) fn comparisons<'a>(arms: &[Arm<'a>]) -> Vec<Comparison<'a>> {
    let pairs = arms.iter().enumerate().flat_map(|(position, first)| {
        let others = arms[position + 1..].iter();
        others
            .filter(move |second| second.has_data_of(first))
            .map(move |second| (first.clone(), second.clone()))
    });
    compared(pairs.collect())
}

/// Those of the pairs that have at least two common seeds. The intervals hold jointly: each has the
/// level that makes all of them right together at [`LEVEL`] (Bonferroni).
pub(super) fn compared<'a>(arms: Vec<(Arm<'a>, Arm<'a>)>) -> Vec<Comparison<'a>> {
    let (metric, split) =
        arms.first().map_or((Metric::default(), Split::Test), |(arm, _)| (arm.metric, arm.split));
    let mut pairs = Vec::new();
    for (first, second) in arms {
        let (ours, theirs) = (first.by_seed(), second.by_seed());
        let common: Vec<(f64, f64)> =
            ours.iter().filter_map(|(seed, ours)| Some((*ours, *theirs.get(seed)?))).collect();
        if common.len() >= 2 {
            pairs.push((first.name, second.name, common));
        }
    }
    let level = joint_level(pairs.len());
    pairs
        .into_iter()
        .filter_map(|(first, second, scores)| {
            let (ours, theirs): (Vec<f64>, Vec<f64>) = scores.iter().copied().unzip();
            let (least, largest) = possible(metric);
            let difference = paired_difference(&ours, &theirs, level)?;
            let verdict = match (metric.higher_is_better(), Verdict::of_difference(&difference)) {
                // Their spread, on which an interval rests, is not known.
                _ if without_spread(&scores) => Verdict::Undecided,
                (true, Verdict::FirstBetter) => Verdict::SecondBetter,
                (true, Verdict::SecondBetter) => Verdict::FirstBetter,
                (_, verdict) => verdict,
            };
            // No two shares are further apart than 0 and 100 %.
            let difference = difference.within(least - largest, largest - least);
            Some(Comparison { first, second, metric, split, scores, difference, verdict })
        })
        .collect()
}

impl Comparison<'_> {
    /// Common seeds.
    pub(super) fn pairs(&self) -> usize {
        self.scores.len()
    }

    /// Whether both reached the same with every common seed.
    pub(super) fn is_tie(&self) -> bool {
        self.difference.estimate == 0.0 && self.scores.iter().all(|(ours, theirs)| ours == theirs)
    }

    /// Whether the difference is the same with every common seed, and not 0: as counts of few answers can
    /// have it by chance.
    pub(super) fn is_without_spread(&self) -> bool {
        !self.is_tie() && without_spread(&self.scores)
    }

    /// What may be said, in a sentence.
    pub(super) fn sentence(&self) -> String {
        if self.is_tie() {
            return format!(
                "{} and {}: equal; the {} {} is the same with each of {} paired seeds.",
                self.first,
                self.second,
                self.split.title(),
                self.metric.title(),
                self.pairs()
            );
        }
        let (better, worse, sign) = match self.verdict {
            Verdict::SecondBetter => (self.second, self.first, -1.0),
            Verdict::FirstBetter | Verdict::Undecided => (self.first, self.second, 1.0),
        };
        let what = format!("{} {}", self.split.title(), self.metric.title());
        let estimate = sign * self.difference.estimate;
        let bounds = self.difference.bounds.filter(|_| !self.is_without_spread()).map(|bounds| {
            let mut ends = [sign * bounds.low, sign * bounds.high];
            ends.sort_by(f64::total_cmp);
            ends
        });
        let seeds = match self.is_without_spread() {
            true => format!(
                "to the digit with each of {} paired seeds, so that nothing is known of its spread",
                self.pairs()
            ),
            false => format!("from {} paired seeds", self.pairs()),
        };
        let (subject, how) = match self.verdict {
            Verdict::Undecided => (
                format!("{better} and {worse}: not decided"),
                format!("; the {what} of {better} is"),
            ),
            _ => (format!("{better} is better than {worse} here"), format!(": its {what} is")),
        };
        let rest = match self.metric.averaging() {
            Averaging::Loss { .. } => {
                let range = bounds.map_or(String::new(), |[low, high]| {
                    format!(" ({} to {})", factor(low), factor(high))
                });
                let times = match estimate == 0.0 {
                    true => "equal to".to_owned(),
                    false => format!("{} times", factor(estimate)),
                };
                format!("{times} that of {worse}{range}, {seeds}")
            }
            Averaging::Values => difference(self.metric, estimate, bounds, worse, &seeds),
        };
        format!("{subject}{how} {rest}.")
    }
}

/// Whether the differences of these pairs are equal.
fn without_spread(scores: &[(f64, f64)]) -> bool {
    let differences = || scores.iter().map(|(ours, theirs)| ours - theirs);
    let (Some(least), Some(most)) =
        (differences().reduce(f64::min), differences().reduce(f64::max))
    else {
        return false;
    };
    let largest = scores.iter().flat_map(|(a, b)| [a.abs(), b.abs()]).fold(0.0, f64::max);
    most - least <= 1e-12 * largest
}

/// A difference of losses as a ratio of perplexities.
fn factor(difference: f64) -> String {
    multiple(difference.exp())
}

/// `1.2 points higher than that of rnn (0.8 to 1.6), from ...`, or `equal to that of rnn`.
fn difference(
    metric: Metric,
    estimate: f64,
    bounds: Option<[f64; 2]>,
    than: &str,
    seeds: &str,
) -> String {
    let side = |value: f64| if value < 0.0 { "lower" } else { "higher" };
    let size = |value: f64| measure::distance(metric, value);
    let range = bounds.map_or(String::new(), |[low, high]| match (side(low), side(high)) {
        (one, other) if one != other => {
            format!(" ({} {one} to {} {other})", size(low), size(high))
        }
        ("lower", _) => format!(" ({} to {})", size(high), size(low)),
        _ => format!(" ({} to {})", size(low), size(high)),
    });
    let how = match estimate == 0.0 {
        true => "equal to".to_owned(),
        false => format!("{} {} than", size(estimate), side(estimate)),
    };
    format!("{how} that of {than}{range}, {seeds}")
}

#[cfg(test)]
mod tests {
    use super::super::testing::finished;
    use super::*;
    use stats::Bounds;
    use sweep::tables::RunRow;

    fn sentence(metric: Metric, estimate: f64, low: f64, high: f64, verdict: Verdict) -> String {
        let difference = Interval { estimate, bounds: Some(Bounds { low, high }) };
        // Equal only where the estimate says so; else with a spread.
        let of_seed = |seed: i32| (estimate + 0.01 * estimate * f64::from(seed), 0.0);
        let (split, scores) = (Split::Test, (0..3).map(of_seed).collect());
        let comparison =
            Comparison { first: "rnn", second: "gru", metric, split, scores, difference, verdict };
        comparison.sentence()
    }

    #[test]
    fn sentences_say_how_much_better_by_what() {
        assert_eq!(
            sentence(Metric::PERPLEXITY, 0.2, 0.1, 0.3, Verdict::SecondBetter),
            "gru is better than rnn here: its test perplexity is 0.819 times that of rnn (0.741 to 0.905), from 3 paired seeds."
        );
        assert_eq!(
            sentence(Metric::ACCURACY, -0.05, -0.06, -0.04, Verdict::SecondBetter),
            "gru is better than rnn here: its test accuracy is 5.0 points higher than that of rnn (4.0 points to 6.0 points), from 3 paired seeds."
        );
        assert_eq!(
            sentence(Metric::NLL_PER_STEP, -0.5, -0.75, -0.25, Verdict::FirstBetter),
            "rnn is better than gru here: its test NLL per step is 0.5000 lower than that of gru (0.2500 to 0.7500), from 3 paired seeds."
        );
        assert_eq!(
            sentence(Metric::ACCURACY, 0.01, -0.02, 0.04, Verdict::Undecided),
            "rnn and gru: not decided; the test accuracy of rnn is 1.0 points higher than that of gru (2.0 points lower to 4.0 points higher), from 3 paired seeds."
        );
    }

    #[test]
    fn ties_are_no_ranking() {
        assert_eq!(
            sentence(Metric::ACCURACY, 0.0, 0.0, 0.0, Verdict::Undecided),
            "rnn and gru: equal; the test accuracy is the same with each of 3 paired seeds."
        );
        let scores = vec![(0.9, 1.0), (1.0, 0.9)];
        let bounds = Some(Bounds { low: -0.02, high: 0.02 });
        let even = |metric| Comparison {
            first: "rnn",
            second: "gru",
            metric,
            split: Split::Test,
            scores: scores.clone(),
            difference: Interval { estimate: 0.0, bounds },
            verdict: Verdict::Undecided,
        };
        assert_eq!(
            even(Metric::ACCURACY).sentence(),
            "rnn and gru: not decided; the test accuracy of rnn is equal to that of gru (2.0 points lower to 2.0 points higher), from 2 paired seeds."
        );
        let said = even(Metric::PERPLEXITY).sentence();
        assert!(said.contains("of rnn is equal to that of gru (0.980 to 1.020)"), "{said}");
    }

    /// As counts of few answers have them by chance.
    #[test]
    fn equal_differences_decide_nothing() {
        let run = |arm: &str, seed: u64, score: f64| RunRow {
            test_score: Some(score),
            ..finished(arm, arm, seed, "{}")
        };
        let runs = [run("a", 1, 0.600), run("a", 2, 0.800), run("b", 1, 0.525), run("b", 2, 0.725)];
        let arms = Arm::all(&runs, Metric::ACCURACY);
        let pair = &comparisons(&arms)[0];
        assert_eq!(pair.verdict, Verdict::Undecided);
        assert_eq!(
            pair.sentence(),
            "a and b: not decided; the test accuracy of a is 7.5 points higher than that of b, to the digit with each of 2 paired seeds, so that nothing is known of its spread."
        );
    }

    /// Of accuracies the larger is the better one.
    #[test]
    fn the_better_arm_is_the_one_with_the_better_metric() {
        let run = |arm: &str, seed: u64, score: f64| RunRow {
            valid_loss: Some(score),
            test_loss: Some(score),
            valid_score: Some(score),
            test_score: Some(score),
            ..finished(arm, arm, seed, "{}")
        };
        let runs = [run("a", 1, 0.80), run("a", 2, 0.81), run("b", 1, 0.90), run("b", 2, 0.9101)];
        let verdict = |metric| comparisons(&Arm::all(&runs, metric))[0].verdict;
        assert_eq!(verdict(Metric::ACCURACY), Verdict::SecondBetter);
        assert_eq!(verdict(Metric::SQUARED_ERROR), Verdict::FirstBetter);
        assert_eq!(verdict(Metric::PERPLEXITY), Verdict::FirstBetter);
    }
}
