//! How hyper-parameters were chosen by trials of the experiment itself.

use super::document::{Block, Table};
use super::measure::{direction, maybe};
use experiment::plan::arm_name;
use experiment::spec::{Method, written};
use serde_json::Value;
use std::path::Path;
use sweep::description::{Experiment, TuneRecord};
use sweep::tables::{self, RunRow, TableError};
use words::list;

/// The budget, the space, and every trial.
pub(super) fn section(experiment: &Experiment, tune: &TuneRecord, folder: &Path) -> Vec<Block> {
    let mut blocks = vec![Block::Text(budget(tune)), Block::List(space(tune))];
    match tables::read::<RunRow>(&folder.join("trials/tables")) {
        Ok(trials) => blocks.push(Block::Table(every_trial(experiment, tune, &trials))),
        Err(TableError::Absent(_)) => blocks.push(Block::Text(
            "The trials have not all ended, so nothing is chosen yet.".to_owned(),
        )),
        Err(error) => blocks.push(Block::Warning {
            title: "Trials missing.".to_owned(),
            text: format!("{error}."),
        }),
    }
    blocks
}

fn budget(tune: &TuneRecord) -> String {
    let rounds: Vec<String> = tune
        .rounds
        .iter()
        .map(|round| {
            let epochs = if round.epochs == 1 { "epoch" } else { "epochs" };
            format!("{} trials of {} {epochs}", round.trials, round.epochs)
        })
        .collect();
    let rounds: Vec<&str> = rounds.iter().map(String::as_str).collect();
    let total: usize = tune.rounds.iter().map(|round| round.trials * round.epochs).sum();
    let how = match tune.method {
        Method::Random => "random search",
        Method::Halving => "successive halving",
    };
    format!(
        "Every arm had the same budget: {}, {total} epochs in all, by {how}. All arms tried the same values, drawn with seed {}, \
         which is also the seed of the trials' trainings. The best on the validation split was chosen and then trained with \
         each of the runs' seeds; no trial met the test split.",
        list(&rounds),
        tune.seed
    )
}

fn space(tune: &TuneRecord) -> Vec<String> {
    let one = |(key, from): (&String, &Value)| match from {
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(written).collect();
            format!("{key}: one of {}", values.join(", "))
        }
        span => {
            let part = |name: &str| span.get(name).map_or(String::new(), written);
            let scale = match span.get("scale").and_then(Value::as_str) {
                Some("log") => "on a logarithmic scale",
                _ => "on a linear scale",
            };
            format!("{key}: from {} to {}, {scale}", part("from"), part("to"))
        }
    };
    tune.space.iter().map(one).collect()
}

fn every_trial(experiment: &Experiment, tune: &TuneRecord, trials: &[RunRow]) -> Table {
    let metric = experiment.metric;
    let keys: Vec<&String> = tune.space.keys().collect();
    let mut columns = vec![String::new()];
    columns.extend(keys.iter().map(|key| format!("#{}", words::last_part(key))));
    columns.extend([
        "#epochs".to_owned(),
        "#hidden".to_owned(),
        format!("#valid {}", metric.title()),
        "state".to_owned(),
        "choice".to_owned(),
    ]);
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let caption = format!("Every trial ({}).", direction(metric));
    let mut table = Table::new(caption, &columns);
    for trial in trials {
        let mut axes = trial.axes.clone();
        let values: Vec<String> = keys
            .iter()
            .map(|key| axes.shift_remove(*key).map_or(String::new(), |value| written(&value)))
            .collect();
        // Of later rounds, their length is an axis too.
        axes.shift_remove("train.epochs");
        let chosen = tune.chosen.values().any(|chosen| chosen.run == trial.run);
        let mut cells = vec![arm_name(&axes, &trial.cell)];
        cells.extend(values);
        cells.extend([
            trial.epochs.to_string(),
            trial.hidden.to_string(),
            maybe(metric, trial.valid_score),
            trial.state.name().to_owned(),
            if chosen { "chosen" } else { "" }.to_owned(),
        ]);
        table.row(cells);
    }
    table
}
