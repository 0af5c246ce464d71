//! Runs grouped by what they are compared as.

use crate::tables::RunRow;
use stats::{Interval, Verdict, paired_difference, perplexity_interval};
use std::collections::BTreeMap;

/// Level of every interval in a report.
pub(super) const LEVEL: f64 = 0.95;

/// The runs of one arm: the same in everything but the seed.
#[derive(Debug, Clone)]
pub(super) struct Arm<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its runs, in order.
    pub runs: Vec<&'a RunRow>,
}

impl<'a> Arm<'a> {
    /// All arms, in the order of the runs.
    pub(super) fn all(runs: &'a [RunRow]) -> Vec<Self> {
        let mut arms: Vec<Self> = Vec::new();
        for run in runs {
            match arms.iter_mut().find(|arm| arm.name == run.arm) {
                Some(arm) => arm.runs.push(run),
                None => arms.push(Self { name: &run.arm, runs: vec![run] }),
            }
        }
        arms
    }

    /// How many runs are in this state.
    pub(super) fn count(&self, state: &str) -> usize {
        self.runs.iter().filter(|run| run.state == state).count()
    }

    /// Values of the finished runs.
    pub(super) fn values(&self, value: impl Fn(&RunRow) -> Option<f64>) -> Vec<f64> {
        self.finished().filter_map(value).collect()
    }

    /// Test perplexity over the finished runs.
    pub(super) fn test_perplexity(&self) -> Option<Interval> {
        perplexity_interval(&self.values(|run| run.test_nll), LEVEL)
    }

    /// Validation perplexity over the finished runs.
    pub(super) fn valid_perplexity(&self) -> Option<Interval> {
        perplexity_interval(&self.values(|run| run.valid_nll), LEVEL)
    }

    fn finished(&self) -> impl Iterator<Item = &RunRow> {
        self.runs.iter().copied().filter(|run| run.state == "done")
    }

    fn test_by_seed(&self) -> BTreeMap<u64, f64> {
        self.finished().filter_map(|run| Some((run.seed, run.test_nll?))).collect()
    }
}

/// Two arms compared on the seeds that both finished.
#[derive(Debug, Clone)]
pub(super) struct Comparison<'a> {
    /// The first arm's name.
    pub first: &'a str,
    /// The second arm's name.
    pub second: &'a str,
    /// Common seeds.
    pub pairs: usize,
    /// Mean of first minus second, in nats per token, with its interval.
    pub difference: Interval,
    /// What may be said.
    pub verdict: Verdict,
}

/// Every pair of arms with at least two common seeds. The intervals hold jointly: each has the
/// level that makes all of them right together at [`LEVEL`] (Bonferroni).
pub(super) fn comparisons<'a>(arms: &[Arm<'a>]) -> Vec<Comparison<'a>> {
    let mut pairs = Vec::new();
    for (position, first) in arms.iter().enumerate() {
        for second in &arms[position + 1..] {
            let (ours, theirs) = (first.test_by_seed(), second.test_by_seed());
            let common: Vec<(f64, f64)> =
                ours.iter().filter_map(|(seed, ours)| Some((*ours, *theirs.get(seed)?))).collect();
            if common.len() >= 2 {
                pairs.push((first.name, second.name, common));
            }
        }
    }
    let level = 1.0 - (1.0 - LEVEL) / pairs.len().max(1) as f64;
    pairs
        .into_iter()
        .filter_map(|(first, second, common)| {
            let (ours, theirs): (Vec<f64>, Vec<f64>) = common.into_iter().unzip();
            let difference = paired_difference(&ours, &theirs, level)?;
            let verdict = Verdict::of_nll_difference(&difference);
            Some(Comparison { first, second, pairs: ours.len(), difference, verdict })
        })
        .collect()
}

impl Comparison<'_> {
    /// What may be said, in a sentence.
    pub(super) fn sentence(&self) -> String {
        let (better, worse, sign) = match self.verdict {
            Verdict::SecondBetter => (self.second, self.first, -1.0),
            Verdict::FirstBetter | Verdict::Undecided => (self.first, self.second, 1.0),
        };
        let estimate = factor(sign * self.difference.estimate);
        let range = self.difference.bounds.map_or(String::new(), |bounds| {
            let mut ends = [sign * bounds.low, sign * bounds.high];
            ends.sort_by(f64::total_cmp);
            format!(" ({} to {})", factor(ends[0]), factor(ends[1]))
        });
        let ratio =
            format!("{estimate} times that of {worse}{range}, from {} paired seeds", self.pairs);
        match self.verdict {
            Verdict::Undecided => format!(
                "{better} and {worse}: not decided; the test perplexity of {better} is {ratio}."
            ),
            _ => format!("{better} is better than {worse} here: its test perplexity is {ratio}."),
        }
    }
}

/// A difference of losses as a ratio of perplexities.
fn factor(difference: f64) -> String {
    format!("{:.3}", difference.exp())
}
