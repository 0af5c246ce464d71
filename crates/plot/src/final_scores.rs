//! Final scores: a dot for every seed, an interval for every cell.

use crate::canvas::{Canvas, Rect, TextStyle};
use crate::extent::without_wild;
use crate::measure::{Measure, Middle};
use crate::number::trimmed;
use crate::panel::Panel;
use crate::scale::{Scale, range};
use crate::sheet::sheet;
use crate::style::{CellStyle, FAINT_INK, GRID, INK, LABEL_SIZE, NOTE_SIZE, RULE};
use crate::{Figure, Frame, PlotError};
use std::cmp::Ordering;

/// An estimate of a cell's score over seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreInterval {
    /// The mean; of perplexities, the exponential of the mean nll.
    pub estimate: f64,
    /// The interval's ends, low then high; `None` with a single seed.
    pub bounds: Option<(f64, f64)>,
}

/// The results of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CellResult {
    /// The cell's name, as in experiment files.
    pub cell: String,
    /// Score of each seed.
    pub seeds: Vec<f64>,
    /// The estimate over seeds.
    pub interval: Option<ScoreInterval>,
    /// Runs that gave no score, counted by what became of them: `(3, "diverged")`.
    pub unscored: Vec<(usize, String)>,
}

/// One row per cell, on a common axis. Results that are not finite, or so bad that they would flatten all
/// others, are arrows at its edge.
#[derive(Debug, Clone, PartialEq)]
pub struct FinalScores {
    /// The words around the figure.
    pub frame: Frame,
    /// What the scores are, with their split: `test perplexity`.
    pub measure: Measure,
    /// The cells, in the order of the experiment.
    pub cells: Vec<CellResult>,
    /// The level of the intervals, for the note: 0.95.
    pub level: f64,
    /// Models without recurrent layers, named in a note: `("unigram", 640.0)`.
    pub baselines: Vec<(String, f64)>,
}

const ROW: f64 = 46.0;
const BELOW: f64 = 62.0;
const WIDEST_NAME: f64 = 190.0;

/// Few seeds give intervals many times wider than the spread of the seeds. The axis follows the
/// dots, with this share of their range added on either side at most; longer bars end in an arrow.
const ROOM_FOR_INTERVALS: f64 = 0.75;

/// From this ratio of largest to smallest value on, the axis is logarithmic, where it may be.
const LOG_FROM: f64 = 5.0;

impl FinalScores {
    /// Draws the figure.
    pub fn draw(&self) -> Result<Figure, PlotError> {
        let styles = self.frame.styles(self.cells.iter().map(|cell| cell.cell.as_str()));
        let (scale, log) = self.scale();
        let height = BELOW + ROW * self.cells.len().max(1) as f64;

        sheet(&self.frame, &self.notes(scale), height, |canvas, content| {
            let names = self.cells.iter().map(|cell| cell.cell.as_str());
            let names = self.frame.labels(canvas.font, names, LABEL_SIZE, WIDEST_NAME);
            let labels: Vec<[String; 2]> = self.cells.iter().map(|cell| self.label(cell)).collect();
            let width = |text: &String, size| canvas.font.width(text, size);
            let names_width = names.iter().map(|name| width(name, LABEL_SIZE)).fold(0.0, f64::max);
            let labels_width = labels
                .iter()
                .map(|[value, rest]| width(value, LABEL_SIZE) + width(rest, NOTE_SIZE) + 8.0)
                .fold(0.0, f64::max);
            let rect = Rect {
                left: content.left + names_width + 16.0,
                top: content.top,
                right: content.right - labels_width - 16.0,
                bottom: content.bottom - BELOW,
            };
            let panel = Panel::new(canvas, rect, scale, Scale::linear([0.0, 1.0]));
            panel.x_ticks(5, true)?;
            let scale = if log { " (log scale)" } else { "" };
            panel.x_label(&format!("{}{scale}", self.measure.title));

            for (index, (cell, style)) in self.cells.iter().zip(&styles).enumerate() {
                let middle = rect.top + (index as f64 + 0.5) * ROW;
                let baseline = middle + LABEL_SIZE * 0.35;
                let colored = TextStyle::of_size(LABEL_SIZE).color(style.color);
                canvas.text(content.left, baseline, &names[index], colored);
                canvas.line(&[(rect.left, middle), (rect.right, middle)], RULE, GRID, None)?;
                draw_row(canvas, &panel, cell, *style, middle)?;

                let [value, rest] = &labels[index];
                let left = rect.right + 16.0;
                canvas.text(left, baseline, value, TextStyle::of_size(LABEL_SIZE).strong());
                let faint = TextStyle::of_size(NOTE_SIZE).color(FAINT_INK);
                canvas.text(left + width(value, LABEL_SIZE) + 8.0, baseline, rest, faint);
            }
            Ok(())
        })
    }

    /// The axis, and whether it is logarithmic.
    fn scale(&self) -> (Scale, bool) {
        let dots = self.cells.iter().flat_map(dots);
        let bounds = self.cells.iter().filter_map(|cell| cell.interval?.bounds);
        let baselines = || self.baselines.iter().map(|(_, value)| *value);
        // Where no score has a place, the baselines say where scores would be.
        let usual = || range(baselines().filter(|value| self.measure.has_place(*value)));
        let ends = without_wild(&self.measure, dots, baselines()).or_else(usual);
        let Some((low, high)) = ends else {
            let log = self.measure.is_log();
            return (if log { Scale::log([]) } else { Scale::linear([]) }, log);
        };
        if self.measure.is_log() && high / low >= LOG_FROM {
            return (Scale::log([low, high]).padded(0.08, 0.08), true);
        }
        // Equal dots have no range of their own: a hundredth of the value stands in.
        let room = ROOM_FOR_INTERVALS * (high - low).max(high.abs() * 0.01);
        let reach = |end: f64| end.clamp(low - room, high + room);
        let bounds = bounds.filter(|(a, b)| *a <= high && *b >= low);
        let ends = bounds.flat_map(|(a, b)| [reach(a), reach(b)]);
        (Scale::linear(ends.chain([low, high])).padded(0.04, 0.04), false)
    }

    fn notes(&self, scale: Scale) -> Vec<String> {
        let mut notes = vec![format!("Dots: seeds. {}", self.measure.direction())];
        if self.cells.iter().any(|cell| cell.interval.is_some_and(|i| i.bounds.is_some())) {
            let percent = trimmed(self.level * 100.0, 1);
            let on = match self.measure.middle {
                Middle::MeanOfLoss => " (taken on the loss)",
                Middle::Mean | Middle::Median => "",
            };
            notes.push(format!("Bars and brackets: {percent} % interval of the mean{on}."));
        }
        let bounds = self.cells.iter().filter_map(|cell| cell.interval?.bounds);
        let on_axis =
            |value: f64| scale.position_on(value).is_none_or(|(_, beyond)| beyond.is_eq());
        if bounds.into_iter().any(|(low, high)| !on_axis(low) || !on_axis(high)) {
            notes.push("Arrow: the interval goes on.".to_owned());
        }
        let outside = |cell: &&CellResult| dots(cell).any(|value| !on_axis(value));
        let name = |cell: &CellResult| {
            let score = cell.interval.map(|interval| interval.estimate);
            let score = score.filter(|score| !on_axis(*score));
            let score = score.map_or("a seed".to_owned(), |score| self.measure.written(score));
            format!("{} ({score})", self.frame.title_of(&cell.cell))
        };
        let outside: Vec<String> = self.cells.iter().filter(outside).map(name).collect();
        if !outside.is_empty() {
            notes.push(format!("Beyond the axis, arrows at its edge: {}.", outside.join(", ")));
        }
        for (name, value) in &self.baselines {
            notes.push(format!("For comparison: {name} {}.", self.measure.written(*value)));
        }
        notes
    }

    /// The number beside a row, and the smaller text after it.
    fn label(&self, cell: &CellResult) -> [String; 2] {
        let written = |value: f64| self.measure.written(value);
        let value = cell.interval.map_or_else(|| "no result".to_owned(), |i| written(i.estimate));
        let bounds = cell.interval.and_then(|interval| interval.bounds);
        let bounds = bounds.map(|(low, high)| format!("[{}, {}]", written(low), written(high)));
        let unscored = cell.unscored.iter().map(|(count, fate)| format!("{count} {fate}"));
        [value, bounds.into_iter().chain(unscored).collect::<Vec<_>>().join(", ")]
    }
}

/// The seeds of a cell and their estimate.
fn dots(cell: &CellResult) -> impl Iterator<Item = f64> {
    let estimate = cell.interval.map(|interval| interval.estimate);
    cell.seeds.iter().copied().chain(estimate)
}

fn draw_row(
    canvas: &Canvas<'_>,
    panel: &Panel<'_, '_>,
    cell: &CellResult,
    style: CellStyle,
    middle: f64,
) -> Result<(), PlotError> {
    let x = |value: f64| panel.place_on_x(value);
    let interval = cell.interval;
    let mut arrows: Vec<Ordering> = Vec::new();
    let mut arrow = |end: f64, beyond: Ordering| {
        let towards = if beyond == Ordering::Less { -1.0 } else { 1.0 };
        if arrows.contains(&beyond) {
            return Ok(());
        }
        arrows.push(beyond);
        let back = end - towards * 9.0;
        let tip = [(back, middle - 6.0), (end, middle), (back, middle + 6.0)];
        canvas.polygon(&tip, style.color)
    };
    if let Some((Some(low), Some(high))) =
        interval.and_then(|i| i.bounds).map(|(low, high)| (x(low), x(high)))
    {
        canvas.line(&[(low.0, middle), (high.0, middle)], 3.0, style.color, None)?;
        for (end, beyond) in [low, high] {
            if beyond.is_eq() {
                let bracket = [(end, middle - 7.0), (end, middle + 7.0)];
                canvas.line(&bracket, 3.0, style.color, None)?;
            } else {
                arrow(end, beyond)?;
            }
        }
    }
    match interval.and_then(|interval| x(interval.estimate)) {
        Some((estimate, Ordering::Equal)) => {
            let line = [(estimate, middle - 13.0), (estimate, middle + 13.0)];
            canvas.line(&line, 3.0, INK, None)?;
        }
        Some((end, beyond)) => arrow(end, beyond)?,
        None => {}
    }
    for place in cell.seeds.iter().filter_map(|seed| x(*seed)) {
        match place {
            (seed, Ordering::Equal) => {
                canvas.mark((seed, middle), 5.0, style.point(), style.color)?;
            }
            (end, beyond) => arrow(end, beyond)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(cell: &str, seeds: [f64; 2], estimate: f64, bounds: (f64, f64)) -> CellResult {
        let interval = Some(ScoreInterval { estimate, bounds: Some(bounds) });
        CellResult { cell: cell.to_owned(), seeds: seeds.to_vec(), interval, unscored: vec![] }
    }

    /// What overflows is an arrow, and the others keep their axis.
    #[test]
    fn an_infinite_score_flattens_nothing() {
        let endless = [f64::INFINITY; 2];
        let figure = FinalScores {
            frame: Frame::default(),
            measure: Measure::perplexity(),
            cells: vec![
                cell("a", [14.2, 14.3], 14.25, (14.1, 14.4)),
                cell("b", endless, f64::INFINITY, (3.5e133, f64::INFINITY)),
                cell("c", [3e250, 3e290], 3e270, (3e200, f64::INFINITY)),
            ],
            level: 0.95,
            baselines: vec![("unigram".to_owned(), 14.3)],
        };
        let (scale, log) = figure.scale();
        assert!(scale.low > 13.0 && scale.high < 16.0 && !log, "{scale:?}");
        let told = "Beyond the axis, arrows at its edge: b (∞), c (3.0e270).";
        assert!(figure.notes(scale).iter().any(|note| note == told), "{:?}", figure.notes(scale));
        let svg = figure.draw().expect("a figure").svg;
        assert_eq!(svg.matches("<polygon").count(), 2);
    }

    fn endless(baselines: &[f64]) -> FinalScores {
        FinalScores {
            frame: Frame::default(),
            measure: Measure::perplexity(),
            cells: vec![cell(
                "a",
                [f64::INFINITY; 2],
                f64::INFINITY,
                (f64::INFINITY, f64::INFINITY),
            )],
            level: 0.95,
            baselines: baselines.iter().map(|value| ("unigram".to_owned(), *value)).collect(),
        }
    }

    #[test]
    fn an_axis_without_scores_has_the_baselines_or_what_the_measure_can_have() {
        let (scale, log) = endless(&[13.9]).scale();
        assert!(scale.low > 10.0 && scale.low < 13.9 && scale.high > 13.9 && !log, "{scale:?}");
        let (scale, log) = endless(&[13.9, 640.0]).scale();
        let holds = |value: f64| scale.position_on(value).is_some_and(|(_, beyond)| beyond.is_eq());
        assert!(log && holds(13.9) && holds(640.0), "{scale:?}");
        // No perplexity is below 1.
        let (scale, log) = endless(&[]).scale();
        assert!(log && scale.low >= 0.0, "{scale:?}");
    }

    #[test]
    fn runs_without_a_score_are_told_by_their_fate() {
        let figure = endless(&[13.9]);
        assert_eq!(figure.label(&figure.cells[0]), ["∞", "[∞, ∞]"]);
        let unscored = vec![(1, "failed".to_owned()), (2, "diverged".to_owned())];
        let mut cell = CellResult { unscored, ..figure.cells[0].clone() };
        assert_eq!(figure.label(&cell), ["∞", "[∞, ∞], 1 failed, 2 diverged"]);
        cell.interval = None;
        assert_eq!(figure.label(&cell), ["no result", "1 failed, 2 diverged"]);
    }
}
