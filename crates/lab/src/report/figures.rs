//! The figures of an experiment, drawn from its tables.

use super::arms::{Arm, LEVEL, deciding, kind_of_interval};
use super::contenders::contenders;
use super::document::Picture;
use super::format::{capitalised, list, side_by_side};
use super::measure::{self, Split};
use super::{lags, trends};
use crate::experiment::Experiment;
use crate::tables::{EvaluationRow, FlowRow, RunRow, Tables};
use plot::{
    CellCost, CellCurve, CellGradient, CellResult, CostAndScore, Efficiency, Figure, FinalScores,
    Frame, GradientFlow, LagPoint, LearningCurves, Measure, Pareto, Parts, PlotError,
    ScoreInterval, Spacing, XAxis,
};
use stats::Interval;
use std::path::Path;
use train::Metric;

/// More arms than this make learning curves unreadable; the best ones are shown.
const MOST_CURVES: usize = 8;

/// Draws every figure that the tables have data for and saves it in `folder`: of `arms`, and what
/// settings do of `all`.
pub(super) fn draw(
    experiment: &Experiment,
    tables: &Tables,
    arms: &[Arm<'_>],
    all: &[Arm<'_>],
    folder: &Path,
) -> Result<Vec<Picture>, PlotError> {
    let shown = best(arms);
    let names: Vec<&str> = shown.iter().map(|arm| arm.name).collect();
    let compared = list(&names);
    let mut pictures = Vec::new();
    let mut keep = |figure: Figure, stem: &str, alt: String, caption: String| {
        figure.save(folder, stem)?;
        pictures.push(Picture { stem: stem.to_owned(), svg: figure.svg, alt, caption });
        Ok::<(), PlotError>(())
    };

    let metric = experiment.metric;
    let title = metric.title();
    let split = deciding(arms);
    if arms.iter().any(|arm| arm.result().is_some()) {
        let on_loss = if metric == Metric::Perplexity { ", taken on the loss" } else { "" };
        keep(
            final_scores(experiment, arms).draw()?,
            &format!("final_{}", metric.name()),
            format!(
                "The {} {title} of {}",
                split.title(),
                list(&arms.iter().map(|arm| arm.name).collect::<Vec<_>>())
            ),
            format!(
                "The {} {title} ({}). A dot is one seed; the bar is the 95 % {} of the mean over seeds{on_loss}.",
                split.title(),
                measure::direction(metric),
                kind_of_interval(arms)
            ),
        )?;
    }
    if !tables.evaluations.is_empty() {
        for (x, stem, against, meaning) in [
            (
                XAxis::Steps,
                "learning_curves_steps",
                "optimiser steps",
                "what is learnt from the same data",
            ),
            (
                XAxis::WallClock,
                "learning_curves_time",
                "training time",
                "what the same time buys on this machine (evaluations and probes are not counted; the time of an \
                 evaluation is the median over seeds)",
            ),
        ] {
            keep(
                learning_curves(experiment, tables, &shown, x).draw()?,
                stem,
                format!("Validation {title} of {compared} against {against}"),
                format!(
                    "Validation {title} against {against}: {meaning}. Lines are means over seeds, bands the range of the seeds."
                ),
            )?;
        }
    }
    if !tables.gradient_flow.is_empty() {
        keep(
            gradient_flow(experiment, tables, &shown).draw()?,
            "gradient_flow",
            format!("Gradient norm against lag for {compared}, at initialisation and after training"),
            "How much of the gradient survives the way back through time: norm of the gradient of the loss at one step with \
             respect to the state some steps before, relative to lag 0, in the topmost layer. Lines are medians over validation \
             sequences, bands their 10 % and 90 % quantiles (medians over seeds)."
                .to_owned(),
        )?;
    }
    if !tables.lags.is_empty() && split == Split::Test {
        keep(
            trends::by_lag(experiment, &shown, &tables.lags, lags::range).draw()?,
            "accuracy_by_lag",
            format!("Right answers of {compared} against lag"),
            "Right answers on the test split against how many time steps ago the input was read that an answer needs; lags of a range that \
             doubles are taken together, at their mean."
                .to_owned(),
        )?;
    }
    for setting in trends::Setting::all(all) {
        let (name, what, place) = (setting.name(), setting.title(), setting.place());
        let curves = "Lines are means over seeds, bands the range of the seeds.";
        if let Some(trend) = setting.scores(experiment, all) {
            keep(
                trend.draw()?,
                &format!("score_against_{name}"),
                format!("{title} against {what}"),
                format!(
                    "What the choice of {what} does to the {title} on the {} split{place}. {curves}",
                    setting.split(all).title()
                ),
            )?;
        }
        if !setting.is_size() {
            continue;
        }
        let unit = experiment.data.unit();
        let speed = |phase: &str| Measure {
            title: format!("{unit}s per second in {phase}"),
            higher_is_better: true,
            spacing: Spacing::Log,
        };
        let training =
            setting.trend(experiment, all, speed("training"), |run| run.tokens_per_second);
        let inference = setting
            .trend(experiment, all, speed("the forward pass"), |run| run.forward_tokens_per_second);
        for (trend, stem, phase) in [
            (training, "training_speed", "Training: forward, backward and update"),
            (
                inference,
                "forward_speed",
                "The forward pass alone, as in inference, in batches as in training",
            ),
        ] {
            let Some(trend) = trend else { continue };
            keep(
                trend.draw()?,
                &format!("{stem}_against_{name}"),
                format!("{} against {what}", trend.measure.title),
                format!(
                    "{phase}: {unit}s per second against {what}{place}, measured {}. {curves}",
                    side_by_side(experiment)
                ),
            )?;
        }
    }
    // Of many arms, choices are shown, and no choice is made by the test split.
    let (points, judged) = if all.len() > arms.len() { (all, Split::Valid) } else { (arms, split) };
    let bars = if points.len() > arms.len() { "" } else { " Bars are intervals over seeds." };
    for (figure, stem) in pareto(experiment, points, judged) {
        let cost = figure.cost.clone();
        keep(
            figure.draw()?,
            stem,
            format!("{title} against {cost}"),
            format!(
                "The {} {title} against {cost}: what nothing else beats in both is joined by the dashed line.{bars}",
                judged.title()
            ),
        )?;
    }
    if !shown.is_empty() {
        keep(
            efficiency(experiment, &shown).draw()?,
            "efficiency",
            format!("Parameters, arithmetic, speed and memory of {compared}"),
            format!(
                "What each cell costs. Parameters and floating-point operations (of the forward pass, per {}) are counted from the \
                 equations; the recurrent layers' share is dark. Training speed was measured {}. Memory of a training step is computed \
                 from sizes, not a measured peak.",
                experiment.data.unit(),
                side_by_side(experiment)
            ),
        )?;
    }
    Ok(pictures)
}

/// The best arms on the validation split, in their own order.
pub(super) fn best<'a>(arms: &[Arm<'a>]) -> Vec<Arm<'a>> {
    let mut losses: Vec<f64> = arms.iter().map(Arm::cost).collect();
    losses.sort_by(f64::total_cmp);
    let worst = losses.get(MOST_CURVES - 1).copied().unwrap_or(f64::INFINITY);
    arms.iter().filter(|arm| arm.cost() <= worst).take(MOST_CURVES).cloned().collect()
}

pub(super) fn frame(experiment: &Experiment, title: &str) -> Frame {
    let profile =
        experiment.profile.as_ref().map_or(String::new(), |profile| format!(", profile {profile}"));
    Frame {
        title: title.to_owned(),
        subtitle: format!("{}{profile}", experiment.data_title()),
        warning: experiment.data.stand_in.then(|| "Generated stand-in language, not real text: these numbers say nothing about real data".to_owned()),
        titles: experiment.cells.clone(),
    }
}

fn learning_curves(
    experiment: &Experiment,
    tables: &Tables,
    arms: &[Arm<'_>],
    x: XAxis,
) -> LearningCurves {
    let metric = experiment.metric;
    let value = |row: &EvaluationRow| {
        let score = row.valid_score.or_else(|| metric.of_loss(row.valid_loss));
        plotted(metric, score.unwrap_or(f64::NAN))
    };
    let evaluations = |run: &RunRow| {
        let name = run.run.clone();
        tables.evaluations.iter().filter(move |row| row.run == name)
    };
    // Seeds are evaluated at the same steps but, as the machine has other work too, not at the same
    // times: a curve against time has what the steps gave at the times they usually took.
    let usual_time = |arm: &Arm<'_>, step: u64| {
        let rows = arm.runs.iter().flat_map(|run| evaluations(run));
        let times: Vec<f64> = rows.filter(|row| row.step == step).map(|row| row.seconds).collect();
        stats::median(&times).unwrap_or(f64::NAN)
    };
    let curve = |arm: &Arm<'_>, run: &RunRow| -> Vec<(f64, f64)> {
        evaluations(run)
            .map(|row| match x {
                XAxis::Steps => (row.step as f64, value(row)),
                XAxis::WallClock => (usual_time(arm, row.step), value(row)),
            })
            .collect()
    };
    let title = match x {
        XAxis::Steps => "against optimiser steps",
        XAxis::WallClock => "against training time",
    };
    LearningCurves {
        frame: frame(experiment, &format!("Validation {} {title}", metric.title())),
        measure: axis(metric),
        x,
        cells: arms
            .iter()
            .map(|arm| CellCurve {
                cell: arm.name.to_owned(),
                runs: arm.runs.iter().map(|run| curve(arm, run)).collect(),
            })
            .collect(),
        baselines: experiment
            .baselines()
            .into_iter()
            .map(|baseline| (baseline.name, plotted(metric, baseline.valid)))
            .collect(),
    }
}

/// A value as figures show it: shares in percent.
pub(super) fn plotted(metric: Metric, value: f64) -> f64 {
    if metric.is_share() { 100.0 * value } else { value }
}

/// What the axis of a metric is like.
pub(super) fn axis(metric: Metric) -> Measure {
    let (title, spacing) = match metric {
        Metric::Perplexity => (metric.title().to_owned(), Spacing::Exponential),
        // These fall by orders of magnitude.
        Metric::SquaredError => (metric.title().to_owned(), Spacing::Log),
        Metric::CrossEntropy | Metric::NllPerStep => {
            (format!("{}, nats", metric.title()), Spacing::Log)
        }
        _ if metric.is_share() => (format!("{}, %", metric.title()), Spacing::Linear),
        _ => (metric.title().to_owned(), Spacing::Linear),
    };
    Measure { title, higher_is_better: metric.higher_is_better(), spacing }
}

fn final_scores(experiment: &Experiment, arms: &[Arm<'_>]) -> FinalScores {
    let metric = experiment.metric;
    let split = deciding(arms);
    let cell = |arm: &Arm<'_>| {
        let score = |run: &RunRow| match split {
            Split::Valid => run.valid_score,
            Split::Test => run.test_score,
        };
        let seeds = arm.values(|run| Some(plotted(metric, score(run)?)));
        CellResult {
            cell: arm.name.to_owned(),
            failed: arm.runs.len() - seeds.len(),
            seeds,
            interval: arm.result().map(|interval| score_interval(metric, interval)),
        }
    };
    let axis = axis(metric);
    FinalScores {
        frame: frame(experiment, &capitalised(&format!("{} {}", split.title(), metric.title()))),
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

fn gradient_flow(experiment: &Experiment, tables: &Tables, arms: &[Arm<'_>]) -> GradientFlow {
    let phase = |phase: &str| {
        arms.iter().map(|arm| gradient(&tables.gradient_flow, arm.name, phase)).collect()
    };
    GradientFlow {
        frame: frame(experiment, "Gradient norm against lag"),
        initial: phase("initial"),
        trained: phase("trained"),
    }
}

/// Quantiles of one arm in its topmost layer: at every lag, medians over seeds.
pub(super) fn gradient(rows: &[FlowRow], arm: &str, phase: &str) -> CellGradient {
    let ours: Vec<&FlowRow> =
        rows.iter().filter(|row| row.arm == arm && row.phase == phase).collect();
    let top = ours.iter().map(|row| row.layer).max();
    let lags = ours.iter().map(|row| row.lag).max().map_or(0, |lag| lag + 1);
    let point = |lag: u64| {
        let here: Vec<&&FlowRow> =
            ours.iter().filter(|row| row.lag == lag && Some(row.layer) == top).collect();
        let over_seeds = |value: fn(&FlowRow) -> f64| {
            stats::median(&here.iter().map(|row| value(row)).collect::<Vec<_>>())
        };
        Some(LagPoint {
            lag: usize::try_from(lag).ok()?,
            low: over_seeds(|row| row.low)?,
            median: over_seeds(|row| row.median)?,
            high: over_seeds(|row| row.high)?,
        })
    };
    CellGradient { cell: arm.to_owned(), lags: (0..lags).filter_map(point).collect() }
}

/// Counted costs differ if the largest is this much above the least: sizes matched by parameters do not.
/// Times always do, so whether their figure is drawn does not hang on chance.
const DIFFERENT: f64 = 1.05;

/// Scores against each cost in which the arms differ.
fn pareto(experiment: &Experiment, arms: &[Arm<'_>], split: Split) -> Vec<(Pareto, &'static str)> {
    let metric = experiment.metric;
    let named = contenders(arms).len() == arms.len();
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
        let point = |arm: &Arm<'_>| {
            let score = arm.score(split)?;
            Some(CostAndScore {
                cell: if named { arm.name } else { arm.cell() }.to_owned(),
                cost: stats::median(&arm.values(of))?,
                score: score_interval(metric, score),
            })
        };
        let cells: Vec<CostAndScore> = arms.iter().filter_map(point).collect();
        let least = cells.iter().map(|cell| cell.cost).fold(f64::INFINITY, f64::min);
        let most = cells.iter().map(|cell| cell.cost).fold(0.0, f64::max);
        let axis = axis(metric);
        (cells.len() > 1 && most > least * ratio).then(|| {
            let title = format!("{} {} against {cost}", split.title(), metric.title());
            let figure = Pareto {
                frame: frame(experiment, &capitalised(&title)),
                measure: Measure { title: format!("{} {}", split.title(), axis.title), ..axis },
                cost,
                cells,
            };
            (figure, stem)
        })
    };
    costs.into_iter().filter_map(figure).collect()
}

fn score_interval(metric: Metric, interval: Interval) -> ScoreInterval {
    ScoreInterval {
        estimate: plotted(metric, interval.estimate),
        bounds: interval
            .bounds
            .map(|bounds| (plotted(metric, bounds.low), plotted(metric, bounds.high))),
    }
}

fn efficiency(experiment: &Experiment, arms: &[Arm<'_>]) -> Efficiency {
    let cost = |arm: &Arm<'_>| {
        let first = arm.runs.first()?;
        let bytes = arm.runs.iter().find_map(|run| run.training_bytes);
        Some(CellCost {
            cell: arm.name.to_owned(),
            parameters: Parts {
                cell: first.cell_parameters as f64,
                total: first.parameters as f64,
            },
            flops_per_token: Parts {
                cell: first.cell_flops_per_token,
                total: first.flops_per_token,
            },
            tokens_per_second: arm.values(|run| run.tokens_per_second),
            memory_mib: bytes.map(|bytes| bytes as f64 / (1024.0 * 1024.0)),
        })
    };
    Efficiency {
        frame: frame(experiment, "What each cell costs"),
        unit: experiment.data.unit().to_owned(),
        cells: arms.iter().filter_map(cost).collect(),
    }
}
