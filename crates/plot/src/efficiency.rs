//! What each cell costs: parameters, arithmetic, speed, memory.

use plotters::style::Color as _;

use crate::canvas::{Canvas, Rect, TextStyle};
use crate::measure::Middle;
use crate::scale::range;
use crate::sheet::sheet;
use crate::style::{
    AXIS, CellStyle, FAINT_INK, HEADING_SIZE, INK, LABEL_SIZE, NOTE_SIZE, RULE, TICK_SIZE,
};
use crate::{Figure, Frame, PlotError};
use words::count;

/// A cost of the recurrent layers, and of the whole model around them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parts {
    /// The recurrent layers alone.
    pub cell: f64,
    /// The whole model: embedding and head included.
    pub total: f64,
}

/// The costs of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CellCost {
    /// The cell's name, as in experiment files.
    pub cell: String,
    /// Trained parameters.
    pub parameters: Parts,
    /// Floating-point operations of one token's forward pass.
    pub flops_per_token: Parts,
    /// Tokens per second in training, one value per seed.
    pub tokens_per_second: Vec<f64>,
    /// Memory of a training step in MiB, computed from sizes, if that could be done.
    pub memory_mib: Option<f64>,
}

/// Four panels of bars, one bar per cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Efficiency {
    /// The words around the figure.
    pub frame: Frame,
    /// What a step of a sequence is called: `token`.
    pub unit: String,
    /// The cells, in the order of the experiment.
    pub cells: Vec<CellCost>,
}

const ROW: f64 = 31.0;
const BAR: f64 = 19.0;
const HEADING: f64 = 54.0;
const GAP: f64 = 26.0;
const WIDEST_NAME: f64 = 150.0;

/// One bar: a pale one for all, a full one for a part of it, a whisker for a range.
struct Bar {
    value: Option<f64>,
    part: Option<f64>,
    whisker: Option<(f64, f64)>,
    label: String,
}

struct Chart {
    heading: String,
    explanation: &'static str,
    bars: Vec<Bar>,
}

impl Efficiency {
    /// Draws the figure.
    pub fn draw(&self) -> Result<Figure, PlotError> {
        let styles = self.frame.styles(self.cells.iter().map(|cell| cell.cell.as_str()));
        let chart = |heading: &str, explanation, bar: &dyn Fn(&CellCost) -> Bar| Chart {
            heading: heading.to_owned(),
            explanation,
            bars: self.cells.iter().map(bar).collect(),
        };
        let unit = &self.unit;
        let charts = [
            chart("Parameters", "recurrent layers (dark) / whole model", &|cell| {
                of_parts(cell.parameters)
            }),
            chart(
                &format!("FLOPs per {unit}, forward"),
                "recurrent layers (dark) / whole model",
                &|cell| of_parts(cell.flops_per_token),
            ),
            chart(
                &format!("Training speed, {unit}s per second"),
                "measured; more is better",
                &|cell| of_seeds(&cell.tokens_per_second),
            ),
            chart("Training memory, MiB", "computed from sizes; less is better", &|cell| {
                of_one(cell.memory_mib)
            }),
        ];
        let mut notes = Vec::new();
        if self.cells.iter().any(|cell| cell.tokens_per_second.len() > 1) {
            notes.push("Speed: median over seeds; whisker: slowest to fastest seed.".to_owned());
        }
        let chart_height = HEADING + ROW * self.cells.len().max(1) as f64;

        sheet(&self.frame, &notes, 2.0 * chart_height + GAP, |canvas, content| {
            let names = self.cells.iter().map(|cell| cell.cell.as_str());
            let names = self.frame.labels(canvas.font, names, LABEL_SIZE, WIDEST_NAME);
            let width = (content.width() - GAP) / 2.0;
            for (index, chart) in charts.iter().enumerate() {
                let left = content.left + (index % 2) as f64 * (width + GAP);
                let top = content.top + (index / 2) as f64 * (chart_height + GAP);
                let place = Rect { left, top, right: left + width, bottom: top + chart_height };
                draw_chart(canvas, place, chart, &names, &styles)?;
            }
            Ok(())
        })
    }
}

fn draw_chart(
    canvas: &Canvas<'_>,
    place: Rect,
    chart: &Chart,
    names: &[String],
    styles: &[CellStyle],
) -> Result<(), PlotError> {
    let widest = |texts: &mut dyn Iterator<Item = &String>, size| {
        texts.map(|text| canvas.font.width(text, size)).fold(0.0, f64::max)
    };
    let left = place.left + widest(&mut names.iter(), LABEL_SIZE) + 10.0;
    let label_width = widest(&mut chart.bars.iter().map(|bar| &bar.label), TICK_SIZE);
    let longest = (place.right - left - label_width - 12.0).max(20.0);
    let ends = chart.bars.iter().flat_map(|bar| [bar.value, bar.whisker.map(|(_, high)| high)]);
    let most = range(ends.flatten()).map_or(1.0, |(_, most)| most).max(f64::MIN_POSITIVE);
    let length = |value: f64| (value / most).clamp(0.0, 1.0) * longest;

    let top = place.top + HEADING_SIZE;
    canvas.text(place.left, top, &chart.heading, TextStyle::of_size(HEADING_SIZE).strong());
    let faint = TextStyle::of_size(NOTE_SIZE).color(FAINT_INK);
    canvas.text(place.left, top + 21.0, chart.explanation, faint);

    for (index, ((bar, name), style)) in chart.bars.iter().zip(names).zip(styles).enumerate() {
        let middle = place.top + HEADING + (index as f64 + 0.5) * ROW;
        let baseline = middle + LABEL_SIZE * 0.35;
        canvas.text(place.left, baseline, name, TextStyle::of_size(LABEL_SIZE).color(style.color));
        let strip = |value: f64, color| {
            let (top, bottom) = (middle - BAR / 2.0, middle + BAR / 2.0);
            canvas.fill(Rect { left, top, right: left + length(value), bottom }, color)
        };
        if let Some(value) = bar.value {
            let pale = bar.part.is_some();
            strip(value, if pale { style.color.mix(0.32) } else { style.color.to_rgba() })?;
        }
        if let Some(part) = bar.part {
            strip(part, style.color.to_rgba())?;
        }
        let mut end = left + bar.value.map_or(0.0, length);
        if let Some((low, high)) = bar.whisker {
            let (low, high) = (left + length(low), left + length(high));
            canvas.line(&[(low, middle), (high, middle)], 2.0, INK, None)?;
            for x in [low, high] {
                canvas.line(&[(x, middle - 5.0), (x, middle + 5.0)], 2.0, INK, None)?;
            }
            end = end.max(high);
        }
        let label = TextStyle::of_size(TICK_SIZE);
        canvas.text(end + 8.0, middle + TICK_SIZE * 0.35, &bar.label, label);
    }
    let axis = [(left, place.top + HEADING), (left, place.bottom)];
    canvas.line(&axis, RULE, AXIS, None)
}

/// A number that a bar can show.
fn usable(value: f64) -> Option<f64> {
    (value.is_finite() && value >= 0.0).then_some(value)
}

fn of_parts(parts: Parts) -> Bar {
    Bar {
        value: usable(parts.total),
        part: usable(parts.cell),
        whisker: None,
        label: format!("{} / {}", count(parts.cell), count(parts.total)),
    }
}

fn of_seeds(values: &[f64]) -> Bar {
    let values: Vec<f64> = values.iter().copied().filter_map(usable).collect();
    let Some((low, high)) = range(values.iter().copied()) else {
        return of_one(None);
    };
    let Some(median) = Middle::Median.of(&values) else { return of_one(None) };
    let whisker = (values.len() > 1).then_some((low, high));
    Bar { value: Some(median), part: None, whisker, label: count(median) }
}

fn of_one(value: Option<f64>) -> Bar {
    let value = value.and_then(usable);
    let label = value.map_or_else(|| "unknown".to_owned(), count);
    Bar { value, part: None, whisker: None, label }
}
