//! Learning curves.

use super::super::arms::Arm;
use super::{Frames, axis, plotted};
use plot::{CellCurve, LearningCurves, XAxis};
use sweep::tables::{EvaluationRow, RunRow, Tables};

/// Validation scores of `arms` against steps or time.
pub(super) fn learning_curves(
    frames: &Frames<'_>,
    tables: &Tables,
    arms: &[Arm<'_>],
    x: XAxis,
) -> LearningCurves {
    let (experiment, metric) = (frames.experiment, frames.experiment.metric);
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
        frame: frames.titled_best(&format!("Validation {} {title}", metric.title())),
        measure: axis(metric),
        x,
        cells: arms
            .iter()
            .map(|arm| CellCurve {
                cell: arm.name.to_owned(),
                runs: arm.runs.iter().map(|run| curve(arm, run)).collect(),
                diverged: arm.diverged(),
            })
            .collect(),
        baselines: experiment
            .baselines()
            .into_iter()
            .map(|baseline| (baseline.name, plotted(metric, baseline.valid.get())))
            .collect(),
    }
}
