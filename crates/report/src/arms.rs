//! Runs grouped by what they are compared as.

use super::measure::{self, Split};
use crate::evidence::{LEVEL, joint_level};
use serde_json::{Map, Value};
use stats::{Bootstrap, Interval, Verdict, bootstrap_interval, mean_interval, paired_difference};
use std::collections::BTreeMap;
use sweep::description::swept_data;
use sweep::records::RunState;
use sweep::tables::RunRow;
use train::Metric;
use words::multiple;

/// From this many seeds on, the interval of a mean can be a bootstrap interval. With fewer it would be too
/// narrow.
const BOOTSTRAP_FROM: usize = 8;

/// How the interval of a mean over seeds is found: one way for all that stand beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IntervalKind {
    /// Student's t, which suits any number of seeds and takes them for roughly normal.
    Student,
    /// A bootstrap interval (BCa), which takes no shape for granted and needs seeds enough.
    Bootstrap,
}

impl IntervalKind {
    /// The kind that suits every one of these arms, by their finished seeds.
    fn suiting<'a>(arms: impl Iterator<Item = &'a Arm<'a>>) -> Self {
        let fewest = arms.map(|arm| arm.count(RunState::Done)).filter(|seeds| *seeds > 0).min();
        match fewest.is_some_and(|seeds| seeds >= BOOTSTRAP_FROM) {
            true => Self::Bootstrap,
            false => Self::Student,
        }
    }

    /// Its name.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Student => "Student-t interval",
            Self::Bootstrap => "BCa bootstrap interval",
        }
    }
}

/// The runs of one arm: the same in everything but the seed.
#[derive(Debug, Clone)]
pub(super) struct Arm<'a> {
    /// Its name.
    pub name: &'a str,
    /// By what it is compared.
    pub metric: Metric,
    /// On which split.
    pub split: Split,
    /// How the intervals of its means are found.
    pub interval: IntervalKind,
    /// Its runs, in order.
    pub runs: Vec<&'a RunRow>,
}

impl<'a> Arm<'a> {
    /// All arms, in the order of the runs.
    pub(super) fn all(runs: &'a [RunRow], metric: Metric) -> Vec<Self> {
        let split = Split::deciding(runs);
        let mut arms: Vec<Self> = Vec::new();
        for run in runs {
            match arms.iter_mut().find(|arm| arm.name == run.arm) {
                Some(arm) => arm.runs.push(run),
                None => {
                    let interval = IntervalKind::Student;
                    arms.push(Self { name: &run.arm, metric, split, interval, runs: vec![run] });
                }
            }
        }
        alike(&mut [&mut arms]);
        arms
    }

    /// Its cell.
    pub(super) fn cell(&self) -> &'a str {
        self.runs.first().map_or(self.name, |run| &run.cell)
    }

    /// How many runs are in this state.
    pub(super) fn count(&self, state: RunState) -> usize {
        self.runs.iter().filter(|run| run.state == state).count()
    }

    /// Which of its runs diverged.
    pub(super) fn diverged(&self) -> Vec<usize> {
        let diverged =
            self.runs.iter().enumerate().filter(|(_, run)| run.state == RunState::Diverged);
        diverged.map(|(position, _)| position).collect()
    }

    /// Values of the finished runs.
    pub(super) fn values(&self, value: impl Fn(&RunRow) -> Option<f64>) -> Vec<f64> {
        self.finished().filter_map(value).collect()
    }

    /// The metric over the finished runs.
    pub(super) fn score(&self, split: Split) -> Option<Interval> {
        let values = self.values(|run| measure::statistic(self.metric, run, split));
        let (least, largest) = measure::possible(self.metric);
        let interval = mean(&values, self.interval)?.within(least, largest);
        Some(match self.metric {
            Metric::Perplexity => interval.map(f64::exp),
            _ => interval,
        })
    }

    /// The same on the split that decides.
    pub(super) fn result(&self) -> Option<Interval> {
        self.score(self.split)
    }

    /// What is the smaller the better the arm is on the validation split.
    pub(super) fn cost(&self) -> f64 {
        let sign = if self.metric.higher_is_better() { -1.0 } else { 1.0 };
        self.score(Split::Valid).map_or(f64::INFINITY, |interval| sign * interval.estimate)
    }

    /// What of its data is swept, with the values that it has.
    pub(super) fn swept_data(&self) -> Map<String, Value> {
        self.runs.first().map_or(Map::new(), |run| swept_data(&run.axes))
    }

    /// What is the smaller the better the arm is on the split that decides; last what has no score.
    pub(super) fn rank(&self) -> f64 {
        let sign = if self.metric.higher_is_better() { -1.0 } else { 1.0 };
        self.result().map_or(f64::INFINITY, |interval| sign * interval.estimate)
    }

    /// Seeds of the finished runs.
    pub(super) fn seeds(&self) -> Vec<u64> {
        self.finished().map(|run| run.seed).collect()
    }

    fn finished(&self) -> impl Iterator<Item = &RunRow> {
        self.runs.iter().copied().filter(|run| run.state == RunState::Done)
    }

    fn by_seed(&self) -> BTreeMap<u64, f64> {
        let value = |run: &RunRow| measure::statistic(self.metric, run, self.split);
        self.finished().filter_map(|run| Some((run.seed, value(run)?))).collect()
    }
}

/// The split on which arms of one experiment are compared.
pub(super) fn deciding(arms: &[Arm<'_>]) -> Split {
    arms.first().map_or(Split::Test, |arm| arm.split)
}

/// Gives all arms of several groups that stand beside each other one kind of interval.
pub(super) fn alike(groups: &mut [&mut Vec<Arm<'_>>]) {
    let kind = IntervalKind::suiting(groups.iter().flat_map(|arms| arms.iter()));
    groups.iter_mut().flat_map(|arms| arms.iter_mut()).for_each(|arm| arm.interval = kind);
}

/// The arms on each data apart, data in their first order, the best first.
pub(super) fn sorted<'a>(arms: &[Arm<'a>]) -> Vec<Vec<Arm<'a>>> {
    let mut groups: Vec<Vec<Arm<'a>>> = Vec::new();
    for arm in arms {
        match groups.iter_mut().find(|group| group[0].swept_data() == arm.swept_data()) {
            Some(group) => group.push(arm.clone()),
            None => groups.push(vec![arm.clone()]),
        }
    }
    for group in &mut groups {
        group.sort_by(|one, other| one.rank().total_cmp(&other.rank()));
    }
    groups
}

/// The mean of values, with an interval of a kind.
fn mean(values: &[f64], kind: IntervalKind) -> Option<Interval> {
    let student = mean_interval(values, LEVEL)?;
    if kind == IntervalKind::Student {
        return Some(student);
    }
    let of = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let bootstrap = bootstrap_interval(values, of, Bootstrap::Bca, LEVEL, 0);
    // BCa is not defined for equal values.
    Some(bootstrap.filter(|interval| interval.bounds.is_some()).unwrap_or(student))
}

/// Which kind of interval the scores of these arms have.
pub(super) fn kind_of_interval(arms: &[Arm<'_>]) -> &'static str {
    arms.first().map_or(IntervalKind::Student, |arm| arm.interval).title()
}

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
    let pair = |(position, first): (usize, &Arm<'a>)| {
        let first = first.clone();
        let others = arms[position + 1..].iter().filter({
            let ours = first.swept_data();
            move |second| second.swept_data() == ours
        });
        others.map(move |second| (first.clone(), second.clone()))
    };
    compared(arms.iter().enumerate().flat_map(pair).collect())
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
            let difference = paired_difference(&ours, &theirs, level)?;
            let verdict = match (metric.higher_is_better(), Verdict::of_difference(&difference)) {
                (true, Verdict::FirstBetter) => Verdict::SecondBetter,
                (true, Verdict::SecondBetter) => Verdict::FirstBetter,
                (_, verdict) => verdict,
            };
            Some(Comparison { first, second, metric, split, scores, difference, verdict })
        })
        .collect()
}

impl Comparison<'_> {
    /// Common seeds.
    pub(super) fn pairs(&self) -> usize {
        self.scores.len()
    }

    /// What may be said, in a sentence.
    pub(super) fn sentence(&self) -> String {
        let (better, worse, sign) = match self.verdict {
            Verdict::SecondBetter => (self.second, self.first, -1.0),
            Verdict::FirstBetter | Verdict::Undecided => (self.first, self.second, 1.0),
        };
        let what = format!("{} {}", self.split.title(), self.metric.title());
        let estimate = sign * self.difference.estimate;
        let bounds = self.difference.bounds.map(|bounds| {
            let mut ends = [sign * bounds.low, sign * bounds.high];
            ends.sort_by(f64::total_cmp);
            ends
        });
        let seeds = format!("from {} paired seeds", self.pairs());
        let (subject, how) = match self.verdict {
            Verdict::Undecided => (
                format!("{better} and {worse}: not decided"),
                format!("; the {what} of {better} is"),
            ),
            _ => (format!("{better} is better than {worse} here"), format!(": its {what} is")),
        };
        let rest = match self.metric {
            Metric::Perplexity => {
                let range = bounds.map_or(String::new(), |[low, high]| {
                    format!(" ({} to {})", factor(low), factor(high))
                });
                format!("{} times that of {worse}{range}, {seeds}", factor(estimate))
            }
            metric => difference(metric, estimate, bounds, worse, &seeds),
        };
        format!("{subject}{how} {rest}.")
    }
}

/// A difference of losses as a ratio of perplexities.
fn factor(difference: f64) -> String {
    multiple(difference.exp())
}

/// `1.2 points higher than that of rnn (0.8 to 1.6), from ...`.
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
    format!("{} {} than that of {than}{range}, {seeds}", size(estimate), side(estimate))
}

#[cfg(test)]
mod tests {
    use super::super::testing::finished;
    use super::*;
    use stats::Bounds;

    fn sentence(metric: Metric, estimate: f64, low: f64, high: f64, verdict: Verdict) -> String {
        let difference = Interval { estimate, bounds: Some(Bounds { low, high }) };
        let (split, scores) = (Split::Test, vec![(0.0, 0.0); 3]);
        let comparison =
            Comparison { first: "rnn", second: "gru", metric, split, scores, difference, verdict };
        comparison.sentence()
    }

    #[test]
    fn sentences_say_how_much_better_by_what() {
        assert_eq!(
            sentence(Metric::Perplexity, 0.2, 0.1, 0.3, Verdict::SecondBetter),
            "gru is better than rnn here: its test perplexity is 0.819 times that of rnn (0.741 to 0.905), from 3 paired seeds."
        );
        assert_eq!(
            sentence(Metric::Accuracy, -0.05, -0.06, -0.04, Verdict::SecondBetter),
            "gru is better than rnn here: its test accuracy is 5.0 points higher than that of rnn (4.0 points to 6.0 points), from 3 paired seeds."
        );
        assert_eq!(
            sentence(Metric::NllPerStep, -0.5, -0.75, -0.25, Verdict::FirstBetter),
            "rnn is better than gru here: its test NLL per step is 0.5000 lower than that of gru (0.2500 to 0.7500), from 3 paired seeds."
        );
        assert_eq!(
            sentence(Metric::Accuracy, 0.01, -0.02, 0.04, Verdict::Undecided),
            "rnn and gru: not decided; the test accuracy of rnn is 1.0 points higher than that of gru (2.0 points lower to 4.0 points higher), from 3 paired seeds."
        );
    }

    /// What ends a learning curve is the number in the table: same mean, same digits.
    #[test]
    fn figures_and_tables_have_the_same_mean() {
        let run = |seed: u64, score: f64| RunRow {
            valid_loss: Some(score.ln()),
            valid_score: Some(score),
            ..finished("a", "a", seed, "{}")
        };
        let runs = [run(1, 0.9), run(2, 0.02), run(3, 0.5)];
        let metrics =
            [Metric::Perplexity, Metric::SquaredError, Metric::BitsPerCharacter, Metric::Accuracy];
        for metric in metrics {
            let table = Arm::all(&runs, metric)[0].score(Split::Valid).unwrap().estimate;
            let scores = [0.9, 0.02, 0.5].map(|score| measure::plotted(metric, score));
            let axis = measure::axis(metric);
            let figure = axis.middle.of(&scores).unwrap();
            assert!((figure - measure::plotted(metric, table)).abs() < 1e-12, "{metric:?}");
            assert!(measure::written(metric, table).starts_with(&axis.written(figure)));
        }
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
        let runs = [run("a", 1, 0.80), run("a", 2, 0.81), run("b", 1, 0.90), run("b", 2, 0.91)];
        let verdict = |metric| comparisons(&Arm::all(&runs, metric))[0].verdict;
        assert_eq!(verdict(Metric::Accuracy), Verdict::SecondBetter);
        assert_eq!(verdict(Metric::SquaredError), Verdict::FirstBetter);
        assert_eq!(verdict(Metric::Perplexity), Verdict::FirstBetter);
    }
}
