//! Runs grouped by what they are compared as.

use super::measure::{self, Split};
use crate::evidence::LEVEL;
use serde_json::{Map, Value};
use stats::{Bootstrap, Interval, bootstrap_interval, mean_interval};
use std::collections::{BTreeMap, BTreeSet};
use sweep::description::swept_data;
use sweep::records::RunState;
use sweep::tables::RunRow;
use train::Metric;

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
        Some(interval.map(|value| measure::of_statistic(self.metric, value)))
    }

    /// The same on the split that decides.
    pub(super) fn result(&self) -> Option<Interval> {
        self.score(self.split)
    }

    /// Whether the interval of its score on a split ends where no score can be, and not where its seeds put it.
    pub(super) fn is_cut(&self, split: Split) -> bool {
        let values = self.values(|run| measure::statistic(self.metric, run, split));
        let (least, largest) = measure::possible(self.metric);
        let bounds = mean(&values, self.interval).and_then(|interval| interval.bounds);
        bounds.is_some_and(|bounds| bounds.low < least || bounds.high > largest)
    }

    /// What is the smaller the better the arm is on a split, if it has a score there. It is the mean of
    /// what is averaged (a loss), which tells apart what the metric rounds to infinity.
    fn standing(&self, split: Split) -> Option<f64> {
        let sign = if self.metric.higher_is_better() { -1.0 } else { 1.0 };
        let values = self.values(|run| measure::statistic(self.metric, run, split));
        Some(sign * mean(&values, self.interval)?.estimate)
    }

    /// What is the smaller the better the arm is on the validation split.
    pub(super) fn cost(&self) -> f64 {
        self.standing(Split::Valid).unwrap_or(f64::INFINITY)
    }

    /// What of its data is swept, with the values that it has.
    pub(super) fn swept_data(&self) -> Map<String, Value> {
        self.runs.first().map_or(Map::new(), |run| swept_data(&run.axes))
    }

    /// Whether both arms learn from the same data, so that their scores can be compared.
    pub(super) fn has_data_of(&self, other: &Arm<'_>) -> bool {
        self.swept_data() == other.swept_data()
    }

    /// What is the smaller the better the arm is on the split that decides; last what has no score.
    pub(super) fn rank(&self) -> f64 {
        // After every number.
        self.standing(self.split).unwrap_or(f64::NAN)
    }

    /// Seeds of the finished runs.
    pub(super) fn seeds(&self) -> Vec<u64> {
        self.finished().map(|run| run.seed).collect()
    }

    fn finished(&self) -> impl Iterator<Item = &RunRow> {
        self.runs.iter().copied().filter(|run| run.state == RunState::Done)
    }

    /// What the finished runs reached, by seed: values of the statistic.
    pub(super) fn by_seed(&self) -> BTreeMap<u64, f64> {
        let value = |run: &RunRow| measure::statistic(self.metric, run, self.split);
        self.finished().filter_map(|run| Some((run.seed, value(run)?))).collect()
    }
}

/// Whether all arms have the same seeds finished.
pub(super) fn have_same_seeds(arms: &[Arm<'_>]) -> bool {
    let seeds = |arm: &Arm<'_>| arm.seeds().into_iter().collect::<BTreeSet<u64>>();
    arms.windows(2).all(|pair| seeds(&pair[0]) == seeds(&pair[1]))
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
        match groups.iter_mut().find(|group| group[0].has_data_of(arm)) {
            Some(group) => group.push(arm.clone()),
            None => groups.push(vec![arm.clone()]),
        }
    }
    for group in &mut groups {
        group.sort_by(|one, other| one.rank().total_cmp(&other.rank()));
    }
    groups
}

/// Whether all arms learn from the same data.
pub(super) fn of_same_data(arms: &[Arm<'_>]) -> bool {
    arms.windows(2).all(|pair| pair[0].has_data_of(&pair[1]))
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

#[cfg(test)]
mod tests {
    use super::super::testing::finished;
    use super::*;

    /// What ends a learning curve is the number in the table: same mean, same digits.
    #[test]
    fn figures_and_tables_have_the_same_mean() {
        let run = |seed: u64, score: f64| RunRow {
            valid_loss: Some(score.ln()),
            valid_score: Some(score),
            ..finished("a", "a", seed, "{}")
        };
        let runs = [run(1, 0.9), run(2, 0.02), run(3, 0.5)];
        let metrics = [
            Metric::PERPLEXITY,
            Metric::SQUARED_ERROR,
            Metric::BITS_PER_CHARACTER,
            Metric::ACCURACY,
        ];
        for metric in metrics {
            let table = Arm::all(&runs, metric)[0].score(Split::Valid).unwrap().estimate;
            let scores = [0.9, 0.02, 0.5].map(|score| measure::plotted(metric, score));
            let axis = measure::axis(metric);
            let figure = axis.middle.of(&scores).unwrap();
            assert!((figure - measure::plotted(metric, table)).abs() < 1e-12, "{metric:?}");
            assert!(measure::written(metric, table).starts_with(&axis.written(figure)));
        }
    }
}
