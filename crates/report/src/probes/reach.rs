//! How far apart what belongs together may be: scores against the length of a made-up task.

use super::super::arms::deciding;
use super::super::document::Block;
use super::super::figures::not_drawn;
use super::super::measure::{self, score};
use super::{Probes, spread};
use plot::{Axis, BandCurve, CurvePanel, CurvePanels, PlotError, Spacing};
use std::collections::BTreeSet;
use sweep::tables::RunRow;
use words::{capitalised, list};

/// Swept fields that say over how many steps something is to be remembered.
const LENGTHS: [&str; 2] = ["data.length", "data.delay"];

impl Probes<'_> {
    /// The metric against the length, where several were tried.
    pub(super) fn reach(&self) -> Result<Option<Block>, PlotError> {
        let runs = &self.tables.runs;
        let lengths = |field: &str| -> BTreeSet<u64> {
            runs.iter().filter_map(|run| swept(run, field)).collect()
        };
        let Some(field) = LENGTHS.into_iter().find(|field| lengths(field).len() > 1) else {
            return Ok(None);
        };
        let metric = self.experiment.metric;
        let split = deciding(self.arms);
        let axis = measure::axis(metric);
        let middle = axis.middle.title();
        let mut cells: Vec<&str> = Vec::new();
        for run in runs {
            if !cells.contains(&run.cell.as_str()) {
                cells.push(&run.cell);
            }
        }
        let curve = |cell: &&str| {
            let point = |&length: &u64| {
                let here = |run: &&RunRow| run.cell == *cell && swept(run, field) == Some(length);
                let scores = runs.iter().filter(here).filter_map(|run| score(metric, run, split));
                let scores: Vec<f64> =
                    scores.map(|score| measure::plotted(metric, score)).collect();
                spread(length as f64, scores.into_iter(), axis.middle)
            };
            let points = lengths(field).iter().map(point).collect();
            BandCurve { cell: (*cell).to_owned(), points, bound: Vec::new() }
        };
        let figure = CurvePanels {
            frame: self.frames.titled("How far back models remember"),
            x: Axis { title: format!("{field}, steps"), log: true, whole: true },
            y: Axis {
                title: format!("{} {}", split.title(), axis.title),
                log: axis.spacing == Spacing::Log,
                whole: false,
            },
            floor: None,
            level: None,
            panels: vec![CurvePanel {
                heading: String::new(),
                curves: cells.iter().map(curve).collect(),
            }],
            notes: vec![format!("Line: {middle} over seeds. Band: their range.")],
        };
        let caption = format!(
            "{} {} of the models trained at each `{field}`: the {middle} over seeds, bands their range. Where a curve reaches what is possible without \
             memory, nothing was remembered that long.",
            capitalised(split.title()),
            metric.title()
        );
        if figure.is_empty() {
            return Ok(Some(not_drawn(&figure.frame.title, self.arms)));
        }
        let alt = format!("Scores against the length of the task of {}", list(&cells));
        self.saved(figure.draw()?, "reach", alt, caption).map(Some)
    }
}

/// The whole number that a run has for a swept field.
fn swept(run: &RunRow, field: &str) -> Option<u64> {
    run.axes.get(field)?.as_u64()
}
