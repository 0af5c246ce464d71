//! The sentence with which a report answers: who is best, or why that is not decided and what would decide it.

use super::arms::{Arm, have_same_seeds};
use super::comparison::Comparison;
use super::document::Block;
use super::measure::{Split, interval, named, written};
use super::named_arms::best_arm_per_cell;
use super::trends::in_words;
use crate::evidence::Evidence;
use experiment::role::Role;
use stats::Verdict;
use sweep::description::Experiment;
use words::{capitalised, counted, list};

/// A sentence for the arms on each data, which are given apart, the best first.
pub(super) fn blocks(
    experiment: &Experiment,
    groups: &[Vec<Arm<'_>>],
    comparisons: &[Comparison<'_>],
) -> Vec<Block> {
    let sentence = |group: &Vec<Arm<'_>>| Lead::of(experiment, group, comparisons).sentence();
    match groups {
        [] => Vec::new(),
        [group] => vec![Block::Lead(sentence(group))],
        groups => {
            let of_data = |group: &Vec<Arm<'_>>| match in_words(&group[0].swept_data()) {
                // An arm that differs in its data alone has their name.
                data if data.is_empty() || group.iter().all(|arm| arm.name == data) => {
                    capitalised(&sentence(group))
                }
                data => format!("{}: {}", capitalised(&data), sentence(group)),
            };
            vec![Block::List(groups.iter().map(of_data).collect())]
        }
    }
}

/// The arm that is better than every other one on its data, as far as the seeds tell.
pub(super) fn winner<'a>(
    experiment: &Experiment,
    group: &[Arm<'a>],
    comparisons: &[Comparison<'_>],
) -> Option<&'a str> {
    let lead = Lead::of(experiment, group, comparisons);
    let first = lead.arms.first()?;
    (experiment.role.role == Role::Comparison && lead.arms.len() > 1 && lead.open().is_empty())
        .then_some(first.name)
}

/// What is compared on the same data.
struct Lead<'a, 'b> {
    experiment: &'b Experiment,
    /// Arms with a score, the best first; where cells have several settings, the one of each that is best
    /// on the validation split.
    arms: Vec<Arm<'a>>,
    /// All arms with a score.
    scored: Vec<Arm<'a>>,
    /// Whether there were several settings.
    chosen: bool,
    comparisons: &'b [Comparison<'b>],
}

impl<'a, 'b> Lead<'a, 'b> {
    fn of(
        experiment: &'b Experiment,
        group: &[Arm<'a>],
        comparisons: &'b [Comparison<'b>],
    ) -> Self {
        let scored: Vec<Arm<'a>> =
            group.iter().filter(|arm| arm.result().is_some()).cloned().collect();
        let mut arms = best_arm_per_cell(&scored);
        arms.sort_by(|one, other| one.rank().total_cmp(&other.rank()));
        Self { experiment, chosen: arms.len() < scored.len(), arms, scored, comparisons }
    }

    fn sentence(&self) -> String {
        let Some(first) = self.arms.first() else {
            return "Nothing is answered: no run has ended with a score.".to_owned();
        };
        if self.experiment.role.role == Role::Trial || (self.arms.len() == 1 && self.chosen) {
            return self.choices();
        }
        if self.arms.len() == 1 {
            return self.alone(first);
        }
        let open = self.open();
        let settings = match self.chosen {
            true => " Each cell stands with the setting that is best on the validation split.",
            false => "",
        };
        if open.is_empty() {
            let others: Vec<&str> = self.arms[1..].iter().map(|arm| arm.name).collect();
            return format!(
                "{} is best: {} on the {} split, better than {}.{settings}",
                first.name,
                self.score(first),
                first.split.title(),
                list(&others)
            );
        }
        let worse: Vec<&str> = self.arms[1..]
            .iter()
            .map(|arm| arm.name)
            .filter(|name| !open.iter().any(|(other, _)| other == name))
            .collect();
        let (tied, names): (Vec<&str>, Vec<&str>) =
            open.iter().map(|(name, _)| *name).partition(|name| self.equals_first(name));
        if !tied.is_empty() {
            return self.tied(first, &tied, &names, &worse) + settings + " " + &self.why(&open);
        }
        let beaten = match worse.is_empty() {
            true => String::new(),
            false => format!(", and is better than {}", list(&worse)),
        };
        let what = match worse.is_empty() {
            true => "Which is best is not decided",
            false => "Which is best is decided in part",
        };
        format!(
            "{what}: {} has the {} {} {}{}, {}{beaten}; whether it is better than {} is open.{settings} {}",
            first.name,
            if first.metric.higher_is_better() { "highest" } else { "lowest" },
            first.split.title(),
            first.metric.title(),
            if self.chosen { " of these" } else { "" },
            interval(first.metric, first.result()),
            list(&names),
            self.why(&open)
        )
    }

    /// Whether an arm reached the same as the first one.
    fn equals_first(&self, name: &str) -> bool {
        let rank = |wanted: &str| self.arms.iter().find(|arm| arm.name == wanted).map(Arm::rank);
        self.arms.first().is_some_and(|first| rank(name) == Some(first.rank()))
    }

    /// That the best ones are equal.
    fn tied(&self, first: &Arm<'_>, tied: &[&str], open: &[&str], worse: &[&str]) -> String {
        let equal: Vec<&str> = [first.name].into_iter().chain(tied.iter().copied()).collect();
        let value = first.result().map_or(f64::NAN, |score| score.estimate);
        let which = match (open.is_empty() && worse.is_empty(), first.metric.higher_is_better()) {
            (true, _) => "",
            (_, true) => ", the highest",
            (_, false) => ", the lowest",
        };
        let beaten = match worse.is_empty() {
            true => String::new(),
            false => format!("; {} is better than {}", first.name, list(worse)),
        };
        let rest = match open.is_empty() {
            true => String::new(),
            false => format!("; whether {} is better than {} is open", first.name, list(open)),
        };
        format!(
            "No arm is best: {} have the same {} {}, {}{which}{beaten}{rest}.",
            list(&equal),
            first.split.title(),
            first.metric.title(),
            written(first.metric, value)
        )
    }

    /// Those of which the first arm is not known to be better, with the comparison where there is one.
    fn open(&self) -> Vec<(&'a str, Option<&'b Comparison<'b>>)> {
        let Some((first, others)) = self.arms.split_first() else { return Vec::new() };
        let open = |arm: &Arm<'a>| {
            let pair = self.comparisons.iter().find(|pair| {
                [pair.first, pair.second].contains(&first.name)
                    && [pair.first, pair.second].contains(&arm.name)
            });
            let better = pair.is_some_and(|pair| match pair.verdict {
                Verdict::FirstBetter => pair.first == first.name,
                Verdict::SecondBetter => pair.second == first.name,
                Verdict::Undecided => false,
            });
            (!better).then_some((arm.name, pair))
        };
        others.iter().filter_map(open).collect()
    }

    /// Why something is open, and what would decide it.
    fn why(&self, open: &[(&str, Option<&Comparison<'_>>)]) -> String {
        if open.iter().all(|(_, pair)| pair.is_some_and(Comparison::is_tie)) {
            return "They are equal with every common seed: more seeds need not tell them apart."
                .to_owned();
        }
        let even = |(_, pair): &(&str, Option<&Comparison<'_>>)| {
            pair.is_some_and(|pair| pair.is_tie() || pair.is_without_spread())
        };
        if open.iter().all(even) {
            return "The differences are the same with every common seed, so that nothing is known of their spread: more seeds, or more \
                    answers to count, may tell."
                .to_owned();
        }
        // With other seeds than its own an arm is not paired.
        let apart = open.iter().any(|(_, pair)| pair.is_none());
        if apart && !have_same_seeds(&self.arms) {
            return "Arms with fewer than two finished seeds in common are not compared: give all the same seeds.".to_owned();
        }
        // Pairs without common seeds are not corrected for yet; they will be.
        let pairs = self.comparisons.len().max(self.arms.len() * (self.arms.len() - 1) / 2);
        let seeds = open.iter().map(|(_, pair)| pair.map_or(1, Comparison::pairs)).min();
        let evidence = Evidence { seeds: seeds.unwrap_or(1), pairs };
        let there: Vec<u64> = self.arms.iter().flat_map(Arm::seeds).collect();
        let taken = self.experiment.tune.as_ref().map(|tune| tune.seed);
        if let Some((better, options)) = evidence.remedy(&there, taken) {
            if !have_same_seeds(&self.arms) {
                return format!("{}; {better}.", capitalised(&evidence.sentence()));
            }
            return format!(
                "{}; {better}: `{} {options}`.",
                capitalised(&evidence.sentence()),
                self.experiment.command_without("sweep.seed")
            );
        }
        // Enough for ordinary differences: these are small beside their spread.
        let needed = open.iter().filter(|pair| !even(pair)).map(|(_, pair)| {
            let pair = (*pair)?;
            let differences: Vec<f64> = pair.scores.iter().map(|(one, two)| one - two).collect();
            let count = differences.len() as f64;
            let mean = differences.iter().sum::<f64>() / count;
            let variance =
                differences.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
            evidence.seeds_for(mean.abs() / variance.sqrt())
        });
        match needed.collect::<Option<Vec<usize>>>().and_then(|needed| needed.into_iter().max()) {
            Some(most) => format!(
                "The differences are small beside their spread over {}; if they stay as they are, about {} would decide.",
                counted(evidence.seeds, "seed"),
                counted(most, "seed")
            ),
            None => format!(
                "The differences are so small beside their spread over {} that hardly any number of seeds would decide.",
                counted(evidence.seeds, "seed")
            ),
        }
    }

    /// What stands alone, beside its baseline.
    fn alone(&self, arm: &Arm<'_>) -> String {
        let data = self.experiment.all_data().find(|data| data.swept == arm.swept_data());
        let baseline =
            data.and_then(|data| data.baselines.first()).map_or(String::new(), |found| {
                format!(
                    "; {} reaches {}",
                    found.name,
                    written(arm.metric, arm.split.of_baseline(found))
                )
            });
        format!(
            "{} reaches {} on the {} split{baseline}.",
            arm.name,
            self.score(arm),
            arm.split.title()
        )
    }

    /// The best setting of each cell, by the validation split.
    fn choices(&self) -> String {
        let one = |arm: &Arm<'_>| {
            let score = arm.score(Split::Valid);
            let score = score
                .map_or(String::new(), |score| format!(" ({})", named(arm.metric, score.estimate)));
            let equals = self.scored.iter().filter(|other| {
                other.name != arm.name
                    && other.cell() == arm.cell()
                    && other.cost() == arm.cost()
                    && !self.arms.iter().any(|shown| shown.name == other.name)
            });
            let equals: Vec<&str> = equals.map(|other| other.name).collect();
            let equals = match equals.is_empty() {
                true => String::new(),
                false => format!(", equal to {}", list(&equals)),
            };
            format!("{}{score}{equals}", arm.name)
        };
        let arms: Vec<String> = self.arms.iter().map(one).collect();
        let of_each = if self.arms.len() > 1 { ", of each cell" } else { "" };
        format!("Best on the validation split{of_each}: {}.", arms.join("; "))
    }

    /// `a perplexity of 152.2 (149.7 to 154.8)`
    fn score(&self, arm: &Arm<'_>) -> String {
        let Some(found) = arm.result() else { return String::new() };
        let bounds = found.bounds.map_or(String::new(), |bounds| {
            format!(
                " ({} to {})",
                written(arm.metric, bounds.low),
                written(arm.metric, bounds.high)
            )
        });
        format!("{}{bounds}", named(arm.metric, found.estimate))
    }
}

#[cfg(test)]
mod tests {
    use super::super::comparison::comparisons;
    use super::super::testing::{experiment, finished};
    use super::*;
    use sweep::tables::RunRow;
    use train::Metric;

    fn said(runs: &[RunRow], role: Role) -> String {
        let mut experiment = Experiment { metric: Metric::ACCURACY, ..experiment() };
        experiment.role.role = role;
        let arms = Arm::all(runs, Metric::ACCURACY);
        let comparisons = comparisons(&arms);
        Lead::of(&experiment, &arms, &comparisons).sentence()
    }

    fn run(arm: &str, cell: &str, seed: u64, score: f64) -> RunRow {
        let (valid_score, test_score) = (Some(score), Some(score));
        RunRow { valid_score, test_score, ..finished(arm, cell, seed, "{}") }
    }

    #[test]
    fn equal_arms_are_not_ranked() {
        let seeds = |arm: &str, scores: [f64; 3]| {
            (1..).zip(scores).map(|(seed, score)| run(arm, arm, seed, score)).collect::<Vec<_>>()
        };
        let mut runs = [seeds("rnn", [1.0; 3]), seeds("gru", [1.0; 3])].concat();
        assert_eq!(
            said(&runs, Role::Comparison),
            "No arm is best: rnn and gru have the same test accuracy, 100.0 %. They are equal with every common seed: more seeds need not tell them apart."
        );
        runs.extend(seeds("mgu", [0.5, 0.501, 0.502]));
        let three = said(&runs, Role::Comparison);
        let expected = "have the same test accuracy, 100.0 %, the highest; rnn is better than mgu.";
        assert!(three.contains(expected), "{three}");
    }

    /// Of few arms too, each cell stands with its best setting.
    #[test]
    fn choices_tell_which_settings_are_equal() {
        let runs = [
            run("gru, lr 1", "gru", 1, 1.0),
            run("gru, lr 2", "gru", 1, 0.9),
            run("gru, lr 3", "gru", 1, 1.0),
        ];
        assert_eq!(
            said(&runs, Role::Trial),
            "Best on the validation split: gru, lr 1 (an accuracy of 100.0 %), equal to gru, lr 3."
        );
    }
}
