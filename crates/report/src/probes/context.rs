//! What context is worth to a language model.

use super::super::arms::Arm;
use super::super::document::{Block, Table};
use super::{Probes, spread};
use plot::{Axis, BandCurve, CurvePanel, CurvePanels, Middle, PlotError};
use std::collections::BTreeSet;
use sweep::tables::ContextRow;
use words::NOTHING;

impl Probes<'_> {
    /// What context is worth to a language model.
    pub(super) fn context(&self) -> Result<Vec<Block>, PlotError> {
        let rows = &self.tables.context;
        let lengths: BTreeSet<u64> = rows.iter().map(|row| row.length).collect();
        let Some(&longest) = lengths.last() else { return Ok(Vec::new()) };
        let losses = |arm: &Arm<'_>, length: u64| -> Vec<f64> {
            let here = |row: &&ContextRow| row.arm == arm.name && row.length == length;
            rows.iter().filter(here).map(|row| row.loss).collect()
        };
        let curve = |arm: &Arm<'_>| {
            let point = |&length: &u64| {
                spread(length as f64, losses(arm, length).into_iter(), Middle::Mean)
            };
            let points = lengths.iter().map(point).collect();
            BandCurve { cell: arm.name.to_owned(), points, bound: Vec::new() }
        };
        let figure = CurvePanels {
            frame: self.frames.titled_best("Loss with little context"),
            x: Axis { title: "tokens read".to_owned(), log: true, whole: true },
            y: Axis { title: "loss, nats".to_owned(), log: false, whole: false },
            floor: None,
            level: None,
            panels: vec![CurvePanel {
                heading: String::new(),
                curves: self.arms.iter().map(curve).collect(),
            }],
            notes: vec!["Line: arithmetic mean over seeds. Band: their range.".to_owned()],
        };
        let targets = rows.iter().map(|row| row.targets).max().unwrap_or(0);
        let caption = format!(
            "How many tokens back a trained model uses: its loss on {targets} tokens of the validation split when it has read only the last few before \
             each (Khandelwal et al. 2018). Lines are the arithmetic mean over seeds, bands their range."
        );
        let picture = self.curves(&figure, "context", "Loss with little context", &caption)?;
        let mut columns = vec![String::new()];
        columns.extend(lengths.iter().map(|length| format!("#{length}")));
        columns.push("#within 1 % from".to_owned());
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut table = Table::new(
            "Loss in nats by the number of tokens read (means over seeds), and from how many on it is within 1 % of that with all of them.",
            &columns,
        );
        for arm in self.arms {
            let mean = |length: u64| {
                let losses = losses(arm, length);
                losses.iter().sum::<f64>() / losses.len().max(1) as f64
            };
            let enough = lengths.iter().find(|&&length| mean(length) <= 1.01 * mean(longest));
            let mut cells = vec![arm.name.to_owned()];
            cells.extend(lengths.iter().map(|&length| format!("{:.3}", mean(length))));
            cells.push(enough.map_or(NOTHING.to_owned(), u64::to_string));
            table.row(cells);
        }
        Ok(vec![picture, Block::Table(table)])
    }
}
