//! Cutting curves and bands at the lower and upper end of their axes: plotters' SVG does not.

type Point = (f64, f64);

/// The pieces of a curve between two levels, with their crossings.
pub(crate) fn curve_within(points: &[Point], (low, high): (f64, f64)) -> Vec<Vec<Point>> {
    let below = curve_below(points, high);
    let turned = below.iter().flat_map(|piece| curve_below(&turned(piece), -low));
    turned.map(|piece| self::turned(&piece)).collect()
}

/// The part of a polygon between two levels.
pub(crate) fn polygon_within(points: &[Point], (low, high): (f64, f64)) -> Vec<Point> {
    turned(&polygon_below(&turned(&polygon_below(points, high)), -low))
}

/// Upside down.
fn turned(points: &[Point]) -> Vec<Point> {
    points.iter().map(|(x, y)| (*x, -y)).collect()
}

/// The pieces of a curve at or below `top`, with their crossings.
fn curve_below(points: &[Point], top: f64) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut piece: Vec<Point> = Vec::new();
    for (index, &point) in points.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| points[index]);
        piece.extend(before.and_then(|before| crossing(before, point, top)));
        if point.1 <= top {
            piece.push(point);
        } else if !piece.is_empty() {
            pieces.push(std::mem::take(&mut piece));
        }
    }
    pieces.push(piece);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// The part of a polygon at or below `top`.
fn polygon_below(points: &[Point], top: f64) -> Vec<Point> {
    let mut kept = Vec::new();
    for (index, &point) in points.iter().enumerate() {
        let before = points[(index + points.len() - 1) % points.len()];
        kept.extend(crossing(before, point, top));
        if point.1 <= top {
            kept.push(point);
        }
    }
    kept
}

/// Where the line from one point to the next passes `top`.
fn crossing(from: Point, to: Point, top: f64) -> Option<Point> {
    let passes = (from.1 > top) != (to.1 > top);
    // Halves: the difference of very large values is not finite.
    let share = (top / 2.0 - from.1 / 2.0) / (to.1 / 2.0 - from.1 / 2.0);
    passes.then_some((from.0 + (to.0 - from.0) * share, top))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_END: f64 = f64::MIN;

    #[test]
    fn a_curve_is_cut_where_it_crosses() {
        let curve = [(0.0, 3.0), (2.0, 1.0), (3.0, 1.0), (4.0, 5.0)];
        let pieces = curve_within(&curve, (NO_END, 2.0));
        assert_eq!(pieces, [vec![(1.0, 2.0), (2.0, 1.0), (3.0, 1.0), (3.25, 2.0)]]);
        assert!(curve_within(&curve, (NO_END, 0.5)).is_empty());
        assert_eq!(curve_within(&curve, (1.0, 9.0)), [curve.to_vec()]);
    }

    #[test]
    fn a_curve_that_leaves_and_returns_has_two_pieces() {
        let curve = [(0.0, 0.0), (1.0, 2.0), (2.0, 0.0)];
        let pieces = curve_within(&curve, (NO_END, 1.0));
        assert_eq!(pieces, [vec![(0.0, 0.0), (0.5, 1.0)], vec![(1.5, 1.0), (2.0, 0.0)]]);
        let pieces = curve_within(&curve, (1.0, 9.0));
        assert_eq!(pieces, [vec![(0.5, 1.0), (1.0, 2.0), (1.5, 1.0)]]);
    }

    #[test]
    fn a_polygon_loses_what_is_outside() {
        let square = [(0.0, 0.0), (0.0, 2.0), (2.0, 2.0), (2.0, 0.0)];
        let half = polygon_within(&square, (NO_END, 1.0));
        assert_eq!(half, [(0.0, 0.0), (0.0, 1.0), (2.0, 1.0), (2.0, 0.0)]);
        let middle = polygon_within(&square, (0.5, 1.0));
        assert!(middle.iter().all(|(_, y)| (0.5..=1.0).contains(y)) && middle.len() == 4);
        assert!(polygon_within(&[], (0.0, 1.0)).is_empty());
    }
}
