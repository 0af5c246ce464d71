//! Several runs of one cell as one curve: mean and band over seeds.

use crate::measure::Measure;
use crate::scale::range;

/// A point of a summary: the middle over runs, as the measure has it, and the range they span.
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

/// Summarises runs of `(x, value)`; values that `measure` cannot show are skipped. Infinite ones count: a
/// perplexity that overflows is a result, and so is the mean with it.
///
/// Runs are put on common x by interpolating on the axis of `measure`, and the middle is taken as
/// `measure` says. Runs that `diverged` are not in it: they have no result that a table could have.
pub(crate) fn summarise(
    runs: &[Vec<(f64, f64)>],
    diverged: &[usize],
    measure: &Measure,
) -> Summary {
    let count = runs.len();
    let cleaned =
        runs.iter().enumerate().map(|(k, run)| (diverged.contains(&k), clean(run, measure)));
    let runs: Vec<(bool, Vec<(f64, f64)>)> = cleaned.filter(|(_, run)| !run.is_empty()).collect();
    let Some((start, end)) = range(runs.iter().flat_map(|(_, run)| run).map(|(x, _)| *x)) else {
        return Summary { runs: count, cut_short: count, ..Summary::default() };
    };
    // Steps and seconds count from 0: the first values may come late.
    let least_end = LEAST_SHARE * end;
    let (full, short): (Vec<_>, Vec<_>) =
        runs.into_iter().partition(|(diverged, run)| !diverged && last_x(run) >= least_end);
    let [full, short] =
        [full, short].map(|all| all.into_iter().map(|(_, run)| run).collect::<Vec<_>>());

    let from = full.iter().map(|run| first_x(run)).fold(start, f64::max);
    let to = full.iter().map(|run| last_x(run)).fold(end, f64::min);
    let mut points: Vec<Point> = common_positions(&full, from, to)
        .into_iter()
        .filter_map(|x| point(&full, x, measure))
        .collect();
    if points.is_empty() && full.iter().all(|run| run.len() == 1) {
        // One value each, at different times: one point amid them.
        let x = full.iter().map(|run| last_x(run)).sum::<f64>() / full.len() as f64;
        let moved: Vec<_> = full.iter().flatten().map(|&(_, y)| vec![(x, y)]).collect();
        points.extend(point(&moved, x, measure));
    }

    let mut apart = short;
    if points.is_empty() {
        apart.extend(full.iter().cloned());
    } else {
        // From the mean's end on, each run alone.
        let beyond = |from, to| full.iter().map(move |run| part(run, from, to, measure));
        let pieces = beyond(to, f64::INFINITY).chain(beyond(f64::NEG_INFINITY, from));
        apart.extend(pieces.filter(|piece| piece.len() > 1));
    }
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

fn point(runs: &[Vec<(f64, f64)>], x: f64, measure: &Measure) -> Option<Point> {
    middle(x, runs.iter().filter_map(|run| value_at(run, x, measure)).collect(), measure)
}

/// The middle of values at one x, with their range.
fn middle(x: f64, values: Vec<f64>, measure: &Measure) -> Option<Point> {
    let low = values.iter().copied().reduce(f64::min)?;
    let high = values.iter().copied().reduce(f64::max)?;
    // Rounding must not put the middle beside equal values.
    let middle = measure.middle.of(&values)?.clamp(low, high);
    (!middle.is_nan()).then_some(Point { x, low, middle, high })
}

/// Summarises runs of `(x, value)` where each x is a choice of its own and no time: at each of them the
/// runs that have a value there.
pub(crate) fn summarise_apart(runs: &[Vec<(f64, f64)>], measure: &Measure) -> Summary {
    let cleaned: Vec<Vec<(f64, f64)>> = runs.iter().map(|run| clean(run, measure)).collect();
    let mut positions: Vec<f64> = cleaned.iter().flatten().map(|(x, _)| *x).collect();
    positions.sort_by(f64::total_cmp);
    positions.dedup();
    let at = |x: f64| cleaned.iter().flatten().filter(move |(place, _)| *place == x);
    let point = |x: f64| middle(x, at(x).map(|(_, value)| *value).collect(), measure);
    Summary {
        points: positions.into_iter().filter_map(point).collect(),
        apart: Vec::new(),
        runs: runs.len(),
        cut_short: 0,
    }
}

/// A run's value at x: between two of its points, on the straight line that the axis shows there.
fn value_at(run: &[(f64, f64)], x: f64, measure: &Measure) -> Option<f64> {
    let next = run.partition_point(|(position, _)| *position < x);
    let (x1, y1) = *run.get(next)?;
    if x1 == x {
        return Some(y1);
    }
    let (x0, y0) = *run.get(next.checked_sub(1)?)?;
    let share = (x - x0) / (x1 - x0);
    let value = match measure.is_log() && y0 > 0.0 && y1 > 0.0 {
        true => (y0.ln() * (1.0 - share) + y1.ln() * share).exp(),
        false => y0 * (1.0 - share) + y1 * share,
    };
    // Between the two infinities there is none.
    (!value.is_nan()).then_some(value)
}

/// The part of a run between two x, with its interpolated ends.
fn part(run: &[(f64, f64)], from: f64, to: f64, measure: &Measure) -> Vec<(f64, f64)> {
    let end = |x: f64| value_at(run, x, measure).map(|value| (x, value));
    let between = run.iter().copied().filter(|(x, _)| *x > from && *x < to);
    end(from).into_iter().chain(between).chain(end(to)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Digits, Middle, Spacing};

    fn summarise(runs: &[Vec<(f64, f64)>]) -> Summary {
        super::summarise(runs, &[], &Measure::perplexity())
    }

    fn squared_error() -> Measure {
        Measure { middle: Middle::Mean, digits: Digits::Four, ..Measure::perplexity() }
    }

    #[test]
    fn runs_with_one_value_each_did_not_end_early() {
        let both = summarise(&[vec![(43.0, 80.0)], vec![(45.0, 80.0)]]);
        assert_eq!((both.cut_short, both.points.len()), (0, 1));
        assert!((both.points[0].x - 44.0).abs() < 1e-9);
        assert_eq!(summarise(&[vec![(20.0, 80.0)], vec![(45.1, 81.0)]]).cut_short, 1);
    }

    #[test]
    fn the_mean_of_perplexities_is_that_of_losses() {
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
            ..squared_error()
        };
        let summary =
            super::summarise(&[vec![(0.0, 0.0), (2.0, 80.0)], vec![(1.0, 60.0)]], &[], &accuracy);
        assert_eq!((summary.points[0].x, summary.points[0].middle), (1.0, 50.0));
    }

    /// A table has 0.505 for these two, and so has the curve, though its axis is logarithmic.
    #[test]
    fn the_mean_of_errors_is_arithmetic_on_any_axis() {
        let runs = [vec![(0.0, 1.0), (1.0, 0.01)], vec![(0.0, 1.0), (1.0, 1.0)]];
        let summary = super::summarise(&runs, &[], &squared_error());
        assert_eq!(summary.points[1].middle, 0.505);
        let runs = [vec![(0.0, 1.0), (1.0, 0.0)], vec![(0.0, 1.0), (1.0, 1.0)]];
        let last = super::summarise(&runs, &[], &squared_error()).points[1];
        assert_eq!((last.low, last.middle), (0.0, 0.5));
    }

    #[test]
    fn a_run_that_diverged_late_is_not_in_the_mean() {
        let run = |last: f64| vec![(0.0, 9.0), (9.0, last)];
        let summary = super::summarise(&[run(5.0), run(8.0)], &[1], &squared_error());
        assert_eq!((summary.points[1].middle, summary.cut_short), (5.0, 1));
        assert_eq!(summary.apart, [run(8.0)]);
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

    /// A perplexity that overflows is a result: the run did not end early, and the mean is infinite too.
    #[test]
    fn a_run_that_ends_at_infinity_is_in_the_mean() {
        let run = |last: f64| vec![(0.0, 14.4), (55.0, f64::INFINITY), (110.0, last)];
        let summary = summarise(&[run(f64::INFINITY), run(3e290), run(f64::INFINITY)]);
        assert_eq!((summary.cut_short, summary.apart.len()), (0, 0));
        let last = summary.points.last().expect("a point");
        assert_eq!((last.x, last.low, last.middle), (110.0, 3e290, f64::INFINITY));
        assert!((summary.points[0].middle - 14.4).abs() < 1e-9);
    }

    /// Against a setting, what a seed reached at small values does not end early.
    #[test]
    fn every_seed_counts_at_every_value_of_a_setting() {
        let runs = [vec![(1e-6, 14.0), (1.0, 12.0), (1e3, 2.0)], vec![(1e-6, 14.0), (1.0, 27.0)]];
        let summary = summarise_apart(&runs, &Measure::perplexity());
        let middles: Vec<f64> = summary.points.iter().map(|point| point.middle).collect();
        assert!((middles[1] - 18.0).abs() < 1e-9, "{middles:?}");
        assert_eq!((middles.len(), middles[2], summary.cut_short), (3, 2.0, 0));
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
