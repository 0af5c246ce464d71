//! All arms of a large sweep in tables, and how much each swept setting matters.

use super::arms::Arm;
use super::conditions::side_by_side;
use super::document::{Block, Table};
use super::grid::Grid;
use super::measure::{self, Split, maybe};
use super::trends::{in_words, is_size};
use serde_json::Value;
use stats::main_effects;
use sweep::description::Experiment;
use sweep::tables::RunRow;
use words::{NOTHING, capitalised, count, last_part};

/// Scores of all arms, settings down and cells across, speeds where sizes were swept, and how much of the
/// differences each setting explains. Scores are those of the validation split, for settings are chosen by them.
pub(super) fn section(experiment: &Experiment, arms: &[Arm<'_>]) -> Vec<Block> {
    let grid = Grid::of(arms);
    let metric = experiment.metric;
    let mut blocks = vec![Block::Heading("Every setting".to_owned())];
    let times = format!(
        "per {}, of the whole model, measured {}",
        experiment.data.unit(),
        side_by_side(experiment)
    );
    blocks.extend(grid.relative(&times).map(Block::Table));
    blocks.extend(grid.together(experiment).map(Block::Table));
    blocks.extend(grid.effects(experiment));
    let scores = grid.table(
        format!(
            "{} on the validation split ({}), mean over seeds.",
            capitalised(metric.title()),
            measure::direction(metric)
        ),
        |arm| maybe(metric, arm.score(Split::Valid).map(|interval| interval.estimate)),
    );
    let mut tables = vec![Block::Table(scores)];
    if grid.paths().iter().any(|path| is_size(path)) {
        let unit = experiment.data.unit();
        tables.extend([
            Block::Table(grid.table(
                format!(
                    "{}s per second in training, median over seeds, measured {}.",
                    capitalised(unit),
                    side_by_side(experiment)
                ),
                |arm| speed(arm, |run| run.tokens_per_second),
            )),
            Block::Table(grid.table(
                format!(
                    "{}s per second, forward pass alone, median over seeds.",
                    capitalised(unit)
                ),
                |arm| speed(arm, |run| run.forward_tokens_per_second),
            )),
        ]);
    }
    blocks.push(Block::Details { summary: format!("All {} arms", arms.len()), blocks: tables });
    blocks
}

fn speed(arm: &Arm<'_>, of: impl Fn(&RunRow) -> Option<f64>) -> String {
    stats::median(&arm.values(of)).map_or(NOTHING.to_owned(), count)
}

impl Grid<'_> {
    fn table(&self, caption: String, of: impl Fn(&Arm<'_>) -> String) -> Table {
        let mut columns = vec![String::new()];
        columns.extend(self.cells.iter().map(|cell| format!("#{cell}")));
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut table = Table::new(caption, &columns);
        for row in &self.rows {
            let mut line = vec![capitalised(&in_words(row))];
            let at = |cell: &&str| self.arm(cell, row).map_or(NOTHING.to_owned(), &of);
            line.extend(self.cells.iter().map(at));
            table.row(line);
        }
        table
    }

    /// What cells cost beside the costliest one at the same settings.
    fn relative(&self, times: &str) -> Option<Table> {
        type Cost = fn(&Arm<'_>) -> Option<f64>;
        let costs: [(&str, Cost); 4] = [
            ("#parameters in the cell", |arm| Some(arm.runs.first()?.cell_parameters as f64)),
            ("#FLOPs in the cell", |arm| Some(arm.runs.first()?.cell_flops_per_token)),
            ("#time in training", |arm| {
                Some(1.0 / stats::median(&arm.values(|run| run.tokens_per_second))?)
            }),
            ("#time of the forward pass", |arm| {
                Some(1.0 / stats::median(&arm.values(|run| run.forward_tokens_per_second))?)
            }),
        ];
        let ratio = |cell: &str, other: &str, cost: Cost| {
            let at = |row| Some(cost(self.arm(cell, row)?)? / cost(self.arm(other, row)?)?);
            stats::median(&self.rows.iter().filter_map(at).collect::<Vec<_>>())
        };
        let flops = costs[1].1;
        let dearer =
            |one: &&str, other: &&str| ratio(one, other, flops).unwrap_or(1.0).total_cmp(&1.0);
        let dearest = *self.cells.iter().max_by(|one, other| dearer(one, other))?;
        if self.cells.len() < 2 {
            return None;
        }
        let mut columns = vec![""];
        columns.extend(costs.iter().map(|(title, _)| *title));
        let mut table = Table::new(
            format!(
                "Costs beside those of {dearest} at the same settings: medians of the ratios over the settings. Times are {times}."
            ),
            &columns,
        );
        for cell in &self.cells {
            let mut line = vec![(*cell).to_owned()];
            line.extend(costs.iter().map(|(_, cost)| {
                ratio(cell, dearest, *cost)
                    .map_or(NOTHING.to_owned(), |ratio| format!("{ratio:.2}"))
            }));
            table.row(line);
        }
        Some(table)
    }

    /// How good cells are over the settings that all of them have, taken together.
    fn together(&self, experiment: &Experiment) -> Option<Table> {
        let values = |arm: &Arm<'_>| {
            arm.values(|run| measure::statistic(experiment.metric, run, Split::Valid))
        };
        let settings = self.in_common(values)?;
        let metric = experiment.metric;
        let back = |value: f64| measure::of_statistic(metric, value);
        let middle = |cell: usize| {
            let all: Vec<f64> = settings.iter().flat_map(|cells| cells[cell].clone()).collect();
            maybe(metric, stats::interquartile_mean(&all).map(back))
        };
        let ahead = |cell: usize, other: usize| {
            let pair = |cells: &'_ Vec<Vec<f64>>| match metric.higher_is_better() {
                true => (cells[other].clone(), cells[cell].clone()),
                false => (cells[cell].clone(), cells[other].clone()),
            };
            let pairs: Vec<(Vec<f64>, Vec<f64>)> = settings.iter().map(pair).collect();
            let slices: Vec<(&[f64], &[f64])> =
                pairs.iter().map(|(one, other)| (&one[..], &other[..])).collect();
            stats::probability_of_improvement(&slices)
                .map_or(NOTHING.to_owned(), |share| format!("{:.0} %", 100.0 * share))
        };
        let mut columns = vec![String::new(), "#interquartile mean".to_owned()];
        columns.extend(self.cells.iter().map(|cell| format!("#ahead of {cell}")));
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut table = Table::new(
            format!(
                "Over the {} settings that all cells have: interquartile mean of the {} on the validation split over settings and seeds, and the \
                 chance that a run is better than one of another cell at the same setting (Agarwal et al. 2021).",
                settings.len(),
                metric.title()
            ),
            &columns,
        );
        for (k, cell) in self.cells.iter().enumerate() {
            let mut line = vec![(*cell).to_owned(), middle(k)];
            line.extend((0..self.cells.len()).map(|other| match other == k {
                true => NOTHING.to_owned(),
                false => ahead(k, other),
            }));
            table.row(line);
        }
        Some(table)
    }

    /// Main effects of every cell that has a score for every combination of at least two settings.
    fn effects(&self, experiment: &Experiment) -> Vec<Block> {
        let paths = self.paths();
        // Scores on different data differ for other reasons.
        if paths.len() < 2 || paths.iter().any(|path| path.starts_with("data.")) {
            return Vec::new();
        }
        let metric = experiment.metric;
        let logarithmic = metric.is_logarithmic() && !metric.is_averaged_on_loss();
        let score = |arm: &Arm<'_>| {
            let values = arm.values(|run| measure::statistic(metric, run, Split::Valid));
            let value = stats::mean_interval(&values, 0.95)?.estimate;
            Some(if logarithmic { value.ln() } else { value })
        };
        let on = match logarithmic {
            true => format!("the logarithm of the {}", metric.title()),
            false if metric.is_averaged_on_loss() => "the loss".to_owned(),
            false => format!("the {}", metric.title()),
        };
        let mut columns = vec![String::new()];
        columns.extend(
            paths.iter().map(|path| format!("#{}", last_part(path).replace(['_', '.'], " "))),
        );
        columns.extend(["#together", "#best", "#worst"].map(str::to_owned));
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut table = Table::new(
            format!(
                "How much each setting matters: the share of the variance of {on} over all combinations that the setting explains by itself \
                 (main effects of a functional analysis of variance, Hutter et al. 2014); together: what only several explain. Beside it the \
                 best and the worst mean over seeds, on the validation split."
            ),
            &columns,
        );
        for cell in &self.cells {
            let points: Option<Vec<(Vec<String>, f64)>> = self
                .rows
                .iter()
                .map(|row| {
                    let place = paths.iter().map(|path| row.get(*path).map(Value::to_string));
                    Some((place.collect::<Option<_>>()?, score(self.arm(cell, row)?)?))
                })
                .collect();
            let Some(effects) = points.as_deref().and_then(main_effects) else { continue };
            let percent = |share: f64| format!("{:.0} %", 100.0 * share);
            let mut line = vec![(*cell).to_owned()];
            line.extend(effects.iter().map(|share| percent(*share)));
            line.push(percent((1.0 - effects.iter().sum::<f64>()).max(0.0)));
            let ours = self.arms.iter().filter(|arm| arm.cell() == *cell);
            let means: Vec<f64> =
                ours.filter_map(|arm| Some(arm.score(Split::Valid)?.estimate)).collect();
            let least = means.iter().copied().reduce(f64::min);
            let most = means.iter().copied().reduce(f64::max);
            let ends = match metric.higher_is_better() {
                true => [most, least],
                false => [least, most],
            };
            line.extend(ends.map(|end| maybe(metric, end)));
            table.row(line);
        }
        if table.rows.is_empty() { Vec::new() } else { vec![Block::Table(table)] }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::finished;
    use super::*;
    use train::Metric;

    fn run(cell: &str, rate: f64, clip: f64, score: f64) -> RunRow {
        let axes =
            format!(r#"{{"cell": "{cell}", "train.learning_rate": {rate}, "train.clip": {clip}}}"#);
        RunRow {
            valid_score: Some(score),
            ..finished(&format!("{cell} {rate} {clip}"), cell, 1, &axes)
        }
    }

    #[test]
    fn costs_are_compared_at_the_same_settings() {
        let mut runs = [
            run("gru", 0.1, 1.0, 1.0),
            run("lstm", 0.1, 1.0, 1.0),
            run("gru", 0.2, 1.0, 1.0),
            run("lstm", 0.3, 1.0, 1.0),
        ];
        for (run, (parameters, speed)) in
            runs.iter_mut().zip([(300, 50.0), (400, 40.0), (3000, 5.0), (40, 4.0)])
        {
            run.cell_parameters = parameters;
            run.cell_flops_per_token = 2.0 * parameters as f64;
            run.tokens_per_second = Some(speed);
        }
        let arms = Arm::all(&runs, Metric::SQUARED_ERROR);
        let table = Grid::of(&arms).relative("per token").unwrap();
        assert!(table.caption.contains("of lstm"), "{}", table.caption);
        assert_eq!(table.rows[0], ["gru", "0.75", "0.75", "0.80", NOTHING]);
    }

    #[test]
    fn settings_stand_down_and_cells_across() {
        let runs = [
            run("rnn", 0.1, 1.0, 4.0),
            run("rnn", 0.2, 1.0, 3.0),
            run("gru", 0.2, 1.0, 2.0),
            run("gru", 0.2, 5.0, 1.0),
        ];
        let arms = Arm::all(&runs, Metric::SQUARED_ERROR);
        let grid = Grid::of(&arms);
        let table = grid.table(String::new(), |arm| {
            arm.score(Split::Valid).map_or(String::new(), |score| score.estimate.to_string())
        });
        assert_eq!(
            table.rows,
            [
                ["Learning rate 0.1, clip 1", "4", NOTHING],
                ["Learning rate 0.2, clip 1", "3", "2"],
                ["Learning rate 0.2, clip 5", NOTHING, "1"],
            ]
        );
    }
}
