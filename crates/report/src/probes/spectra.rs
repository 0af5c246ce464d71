//! What becomes of small changes of the state.

use super::super::arms::Arm;
use super::super::document::{Block, Table};
use super::{PHASES, Probes, flat, median, percent, spread};
use plot::{Axis, BandCurve, CurvePanel, CurvePanels, Middle, PlotError};
use probe::MOST_DIRECTIONS;
use std::collections::BTreeSet;
use sweep::tables::{ExponentRow, JacobianRow};
use train::Phase;
use words::{NOTHING, figures};

/// Below, the figure ends: nothing that size is learnt from.
const FLOOR: f64 = 1e-8;

impl Probes<'_> {
    /// Singular values of the state's Jacobian.
    pub(super) fn spectra(&self) -> Result<Vec<Block>, PlotError> {
        let rows = &self.tables.jacobians;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let curve = |arm: &Arm<'_>, phase: Phase| {
            let ours: Vec<&JacobianRow> =
                rows.iter().filter(|row| row.arm == arm.name && row.phase == phase).collect();
            let top = ours.iter().map(|row| row.layer).max();
            let lags: BTreeSet<u64> = ours.iter().map(|row| row.lag).collect();
            let here =
                |lag: u64| ours.iter().filter(move |row| row.lag == lag && Some(row.layer) == top);
            let bound = |&lag: &u64| {
                let bounds: Vec<f64> = here(lag).filter_map(|row| row.bound).collect();
                Some((lag as f64, stats::median(&bounds)?))
            };
            BandCurve {
                cell: arm.name.to_owned(),
                points: lags
                    .iter()
                    .map(|&lag| {
                        spread(lag as f64, here(lag).map(|row| row.largest), Middle::Median)
                    })
                    .collect(),
                bound: lags.iter().filter_map(bound).collect(),
            }
        };
        let panel = |phase: Phase, heading: &str| CurvePanel {
            heading: heading.to_owned(),
            curves: self.arms.iter().map(|arm| curve(arm, phase)).collect(),
        };
        let figure = CurvePanels {
            frame: self.frames.titled_best("Largest singular value of the state's Jacobian"),
            x: Axis { title: "steps".to_owned(), log: true, whole: true },
            y: Axis { title: "largest singular value".to_owned(), log: true, whole: false },
            floor: Some(FLOOR),
            level: None,
            panels: vec![
                panel(Phase::Initial, "At the start"),
                panel(Phase::Trained, "After training"),
            ],
            notes: vec![
                "Line: median over seeds. Band: their range. Dotted: the bound by the recurrent matrix.".to_owned(),
            ],
        };
        let sketched = rows.iter().any(|row| row.state > MOST_DIRECTIONS as u64);
        let caption = format!(
            "What becomes of a small change of the state (h, or h and c) after some steps: the largest singular value of the Jacobian over as many \
             steps (medians over sequences, topmost layer), and, where the Jacobian is the recurrent matrix with its rows \
             scaled down, the bound given by that matrix's largest singular value.{}",
            if sketched {
                format!(
                    " States of more than {MOST_DIRECTIONS} numbers were looked at in as many random directions; their values are lower bounds."
                )
            } else {
                String::new()
            }
        );
        let what = "Largest singular value of the state's Jacobian against lag";
        let picture = self.curves(&figure, "jacobian", what, &caption)?;
        Ok(vec![picture, Block::Table(self.shares())])
    }

    /// How many directions of the state last.
    fn shares(&self) -> Table {
        let rows = &self.tables.jacobians;
        let lags: BTreeSet<u64> = rows.iter().map(|row| row.lag).collect();
        let mut columns = vec![String::new(), String::new()];
        columns.extend(lags.iter().map(|lag| format!("#{lag}")));
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut table = Table::new(
            "In which share of the directions of the state more than a thousandth of a small change is left after some steps, and the median \
             singular value in brackets (medians over sequences and seeds, topmost layer).",
            &columns,
        );
        for arm in self.arms {
            for (phase, title) in PHASES {
                let ours = || rows.iter().filter(|row| row.arm == arm.name && row.phase == phase);
                let top = ours().map(|row| row.layer).max();
                if top.is_none() {
                    continue;
                }
                let cell = |&lag: &u64| {
                    let here = || ours().filter(|row| row.lag == lag && Some(row.layer) == top);
                    let value = |of: fn(&JacobianRow) -> f64| median(here().map(of));
                    let (share, middle) = (value(|row| row.share), value(|row| row.median));
                    format!("{} ({})", percent(share), figures(middle))
                };
                let mut cells = vec![arm.name.to_owned(), title.to_owned()];
                cells.extend(lags.iter().map(cell));
                table.row(cells);
            }
        }
        table
    }

    /// Lyapunov exponents.
    pub(super) fn exponents(&self) -> Result<Vec<Block>, PlotError> {
        let rows = &self.tables.exponents;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let spectrum = |arm: &Arm<'_>, phase: Phase| -> Vec<f64> {
            let ours: Vec<&ExponentRow> =
                rows.iter().filter(|row| row.arm == arm.name && row.phase == phase).collect();
            let top = ours.iter().map(|row| row.layer).max();
            let ranks: BTreeSet<u64> = ours.iter().map(|row| row.rank).collect();
            let exponent = |&rank: &u64| {
                median(
                    ours.iter()
                        .filter(|row| row.rank == rank && Some(row.layer) == top)
                        .map(|row| row.exponent),
                )
            };
            ranks.iter().map(exponent).collect()
        };
        let panel = |phase: Phase, heading: &str| {
            let curve = |arm: &Arm<'_>| {
                let point = |(k, exponent): (usize, f64)| flat(k as f64 + 1.0, exponent);
                let points = spectrum(arm, phase).into_iter().enumerate().map(point).collect();
                BandCurve { cell: arm.name.to_owned(), points, bound: Vec::new() }
            };
            CurvePanel {
                heading: heading.to_owned(),
                curves: self.arms.iter().map(curve).collect(),
            }
        };
        let figure = CurvePanels {
            frame: self.frames.titled_best("Lyapunov exponents"),
            x: Axis { title: "rank".to_owned(), log: false, whole: true },
            y: Axis { title: "exponent, per step".to_owned(), log: false, whole: false },
            floor: None,
            level: Some(0.0),
            panels: vec![
                panel(Phase::Initial, "At the start"),
                panel(Phase::Trained, "After training"),
            ],
            notes: Vec::new(),
        };
        let caption = "Mean growth a step, as a natural logarithm, of small differences of the state, in the directions in which they grow most or \
                       shrink least (largest exponents first; a tenth of each sequence's steps left out at either end; medians over seeds, topmost \
                       layer). Above 0 differences grow: chaos, and gradients that explode. Far below 0 they are soon forgotten.";
        let picture = self.curves(&figure, "lyapunov", "Lyapunov exponents", caption)?;
        let mut table = Table::new(
            "The largest Lyapunov exponent λ, and the time in which what it says shrinks to 1/e, 1 / |λ|, where it is below 0.",
            &["", "", "#λ, per step", "#memory, steps"],
        );
        for arm in self.arms {
            for (phase, title) in PHASES {
                let Some(&largest) = spectrum(arm, phase).first() else { continue };
                table.row(vec![
                    arm.name.to_owned(),
                    title.to_owned(),
                    format!("{largest:.4}"),
                    if largest < 0.0 { figures(-1.0 / largest) } else { NOTHING.to_owned() },
                ]);
            }
        }
        Ok(vec![picture, Block::Table(table)])
    }
}
