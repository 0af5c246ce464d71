//! What context is worth to a language model.

use super::super::arms::Arm;
use super::super::document::{Block, Table};
use super::{Probes, spread};
use plot::{Axis, BandCurve, CurvePanel, CurvePanels, Middle, PlotError};
use std::collections::{BTreeMap, BTreeSet};
use sweep::tables::ContextRow;
use words::{NOTHING, decimal};

impl Probes<'_> {
    /// What context is worth to a language model.
    pub(super) fn context(&self) -> Result<Vec<Block>, PlotError> {
        let rows = &self.tables.context;
        let lengths: BTreeSet<u64> = rows.iter().map(|row| row.length).collect();
        if lengths.is_empty() {
            return Ok(Vec::new());
        }
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
            let means = means(rows, arm);
            if means.is_empty() {
                continue;
            }
            let written =
                |length: &u64| means.get(length).map_or(NOTHING.to_owned(), |&mean| decimal(mean));
            let mut cells = vec![arm.name.to_owned()];
            cells.extend(lengths.iter().map(written));
            cells.push(enough(&means).map_or(NOTHING.to_owned(), |length| length.to_string()));
            table.row(cells);
        }
        Ok(vec![picture, Block::Table(table)])
    }
}

/// The mean loss of an arm over its seeds, by the number of tokens read.
pub(super) fn means(rows: &[ContextRow], arm: &Arm<'_>) -> BTreeMap<u64, f64> {
    let mut losses: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.arm == arm.name) {
        losses.entry(row.length).or_default().push(row.loss);
    }
    let mean = |losses: Vec<f64>| losses.iter().sum::<f64>() / losses.len() as f64;
    losses.into_iter().map(|(length, losses)| (length, mean(losses))).collect()
}

/// From how many tokens on losses stay within 1 % of that with all of them, to either side.
pub(super) fn enough(means: &BTreeMap<u64, f64>) -> Option<u64> {
    let (_, whole) = means.last_key_value()?;
    let near = |loss: &f64| (loss - whole).abs() <= 0.01 * whole.abs();
    let stays = means.iter().rev().take_while(|(_, loss)| near(loss));
    stays.last().map(|(length, _)| *length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enough_context_is_where_the_loss_stays_near() {
        let of = |losses: &[f64]| enough(&(1..).zip(losses.iter().copied()).collect());
        assert_eq!(of(&[3.0, 2.01, 2.0, 2.0]), Some(2));
        // A loss far below the last one is not near it.
        assert_eq!(of(&[1.0, 2.0, 2.5, 2.0]), Some(4));
        assert_eq!(of(&[f64::NAN]), None);
        assert_eq!(of(&[]), None);
    }
}
