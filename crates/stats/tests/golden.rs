//! Statistics as numpy and scipy compute them (`golden/make_statistics.py`), and what they mean.

use serde::Deserialize;
use stats::{
    Bootstrap, bootstrap_interval, holm, interquartile_mean, median, performance_profile,
    probability_of_improvement, sign_flip_p,
};

#[derive(Deserialize)]
struct Golden {
    bootstrap_mean: Vec<Resampled>,
    bootstrap_median: Vec<Resampled>,
    sign_flip: Vec<Flipped>,
    interquartile_mean: Vec<Middle>,
    improvement: Improvement,
    profile: Profile,
    holm: Adjusted,
}

#[derive(Deserialize)]
struct Resampled {
    values: Vec<f64>,
    level: f64,
    estimate: f64,
    percentile: [f64; 2],
    bca: [f64; 2],
}

#[derive(Deserialize)]
struct Flipped {
    a: Vec<f64>,
    b: Vec<f64>,
    p: f64,
}

#[derive(Deserialize)]
struct Middle {
    values: Vec<f64>,
    mean: f64,
}

#[derive(Deserialize)]
struct Improvement {
    tasks: Vec<[Vec<f64>; 2]>,
    probability: f64,
}

#[derive(Deserialize)]
struct Profile {
    tasks: Vec<Vec<f64>>,
    thresholds: Vec<f64>,
    shares: Vec<f64>,
}

#[derive(Deserialize)]
struct Adjusted {
    p: Vec<f64>,
    adjusted: Vec<f64>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/statistics.json")).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn middle(values: &[f64]) -> f64 {
    median(values).unwrap()
}

#[test]
fn bootstrap_intervals() {
    let golden = golden();
    let means = golden.bootstrap_mean.iter().map(|case| (case, mean as fn(&[f64]) -> f64));
    let medians = golden.bootstrap_median.iter().map(|case| (case, middle as _));
    for (case, statistic) in means.chain(medians) {
        for (method, [low, high]) in
            [(Bootstrap::Percentile, case.percentile), (Bootstrap::Bca, case.bca)]
        {
            let interval =
                bootstrap_interval(&case.values, statistic, method, case.level, 0).unwrap();
            close(interval.estimate, case.estimate);
            close(interval.low().unwrap(), low);
            close(interval.high().unwrap(), high);
        }
    }
}

/// Of normal values the bootstrap of the mean is near Student's interval, for any seed.
#[test]
fn drawn_resamples_are_near_students_interval() {
    let values: Vec<f64> = (0..60).map(|k| f64::from(k * 37 % 60)).collect();
    let student = stats::mean_interval(&values, 0.95).unwrap();
    for seed in 0..3 {
        for method in [Bootstrap::Percentile, Bootstrap::Bca] {
            let drawn = bootstrap_interval(&values, mean, method, 0.95, seed).unwrap();
            assert!((drawn.low().unwrap() - student.low().unwrap()).abs() < 0.5, "{drawn:?}");
            assert!((drawn.high().unwrap() - student.high().unwrap()).abs() < 0.5, "{drawn:?}");
        }
    }
}

#[test]
fn sign_flip_tests() {
    for case in golden().sign_flip {
        close(sign_flip_p(&case.a, &case.b, 0).unwrap(), case.p);
    }
}

/// 24 pairs are too many for all choices of signs: draws come near what 2²⁴ would give.
#[test]
fn many_pairs_are_drawn() {
    let zeros = [0.0; 24];
    let same: Vec<f64> = (0..24).map(|k| if k % 2 == 0 { 1.0 } else { -1.0 }).collect();
    assert_eq!(sign_flip_p(&same, &zeros, 1), Some(1.0));
    let ahead = [1.0; 24];
    assert!(sign_flip_p(&ahead, &zeros, 1).unwrap() < 1e-4);
    // 17 of 24 one way: a binomial test gives 0.0639.
    let most: Vec<f64> = (0..24).map(|k| if k < 17 { 1.0 } else { -1.0 }).collect();
    let p = sign_flip_p(&most, &zeros, 1).unwrap();
    assert!((p - 0.0639).abs() < 0.004, "{p}");
}

#[test]
fn interquartile_means() {
    for case in golden().interquartile_mean {
        close(interquartile_mean(&case.values).unwrap(), case.mean);
    }
}

#[test]
fn several_tasks_together() {
    let golden = golden();
    let tasks: Vec<(&[f64], &[f64])> =
        golden.improvement.tasks.iter().map(|[a, b]| (a.as_slice(), b.as_slice())).collect();
    close(probability_of_improvement(&tasks).unwrap(), golden.improvement.probability);
    let swapped: Vec<_> = tasks.iter().map(|(a, b)| (*b, *a)).collect();
    close(probability_of_improvement(&swapped).unwrap(), 1.0 - golden.improvement.probability);

    let tasks: Vec<&[f64]> = golden.profile.tasks.iter().map(Vec::as_slice).collect();
    let shares = performance_profile(&tasks, &golden.profile.thresholds).unwrap();
    shares.iter().zip(&golden.profile.shares).for_each(|(a, b)| close(*a, *b));
    assert_eq!(shares.len(), golden.profile.shares.len());
}

#[test]
fn holms_correction() {
    let case = golden().holm;
    let adjusted = holm(&case.p).unwrap();
    adjusted.iter().zip(&case.adjusted).for_each(|(a, b)| close(*a, *b));
    assert_eq!(adjusted.len(), case.adjusted.len());
}

#[test]
fn what_cannot_be_answered_is_none() {
    let percentile = Bootstrap::Percentile;
    assert_eq!(bootstrap_interval(&[], mean, percentile, 0.95, 0), None);
    assert_eq!(bootstrap_interval(&[1.0, f64::NAN], mean, percentile, 0.95, 0), None);
    assert_eq!(bootstrap_interval(&[1.0, 2.0], mean, percentile, 95.0, 0), None);
    assert_eq!(bootstrap_interval(&[1.0], mean, percentile, 0.95, 0).unwrap().bounds, None);
    assert_eq!(bootstrap_interval(&[2.0; 4], mean, Bootstrap::Bca, 0.95, 0).unwrap().bounds, None);
    assert_eq!(sign_flip_p(&[1.0], &[1.0, 2.0], 0), None);
    assert_eq!(sign_flip_p(&[], &[], 0), None);
    assert_eq!(interquartile_mean(&[]), None);
    assert_eq!(probability_of_improvement(&[(&[1.0], &[])]), None);
    assert_eq!(performance_profile(&[], &[1.0]), None);
    assert_eq!(holm(&[0.5, 1.5]), None);
}
