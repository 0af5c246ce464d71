//! What the arms cost: sizes, arithmetic, speed, and how soon they are as good as the worst of them.

use super::arms::{Arm, of_same_data};
use super::conditions::side_by_side;
use super::document::{Block, Table};
use super::measure::{self, Split};
use sweep::description::Experiment;
use sweep::tables::{EvaluationRow, RunRow, Tables};
use train::Metric;
use words::duration;
use words::{NOTHING, capitalised, count, mebibytes, setting, thousands};

/// Sizes in one table, speeds in another.
pub(super) fn section(experiment: &Experiment, tables: &Tables, arms: &[Arm<'_>]) -> Vec<Block> {
    let mut blocks = vec![Block::Table(sizes(experiment, arms))];
    if arms.iter().any(|arm| !arm.values(|run| run.tokens_per_second).is_empty()) {
        blocks.push(Block::Table(speeds(experiment, tables, arms)));
    }
    blocks
}

fn sizes(experiment: &Experiment, arms: &[Arm<'_>]) -> Table {
    let mut table = Table::new(
        format!(
            "Sizes. FLOPs are those of the forward pass, per {}, counted from the equations; an output that answers once for a whole \
             sequence is left out. Memory of a training step is computed from \
             sizes, not a measured peak.",
            experiment.data.unit()
        ),
        &[
            "",
            "#hidden",
            "#parameters",
            "#of these in the cell",
            "#FLOPs",
            "#of these in the cell",
            "#learning rate",
            "#memory, MiB",
        ],
    );
    for arm in arms {
        let Some(first) = arm.runs.first() else {
            continue;
        };
        table.row(vec![
            arm.name.to_owned(),
            first.hidden.to_string(),
            thousands(first.parameters),
            thousands(first.cell_parameters),
            count(first.flops_per_token),
            count(first.cell_flops_per_token),
            setting(first.learning_rate),
            arm.runs
                .iter()
                .find_map(|run| run.training_bytes)
                .map_or(NOTHING.to_owned(), |bytes| mebibytes(bytes as f64)),
        ]);
    }
    table
}

fn speeds(experiment: &Experiment, tables: &Tables, arms: &[Arm<'_>]) -> Table {
    let unit = experiment.data.unit();
    let target = Target::of(arms, &tables.evaluations);
    let mut caption = format!(
        "Speed in {unit}s / s: of a run the median over its steps (not its {unit}s over its seconds, in which a pause of the machine counts), of an arm the \
         median over its runs, with their range; measured {}.",
        side_by_side(experiment)
    );
    let training = format!("#{unit}s / s, training");
    let forward = format!("#{unit}s / s, forward");
    let mut columns = vec!["", &training, &forward];
    if let Some(target) = &target {
        caption.push_str(&format!(
            " The target is what the worst arm reaches, {} on the validation split (mean over seeds): steps and training time until a run's first \
             evaluation at least as good, medians over all finished and diverged runs; where half of them or more never got there, there is no \
             such median.",
            measure::named(experiment.metric, target.score),
        ));
        columns.extend(["#steps to the target", "#time to the target"]);
    }
    let mut table = Table::new(capitalised(&caption), &columns);
    for arm in arms {
        let mut cells = vec![
            arm.name.to_owned(),
            range(arm, |run| run.tokens_per_second),
            range(arm, |run| run.forward_tokens_per_second),
        ];
        if let Some(target) = &target {
            cells.extend(target.reached(arm, &tables.evaluations));
        }
        table.row(cells);
    }
    table
}

/// `20.5 k (20.1 k to 20.9 k)`
fn range(arm: &Arm<'_>, of: impl Fn(&RunRow) -> Option<f64>) -> String {
    let values = arm.values(of);
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(0.0, f64::max);
    match (stats::median(&values), values.len()) {
        (None, _) => NOTHING.to_owned(),
        (Some(only), 1) => count(only),
        (Some(median), _) => format!("{} ({} to {})", count(median), count(least), count(most)),
    }
}

/// What is the smaller the better a run is by a metric.
fn cost(metric: Metric, loss: Option<f64>, score: Option<f64>) -> Option<f64> {
    match metric.is_averaged_on_loss() {
        true => loss,
        false => score.map(|score| if metric.higher_is_better() { -score } else { score }),
    }
}

/// What every arm reaches on the validation split.
struct Target {
    metric: Metric,
    /// The loss of a metric that is averaged on it, else the metric; the smaller the better.
    cost: f64,
    /// The metric's value of the arm that has it.
    score: f64,
}

impl Target {
    /// None where arms learn from different data, where one has no finite result, where runs were evaluated
    /// but once (then everybody reaches it at the end), or where some untrained model is there already.
    fn of(arms: &[Arm<'_>], evaluations: &[EvaluationRow]) -> Option<Self> {
        let runs = || arms.iter().flat_map(|arm| &arm.runs);
        let trained = || evaluations.iter().filter(|row| row.step > 0);
        let times = |run: &RunRow| trained().filter(|row| row.run == run.run).count();
        if arms.len() < 2 || !of_same_data(arms) || !runs().any(|run| times(run) > 1) {
            return None;
        }
        let metric = arms[0].metric;
        let mean = |arm: &Arm<'_>| {
            let costs = arm.values(|run| cost(metric, run.valid_loss, run.valid_score));
            let cost = costs.iter().sum::<f64>() / costs.len() as f64;
            Some(Self { metric, cost, score: arm.score(Split::Valid)?.estimate })
        };
        let all: Option<Vec<Self>> = arms.iter().map(mean).collect();
        let worst = all?.into_iter().max_by(|one, other| one.cost.total_cmp(&other.cost));
        let untrained = || evaluations.iter().filter(|row| row.step == 0);
        worst.filter(|target| {
            let finite = target.cost.is_finite() && target.score.is_finite();
            finite && !untrained().any(|row| target.is_reached(row))
        })
    }

    /// Whether an evaluation is at least as good. A mean of equal numbers may differ from them in its last digit.
    fn is_reached(&self, row: &EvaluationRow) -> bool {
        let found = cost(self.metric, Some(row.valid_loss), row.valid_score);
        found.is_some_and(|found| found <= self.cost + 1e-12 * self.cost.abs())
    }

    /// Steps and time until it, each with the number of runs that do not get there, if some do not. A run that
    /// does not has taken longer than any number: the median knows of it.
    fn reached(&self, arm: &Arm<'_>, evaluations: &[EvaluationRow]) -> [String; 2] {
        let ended = arm.runs.iter().filter(|run| run.state.ended());
        let ended: Vec<&&RunRow> = ended.collect();
        let first = |run: &&&RunRow| {
            let ours = evaluations.iter().filter(|row| row.run == run.run);
            ours.filter(|row| self.is_reached(row)).min_by_key(|row| row.step)
        };
        let there: Vec<&EvaluationRow> = ended.iter().filter_map(first).collect();
        let missed = ended.len() - there.len();
        let over = |of: fn(&EvaluationRow) -> f64, written: fn(f64) -> String| {
            // The middle of all, of which those that miss it are the last.
            let mut values: Vec<f64> = there.iter().map(|row| of(row)).collect();
            values.sort_by(f64::total_cmp);
            let middles = [ended.len().saturating_sub(1) / 2, ended.len() / 2];
            let middle = match middles.map(|place| values.get(place)) {
                [Some(low), Some(high)] => Some(f64::midpoint(*low, *high)),
                _ => None,
            };
            match (middle, missed) {
                (Some(middle), 0) => written(middle),
                (Some(middle), _) => {
                    format!("{} ({missed} of {} not)", written(middle), ended.len())
                }
                (None, 0) => NOTHING.to_owned(),
                (None, _) => format!("not by {missed} of {}", ended.len()),
            }
        };
        [
            over(|row| row.step as f64, |steps| thousands(steps as u64)),
            over(|row| row.seconds, duration),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::finished;
    use super::*;
    use train::Metric;

    fn evaluation(run: &RunRow, step: u64, valid_loss: f64) -> EvaluationRow {
        EvaluationRow {
            run: run.run.clone(),
            arm: run.arm.clone(),
            seed: run.seed,
            step,
            tokens: step,
            seconds: 60.0 * step as f64,
            valid_loss,
            valid_score: Some(valid_loss),
        }
    }

    #[test]
    fn the_target_is_what_the_worst_arm_reaches() {
        let run = |arm: &str, seed: u64, loss: f64| RunRow {
            valid_loss: Some(loss),
            valid_score: Some(loss),
            ..finished(arm, arm, seed, "{}")
        };
        let runs = [run("a", 1, 1.0), run("a", 2, 1.0), run("b", 1, 2.1), run("b", 2, 1.9)];
        let evaluations: Vec<EvaluationRow> = runs
            .iter()
            .flat_map(|run| {
                let last = run.valid_loss.unwrap();
                [(1, last + 2.0), (2, last + 0.5), (3, last)]
                    .map(|(k, loss)| evaluation(run, k, loss))
            })
            .collect();
        let arms = Arm::all(&runs, Metric::SQUARED_ERROR);
        let target = Target::of(&arms, &evaluations).unwrap();
        assert_eq!((target.cost, target.score), (2.0, 2.0));
        assert_eq!(target.reached(&arms[0], &evaluations), ["2", "2 min 0 s"]);
        assert_eq!(target.reached(&arms[1], &evaluations), ["not by 1 of 2", "not by 1 of 2"]);
        let once: Vec<EvaluationRow> =
            evaluations.iter().filter(|row| row.step == 3).cloned().collect();
        assert!(Target::of(&arms, &once).is_none());
        let start = |loss: f64| [evaluations.clone(), vec![evaluation(&runs[0], 0, loss)]].concat();
        assert!(Target::of(&arms, &start(2.5)).is_some());
        assert!(Target::of(&arms, &start(2.0)).is_none(), "an untrained model is there");
        let mut runs = runs;
        (runs[3].valid_loss, runs[3].valid_score) = (Some(f64::INFINITY), Some(f64::INFINITY));
        assert!(Target::of(&Arm::all(&runs, Metric::SQUARED_ERROR), &evaluations).is_none());
    }

    /// The loss may fall while no answer changes, and the other way round.
    #[test]
    fn a_target_of_accuracy_is_reached_by_accuracy() {
        let run = |arm: &str, score: f64| RunRow {
            valid_loss: Some(0.1),
            valid_score: Some(score),
            ..finished(arm, arm, 1, "{}")
        };
        let runs = [run("a", 0.9), run("b", 0.8)];
        let row = |run: &RunRow, step, loss, score| EvaluationRow {
            valid_score: Some(score),
            ..evaluation(run, step, loss)
        };
        let mut evaluations = Vec::new();
        for run in &runs {
            evaluations.extend([
                row(run, 1, 0.5, 0.7),
                row(run, 2, 0.4, 0.8),
                row(run, 3, 0.1, 0.8),
            ]);
        }
        let arms = Arm::all(&runs, Metric::ACCURACY);
        let target = Target::of(&arms, &evaluations).unwrap();
        assert_eq!(target.score, 0.8);
        assert!(arms.iter().all(|arm| target.reached(arm, &evaluations)[0] == "2"));
    }

    /// Of three, one late run or one that diverged leaves a median, two leave none.
    #[test]
    fn most_have_to_reach_the_target() {
        let run = |seed: u64, state: &str| RunRow {
            state: sweep::records::RunState::named(state).unwrap(),
            ..finished("a", "a", seed, "{}")
        };
        let target = Target { metric: Metric::SQUARED_ERROR, cost: 1.0, score: 1.0 };
        for (states, losses, expected) in [
            (["done", "done", "done"], [0.5, 0.5, 2.0], "3 (1 of 3 not)"),
            (["done", "done", "diverged"], [0.5, 0.5, 2.0], "3 (1 of 3 not)"),
            (["done", "done", "diverged"], [0.5, 2.0, 2.0], "not by 2 of 3"),
            (["done", "done", "done"], [0.5, 2.0, 2.0], "not by 2 of 3"),
            (["done", "done", "failed"], [0.5, 0.5, 2.0], "3"),
        ] {
            let runs: Vec<RunRow> =
                (1..).zip(states).map(|(seed, state)| run(seed, state)).collect();
            let evaluations: Vec<EvaluationRow> =
                runs.iter().zip(losses).map(|(run, loss)| evaluation(run, 3, loss)).collect();
            let arms = Arm::all(&runs, Metric::SQUARED_ERROR);
            assert_eq!(
                target.reached(&arms[0], &evaluations)[0],
                expected,
                "{states:?} {losses:?}"
            );
        }
    }

    #[test]
    fn speeds_stand_with_their_range() {
        let run = |seed: u64, speed: f64| RunRow {
            tokens_per_second: Some(speed),
            ..finished("a", "a", seed, "{}")
        };
        let runs = [run(1, 20_000.0), run(2, 22_000.0), run(3, 21_000.0)];
        let arms = Arm::all(&runs, Metric::SQUARED_ERROR);
        assert_eq!(range(&arms[0], |run| run.tokens_per_second), "21.0 k (20.0 k to 22.0 k)");
        assert_eq!(range(&arms[0], |run| run.forward_tokens_per_second), NOTHING);
    }
}
