//! How hyper-parameters were chosen by trials of the experiment itself.

use super::document::{Block, Table};
use super::measure::{Split, direction, maybe, score};
use experiment::plan::arm_name;
use experiment::spec::{Method, written};
use serde_json::Value;
use std::path::Path;
use sweep::description::{ChosenTrial, Experiment, TuneRecord};
use sweep::records::RunState;
use sweep::tables::{self, RunRow, TableError};
use words::list;

/// What is said of a trial that scored what the chosen one did: of equal ones the first drawn is chosen.
const EQUAL: &str = "equal, drawn later";

/// The budget, the space, and every trial.
pub(super) fn section(experiment: &Experiment, tune: &TuneRecord, folder: &Path) -> Vec<Block> {
    let mut blocks = vec![Block::Text(budget(tune)), Block::List(space(tune))];
    if !tune.chosen.is_empty() {
        blocks.push(Block::Text("Chosen were:".to_owned()));
        blocks.push(Block::List(chosen(tune)));
    }
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

/// What each arm got.
fn chosen(tune: &TuneRecord) -> Vec<String> {
    let value = |(key, value): (&String, &Value)| {
        format!("{} {}", words::last_part(key).replace('_', " "), written(value))
    };
    let one = |(arm, chosen): (&String, &ChosenTrial)| {
        let values: Vec<String> = chosen.values.iter().map(value).collect();
        format!("{arm}: {}", values.join(", "))
    };
    tune.chosen.iter().map(one).collect()
}

fn every_trial(experiment: &Experiment, tune: &TuneRecord, trials: &[RunRow]) -> Table {
    let metric = experiment.metric;
    let keys: Vec<&String> = tune.space.keys().collect();
    let mut columns = vec![String::new()];
    columns.extend(keys.iter().map(|key| format!("#{}", words::last_part(key))));
    columns.push("#epochs".to_owned());
    // Where it is tuned, it stands among the values.
    let sized = !tune.space.contains_key("model.hidden");
    columns.extend(sized.then(|| "#hidden".to_owned()));
    columns.extend([format!("#valid {}", metric.title()), "state".to_owned(), "choice".to_owned()]);
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let caption = format!("Every trial ({}).", direction(metric));
    let mut table = Table::new(caption, &columns);
    let chosen = |trial: &RunRow| tune.chosen.values().any(|chosen| chosen.run == trial.run);
    let arm = |trial: &RunRow| {
        let mut axes = trial.axes.clone();
        // Of later rounds, their length is an axis too.
        keys.iter().map(|key| key.as_str()).chain(["train.epochs"]).for_each(|key| {
            axes.shift_remove(key);
        });
        arm_name(&axes, &trial.cell)
    };
    let winners: Vec<(String, &RunRow)> =
        trials.iter().filter(|trial| chosen(trial)).map(|trial| (arm(trial), trial)).collect();
    let mut arms: Vec<String> = Vec::new();
    for trial in trials {
        let arm = arm(trial);
        if !arms.contains(&arm) {
            arms.push(arm);
        }
    }
    // Rounds of halving have the arms in turn.
    let mut trials: Vec<&RunRow> = trials.iter().collect();
    trials.sort_by_key(|trial| arms.iter().position(|known| *known == arm(trial)));
    for trial in trials {
        let arm = arm(trial);
        let equal = |(of, won): &(String, &RunRow)| {
            *of == arm && won.epochs == trial.epochs && won.valid_score == trial.valid_score
        };
        let choice = match chosen(trial) {
            true => "chosen",
            false if trial.state == RunState::Done && winners.iter().any(equal) => EQUAL,
            false => "",
        };
        let value = |key: &&String| trial.axes.get(*key).map_or(String::new(), written);
        let mut cells = vec![arm];
        cells.extend(keys.iter().map(value));
        cells.push(trial.epochs.to_string());
        cells.extend(sized.then(|| trial.hidden.to_string()));
        cells.extend([
            maybe(metric, score(metric, trial, Split::Valid)),
            trial.state.name().to_owned(),
            choice.to_owned(),
        ]);
        table.row(cells);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::testing::{experiment, finished};
    use super::*;
    use serde_json::json;

    /// Three trials of two arms; in one of them, two score the same.
    #[test]
    fn a_trial_that_is_as_good_as_the_chosen_one_is_told() {
        let row = |arm: &str, run: &str, rate: f64, score: f64| {
            let axes = json!({"model.cell": arm, "train.learning_rate": rate}).to_string();
            let row = finished(run, arm, 1, &axes);
            RunRow { run: run.to_owned(), valid_score: Some(score), ..row }
        };
        let trials = [
            row("gru", "a", 0.1, 0.5),
            row("gru", "b", 0.2, 0.5),
            row("gru", "c", 0.3, 0.7),
            row("rnn", "d", 0.1, 0.4),
            row("rnn", "e", 0.2, 0.5),
        ];
        let tune: TuneRecord = serde_json::from_value(json!({
            "method": "random", "seed": 9, "space": {"train.learning_rate": [0.1, 0.2, 0.3]}, "rounds": [], "runs": [],
            "chosen": {"gru": {"run": "a", "values": {}}, "rnn": {"run": "d", "values": {}}},
        }))
        .unwrap();
        let table = every_trial(&experiment(), &tune, &trials);
        let choices: Vec<&str> =
            table.rows.iter().map(|row| row.last().unwrap().as_str()).collect();
        assert_eq!(choices, ["chosen", EQUAL, "", "chosen", ""]);
    }
}
