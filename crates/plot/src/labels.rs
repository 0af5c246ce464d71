//! Names at the ends of curves, kept from lying on each other.

use crate::PlotError;
use crate::canvas::{Canvas, TextStyle};
use crate::style::{CellStyle, LABEL_SIZE, RULE};

/// The distance between the baselines of two labels.
pub(crate) const LINE: f64 = LABEL_SIZE * 1.18;

/// The height of a column of so many labels.
pub(crate) fn height(labels: usize) -> f64 {
    LINE * labels as f64
}

/// A label and the curve's end that it names.
pub(crate) struct EndLabel {
    pub(crate) end: (f64, f64),
    pub(crate) text: String,
    pub(crate) style: CellStyle,
    pub(crate) leader: Leader,
}

/// Where the thin line starts that leads to a label that stands apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leader {
    /// At what is named: a mark, or a line that goes on to the edge.
    End,
    /// At the edge of the panel: a level line inside would look like a curve that goes on.
    Edge,
    /// Nowhere: what is named ended before.
    Nowhere,
}

/// Draws labels in a column that starts at `left`, each as near as possible to its curve's end and
/// joined to it by a thin line where they are apart. `top` and `bottom` limit the column.
pub(crate) fn column(
    canvas: &Canvas<'_>,
    labels: &[EndLabel],
    left: f64,
    (top, bottom): (f64, f64),
) -> Result<(), PlotError> {
    let wanted: Vec<f64> = labels.iter().map(|label| label.end.1).collect();
    let middles = spread(&wanted, LINE, top, bottom);
    for (label, middle) in labels.iter().zip(middles) {
        let (x, y) = label.end;
        let moved = (middle - y).abs() > 3.0;
        let (start, bend, end) = ((x + 3.0, y), (left - 14.0, y), (left - 3.0, middle));
        let joint = match label.leader {
            Leader::End if moved || left - x > 24.0 => vec![start, bend, end],
            Leader::Edge if moved => vec![bend, end],
            _ => vec![],
        };
        if !joint.is_empty() {
            canvas.line(&joint, RULE, label.style.color, Some((1.5, 3.5)))?;
        }
        let style = TextStyle::of_size(LABEL_SIZE).color(label.style.color);
        canvas.text(left, middle + LABEL_SIZE * 0.35, &label.text, style);
    }
    Ok(())
}

/// Draws labels under curve ends that lie on the floor of a panel, in the rows given by [`rows`];
/// a thin line leads from the end down to its row.
pub(crate) fn below(
    canvas: &Canvas<'_>,
    labels: &[EndLabel],
    rows: &[usize],
    (left, right): (f64, f64),
) -> Result<(), PlotError> {
    for (label, row) in labels.iter().zip(rows) {
        let (x, floor) = label.end;
        let width = canvas.font.width(&label.text, LABEL_SIZE);
        let (start, _) = left_of(x, width, (left, right));
        let top = floor + 8.0 + *row as f64 * LINE;
        canvas.line(&[(x, floor), (x, top)], RULE, label.style.color, None)?;
        let style = TextStyle::of_size(LABEL_SIZE).color(label.style.color);
        canvas.text(start, top + LABEL_SIZE * 0.9, &label.text, style.rim());
    }
    Ok(())
}

/// The row of each label of [`below`], from its curve's end and its width: from left to right, each
/// takes the highest row in which it touches neither a label nor a line placed before it.
pub(crate) fn rows(labels: &[(f64, f64)], limits: (f64, f64)) -> Vec<usize> {
    struct Taken {
        row: usize,
        x: f64,
        start: f64,
        end: f64,
    }
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|a, b| labels[*a].0.total_cmp(&labels[*b].0));
    let mut rows = vec![0; labels.len()];
    let mut taken: Vec<Taken> = Vec::new();
    for index in order {
        let (x, width) = labels[index];
        let (start, end) = left_of(x, width, limits);
        let free = |row: &usize| {
            taken.iter().all(|other| {
                let label_apart = other.row != *row || start > other.end + 10.0;
                let other_line_apart = other.row <= *row || !(start..=end).contains(&other.x);
                let own_line_apart = other.row >= *row || !(other.start..=other.end).contains(&x);
                label_apart && other_line_apart && own_line_apart
            })
        };
        let row = (0..taken.len()).find(free).unwrap_or(taken.len());
        taken.push(Taken { row, x, start, end });
        rows[index] = row;
    }
    rows
}

/// The ends of a label that stands left of the line at x, or further right if there is no room.
fn left_of(x: f64, width: f64, (left, right): (f64, f64)) -> (f64, f64) {
    let start = (x - width + 2.0).min(right - width).max(left);
    (start, start + width)
}

/// Positions at least `gap` apart inside `low..=high`, with the least total movement from the
/// wanted ones; the gap shrinks if there is not room for all.
fn spread(wanted: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let room = (high - low).max(0.0);
    let gap = gap.min(room / wanted.len().saturating_sub(1).max(1) as f64);
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));

    // Labels that touch form a group around the mean of their wish; groups that touch then merge.
    struct Group {
        members: usize,
        middle: f64,
    }
    let mut groups: Vec<Group> = Vec::new();
    let half = |members: usize| gap * (members - 1) as f64 / 2.0;
    let inside = |group: Group| {
        let half = half(group.members);
        Group { middle: group.middle.min(high - half).max(low + half), ..group }
    };
    for index in &order {
        let mut group = inside(Group { members: 1, middle: wanted[*index] });
        while let Some(above) = groups.pop() {
            if above.middle + half(above.members) + gap <= group.middle - half(group.members) {
                groups.push(above);
                break;
            }
            let members = above.members + group.members;
            let sum = above.middle * above.members as f64 + group.middle * group.members as f64;
            group = inside(Group { members, middle: sum / members as f64 });
        }
        groups.push(group);
    }

    let placed = groups.iter().flat_map(|group| {
        let first = group.middle - half(group.members);
        (0..group.members).map(move |member| first + gap * member as f64)
    });
    let mut positions = wanted.to_vec();
    for (index, position) in order.iter().zip(placed) {
        positions[*index] = position;
    }
    positions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_with_room_stay_where_they_are() {
        assert_eq!(spread(&[50.0, 10.0, 90.0], 20.0, 0.0, 100.0), [50.0, 10.0, 90.0]);
    }

    #[test]
    fn labels_that_touch_move_apart_evenly_and_keep_their_order() {
        assert_eq!(spread(&[51.0, 49.0], 20.0, 0.0, 100.0), [60.0, 40.0]);
    }

    #[test]
    fn labels_below_take_the_highest_free_row() {
        let labels = [(160.0, 40.0), (50.0, 40.0), (150.0, 40.0)];
        assert_eq!(rows(&labels, (0.0, 300.0)), [1, 0, 0]);
        assert!(rows(&[], (0.0, 300.0)).is_empty());
    }

    #[test]
    fn labels_stay_inside_whatever_their_number() {
        for count in 0..20 {
            let positions = spread(&vec![99.0; count], 10.0, 0.0, 100.0);
            assert_eq!(positions.len(), count);
            assert!(positions.iter().all(|y| (-1e-9..=100.0 + 1e-9).contains(y)), "{positions:?}");
        }
    }
}
