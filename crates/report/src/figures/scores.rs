//! Scores of single cells, and scores against costs.

use super::super::arms::{Arm, deciding, of_same_data};
use super::super::measure::{Split, score};
use super::super::named_arms::named_arms;
use super::{Frames, axis, plotted};
use crate::evidence::LEVEL;
use plot::{CellResult, CostAndScore, FinalScores, Measure, Pareto, ScoreInterval};
use stats::Interval;
use sweep::records::RunState;
use sweep::tables::RunRow;
use train::Metric;
use words::{capitalised, counted, list};

/// Scores of every seed on the split that decides.
pub(super) fn final_scores(frames: &Frames<'_>, arms: &[Arm<'_>]) -> FinalScores {
    let (experiment, metric) = (frames.experiment, frames.experiment.metric);
    let split = deciding(arms);
    let cell = |arm: &Arm<'_>| {
        let seeds = arm.values(|run| Some(plotted(metric, score(metric, run, split)?)));
        CellResult {
            cell: arm.name.to_owned(),
            seeds,
            unscored: unscored(arm, split),
            interval: arm.result().map(|interval| score_interval(metric, interval)),
        }
    };
    let axis = axis(metric);
    FinalScores {
        frame: frames.titled(&capitalised(&format!("{} {}", split.title(), metric.title()))),
        measure: Measure { title: format!("{} {}", split.title(), axis.title), ..axis },
        cells: arms.iter().map(cell).collect(),
        level: LEVEL,
        baselines: experiment
            .baselines()
            .into_iter()
            .map(|baseline| {
                let value = plotted(metric, split.of_baseline(&baseline));
                (baseline.name, value)
            })
            .collect(),
    }
}

/// The runs of an arm that have no score, counted by their state.
fn unscored(arm: &Arm<'_>, split: Split) -> Vec<(usize, String)> {
    let without = |state: RunState| {
        let ours = arm.runs.iter().filter(|run| run.state == state);
        match state {
            RunState::Done => ours.filter(|run| score(arm.metric, run, split).is_none()).count(),
            _ => ours.count(),
        }
    };
    let name = |state: RunState| match state {
        RunState::Done => "without a score".to_owned(),
        _ => state.name().to_owned(),
    };
    let counts = RunState::ALL.into_iter().map(|state| (without(state), name(state)));
    counts.filter(|(count, _)| *count > 0).collect()
}

/// Counted costs differ if the largest is this much above the least: sizes matched by parameters do not.
/// Times always do, so whether their figure is drawn does not hang on chance.
const DIFFERENT: f64 = 1.05;

/// Scores against each cost in which the arms differ, each with the name of its file and, to go on its
/// caption, which arms it does not show.
pub(super) fn pareto(
    frames: &Frames<'_>,
    arms: &[Arm<'_>],
    split: Split,
) -> Vec<(Pareto, &'static str, String)> {
    let (experiment, metric) = (frames.experiment, frames.experiment.metric);
    let named = named_arms(arms).len() == arms.len();
    let incomparable = !of_same_data(arms);
    let unit = experiment.data.unit();
    type Cost = fn(&RunRow) -> Option<f64>;
    let costs: [(String, &str, f64, Cost); 3] = [
        ("parameters".to_owned(), "pareto_parameters", DIFFERENT, |run| {
            Some(run.parameters as f64)
        }),
        (format!("FLOPs per {unit}, forward"), "pareto_flops", DIFFERENT, |run| {
            Some(run.flops_per_token)
        }),
        ("seconds of training".to_owned(), "pareto_time", 0.0, |run| run.train_seconds),
    ];
    let figure = |(cost, stem, ratio, of): (String, &'static str, f64, Cost)| {
        let name = |arm: &Arm<'_>| if named { arm.name } else { arm.cell() }.to_owned();
        let point = |arm: &Arm<'_>| {
            let score = arm.score(split)?;
            Some(CostAndScore {
                cell: name(arm),
                cost: stats::median(&arm.values(of))?,
                costs: spread(&arm.values(of)),
                score: score_interval(metric, score),
            })
        };
        let cells: Vec<CostAndScore> = arms.iter().filter_map(point).collect();
        let absent = arms.iter().filter(|arm| point(arm).is_none()).map(name).collect();
        let least = cells.iter().map(|cell| cell.cost).fold(f64::INFINITY, f64::min);
        let most = cells.iter().map(|cell| cell.cost).fold(0.0, f64::max);
        let axis = axis(metric);
        (cells.len() > 1 && most > least * ratio).then(|| {
            let title = format!("{} {} against {cost}", split.title(), metric.title());
            let figure = Pareto {
                frame: frames.titled(&capitalised(&title)),
                measure: Measure { title: format!("{} {}", split.title(), axis.title), ..axis },
                cost,
                cells,
                absent,
                incomparable,
            };
            let missing = missing(&figure, arms, named);
            (figure, stem, missing)
        })
    };
    costs.into_iter().filter_map(figure).collect()
}

/// Which arms a figure does not show: those beyond its axis with their scores, and those without any.
fn missing(figure: &Pareto, arms: &[Arm<'_>], named: bool) -> String {
    let beyond = figure.left_out();
    let without = arms.len() - figure.cells.len();
    if beyond.is_empty() && without == 0 {
        return String::new();
    }
    if !named {
        let count = beyond.len() + without;
        return format!(
            " Not shown: {count} of {}, whose scores are beyond the axis or missing.",
            counted(arms.len(), "combination")
        );
    }
    let with_score = beyond
        .iter()
        .map(|cell| format!("{} ({})", cell.cell, figure.measure.written(cell.score.estimate)));
    let scored = |arm: &&Arm<'_>| figure.cells.iter().any(|cell| cell.cell == arm.name);
    let absent = arms.iter().filter(|arm| !scored(arm));
    let absent = absent.map(|arm| match arm.seeds()[..] {
        [] if arm.diverged().len() == arm.runs.len() => format!("{} (diverged)", arm.name),
        [] => format!("{} (no finished run)", arm.name),
        _ => format!("{} (no finite cost or score)", arm.name),
    });
    let all: Vec<String> = with_score.chain(absent).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    format!(" Not shown, without a score that the axis has: {}.", list(&all))
}

/// The least and the largest value; `None` where all are the same.
fn spread(values: &[f64]) -> Option<(f64, f64)> {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (least < most).then_some((least, most))
}

fn score_interval(metric: Metric, interval: Interval) -> ScoreInterval {
    ScoreInterval {
        estimate: plotted(metric, interval.estimate),
        bounds: interval
            .bounds
            .map(|bounds| (plotted(metric, bounds.low), plotted(metric, bounds.high))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{experiment, finished};
    use super::*;
    use sweep::description::Experiment;

    /// Tables have no infinite score; a run that diverged is not one that failed.
    #[test]
    fn figures_say_of_runs_what_tables_do() {
        let run = |arm: &str, seed: u64, state: RunState, loss: Option<f64>| RunRow {
            state,
            test_loss: loss,
            ..finished(arm, arm, seed, "{}")
        };
        let runs = [
            run("a", 1, RunState::Done, Some(7e37)),
            run("a", 2, RunState::Done, Some(6e37)),
            run("b", 1, RunState::Diverged, None),
            run("b", 2, RunState::Failed, None),
            run("b", 3, RunState::Diverged, None),
        ];
        let experiment = Experiment { metric: Metric::PERPLEXITY, ..experiment() };
        let arms = Arm::all(&runs, Metric::PERPLEXITY);
        let figure = final_scores(&Frames::of(&experiment, &arms, &arms), &arms);
        assert_eq!(figure.cells[0].seeds, [f64::INFINITY; 2]);
        assert_eq!(figure.cells[0].unscored, []);
        let told = [(1, "failed".to_owned()), (2, "diverged".to_owned())];
        assert_eq!(figure.cells[1].unscored, told);
    }

    /// Losses whose perplexities overflow, and an arm that diverged.
    #[test]
    fn arms_that_a_front_does_not_show_are_named() {
        let run = |arm: &str, parameters: u64, loss: f64| RunRow {
            parameters,
            test_loss: Some(loss),
            test_score: Some(loss.exp()),
            ..finished(arm, arm, 1, "{}")
        };
        let lost = RunRow { state: RunState::Diverged, ..finished("d", "d", 1, "{}") };
        let runs = [run("a", 1, 2.6), run("b", 2, 2.7), run("c", 3, 6e5), lost];
        let experiment = Experiment { metric: Metric::PERPLEXITY, ..experiment() };
        let arms = Arm::all(&runs, Metric::PERPLEXITY);
        let frames = Frames::of(&experiment, &arms, &arms);
        let figures = pareto(&frames, &arms, Split::Test);
        let (_, stem, missing) = &figures[0];
        assert_eq!(*stem, "pareto_parameters");
        assert_eq!(
            missing,
            " Not shown, without a score that the axis has: c (∞) and d (diverged)."
        );
        assert_eq!(figures[0].0.absent, ["d"]);
    }
}
