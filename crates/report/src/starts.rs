//! What runs start from, what of them is trained, and what both stages cost.

use super::arms::Arm;
use super::document::{Block, Table};
use super::measure::written;
use std::collections::HashMap;
use std::path::Path;
use sweep::description::{Experiment, PRETRAINING, PretrainingRecord};
use sweep::tables::{self, RunRow, TableError};
use words::{NOTHING, capitalised, count, duration, list, thousands};

/// Passes of a training step in terms of forward ones: the way back is about two.
const PASSES: f64 = 3.0;

/// Nothing where all runs start from nothing and train all of their parameters.
pub(super) fn section(experiment: &Experiment, arms: &[Arm<'_>], folder: &Path) -> Vec<Block> {
    if experiment.starts.is_empty() && experiment.trained_parameters.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![Block::Heading("What runs start from".to_owned())];
    let starts = experiment.starts.iter().map(|start| {
        let arms: Vec<&str> = start.arms.iter().map(String::as_str).collect();
        let sum = start.start.sha256.as_ref();
        let sum = sum.map_or(String::new(), |sum| format!(" (SHA-256 of the file: `{sum}`)"));
        format!("{}: {}{sum}.", list(&arms), start.start.sentence())
    });
    let starts: Vec<String> = starts.collect();
    if !starts.is_empty() {
        blocks.push(Block::List(starts));
    }
    let before = experiment.pretraining.as_ref();
    let rows = match before {
        None => Vec::new(),
        Some(before) => match tables::read::<RunRow>(&folder.join(PRETRAINING).join("tables")) {
            Ok(rows) => {
                blocks.push(Block::Table(every_run(before, &rows)));
                rows
            }
            Err(TableError::Absent(_)) => {
                blocks.push(Block::Text("The stage before has not ended yet.".to_owned()));
                Vec::new()
            }
            Err(error) => {
                blocks.push(Block::Warning {
                    title: "The stage before is missing.".to_owned(),
                    text: format!("{error}."),
                });
                Vec::new()
            }
        },
    };
    blocks.push(Block::Table(costs(experiment, arms, &rows)));
    blocks
}

fn every_run(before: &PretrainingRecord, rows: &[RunRow]) -> Table {
    let titles: Vec<&str> = before.data.iter().map(|data| data.title.as_str()).collect();
    let mut table = Table::new(
        format!(
            "The stage before, on {}: its runs were scored on the validation split alone.",
            list(&titles)
        ),
        &[
            "run",
            "state",
            &format!("#valid {}", before.metric.title()),
            "#epochs",
            "#learning rate",
            "#parameters",
            "#training time",
        ],
    );
    for row in rows.iter().filter(|row| before.runs.contains(&row.run)) {
        table.row(vec![
            row.run.clone(),
            row.state.name().to_owned(),
            row.valid_score.map_or(NOTHING.to_owned(), |score| written(before.metric, score)),
            row.epochs.to_string(),
            words::setting(row.learning_rate),
            thousands(row.parameters),
            row.train_seconds.map_or(NOTHING.to_owned(), duration),
        ]);
    }
    table
}

/// The floating-point operations of a training, and the seconds that it took.
fn cost(run: &RunRow) -> Option<(f64, f64)> {
    Some((PASSES * run.flops_per_token * run.tokens? as f64, run.train_seconds?))
}

/// Means over the runs of each arm.
fn costs(experiment: &Experiment, arms: &[Arm<'_>], before: &[RunRow]) -> Table {
    let by_name: HashMap<&str, &RunRow> =
        before.iter().map(|row| (row.run.as_str(), row)).collect();
    let mut table = Table::new(
        capitalised(
            "Both stages: what a run cost and what the run before it did, means over the runs of an arm. FLOPs are those of the training, a \
             step counted as three forward passes, frozen or not. A run before that several runs start from is counted for each.",
        ),
        &[
            "",
            "#parameters",
            "#of these trained",
            "#FLOPs before",
            "#time before",
            "#FLOPs",
            "#time",
        ],
    );
    for arm in arms {
        let Some(first) = arm.runs.first() else { continue };
        let mean = |costs: Vec<(f64, f64)>| {
            let all = costs.len() as f64;
            let sum = |of: fn(&(f64, f64)) -> f64| costs.iter().map(of).sum::<f64>() / all;
            (!costs.is_empty()).then(|| (sum(|cost| cost.0), sum(|cost| cost.1)))
        };
        let ours = mean(arm.runs.iter().filter_map(|run| cost(run)).collect());
        let stage = experiment.pretraining.as_ref();
        let theirs = arm
            .runs
            .iter()
            .filter_map(|run| cost(by_name.get(stage?.before.get(&run.run)?.as_str())?));
        let theirs = mean(theirs.collect());
        let trained = experiment.trained_parameters.get(&first.run);
        let shown = |cost: Option<(f64, f64)>| {
            cost.map_or([NOTHING.to_owned(), NOTHING.to_owned()], |(flops, time)| {
                [count(flops), duration(time)]
            })
        };
        let ([flops_before, time_before], [flops, time]) = (shown(theirs), shown(ours));
        table.row(vec![
            arm.name.to_owned(),
            thousands(first.parameters),
            thousands(trained.map_or(first.parameters, |&trained| trained as u64)),
            flops_before,
            time_before,
            flops,
            time,
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::testing::{experiment, finished};
    use super::*;
    use train::Metric;

    #[test]
    fn the_stage_before_is_counted_for_each_run_that_starts_from_it() {
        let run = |arm: &str, seed: u64, tokens: u64, seconds: f64| RunRow {
            run: format!("{arm}-{seed}"),
            flops_per_token: 1e3,
            tokens: Some(tokens),
            train_seconds: Some(seconds),
            parameters: 50,
            ..finished(arm, "gru", seed, "{}")
        };
        let runs = [run("none", 1, 1000, 4.0), run("lm", 1, 1000, 5.0), run("lm", 2, 1000, 7.0)];
        let before = [run("gru", 1, 9000, 60.0), run("gru", 2, 9000, 80.0)];
        let mut experiment = experiment();
        let stage = |seed: u64| (format!("lm-{seed}"), format!("gru-{seed}"));
        experiment.pretraining = Some(PretrainingRecord {
            data: Vec::new(),
            metric: Metric::PERPLEXITY,
            runs: Vec::new(),
            before: [stage(1), stage(2)].into(),
        });
        experiment.trained_parameters = [("lm-1".to_owned(), 7)].into();
        let arms = Arm::all(&runs, Metric::SQUARED_ERROR);
        let table = costs(&experiment, &arms, &before);
        let row = |name: &str| table.rows.iter().find(|row| row[0] == name).unwrap().clone();
        assert_eq!(row("none")[2..], ["50", NOTHING, NOTHING, "3.00 M", "4 s"].map(str::to_owned));
        assert_eq!(row("lm")[2..], ["7", "27.0 M", "70 s", "3.00 M", "6 s"].map(str::to_owned));
    }
}
