//! Several runs of one cell as one curve: mean and band over seeds.

use crate::measure::{Measure, Spacing};
use crate::scale::range;

/// A point of a summary: the geometric mean over runs and the range they span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) low: f64,
    pub(crate) middle: f64,
    pub(crate) high: f64,
}

/// The runs of one cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Summary {
    /// Mean and range, where all the runs that it counts have values.
    pub(crate) points: Vec<Point>,
    /// Pieces of single runs that the mean does not cover.
    pub(crate) apart: Vec<Vec<(f64, f64)>>,
    /// The runs given, and how many of them ended so early that the mean leaves them out.
    pub(crate) runs: usize,
    pub(crate) cut_short: usize,
}

/// A run that ends before this share of the longest one is not in the mean, which it would
/// otherwise end for all.
const LEAST_SHARE: f64 = 0.5;

/// More points than this are not visible in a curve.
const MOST_POINTS: usize = 240;

/// Summarises runs of `(x, value)`; values that `measure` cannot show are skipped.
///
/// Runs are put on common x by interpolating on the scale of `measure`, and the mean is taken there:
/// for perplexity that of nll.
pub(crate) fn summarise(runs: &[Vec<(f64, f64)>], measure: &Measure) -> Summary {
    let spacing = measure.spacing;
    let count = runs.len();
    let runs: Vec<Vec<(f64, f64)>> =
        runs.iter().map(|run| clean(run, measure)).filter(|run| !run.is_empty()).collect();
    let Some((start, end)) = range(runs.iter().flatten().map(|(x, _)| *x)) else {
        return Summary { runs: count, cut_short: count, ..Summary::default() };
    };
    // Steps and seconds count from 0: the first values may come late.
    let least_end = LEAST_SHARE * end;
    let (full, short): (Vec<_>, Vec<_>) =
        runs.into_iter().partition(|run| last_x(run) >= least_end);

    let from = full.iter().map(|run| first_x(run)).fold(start, f64::max);
    let to = full.iter().map(|run| last_x(run)).fold(end, f64::min);
    let mut points: Vec<Point> = common_positions(&full, from, to)
        .into_iter()
        .filter_map(|x| point(&full, x, spacing))
        .collect();
    if points.is_empty() && full.iter().all(|run| run.len() == 1) {
        // One value each, at different times: one point amid them.
        let x = full.iter().map(|run| last_x(run)).sum::<f64>() / full.len() as f64;
        let moved: Vec<_> = full.iter().flatten().map(|&(_, y)| vec![(x, y)]).collect();
        points.extend(point(&moved, x, spacing));
    }

    let mut apart = short;
    if points.is_empty() {
        apart.extend(full.iter().cloned());
    } else {
        // From the mean's end on, each run alone.
        apart.extend(full.iter().map(|run| part(run, to, f64::INFINITY, spacing)));
        apart.extend(full.iter().map(|run| part(run, f64::NEG_INFINITY, from, spacing)));
    }
    apart.retain(|piece| piece.len() > 1);
    let apart = apart.iter().map(|piece| thinned(piece)).collect();
    Summary { points, apart, runs: count, cut_short: count - full.len() }
}

/// The usable values of a run in order of x, the last one where several share an x.
fn clean(run: &[(f64, f64)], measure: &Measure) -> Vec<(f64, f64)> {
    let usable = |(x, y): &(f64, f64)| x.is_finite() && measure.usable(*y);
    let mut kept: Vec<(f64, f64)> = run.iter().copied().filter(usable).collect();
    kept.reverse();
    kept.sort_by(|a, b| a.0.total_cmp(&b.0));
    kept.dedup_by(|later, earlier| later.0 == earlier.0);
    kept
}

fn first_x(run: &[(f64, f64)]) -> f64 {
    run.first().map_or(f64::NAN, |(x, _)| *x)
}

fn last_x(run: &[(f64, f64)]) -> f64 {
    run.last().map_or(f64::NAN, |(x, _)| *x)
}

/// The x of all runs between two ends, thinned evenly if there are very many.
fn common_positions(runs: &[Vec<(f64, f64)>], from: f64, to: f64) -> Vec<f64> {
    let mut positions: Vec<f64> =
        runs.iter().flatten().map(|(x, _)| *x).filter(|x| (from..=to).contains(x)).collect();
    positions.sort_by(f64::total_cmp);
    positions.dedup();
    thinned(&positions)
}

/// At most about [`MOST_POINTS`] of the items, evenly, both ends among them.
pub(crate) fn thinned<T: Copy>(items: &[T]) -> Vec<T> {
    let step = items.len().div_ceil(MOST_POINTS).max(1);
    let last = items.len().saturating_sub(1);
    let kept = items.iter().enumerate().filter(|(index, _)| index % step == 0 || *index == last);
    kept.map(|(_, item)| *item).collect()
}

fn point(runs: &[Vec<(f64, f64)>], x: f64, spacing: Spacing) -> Option<Point> {
    let numbers: Vec<f64> = runs.iter().filter_map(|run| number_at(run, x, spacing)).collect();
    let (low, high) = range(numbers.iter().copied())?;
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    let [low, middle, high] = [low, mean, high].map(|number| spacing.back(number));
    Some(Point { x, low, middle, high })
}

/// A run's value at x, between two of its points, on the scale of means.
fn number_at(run: &[(f64, f64)], x: f64, spacing: Spacing) -> Option<f64> {
    let next = run.partition_point(|(position, _)| *position < x);
    let (x1, y1) = *run.get(next)?;
    if x1 == x {
        return Some(spacing.forward(y1));
    }
    let (x0, y0) = *run.get(next.checked_sub(1)?)?;
    let (n0, n1) = (spacing.forward(y0), spacing.forward(y1));
    Some(n0 + (n1 - n0) * (x - x0) / (x1 - x0))
}

/// The part of a run between two x, with its interpolated ends.
fn part(run: &[(f64, f64)], from: f64, to: f64, spacing: Spacing) -> Vec<(f64, f64)> {
    let end = |x: f64| number_at(run, x, spacing).map(|number| (x, spacing.back(number)));
    let between = run.iter().copied().filter(|(x, _)| *x > from && *x < to);
    end(from).into_iter().chain(between).chain(end(to)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summarise(runs: &[Vec<(f64, f64)>]) -> Summary {
        super::summarise(runs, &Measure::perplexity())
    }

    #[test]
    fn runs_with_one_value_each_did_not_end_early() {
        let both = summarise(&[vec![(43.0, 80.0)], vec![(45.0, 80.0)]]);
        assert_eq!((both.cut_short, both.points.len()), (0, 1));
        assert!((both.points[0].x - 44.0).abs() < 1e-9);
        assert_eq!(summarise(&[vec![(20.0, 80.0)], vec![(45.1, 81.0)]]).cut_short, 1);
    }

    #[test]
    fn the_mean_is_that_of_logarithms() {
        let summary =
            summarise(&[vec![(0.0, 10.0), (1.0, 10.0)], vec![(0.0, 1000.0), (1.0, 10.0)]]);
        let first = summary.points[0];
        assert!((first.middle - 100.0).abs() < 1e-9);
        assert!((first.low - 10.0).abs() < 1e-9 && (first.high - 1000.0).abs() < 1e-9);
        assert_eq!(summary.points.len(), 2);
        assert!(summary.apart.is_empty());
    }

    #[test]
    fn the_mean_of_what_is_linear_is_plain() {
        let accuracy = Measure {
            title: "accuracy, %".to_owned(),
            higher_is_better: true,
            spacing: Spacing::Linear,
        };
        let summary =
            super::summarise(&[vec![(0.0, 0.0), (2.0, 80.0)], vec![(1.0, 60.0)]], &accuracy);
        assert_eq!((summary.points[0].x, summary.points[0].middle), (1.0, 50.0));
    }

    #[test]
    fn runs_at_other_times_are_interpolated_where_all_have_values() {
        let summary = summarise(&[
            vec![(0.0, 100.0), (2.0, 1.0), (3.0, 1.0)],
            vec![(1.0, 10.0), (4.0, 10.0)],
        ]);
        let xs: Vec<f64> = summary.points.iter().map(|point| point.x).collect();
        assert_eq!(xs, [1.0, 2.0, 3.0]);
        assert!((summary.points[0].middle - 10.0).abs() < 1e-9);
        // Before 1 only the first run has values, after 3 only the second.
        assert_eq!(summary.apart.len(), 2);
        assert_eq!(summary.cut_short, 0);
    }

    #[test]
    fn a_run_that_diverged_does_not_end_the_mean() {
        let whole: Vec<(f64, f64)> = (0..10).map(|x| (f64::from(x), 5.0)).collect();
        let mut diverged = whole.clone();
        for (_, y) in &mut diverged[3..] {
            *y = f64::NAN;
        }
        let summary = summarise(&[whole.clone(), whole, diverged]);
        assert_eq!((summary.runs, summary.cut_short), (3, 1));
        assert_eq!(summary.points.len(), 10);
        assert_eq!(summary.apart.len(), 1);
    }

    #[test]
    fn nothing_usable_gives_nothing() {
        for runs in [vec![], vec![vec![]], vec![vec![(f64::NAN, 1.0), (1.0, -1.0), (2.0, 0.0)]]] {
            let summary = summarise(&runs);
            assert!(summary.points.is_empty() && summary.apart.is_empty());
            assert_eq!(summary.cut_short, runs.len());
        }
    }

    #[test]
    fn the_last_of_equal_x_counts() {
        assert_eq!(
            clean(&[(1.0, 5.0), (0.0, 9.0), (1.0, 6.0)], &Measure::perplexity()),
            [(0.0, 9.0), (1.0, 6.0)]
        );
    }

    #[test]
    fn long_runs_are_thinned_but_keep_their_ends() {
        let run: Vec<(f64, f64)> = (0..10_000).map(|x| (f64::from(x), 2.0)).collect();
        let points = summarise(&[run]).points;
        assert!(points.len() <= MOST_POINTS + 1);
        assert_eq!((points[0].x, points[points.len() - 1].x), (0.0, 9999.0));
    }
}
