//! How far an axis of scores reaches.
//!
//! It has all that is as good as the worst baseline, and beyond that baseline as much again as lies
//! between it and the best value, on the scale of the axis; what is worse still is cut. Where most
//! trainings are worse than the baselines, what half of them reach takes the baseline's place. So the
//! start of every training is on the axis, and no single wild evaluation can flatten the rest.

use crate::measure::Measure;
use crate::scale::range;

/// Values that are further beyond the worst baseline than so many times what the rule leaves room for
/// flatten all others.
const FLATTENING: f64 = 10.0;

/// An axis is never cut nearer to the worst baseline than this: decades, or a share of the value.
const LEAST: f64 = 0.1;

/// The values between which an axis runs; `None` where there is nothing to show. `values` is all that
/// could be drawn, `levels` where trainings start, stay and end.
pub(crate) fn extent(
    measure: &Measure,
    values: impl Iterator<Item = f64>,
    levels: impl Iterator<Item = f64>,
    baselines: impl Iterator<Item = f64>,
) -> Option<(f64, f64)> {
    let sign = if measure.higher_is_better { -1.0 } else { 1.0 };
    let badness = |value: f64| sign * if measure.is_log() { value.log10() } else { value };
    let badnesses = |values: Vec<f64>| -> Vec<f64> {
        values.into_iter().filter(|value| measure.has_place(*value)).map(badness).collect()
    };
    let baselines = badnesses(baselines.collect());
    let mut levels = badnesses(levels.collect());
    let all: Vec<f64> = badnesses(values.collect()).into_iter().chain(baselines.clone()).collect();
    let (best, worst) = range(all.iter().copied())?;
    levels.sort_by(f64::total_cmp);
    let middle = levels.get(levels.len().saturating_sub(1) / 2).copied();
    let poor = baselines.into_iter().chain(middle).fold(best, f64::max);
    let least = if measure.is_log() { LEAST } else { LEAST * poor.abs() };
    let limit = poor + (poor - best).max(least);
    let end = match worst <= limit {
        true => worst,
        // Room up to the limit is of use only where something is there.
        false => all.iter().copied().filter(|value| *value <= limit).fold(poor, f64::max),
    };
    let value = |badness: f64| {
        let number = sign * badness;
        if measure.is_log() { 10_f64.powf(number) } else { number }
    };
    range([value(best), value(end)].into_iter())
}

/// The range of `values` without those that flatten all others: of results, which are all shown unless some
/// are out of every proportion to the baselines, or to what half of them reach.
pub(crate) fn without_wild(
    measure: &Measure,
    values: impl Iterator<Item = f64>,
    baselines: impl Iterator<Item = f64>,
) -> Option<(f64, f64)> {
    let sign = if measure.higher_is_better { -1.0 } else { 1.0 };
    let badness = |value: f64| sign * if measure.is_log() { value.log10() } else { value };
    let mut values: Vec<f64> = values.filter(|value| measure.has_place(*value)).collect();
    values.sort_by(|a, b| badness(*a).total_cmp(&badness(*b)));
    let best = badness(*values.first()?);
    let middle = badness(values[(values.len() - 1) / 2]);
    let usual = baselines.filter(|value| measure.has_place(*value)).map(badness);
    let poor = usual.fold(middle, f64::max);
    // At least a decade, or the value itself: what differs by little is no measure of what is wild.
    let least = if measure.is_log() { 1.0 } else { poor.abs() };
    let limit = poor + FLATTENING * (poor - best).max(least);
    range(values.into_iter().filter(|value| badness(*value) <= limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Digits, Middle, Spacing};

    fn measure(spacing: Spacing, higher_is_better: bool) -> Measure {
        let (middle, digits) = (Middle::Mean, Digits::Four);
        Measure { title: String::new(), higher_is_better, spacing, middle, digits }
    }

    fn of(measure: &Measure, curve: &[f64], levels: &[f64], baselines: &[f64]) -> (f64, f64) {
        let [curve, levels, baselines] =
            [curve, levels, baselines].map(|values| values.iter().copied());
        extent(measure, curve, levels, baselines).expect("an axis")
    }

    #[track_caller]
    fn check((low, high): (f64, f64), expected: (f64, f64)) {
        let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        assert!(near(low, expected.0) && near(high, expected.1), "{low} {high}");
    }

    #[test]
    fn start_and_baseline_are_on_the_axis() {
        for spacing in [Spacing::Linear, Spacing::Log] {
            let errors = measure(spacing, false);
            let axis = of(&errors, &[0.17, 0.02, 0.001], &[0.17, 0.02, 0.001], &[1.0 / 6.0]);
            check(axis, (0.001, 0.17));
        }
        let accuracy = measure(Spacing::Linear, true);
        check(of(&accuracy, &[9.0, 80.0, 97.0], &[9.0, 80.0, 97.0], &[10.0]), (9.0, 97.0));
    }

    #[test]
    fn one_wild_evaluation_is_cut() {
        let curve = [4.9, 3.0, 37_601_968.0, 2.5, 2.4];
        let levels = [4.9, 3.0, 2.4];
        let bits = measure(Spacing::Linear, false);
        check(of(&bits, &curve, &levels, &[4.7]), (2.4, 4.9));
        check(of(&measure(Spacing::Log, false), &curve, &levels, &[4.7]), (2.4, 4.9));
        // Without a baseline, half of the levels say what is usual.
        let (low, high) = of(&bits, &curve, &levels, &[]);
        assert!(low == 2.4 && high < 5.0, "{high}");
        let accuracy = measure(Spacing::Linear, true);
        check(of(&accuracy, &[95.0, -1e7, 96.0], &[95.0, 96.0], &[90.0]), (90.0, 96.0));
    }

    #[test]
    fn models_worse_than_the_baseline_are_shown() {
        let perplexity = Measure::perplexity();
        check(of(&perplexity, &[9000.0, 900.0], &[9000.0, 900.0, 900.0], &[640.0]), (640.0, 900.0));
    }

    #[test]
    fn only_results_out_of_every_proportion_are_cut() {
        let perplexity = Measure::perplexity();
        let kept = |values: &[f64], baselines: &[f64]| {
            without_wild(&perplexity, values.iter().copied(), baselines.iter().copied())
        };
        assert_eq!(kept(&[14.2, 14.4, 3e290, f64::INFINITY], &[14.4]), Some((14.2, 14.4)));
        assert_eq!(kept(&[14.2, 14.4, 3e290], &[]), Some((14.2, 14.4)));
        assert_eq!(kept(&[14.2, 14.4, 40.0], &[14.4]), Some((14.2, 40.0)));
        assert_eq!(kept(&[112.0, 9000.0], &[640.0]), Some((112.0, 9000.0)));
        assert_eq!(kept(&[1e-6, 1e-6, 0.16], &[]), Some((1e-6, 0.16)));
        assert_eq!(kept(&[3e290], &[640.0]), Some((3e290, 3e290)));
        assert_eq!(kept(&[f64::INFINITY], &[640.0]), None);
        let accuracy = measure(Spacing::Linear, true);
        let kept = without_wild(&accuracy, [9.0, 99.0].into_iter(), [50.0].into_iter());
        assert_eq!(kept, Some((9.0, 99.0)));
    }

    #[test]
    fn nothing_has_no_axis() {
        let nothing = || [f64::NAN, 0.0].into_iter();
        assert_eq!(extent(&Measure::perplexity(), nothing(), nothing(), nothing()), None);
    }
}
