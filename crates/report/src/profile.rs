//! How robust cells are to their settings: performance profiles (Agarwal et al. 2021, arXiv
//! 2108.13264; Dolan and More 2002).

use super::arms::Arm;
use super::figures::{Frames, axis, plotted};
use super::grid::Grid;
use super::measure::{Split, score};
use plot::{Axis, BandCurve, BandPoint, CurvePanel, CurvePanels, Spacing};
use stats::performance_profile;
use sweep::records::RunState;
use sweep::tables::RunRow;
use train::Metric;

/// The share of each cell's runs, over the settings that all cells have, whose validation score is at
/// least as good as a value, against that value. `None` where there are too few settings.
pub(super) fn profile(
    frames: &Frames<'_>,
    metric: Metric,
    arms: &[Arm<'_>],
) -> Option<CurvePanels> {
    let grid = Grid::of(arms);
    let (settings, curves) = curves(metric, &grid)?;
    let frame = frames.titled(&format!("Share of runs by {}", metric.title()));
    let rest = rest(metric, &grid, &curves, |cell| frame.title_of(cell).to_owned());
    let side = if metric.higher_is_better() { "right" } else { "left" };
    let reading = format!(
        "{settings} settings, all seeds. The further up and to the {side}, the less hangs on the settings."
    );
    let x = axis(metric);
    Some(CurvePanels {
        frame,
        x: Axis {
            title: format!("validation {}", x.title),
            log: x.spacing != Spacing::Linear,
            whole: false,
        },
        y: Axis { title: "runs at least as good, %".to_owned(), log: false, whole: false },
        floor: None,
        level: None,
        panels: vec![CurvePanel { heading: String::new(), curves }],
        notes: [reading].into_iter().chain(rest).collect(),
    })
}

/// The number of settings that all cells have, and the curves.
fn curves(metric: Metric, grid: &Grid<'_>) -> Option<(usize, Vec<BandCurve>)> {
    // As losses: the smaller the better.
    let sign = if metric.higher_is_better() { -1.0 } else { 1.0 };
    let settings = grid.in_common(|arm| {
        // What is not finite, or diverged, reaches no score.
        let reached = |loss: f64| if loss.is_finite() { loss } else { f64::MAX };
        let mut losses = arm
            .values(|run| Some(reached(sign * plotted(metric, score(metric, run, Split::Valid)?))));
        losses.extend(vec![f64::MAX; arm.count(RunState::Diverged)]);
        losses
    })?;
    let mut thresholds: Vec<f64> =
        settings.iter().flatten().flatten().copied().filter(|loss| *loss < f64::MAX).collect();
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup();
    let curve = |(position, cell): (usize, &&str)| {
        let runs: Vec<&[f64]> = settings.iter().map(|cells| &cells[position][..]).collect();
        let shares = performance_profile(&runs, &thresholds)?;
        let mut points = Vec::new();
        let mut before = 0.0;
        for (threshold, share) in thresholds.iter().zip(shares) {
            // A stair: straight up where runs come in, level between.
            points.extend([before, share].map(|share| {
                let percent = 100.0 * share;
                BandPoint { x: sign * threshold, low: percent, middle: percent, high: percent }
            }));
            before = share;
        }
        points.dedup();
        Some(BandCurve { cell: (*cell).to_owned(), points, bound: Vec::new() })
    };
    let curves = grid.cells.iter().enumerate().map(curve).collect::<Option<_>>()?;
    Some((settings.len(), curves))
}

/// How many runs of each cell reach no value, and why, where some do not: their curves end below 100 %.
fn rest(
    metric: Metric,
    grid: &Grid<'_>,
    curves: &[BandCurve],
    title: impl Fn(&str) -> String,
) -> Option<String> {
    let without = |curve: &BandCurve| {
        let share = 100.0 - curve.points.last()?.middle;
        (share > 1e-9).then(|| format!("{} {share:.0} %", title(&curve.cell)))
    };
    let without: Vec<String> = curves.iter().filter_map(without).collect();
    if without.is_empty() {
        return None;
    }
    let score = |run: &RunRow| score(metric, run, Split::Valid);
    let diverged = grid.arms.iter().any(|arm| arm.count(RunState::Diverged) > 0);
    let infinite = grid.arms.iter().any(|arm| arm.values(score).iter().any(|s| !s.is_finite()));
    let why = match (diverged, infinite) {
        (true, false) => "diverged",
        (false, _) => "are not finite",
        (true, true) => "diverged or are not finite",
    };
    Some(format!("Runs that {why}, so reach no value: {}.", without.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::super::testing::finished;
    use super::*;

    #[test]
    fn a_profile_counts_runs_over_settings() {
        let run = |cell: &str, rate: f64, score: f64, state: &str| RunRow {
            valid_score: Some(score),
            state: RunState::named(state).unwrap(),
            ..finished(
                &format!("{cell} {rate}"),
                cell,
                1,
                &format!(r#"{{"cell": "{cell}", "train.learning_rate": {rate}}}"#),
            )
        };
        let runs = [
            run("rnn", 0.1, 3.0, "done"),
            run("rnn", 0.2, 4.0, "done"),
            run("rnn", 0.3, 5.0, "diverged"),
            run("gru", 0.1, 2.0, "done"),
            run("gru", 0.2, 1.0, "done"),
            run("gru", 0.3, f64::INFINITY, "done"),
        ];
        let arms = Arm::all(&runs, Metric::SQUARED_ERROR);
        let (settings, curves) = curves(Metric::SQUARED_ERROR, &Grid::of(&arms)).unwrap();
        assert_eq!(settings, 3);
        let ends: Vec<(f64, i64)> = curves
            .iter()
            .filter_map(|curve| curve.points.last())
            .map(|point| (point.x, point.middle.round() as i64))
            .collect();
        assert_eq!(ends, [(4.0, 67), (4.0, 67)]);
        let rest = |arms: &[Arm<'_>]| {
            let title = |cell: &str| cell.to_uppercase();
            super::rest(Metric::SQUARED_ERROR, &Grid::of(arms), &curves, title)
        };
        let told = "Runs that diverged or are not finite, so reach no value: RNN 33 %, GRU 33 %.";
        assert_eq!(rest(&arms).as_deref(), Some(told));
        let told = "Runs that diverged, so reach no value: RNN 33 %, GRU 33 %.";
        assert_eq!(rest(&arms[..3]).as_deref(), Some(told));
        let first = &curves[0].points;
        assert_eq!(first.iter().filter(|point| point.middle == 0.0).count(), 3);
        // Two settings are not many.
        assert!(super::curves(Metric::SQUARED_ERROR, &Grid::of(&arms[..2])).is_none());
    }
}
