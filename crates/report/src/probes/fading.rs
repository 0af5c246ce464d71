//! How gradients fade on their way back, and how long they are.

use super::super::arms::Arm;
use super::super::document::{Block, Table};
use super::super::figures::not_drawn;
use super::answer::{fades, over_seeds};
use super::{PHASES, Probes, median, percent};
use plot::{
    Axis, BandCurve, BandPoint, CurvePanel, CurvePanels, HeatMap, HeatMaps, HeatRow, PlotError,
};
use probe::Fade;
use std::collections::BTreeSet;
use sweep::tables::StepRow;
use train::Phase;
use words::{NOTHING, figures, unbounded};

/// Points of a curve of gradient norms.
const POINTS: u64 = 50;

impl Probes<'_> {
    /// How fast the gradient fades with the lag, in numbers.
    pub(super) fn fading(&self) -> Option<Block> {
        let mut table = Table::new(
            "How fast the gradient fades on its way back through time (topmost layer; of a seed the median over sequences, of an arm the median \
             over seeds): its rate by least squares (natural logarithm, per step), the half-life of that rate, and the first lag at which less \
             than 1 % of it is left.",
            &["", "", "#rate", "#half-life, steps", "#below 1 %, steps"],
        );
        let rows = &self.tables.gradient_flow;
        let farthest = rows.iter().map(|row| row.lag).max().unwrap_or(0);
        for arm in self.arms {
            for (phase, title) in PHASES {
                let fades = fades(rows, arm, phase, None);
                let rates: Vec<f64> = fades.iter().map(|fade| fade.rate).collect();
                let Some(rate) = stats::median(&rates) else { continue };
                let half_life = (rate > 0.0).then(|| figures(2.0_f64.ln() / rate));
                let steps =
                    |fade: &Fade| fade.below_one_percent.map_or(f64::INFINITY, |lag| lag as f64);
                let below: Vec<f64> = fades.iter().map(steps).collect();
                table.row(vec![
                    arm.name.to_owned(),
                    title.to_owned(),
                    if rate.is_finite() { format!("{:.4}", -rate) } else { unbounded(-rate) },
                    half_life.unwrap_or(NOTHING.to_owned()),
                    over_seeds(&below, farthest),
                ]);
            }
        }
        (!table.rows.is_empty()).then_some(Block::Table(table))
    }

    /// The gradient by lag and training step.
    pub(super) fn heat(&self) -> Result<Option<Block>, PlotError> {
        let rows = &self.tables.gradient_flow;
        if !rows.iter().any(|row| row.phase == Phase::Training) {
            return Ok(None);
        }
        let cell = |arm: &Arm<'_>| {
            let ours: Vec<_> = rows.iter().filter(|row| row.arm == arm.name).collect();
            let top = ours.iter().map(|row| row.layer).max();
            let steps: BTreeSet<u64> = ours.iter().map(|row| row.step).collect();
            let curve = |step: u64| -> Vec<f64> {
                let here = || ours.iter().filter(|row| row.step == step && Some(row.layer) == top);
                let lags = here().map(|row| row.lag).max().map_or(0, |lag| lag + 1);
                (0..lags)
                    .map(|lag| median(here().filter(|r| r.lag == lag).map(|r| r.median)))
                    .collect()
            };
            let row = |&step: &u64| HeatRow { step, values: curve(step) };
            HeatMap { cell: arm.name.to_owned(), rows: steps.iter().map(row).collect() }
        };
        let figure = HeatMaps {
            frame: self.frames.titled_best("Gradient norm by lag and training step"),
            cells: self.arms.iter().map(cell).collect(),
        };
        if figure.is_empty() {
            return Ok(Some(not_drawn(&figure.frame.title, self.arms)));
        }
        let caption = "How far back the gradient reaches while the models are trained: its norm with respect to the state some steps \
                       before, relative to lag 0 (medians over sequences and seeds, topmost layer).";
        self.picture(
            figure.draw()?,
            "gradient_heat",
            "Gradient norm by lag and training step",
            caption,
        )
        .map(Some)
    }

    /// The norm of the whole gradient, and how often it was clipped.
    pub(super) fn norms(&self) -> Result<Vec<Block>, PlotError> {
        let steps = |arm: &Arm<'_>| -> Vec<&StepRow> {
            let ours = |row: &&StepRow| arm.runs.iter().any(|run| run.run == row.run);
            self.tables.steps.iter().filter(ours).collect()
        };
        if self.tables.clipping.is_empty() {
            return Ok(Vec::new());
        }
        let figure = CurvePanels {
            frame: self.frames.titled_best("Gradient norm before clipping"),
            x: Axis { title: "optimiser steps".to_owned(), log: false, whole: true },
            y: Axis { title: "global gradient norm".to_owned(), log: true, whole: false },
            floor: None,
            level: None,
            panels: vec![CurvePanel {
                heading: String::new(),
                curves: self.arms.iter().map(|arm| smoothed(arm.name, &steps(arm))).collect(),
            }],
            notes: vec![
                "Line: median over the steps of a fiftieth of the training and seeds. Band: 10 % to 90 %."
                    .to_owned(),
            ],
        };
        let caption = "Global norm of the gradient of a training step, before clipping, against optimiser steps (about 400 of every run).";
        let picture = self.curves(&figure, "gradient_norms", "Global gradient norm", caption)?;
        let mut table = Table::new(
            "Clipping, all seeds together: an exploding gradient is more than ten times as long as the largest allowed. The largest norm is that of all steps, the median that of the steps in the figure.",
            &["", "#steps", "#clipped", "#exploding", "#median norm", "#largest norm"],
        );
        for arm in self.arms {
            let ours = || self.tables.clipping.iter().filter(|row| row.arm == arm.name);
            let total: u64 = ours().map(|row| row.steps).sum();
            if total == 0 {
                continue;
            }
            let clipped: u64 = ours().map(|row| row.clipped).sum();
            let norms: Vec<f64> = steps(arm).iter().map(|row| row.gradient_norm).collect();
            table.row(vec![
                arm.name.to_owned(),
                total.to_string(),
                percent(clipped as f64 / total as f64),
                ours().map(|row| row.exploded).sum::<u64>().to_string(),
                figures(median(norms.iter().copied())),
                figures(ours().map(|row| row.largest_norm).fold(f64::NAN, f64::max)),
            ]);
        }
        Ok(vec![picture, Block::Table(table)])
    }
}

/// The gradient norms of one arm, in [`POINTS`] stretches of the training.
fn smoothed(arm: &str, steps: &[&StepRow]) -> BandCurve {
    let last = steps.iter().map(|row| row.step).max().unwrap_or(0);
    let width = last.div_ceil(POINTS).max(1);
    let point = |k: u64| {
        let inside = steps.iter().filter(|row| (row.step.max(1) - 1) / width == k);
        let norms: Vec<f64> = inside.map(|row| row.gradient_norm).collect();
        let [low, middle, high] = [0.1, 0.5, 0.9].map(|q| stats::quantile(&norms, q));
        let x = (k as f64 + 0.5) * width as f64;
        Some(BandPoint { x, low: low?, middle: middle?, high: high? })
    };
    BandCurve {
        cell: arm.to_owned(),
        points: (0..POINTS).filter_map(point).collect(),
        bound: Vec::new(),
    }
}
