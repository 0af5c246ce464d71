//! Quality against a cost, and the front of what nothing else beats in both.

use crate::canvas::{Canvas, Rect, TextStyle};
use crate::final_scores::ScoreInterval;
use crate::labels::{self, EndLabel, Leader, column};
use crate::measure::Measure;
use crate::panel::Panel;
use crate::scale::{Scale, range};
use crate::sheet::sheet;
use crate::style::{AXIS, CellStyle, LABEL_SIZE, RULE, THIN_CURVE};
use crate::{Figure, Frame, PlotError};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// One cell: what it costs and how good it is.
#[derive(Debug, Clone, PartialEq)]
pub struct CostAndScore {
    /// The cell's name, as in experiment files.
    pub cell: String,
    /// Its cost: the median over seeds where it is measured.
    pub cost: f64,
    /// The least and the largest cost over seeds, where it is measured.
    pub costs: Option<(f64, f64)>,
    /// Its score over seeds.
    pub score: ScoreInterval,
}

/// Scores against one cost; the front is what no other cell beats in both. Scores that are not finite, or so
/// bad that they would flatten all others, are left out and named.
#[derive(Debug, Clone, PartialEq)]
pub struct Pareto {
    /// The words around the figure.
    pub frame: Frame,
    /// What the scores are.
    pub measure: Measure,
    /// What the cost is, with its unit.
    pub cost: String,
    /// The cells, in the order of the experiment. One name may stand several times, for a cell with
    /// several settings: it is written once, at the best of them, and bars are left out.
    pub cells: Vec<CostAndScore>,
    /// Those without a score or a cost, by name as in `cells`: a note tells them.
    pub absent: Vec<String>,
    /// Not all of them were trained on the same data, so none beats another.
    pub incomparable: bool,
}

/// What can be said of the front.
#[derive(Debug, Clone, PartialEq)]
enum Front {
    /// Its points from the cheapest on, each told apart from the one before in cost and in score.
    Points(Vec<(f64, f64)>),
    /// The intervals of all scores overlap: which is better is noise.
    ScoresAlike,
    /// The ranges of all costs overlap: which is cheaper is noise.
    CostsAlike,
    /// The data differ.
    OtherData,
    /// There is nothing to compare.
    Nothing,
}

const HEIGHT: f64 = 430.0;
const LEFT: f64 = 88.0;
const BELOW: f64 = 66.0;
const WIDEST_LABEL: f64 = 240.0;

/// From this ratio of the largest to the least value on, an axis is logarithmic.
const LOG_FROM: f64 = 3.0;
/// Long intervals make the axis longer by this share of the range of the scores on either side at most.
const ROOM_FOR_INTERVALS: f64 = 0.75;

impl Pareto {
    /// Draws the figure.
    pub fn draw(&self) -> Result<Figure, PlotError> {
        let styles = self.frame.styles(self.cells.iter().map(|cell| cell.cell.as_str()));
        let reach = self.reach();
        let shown: Vec<(&CostAndScore, CellStyle)> =
            self.cells.iter().zip(styles).filter(|(cell, _)| self.has_place(cell, reach)).collect();
        let repeated = self.repeats();
        let (x, y) = (cost_scale(&shown), self.score_scale(&shown, repeated));
        let cells: Vec<&CostAndScore> = shown.iter().map(|(cell, _)| *cell).collect();
        let front = self.front(&cells);
        let best = self.named(&cells);
        let height = HEIGHT.max(labels::height(best.len()) + BELOW + 12.0);

        let bounds = cells.iter().filter_map(|cell| cell.score.bounds);
        let cut = bounds
            .flat_map(|(low, high)| [low, high])
            .any(|bound| y.position_on(bound).is_some_and(|(_, beyond)| beyond.is_ne()));
        sheet(&self.frame, &self.notes(&front, repeated, cut), height, |canvas, content| {
            let names = cells.iter().map(|cell| cell.cell.as_str());
            let names = self.frame.labels(canvas.font, names, LABEL_SIZE, WIDEST_LABEL);
            let widths = best.iter().map(|k| canvas.font.width(&names[*k], LABEL_SIZE));
            let rect = Rect {
                left: content.left + LEFT,
                top: content.top + 4.0,
                right: content.right - widths.fold(0.0, f64::max) - 22.0,
                bottom: content.bottom - BELOW,
            };
            let panel = Panel::new(canvas, rect, x, y);
            panel.y_ticks(7, true)?;
            panel.x_ticks(7, false)?;
            let log = |scale: &Scale| if scale.is_log() { " (log scale)" } else { "" };
            panel.x_label(&format!("{}{}", self.cost, log(&x)));
            panel.y_label(&format!("{}{}", self.measure.title, log(&y)), LEFT - 16.0);

            if let Front::Points(points) = &front {
                self.draw_front(canvas, &panel, points)?;
            }
            let mut labels = Vec::new();
            for (k, (cell, style)) in shown.iter().enumerate() {
                let Some(end) = panel.place(cell.cost, cell.score.estimate) else { continue };
                if !repeated {
                    draw_bars(canvas, &panel, cell, *style, end)?;
                }
                let radius = if repeated { 4.5 } else { 6.0 };
                canvas.mark(end, radius, style.point(), style.color)?;
                if best.contains(&k) {
                    let text = names[k].clone();
                    labels.push(EndLabel { end, text, style: *style, leader: Leader::End });
                }
            }
            if shown.is_empty() {
                let style = TextStyle::of_size(LABEL_SIZE);
                canvas.text(rect.left + 12.0, rect.top + 30.0, "no results", style);
            }
            column(canvas, &labels, rect.right + 18.0, (rect.top + 6.0, rect.bottom))
        })
    }

    /// The axis of the scores: all estimates, and of the intervals what leaves them room.
    fn score_scale(&self, shown: &[(&CostAndScore, CellStyle)], repeated: bool) -> Scale {
        let estimates = || shown.iter().map(|(cell, _)| cell.score.estimate);
        let Some((low, high)) = range(estimates()) else { return Scale::linear([]) };
        let log = self.measure.is_log() && high / low >= LOG_FROM;
        let (room, ratio) =
            (ROOM_FOR_INTERVALS * (high - low), (high / low).powf(ROOM_FOR_INTERVALS));
        let (least, most) =
            if log { (low / ratio, high * ratio) } else { (low - room, high + room) };
        let bounds = shown.iter().filter_map(|(cell, _)| cell.score.bounds).filter(|_| !repeated);
        let ends = bounds.flat_map(|(a, b)| [a.max(least), b.min(most)]).chain([low, high]);
        if log { Scale::log(ends) } else { Scale::linear(ends) }.padded(0.06, 0.06)
    }

    /// The front: what nothing else beats in cost and score, but for steps that intervals do not tell
    /// from noise.
    fn front(&self, cells: &[&CostAndScore]) -> Front {
        let pairs = || (0..cells.len()).flat_map(|i| (0..i).map(move |j| (cells[i], cells[j])));
        if cells.len() < 2 {
            return Front::Nothing;
        }
        if self.incomparable {
            return Front::OtherData;
        }
        if pairs().all(|(a, b)| !self.better(a, b) && !self.better(b, a)) {
            return Front::ScoresAlike;
        }
        if pairs().all(|(a, b)| !cheaper(a, b) && !cheaper(b, a)) {
            return Front::CostsAlike;
        }
        let mut sorted = cells.to_vec();
        let sign = self.sign();
        let worth = |cell: &CostAndScore| sign * cell.score.estimate;
        sorted.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(worth(a).total_cmp(&worth(b))));
        let mut front: Vec<&CostAndScore> = Vec::new();
        for cell in sorted {
            // One that costs the same, as far as is known, and is better takes the other's place.
            while front.last().is_some_and(|last| !cheaper(last, cell) && self.better(cell, last)) {
                front.pop();
            }
            if front.last().is_none_or(|last| self.better(cell, last)) {
                front.push(cell);
            }
        }
        Front::Points(front.iter().map(|cell| (cell.cost, cell.score.estimate)).collect())
    }

    /// Whether one score is better than another by more than their intervals leave open.
    fn better(&self, one: &CostAndScore, other: &CostAndScore) -> bool {
        let ends = |score: ScoreInterval| {
            let (low, high) = score.bounds.unwrap_or((score.estimate, score.estimate));
            if self.measure.higher_is_better { (-high, -low) } else { (low, high) }
        };
        ends(one.score).1 < ends(other.score).0
    }

    /// The front as steps, from the edge to the edge: what is cheaper than the cheapest of it is not there,
    /// and more cost gives nothing until the next point.
    fn draw_front(
        &self,
        canvas: &Canvas<'_>,
        panel: &Panel<'_, '_>,
        points: &[(f64, f64)],
    ) -> Result<(), PlotError> {
        let places: Vec<_> = points.iter().filter_map(|(x, y)| panel.place(*x, *y)).collect();
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return Ok(()) };
        let Rect { right, top, bottom, .. } = panel.rect;
        let worst = if self.measure.higher_is_better { bottom } else { top };
        let mut line = vec![(first.0, worst)];
        line.extend(stairs(&places));
        line.push((right, last.1));
        canvas.line(&line, THIN_CURVE, AXIS, Some((6.0, 4.0)))
    }

    /// Which points have their names written: the best of each cell.
    fn named(&self, cells: &[&CostAndScore]) -> Vec<usize> {
        let sign = self.sign();
        let first = |k: &usize| {
            let ours = cells.iter().enumerate().filter(|(_, other)| other.cell == cells[*k].cell);
            let best = ours.min_by(|(_, a), (_, b)| {
                (sign * a.score.estimate).total_cmp(&(sign * b.score.estimate))
            });
            best.is_some_and(|(best, _)| best == *k)
        };
        (0..cells.len()).filter(first).collect()
    }

    /// Makes of a score what is the smaller the better.
    fn sign(&self) -> f64 {
        if self.measure.higher_is_better { -1.0 } else { 1.0 }
    }

    /// Whether a cell has several points.
    fn repeats(&self) -> bool {
        let names = || self.cells.iter().map(|cell| &cell.cell).chain(&self.absent);
        names().collect::<BTreeSet<_>>().len() < names().count()
    }

    fn notes(&self, front: &Front, repeated: bool, cut: bool) -> Vec<String> {
        let known = self.cells.iter().any(|cell| cell.score.bounds.is_some());
        let mut notes = vec![self.measure.direction().to_owned()];
        notes.extend(match front {
            Front::Points(_) if known => Some(
                "Dashed: the front, what no other beats in both, by each interval alone; whether two differ, paired seeds decide (in the text).",
            ),
            Front::Points(_) => Some(
                "Dashed: the front, what no other beats in both; without intervals it may be noise.",
            ),
            Front::ScoresAlike => {
                Some("No front: the intervals of the scores all overlap, which is better may be noise.")
            }
            Front::CostsAlike => {
                Some("No front: the ranges of the costs all overlap, which is cheaper may be noise.")
            }
            Front::OtherData => {
                Some("No front: not all were trained on the same data, so their scores are not compared.")
            }
            Front::Nothing => None,
        }
        .map(str::to_owned));
        notes.extend(self.left_out_note(repeated));
        notes.extend(self.absent_note(repeated));
        if repeated {
            notes.push("Marks: a cell with one choice of the settings each.".to_owned());
            return notes;
        }
        if known {
            let arrow = if cut { "; arrow: it goes on" } else { "" };
            notes.push(format!("Upright bars: intervals of the mean over seeds{arrow}."));
        }
        if self.cells.iter().any(|cell| cell.costs.is_some()) {
            notes.push("Level bars: lowest to highest cost over seeds.".to_owned());
        }
        notes
    }
}

/// Whether one costs less than another by more than their ranges leave open.
fn cheaper(one: &CostAndScore, other: &CostAndScore) -> bool {
    let (_, most) = one.costs.unwrap_or((one.cost, one.cost));
    let (least, _) = other.costs.unwrap_or((other.cost, other.cost));
    most < least
}

/// The axis of the costs, with their ranges.
fn cost_scale(shown: &[(&CostAndScore, CellStyle)]) -> Scale {
    let costs = shown.iter().flat_map(|(cell, _)| {
        let (low, high) = cell.costs.unwrap_or((cell.cost, cell.cost));
        [cell.cost, low, high]
    });
    let Some((low, high)) = range(costs.filter(|cost| *cost > 0.0)) else {
        return Scale::linear([]);
    };
    let ends = [low, high];
    if high / low >= LOG_FROM { Scale::log(ends) } else { Scale::linear(ends) }.padded(0.05, 0.05)
}

/// The interval of the score, upright, and the range of the cost, level.
fn draw_bars(
    canvas: &Canvas<'_>,
    panel: &Panel<'_, '_>,
    cell: &CostAndScore,
    style: CellStyle,
    (x, y): (f64, f64),
) -> Result<(), PlotError> {
    for bound in cell.score.bounds.iter().flat_map(|(low, high)| [low, high]) {
        let Some(((_, end), beyond)) = panel.place_on_y(cell.cost, *bound) else { continue };
        canvas.line(&[(x, y), (x, end)], 2.0 * RULE, style.color, None)?;
        let back = match beyond {
            Ordering::Equal => {
                canvas.line(&[(x - 5.0, end), (x + 5.0, end)], 2.0 * RULE, style.color, None)?;
                continue;
            }
            Ordering::Less => end - 9.0,
            Ordering::Greater => end + 9.0,
        };
        canvas.polygon(&[(x - 5.0, back), (x, end), (x + 5.0, back)], style.color)?;
    }
    for bound in cell.costs.iter().flat_map(|(low, high)| [low, high]) {
        let Some((end, _)) = panel.place_on_x(*bound) else { continue };
        canvas.line(&[(x, y), (end, y)], 2.0 * RULE, style.color, None)?;
        canvas.line(&[(end, y - 5.0), (end, y + 5.0)], 2.0 * RULE, style.color, None)?;
    }
    Ok(())
}

/// Points as steps: more cost gives nothing until the next point.
fn stairs(front: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let step = |pair: &[(f64, f64)]| [pair[0], (pair[1].0, pair[0].1)];
    front.windows(2).flat_map(step).chain(front.last().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(cost: f64, estimate: f64) -> CostAndScore {
        let score = ScoreInterval { estimate, bounds: None };
        CostAndScore { cell: "gru".to_owned(), cost, costs: None, score }
    }

    fn noisy(cost: f64, estimate: f64, half: f64) -> CostAndScore {
        let bounds = Some((estimate - half, estimate + half));
        CostAndScore { score: ScoreInterval { estimate, bounds }, ..cell(cost, estimate) }
    }

    fn figure(cells: Vec<CostAndScore>) -> Pareto {
        Pareto {
            frame: Frame::default(),
            measure: Measure::perplexity(),
            cost: "parameters".to_owned(),
            cells,
            absent: vec![],
            incomparable: false,
        }
    }

    fn front(figure: &Pareto) -> Front {
        figure.front(&figure.cells.iter().collect::<Vec<_>>())
    }

    #[test]
    fn there_is_no_front_over_other_data() {
        let cell = |cost, estimate| CostAndScore {
            cell: "a".to_owned(),
            cost,
            costs: None,
            score: ScoreInterval { estimate, bounds: None },
        };
        let both = figure(vec![cell(1.0, 100.0), cell(2.0, 80.0)]);
        assert!(matches!(front(&both), Front::Points(_)));
        assert_eq!(front(&Pareto { incomparable: true, ..both }), Front::OtherData);
    }

    #[test]
    fn the_front_is_what_nothing_beats_in_both() {
        let mut figure =
            figure(vec![cell(3.0, 80.0), cell(1.0, 100.0), cell(2.0, 120.0), cell(1.0, 110.0)]);
        assert_eq!(front(&figure), Front::Points(vec![(1.0, 100.0), (3.0, 80.0)]));
        assert_eq!(stairs(&[(1.0, 100.0), (3.0, 80.0)]), [(1.0, 100.0), (3.0, 100.0), (3.0, 80.0)]);
        figure.measure.higher_is_better = true;
        assert_eq!(front(&figure), Front::Points(vec![(1.0, 110.0), (2.0, 120.0)]));
    }

    #[test]
    fn a_front_of_noise_is_none() {
        let alike = figure(vec![noisy(1.0, 100.0, 9.0), noisy(2.0, 95.0, 9.0)]);
        assert_eq!(front(&alike), Front::ScoresAlike);
        let mut times = figure(vec![noisy(46.5, 100.0, 1.0), noisy(49.5, 90.0, 1.0)]);
        times.cells[0].costs = Some((44.0, 48.0));
        times.cells[1].costs = Some((47.0, 52.0));
        assert_eq!(front(&times), Front::CostsAlike);
        // Of three, the step that is open is left out, the clear one stays.
        let three = [noisy(1.0, 100.0, 3.0), noisy(2.0, 98.0, 3.0), noisy(3.0, 80.0, 3.0)];
        assert_eq!(front(&figure(three.to_vec())), Front::Points(vec![(1.0, 100.0), (3.0, 80.0)]));
    }

    #[test]
    fn of_what_costs_the_same_the_better_is_on_the_front() {
        let mut cells = vec![noisy(1.0, 100.0, 1.0), noisy(1.1, 80.0, 1.0), noisy(9.0, 70.0, 1.0)];
        cells[0].costs = Some((0.9, 1.2));
        cells[1].costs = Some((0.9, 1.2));
        assert_eq!(front(&figure(cells)), Front::Points(vec![(1.1, 80.0), (9.0, 70.0)]));
    }

    #[test]
    fn an_axis_is_logarithmic_from_a_factor_of_three_on() {
        let style = CellStyle::line(AXIS, None);
        let scale = |costs: [f64; 2]| {
            let cells = costs.map(|cost| cell(cost, 1.0));
            cost_scale(&cells.iter().map(|cell| (cell, style)).collect::<Vec<_>>())
        };
        assert!(!scale([46.5, 49.5]).is_log() && scale([10.0, 30.0]).is_log());
    }
}
