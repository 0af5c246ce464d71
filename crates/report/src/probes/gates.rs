//! How open gates are.

use super::super::arms::Arm;
use super::super::document::{Block, Table};
use super::super::figures::not_drawn;
use super::{PHASES, Probes, percent};
use plot::{CellTimeConstants, GateUnits, GateUse, PlotError, TimeConstants};
use probe::time_constant;
use sweep::tables::GateRow;
use train::Phase;
use words::{NOTHING, figures};

impl Probes<'_> {
    /// How open gates are.
    pub(super) fn gates(&self) -> Result<Vec<Block>, PlotError> {
        let rows = &self.tables.gates;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let of = |arm: &Arm<'_>, phase: Phase| -> Vec<&GateRow> {
            let ours = || rows.iter().filter(|row| row.arm == arm.name && row.phase == phase);
            let top = ours().map(|row| row.layer).max();
            ours().filter(|row| Some(row.layer) == top).collect()
        };
        let names = |rows: &[&GateRow]| {
            let mut names: Vec<String> = Vec::new();
            for row in rows {
                if !names.contains(&row.gate) {
                    names.push(row.gate.clone());
                }
            }
            names
        };
        let units = |arm: &Arm<'_>| -> Vec<GateUnits> {
            let ours = of(arm, Phase::Trained);
            let gate = |gate: String| {
                let units = ours.iter().filter(|row| row.gate == gate);
                let units = units.map(|row| (row.shut, row.open)).collect();
                GateUnits { cell: arm.name.to_owned(), gate, units }
            };
            names(&ours).into_iter().map(gate).collect()
        };
        let figure = GateUse {
            frame: self.frames.titled_best("How gates are used, after training"),
            gates: self.arms.iter().flat_map(units).collect(),
        };
        let caption = "Each dot is a hidden unit of one seed, or several at one place: at which share of the time steps its gate is nearly shut (below 0.1), and at which nearly \
                       open (above 0.9), after training, on validation sequences, in the topmost layer (after Karpathy et al. 2015).";
        let what = "Shares of steps with shut and open gates";
        let picture = match figure.is_empty() {
            true => not_drawn(&figure.frame.title, self.arms),
            false => self.picture(figure.draw()?, "gates", what, caption)?,
        };
        let mut blocks = vec![picture];
        let constants = |arm: &Arm<'_>, phase: Phase| -> Vec<f64> {
            of(arm, phase).iter().filter_map(|row| row.kept).map(time_constant).collect()
        };
        let cell = |arm: &Arm<'_>| CellTimeConstants {
            cell: arm.name.to_owned(),
            initial: constants(arm, Phase::Initial),
            trained: constants(arm, Phase::Trained),
        };
        let cells: Vec<_> =
            self.arms.iter().map(cell).filter(|cell| !cell.trained.is_empty()).collect();
        if !cells.is_empty() {
            let frame = self.frames.titled_best("How long units keep what they hold");
            blocks.push(self.picture(
                TimeConstants { frame, cells }.draw()?,
                "time_constants",
                "Histograms of time constants",
                "Time constants of the hidden units, -1 / ln of the mean share of the old state that the gate lets stay, before and after training; \
                 every unit of every seed, in the topmost layer.",
            )?);
        }
        let mut table = Table::new(
            "Gates: mean shares of time steps nearly shut and nearly open, over units and seeds. Where the gate decides how much of the old state \
             stays, how many steps a unit keeps what it holds (time constants -1 / ln of the mean share kept: quartiles over units).",
            &["", "gate", "", "#shut", "#open", "#time constant, steps"],
        );
        for arm in self.arms {
            for (phase, title) in PHASES {
                let ours = of(arm, phase);
                for name in names(&ours) {
                    let units: Vec<&&GateRow> =
                        ours.iter().filter(|row| row.gate == name).collect();
                    let mean = |value: fn(&GateRow) -> f64| {
                        units.iter().map(|row| value(row)).sum::<f64>() / units.len() as f64
                    };
                    let kept: Vec<f64> =
                        units.iter().filter_map(|row| row.kept).map(time_constant).collect();
                    let quartiles = [0.25, 0.5, 0.75].map(|q| stats::quantile(&kept, q));
                    table.row(vec![
                        arm.name.to_owned(),
                        name.clone(),
                        title.to_owned(),
                        percent(mean(|row| row.shut)),
                        percent(mean(|row| row.open)),
                        match quartiles {
                            [Some(low), Some(middle), Some(high)] => {
                                format!(
                                    "{} ({} to {})",
                                    figures(middle),
                                    figures(low),
                                    figures(high)
                                )
                            }
                            _ => NOTHING.to_owned(),
                        },
                    ]);
                }
            }
        }
        blocks.push(Block::Table(table));
        Ok(blocks)
    }
}
