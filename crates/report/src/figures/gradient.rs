//! What gradients do with the lag.

use super::super::arms::Arm;
use super::Frames;
use plot::{CellGradient, GradientFlow, LagPoint};
use sweep::tables::{FlowRow, Tables};
use train::Phase;

/// Gradients against lag, before and after training.
pub(super) fn gradient_flow(
    frames: &Frames<'_>,
    tables: &Tables,
    arms: &[Arm<'_>],
) -> GradientFlow {
    let phase = |phase: Phase| {
        arms.iter().map(|arm| gradient(&tables.gradient_flow, arm.name, phase)).collect()
    };
    GradientFlow {
        frame: frames.titled_best("Gradient norm against lag"),
        initial: phase(Phase::Initial),
        trained: phase(Phase::Trained),
    }
}

/// Quantiles of one arm in its topmost layer: at every lag, medians over seeds.
pub(in super::super) fn gradient(rows: &[FlowRow], arm: &str, phase: Phase) -> CellGradient {
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
