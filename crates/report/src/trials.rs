//! How the learning rates were chosen: the trials, from another experiment's tables.

use super::arms::Arm;
use super::document::{Block, Table};
use super::measure::{self, Split, maybe, statistic};
use super::tuned;
use experiment::role::Role;
use std::path::Path;
use sweep::description::Experiment;
use sweep::records::RunState;
use sweep::tables::{self, RunRow, TableError};
use train::Metric;
use words::{list, setting};

/// The field that most experiments tune.
pub(super) const LEARNING_RATE: &str = "train.learning_rate";

/// The reasons that the experiment file gives, and every trial of the tuning experiment, whose
/// folder lies beside this one.
pub(super) fn section(
    experiment: &Experiment,
    runs: &[RunRow],
    arms: &[Arm<'_>],
    folder: &Path,
) -> Vec<Block> {
    if let Some(tune) = &experiment.tune {
        let mut blocks = Vec::new();
        // What is tuned is told of all values together.
        if !tune.space.contains_key(LEARNING_RATE) {
            blocks.extend(reasons(arms));
        }
        blocks.extend(tuned::section(experiment, tune, folder));
        return blocks;
    }
    let mut blocks: Vec<Block> = reasons(arms).into_iter().collect();
    let Some(name) = experiment.tuning.as_deref() else {
        let tried = &experiment.role.settings;
        match (experiment.role.role, &tried[..]) {
            (Role::Trial, [only]) if only == LEARNING_RATE => {
                blocks.push(Block::Text("Learning rates are what this experiment tries.".to_owned()));
                blocks.extend(trials(experiment.metric, runs, &[]));
            }
            (Role::Trial, [_, ..]) => {
                let tried: Vec<String> = tried.iter().map(|path| format!("`{path}`")).collect();
                blocks.push(Block::Text(format!(
                    "Values of {} are what this experiment tries; nothing was chosen before it.",
                    list(&tried.iter().map(String::as_str).collect::<Vec<_>>())
                )));
            }
            _ => blocks.push(Block::Text(
                "The experiment file names no tuning experiment (`tuning`), so no trials are recorded.".to_owned(),
            )),
        }
        return blocks;
    };
    // Made here, or published.
    let results = folder.parent().unwrap_or(Path::new(""));
    let mut places = [results.join(name), results.join("published").join(name)].into_iter();
    let beside = places.find(|place| place.join("tables").is_dir());
    let beside = beside.unwrap_or_else(|| results.join(name));
    match tables::read::<RunRow>(&beside.join("tables")) {
        Ok(tried) => {
            blocks.push(Block::Text(format!(
                "The trials are those of the experiment `{name}`; the best of each cell is the one with the {} {} on the validation split.",
                best_is(experiment.metric),
                experiment.metric.title()
            )));
            blocks.extend(trials(experiment.metric, &tried, runs));
            blocks.extend(other_data(experiment, &beside));
        }
        Err(error) => {
            let why = match error {
                TableError::Absent(_) => {
                    format!(
                        "`results/{name}` holds no tables; run that experiment, then make this report again"
                    )
                }
                other => other.to_string(),
            };
            blocks.push(Block::Warning {
                title: "Trials missing.".to_owned(),
                text: format!(
                    "The learning rates are said to come from the experiment `{name}`, but its trials are not there to be shown: {why}."
                ),
            });
        }
    }
    blocks
}

/// Why each arm has its learning rate, where the experiment file tells.
fn reasons(arms: &[Arm<'_>]) -> Option<Block> {
    let reasons: Vec<String> = arms
        .iter()
        .filter_map(|arm| {
            let run = arm.runs.first()?;
            let reason = run.learning_rate_reason.as_deref()?;
            let rate = setting(run.learning_rate);
            Some(format!("{}: learning rate {rate}. {reason}", arm.name))
        })
        .collect();
    (!reasons.is_empty()).then_some(Block::List(reasons))
}

/// Says so where the trials learnt from another text than the runs.
fn other_data(experiment: &Experiment, trials: &Path) -> Option<Block> {
    let theirs = Experiment::read(trials).ok()?.data;
    let ours = &experiment.data;
    (theirs.name != ours.name).then(|| {
        Block::Text(format!(
            "The trials learnt from other data ({}) than the runs of this report ({}): the rates need not be the best ones here.",
            theirs.title, ours.title
        ))
    })
}

/// Every trial in a table, with what a reader should know of the choice; `users` are the runs for
/// which the choice was made.
fn trials(metric: Metric, tried: &[RunRow], users: &[RunRow]) -> Vec<Block> {
    let score = format!("#valid {}", metric.title());
    let mut table = Table::new(
        "Every trial.",
        &["cell", "#hidden", "#learning rate", "#seed", &score, "state", "choice"],
    );
    let (mut counts, mut remarks) = (Vec::new(), Vec::new());
    for cell in cells(tried) {
        let mut ours: Vec<&RunRow> = tried.iter().filter(|run| run.cell == cell).collect();
        ours.sort_by(|one, two| one.learning_rate.total_cmp(&two.learning_rate));
        counts.push((cell, ours.len()));
        let best = best(metric, &ours);
        let score = |run: &RunRow| statistic(metric, run, Split::Valid);
        let is_best = |run: &RunRow| {
            run.state == RunState::Done && best.is_some_and(|best| score(best) == score(run))
        };
        let used =
            |rate: f64| users.iter().any(|run| run.cell == cell && run.learning_rate == rate);
        for run in &ours {
            let choice = match (is_best(run), used(run.learning_rate)) {
                (true, true) => "best, chosen",
                (true, false) => "best",
                (false, true) => "chosen",
                (false, false) => "",
            };
            table.row(vec![
                cell.to_owned(),
                run.hidden.to_string(),
                setting(run.learning_rate),
                run.seed.to_string(),
                maybe(metric, measure::score(metric, run, Split::Valid)),
                run.state.name().to_owned(),
                choice.to_owned(),
            ]);
        }
        let Some(best) = best else { continue };
        let rates = || ours.iter().map(|run| run.learning_rate);
        let inside = rates().any(|rate| rate < best.learning_rate)
            && rates().any(|rate| rate > best.learning_rate);
        if !inside {
            remarks.push(format!(
                "The best rate of {cell}, {}, is the last one tried on its side; a better one may lie beyond.",
                setting(best.learning_rate)
            ));
        }
        let uses_best = ours.iter().any(|run| is_best(run) && used(run.learning_rate));
        if users.iter().any(|run| run.cell == cell) && !uses_best {
            remarks.push(format!(
                "The runs of {cell} in this report do not use its best rate, {}.",
                setting(best.learning_rate)
            ));
        }
    }
    let unfinished = tried
        .iter()
        .filter(|run| [RunState::Running, RunState::Interrupted].contains(&run.state))
        .count();
    if unfinished > 0 {
        remarks.push(format!("Trials not finished: {unfinished}. The choice may still change."));
    }
    let untried: Vec<&str> =
        cells(users).into_iter().filter(|cell| !cells(tried).contains(cell)).collect();
    if !untried.is_empty() {
        remarks.push(format!("There are no trials of {}.", list(&untried)));
    }
    let fair = counts.windows(2).all(|pair| pair[0].1 == pair[1].1);
    let budget = match (fair, counts.first()) {
        (true, Some((_, count))) => format!("Every cell had the same budget: {count} trials."),
        _ => {
            let counts: Vec<String> =
                counts.iter().map(|(cell, count)| format!("{count} of {cell}")).collect();
            format!("The cells did not have the same number of trials: {}.", counts.join(", "))
        }
    };
    let mut blocks = vec![Block::Text(budget), Block::Table(table)];
    if !remarks.is_empty() {
        blocks.push(Block::List(remarks));
    }
    blocks
}

/// The cells of some runs, in their order.
fn cells(runs: &[RunRow]) -> Vec<&str> {
    let mut cells: Vec<&str> = Vec::new();
    for run in runs {
        if !cells.contains(&run.cell.as_str()) {
            cells.push(&run.cell);
        }
    }
    cells
}

/// The finished trial that is best on the validation split.
fn best<'a>(metric: Metric, trials: &[&'a RunRow]) -> Option<&'a RunRow> {
    let sign = if metric.higher_is_better() { -1.0 } else { 1.0 };
    let cost = |run: &RunRow| Some(sign * statistic(metric, run, Split::Valid)?);
    let finished = trials.iter().copied().filter(|run| run.state == RunState::Done);
    let with_costs = finished.filter_map(|run| Some((cost(run)?, run)));
    with_costs.min_by(|(one, _), (two, _)| one.total_cmp(two)).map(|(_, run)| run)
}

fn best_is(metric: Metric) -> &'static str {
    if metric.higher_is_better() { "highest" } else { "lowest" }
}
