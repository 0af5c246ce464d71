//! The figures of an experiment, drawn from its tables.

use super::arms::{Arm, LEVEL};
use super::document::Picture;
use super::format::{list, side_by_side};
use crate::experiment::Experiment;
use crate::tables::{FlowRow, RunRow, Tables};
use plot::{
    CellCost, CellCurve, CellGradient, CellResult, Efficiency, Figure, FinalPerplexity, Frame,
    GradientFlow, LagPoint, LearningCurves, Parts, PerplexityInterval, PlotError, XAxis,
};
use std::path::Path;

/// More arms than this make learning curves unreadable; the best ones are shown.
const MOST_CURVES: usize = 8;

/// Draws every figure that the tables have data for and saves it in `folder`.
pub(super) fn draw(
    experiment: &Experiment,
    tables: &Tables,
    arms: &[Arm<'_>],
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

    if arms.iter().any(|arm| arm.test_perplexity().is_some()) {
        keep(
            final_perplexity(experiment, arms).draw()?,
            "final_perplexity",
            format!("Test perplexity of {}", list(&arms.iter().map(|arm| arm.name).collect::<Vec<_>>())),
            "Test perplexity (lower is better). A dot is one seed; the bar is the 95 % Student-t interval of the mean over \
             seeds, taken on the loss."
                .to_owned(),
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
                "what the same time buys on this machine (evaluations and probes are not counted)",
            ),
        ] {
            keep(
                learning_curves(experiment, tables, &shown, x).draw()?,
                stem,
                format!("Validation perplexity of {compared} against {against}"),
                format!(
                    "Validation perplexity against {against}: {meaning}. Lines are means over seeds, bands the range of the seeds."
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
    if !shown.is_empty() {
        keep(
            efficiency(experiment, &shown).draw()?,
            "efficiency",
            format!("Parameters, arithmetic, speed and memory of {compared}"),
            format!(
                "What each cell costs. Parameters and floating-point operations (of the forward pass, per token) are counted from the \
                 equations; the recurrent layers' share is dark. Training speed was measured {}. Memory of a training step is computed \
                 from sizes, not a measured peak.",
                side_by_side(experiment)
            ),
        )?;
    }
    Ok(pictures)
}

/// The arms with the lowest validation loss, in their own order.
fn best<'a>(arms: &[Arm<'a>]) -> Vec<Arm<'a>> {
    let loss =
        |arm: &Arm<'_>| arm.valid_perplexity().map_or(f64::INFINITY, |interval| interval.estimate);
    let mut losses: Vec<f64> = arms.iter().map(loss).collect();
    losses.sort_by(f64::total_cmp);
    let worst = losses.get(MOST_CURVES - 1).copied().unwrap_or(f64::INFINITY);
    arms.iter().filter(|arm| loss(arm) <= worst).take(MOST_CURVES).cloned().collect()
}

fn frame(experiment: &Experiment, title: &str) -> Frame {
    let profile =
        experiment.profile.as_ref().map_or(String::new(), |profile| format!(", profile {profile}"));
    Frame {
        title: title.to_owned(),
        subtitle: format!("{}{profile}", experiment.data.title),
        warning: experiment.data.stand_in.then(|| "Generated stand-in language, not real text: these numbers say nothing about real data".to_owned()),
    }
}

fn learning_curves(
    experiment: &Experiment,
    tables: &Tables,
    arms: &[Arm<'_>],
    x: XAxis,
) -> LearningCurves {
    let curve = |run: &RunRow| -> Vec<(f64, f64)> {
        let points = tables.evaluations.iter().filter(|row| row.run == run.run);
        points
            .map(|row| match x {
                XAxis::Steps => (row.step as f64, row.valid_nll.exp()),
                XAxis::WallClock => (row.seconds, row.valid_nll.exp()),
            })
            .collect()
    };
    let title = match x {
        XAxis::Steps => "Validation perplexity against optimiser steps",
        XAxis::WallClock => "Validation perplexity against training time",
    };
    LearningCurves {
        frame: frame(experiment, title),
        x,
        cells: arms
            .iter()
            .map(|arm| CellCurve {
                cell: arm.name.to_owned(),
                runs: arm.runs.iter().map(|run| curve(run)).collect(),
            })
            .collect(),
        baselines: vec![("unigram".to_owned(), experiment.data.unigram_valid_nll.exp())],
    }
}

fn final_perplexity(experiment: &Experiment, arms: &[Arm<'_>]) -> FinalPerplexity {
    let cell = |arm: &Arm<'_>| {
        let seeds = arm.values(|run| run.test_perplexity);
        CellResult {
            cell: arm.name.to_owned(),
            failed: arm.runs.len() - seeds.len(),
            seeds,
            interval: arm.test_perplexity().map(|interval| PerplexityInterval {
                estimate: interval.estimate,
                bounds: interval.bounds.map(|bounds| (bounds.low, bounds.high)),
            }),
        }
    };
    FinalPerplexity {
        frame: frame(experiment, "Test perplexity"),
        cells: arms.iter().map(cell).collect(),
        level: LEVEL,
        baseline: Some(("unigram".to_owned(), experiment.data.unigram_test_nll.exp())),
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
fn gradient(rows: &[FlowRow], arm: &str, phase: &str) -> CellGradient {
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
        cells: arms.iter().filter_map(cost).collect(),
    }
}
