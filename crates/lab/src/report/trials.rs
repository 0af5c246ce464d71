//! The trials that chose the hyper-parameters, from another experiment's tables.

use super::document::{Block, Table};
use super::format::perplexity;
use crate::tables::{self, RunRow, TableError};
use std::path::Path;

/// The section on tuning: every trial of the experiment `name`, whose folder lies beside this one.
pub(super) fn section(name: Option<&str>, experiment: &Path) -> Vec<Block> {
    let Some(name) = name else {
        return vec![Block::Text(
            "The experiment file names no tuning experiment (`tuning`), so how its learning rates were chosen is not recorded.".to_owned(),
        )];
    };
    let folder = experiment.parent().unwrap_or(Path::new("")).join(name).join("tables");
    match tables::read::<RunRow>(&folder) {
        Ok(runs) => trials(name, &runs),
        Err(error) => {
            let why = match error {
                TableError::Absent(_) => "it has no published tables".to_owned(),
                other => other.to_string(),
            };
            vec![Block::Warning {
                title: "Trials missing.".to_owned(),
                text: format!(
                    "The learning rates are said to come from the experiment `{name}`, but {why}. Run it, then make this report again."
                ),
            }]
        }
    }
}

fn trials(name: &str, runs: &[RunRow]) -> Vec<Block> {
    let mut cells: Vec<&str> = Vec::new();
    for run in runs {
        if !cells.contains(&run.cell.as_str()) {
            cells.push(&run.cell);
        }
    }
    let mut table = Table::new(
        "Every trial. The best of each cell, by validation perplexity, is marked.",
        &["cell", "#hidden", "#learning rate", "#seed", "#valid perplexity", "state", ""],
    );
    let mut counts = Vec::new();
    for cell in cells {
        let mut ours: Vec<&RunRow> = runs.iter().filter(|run| run.cell == cell).collect();
        ours.sort_by(|one, two| one.learning_rate.total_cmp(&two.learning_rate));
        let best = ours
            .iter()
            .filter(|run| run.state == "done")
            .filter_map(|run| run.valid_nll)
            .min_by(f64::total_cmp);
        counts.push(ours.len());
        for run in ours {
            let mark = if best.is_some() && run.valid_nll == best && run.state == "done" {
                "best"
            } else {
                ""
            };
            table.row(vec![
                cell.to_owned(),
                run.hidden.to_string(),
                run.learning_rate.to_string(),
                run.seed.to_string(),
                perplexity(run.valid_perplexity),
                run.state.clone(),
                mark.to_owned(),
            ]);
        }
    }
    let fair = counts.windows(2).all(|pair| pair[0] == pair[1]);
    let budget = match (fair, counts.first()) {
        (true, Some(count)) => format!("Every cell had the same budget: {count} trials."),
        _ => format!("The cells did not have the same number of trials: {counts:?}."),
    };
    vec![
        Block::Text(format!(
            "Learning rates were chosen on validation data in the experiment `{name}`. {budget} No trial looked at the test split."
        )),
        Block::Table(table),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_trials_are_announced() {
        let folder = tempfile::tempdir().unwrap();
        let blocks = section(Some("search"), &folder.path().join("study"));
        assert!(matches!(&blocks[..], [Block::Warning { text, .. }] if text.contains("`search`")));
    }
}
