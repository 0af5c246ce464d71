//! The limits of what a report says, each where it holds.

use super::arms::Arm;
use super::conditions::side_by_side;
use experiment::role::Role;
use sweep::description::{Experiment, swept_data};
use sweep::records::RunState;
use sweep::tables::{RunRow, Tables};
use words::{figures, setting, thousands};

/// The limits that hold here, in sentences.
pub(super) fn limits(experiment: &Experiment, tables: &Tables, arms: &[Arm<'_>]) -> Vec<String> {
    let seeds = arms.iter().map(|arm| arm.count(RunState::Done)).min().unwrap_or(0);
    let mut points = vec![match seeds {
        0 => "Some arm has no finished run: nothing can be said about it.".to_owned(),
        1 => "One finished seed in the smallest arm: without a second one, differences cannot be told from chance.".to_owned(),
        _ => format!(
            "{seeds} finished seeds in the smallest arm. With few seeds an interval is wide and rests on the assumption that losses are roughly \
             normal, which so few cannot show."
        ),
    }];
    points.extend(length(experiment, &tables.runs));
    points.push(match experiment.data.sequences {
        None => {
            "Seeds change the initial weights (and dropout), not the data: the intervals say how results vary over seeds, not over texts.".to_owned()
        }
        Some(_) => {
            "Seeds change the initial weights, the order of the sequences (and dropout), not the data: the intervals say how results vary over \
             seeds, not over datasets."
                .to_owned()
        }
    });
    points.extend(rates_not_tuned(experiment, arms));
    points.extend(unequal_cells(arms));
    points.push(format!(
        "Speed was measured {}; what else the machine did at the time is not recorded.",
        side_by_side(experiment)
    ));
    points.push(
        "Training memory is computed from sizes (parameters, gradients, what the optimiser remembers, and the activations and the masks of \
         dropout and zoneout kept for the backward pass, the block of output scores left out), not measured."
            .to_owned(),
    );
    if experiment.data.stand_in {
        points.push("The language is generated: see the warning above.".to_owned());
    }
    points.extend(experiment.notes.iter().cloned());
    points
}

/// A training that is shorter than this share of its epochs was cut by a number of steps: what batches leave
/// over is less.
const CUT: f64 = 0.9;

/// How often trainings go over the data.
fn length(experiment: &Experiment, runs: &[RunRow]) -> Option<String> {
    let passes = |run: &RunRow| {
        let swept = swept_data(&run.axes);
        let data = experiment.all_data().find(|data| data.swept == swept)?;
        let passes =
            run.tokens.filter(|_| run.state == RunState::Done)? as f64 / data.tokens[0] as f64;
        let epochs = run.epochs as f64;
        passes.is_finite().then_some(if passes < CUT * epochs { passes } else { epochs })
    };
    let known: Vec<f64> = runs.iter().filter_map(passes).collect();
    let epochs: Vec<f64> = runs.iter().map(|run| run.epochs as f64).collect();
    let passes = if known.is_empty() { epochs } else { known };
    let least = passes.iter().copied().reduce(f64::min)?;
    let most = passes.iter().copied().reduce(f64::max)?;
    let written = |passes: f64| match passes {
        few if few < 1.0 => format!("{} % of one pass", figures(100.0 * few)),
        1.0 => "1 pass".to_owned(),
        many => format!("{} passes", setting((many * 100.0).round() / 100.0)),
    };
    let [least, most] = [least, most].map(written);
    let range = if least == most { least } else { format!("{least} to {most}") };
    Some(format!(
        "Training is {range} over the data. Rankings of short trainings need not be those of long ones."
    ))
}

/// That one learning rate for all cells may favour some: where nothing chose one for each.
fn rates_not_tuned(experiment: &Experiment, arms: &[Arm<'_>]) -> Option<String> {
    let mut cells: Vec<&str> = arms.iter().map(Arm::cell).collect();
    cells.sort_unstable();
    cells.dedup();
    let runs = || arms.iter().flat_map(|arm| &arm.runs);
    let chosen = experiment.tune.is_some()
        || experiment.tuning.is_some()
        || runs().any(|run| run.learning_rate_reason.is_some());
    let mut rates: Vec<f64> = runs().map(|run| run.learning_rate).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    if cells.len() < 2 || chosen {
        return None;
    }
    match rates[..] {
        [rate] => Some(format!(
            "All cells were trained with one learning rate, {}, which was not tuned for each: a cell may look worse than it is at a rate of its own.",
            setting(rate)
        )),
        _ if experiment.role.role == Role::Trial => None,
        _ => Some(
            "Learning rates differ, and no trials are recorded that chose them for each cell: a cell may look worse than it is at a rate of its own."
                .to_owned(),
        ),
    }
}

/// Cells are of one size if the largest has at most this many times the parameters of the smallest.
const EQUAL: f64 = 1.05;

/// That models of equal size may hold cells of unequal size, with the numbers.
fn unequal_cells(arms: &[Arm<'_>]) -> Option<String> {
    let runs: Vec<(&str, u64, u64)> = arms
        .iter()
        .filter_map(|arm| Some((arm.name, arm.runs.first()?)))
        .map(|(name, run)| (name, run.parameters, run.cell_parameters))
        .collect();
    let whole = || runs.iter().map(|(_, whole, _)| *whole as f64);
    let (least, most) = (whole().reduce(f64::min)?, whole().reduce(f64::max)?);
    let small = runs.iter().min_by_key(|(.., cell)| *cell)?;
    let large = runs.iter().max_by_key(|(.., cell)| *cell)?;
    if most > EQUAL * least || large.2 as f64 <= EQUAL * small.2 as f64 {
        return None;
    }
    Some(format!(
        "The models are of equal size as wholes, their recurrent layers are not: {} parameters in {}, {} in {}. The rest is embedding, \
         projection and output.",
        thousands(small.2),
        small.0,
        thousands(large.2),
        large.0
    ))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{experiment, finished};
    use super::*;
    use train::Metric;

    #[test]
    fn a_training_cut_by_steps_is_no_whole_pass() {
        let run = |tokens: u64, epochs: u64| RunRow {
            tokens: Some(tokens),
            epochs,
            ..finished("gru", "gru", 1, "{}")
        };
        let mut experiment = experiment();
        experiment.data.tokens = [1000, 9, 9];
        let said = |runs: &[RunRow]| length(&experiment, runs).unwrap();
        assert!(said(&[run(995, 1)]).starts_with("Training is 1 pass over the data."));
        assert!(said(&[run(30, 1)]).starts_with("Training is 3.00 % of one pass over the data."));
        let both = said(&[run(1500, 2), run(2990, 3)]);
        assert!(both.starts_with("Training is 1.5 passes to 3 passes over the data."), "{both}");
    }

    #[test]
    fn one_rate_for_several_cells_is_a_limit() {
        let mut runs = [finished("rnn", "rnn", 1, "{}"), finished("gru", "gru", 1, "{}")];
        let metric = Metric::SQUARED_ERROR;
        let mut experiment = experiment();
        let said = |experiment: &Experiment, runs: &[RunRow]| {
            rates_not_tuned(experiment, &Arm::all(runs, metric))
        };
        let one = said(&experiment, &runs).unwrap();
        assert!(
            one.starts_with("All cells were trained with one learning rate, 1, which"),
            "{one}"
        );
        assert_eq!(said(&experiment, &runs[..1]), None, "one cell");
        runs[0].learning_rate = 0.5;
        assert!(said(&experiment, &runs).unwrap().starts_with("Learning rates differ"));
        experiment.tuning = Some("rates".to_owned());
        assert_eq!(said(&experiment, &runs), None, "they were chosen");
    }

    #[test]
    fn cells_of_unequal_size_behind_equal_models_are_told_with_their_sizes() {
        let run = |cell: &str, whole: u64, inside: u64| RunRow {
            parameters: whole,
            cell_parameters: inside,
            ..finished(cell, cell, 1, "{}")
        };
        let said = |runs: &[RunRow]| unequal_cells(&Arm::all(runs, Metric::SQUARED_ERROR));
        let unequal = said(&[run("rnn", 150_000, 33_660), run("gru", 150_100, 78_402)]).unwrap();
        assert!(unequal.contains("33,660 parameters in rnn, 78,402 in gru"), "{unequal}");
        assert_eq!(said(&[run("rnn", 150_000, 78_000), run("gru", 150_100, 78_402)]), None);
        // The models themselves differ: nobody said that they are equal.
        assert_eq!(said(&[run("rnn", 50_000, 33_660), run("gru", 150_100, 78_402)]), None);
    }
}
