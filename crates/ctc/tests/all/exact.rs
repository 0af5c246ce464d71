//! Losses and gradients against what the definition says: all paths, and finite differences.

use compute::Threads;
use ctc::{CtcError, Logits, loss_and_gradient, losses};
use proptest::prelude::*;

/// The labels of a path.
fn collapsed(path: &[usize], blank: usize) -> Vec<u32> {
    let mut before = blank;
    let mut labels = Vec::new();
    for &at in path {
        if at != before && at != blank {
            labels.push(at as u32);
        }
        before = at;
    }
    labels
}

/// -ln of the sum over every path that gives the labels.
fn by_all_paths(values: &[f32], types: usize, labels: &[u32], blank: usize) -> f64 {
    let steps = values.len() / types;
    let log = |t: usize, k: usize| {
        let row = &values[t * types..(t + 1) * types];
        let sum: f64 = row.iter().map(|&x| f64::from(x).exp()).sum();
        f64::from(row[k]) - sum.ln()
    };
    let mut chance = 0.0;
    for number in 0..types.pow(steps as u32) {
        let path: Vec<usize> = (0..steps).map(|t| number / types.pow(t as u32) % types).collect();
        if collapsed(&path, blank) == labels {
            chance += path.iter().enumerate().map(|(t, &k)| log(t, k)).sum::<f64>().exp();
        }
    }
    -chance.ln()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_loss_is_that_of_all_paths(
        values in prop::collection::vec(-3.0..3.0f32, 15),
        labels in prop::collection::vec(0..2u32, 0..5),
        blank in prop_oneof![Just(2_usize), Just(0)],
    ) {
        let labels: Vec<u32> = labels.iter().map(|l| if blank == 0 { l + 1 } else { *l }).collect();
        let logits = Logits::new(&values, [5, 1, 3], blank).unwrap();
        let found = losses(logits, &[5], &[&labels]).unwrap()[0];
        let expected = by_all_paths(&values, 3, &labels, blank);
        prop_assert!(found == expected || (found - expected).abs() < 1e-5 * expected.max(1.0), "{found} {expected}");
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences(
        values in prop::collection::vec(-2.0..2.0f32, 48),
        labels in prop::collection::vec(0..3u32, 0..5),
        length in 4usize..7,
    ) {
        let shape = [6, 2, 4];
        let of = |values: &[f32]| -> f64 {
            let logits = Logits::new(values, shape, 3).unwrap();
            losses(logits, &[length, 6], &[&labels, &[0, 1]]).unwrap().iter().filter(|l| l.is_finite()).sum()
        };
        let mut gradient = vec![0.0; 48];
        let logits = Logits::new(&values, shape, 3).unwrap();
        loss_and_gradient(logits, &[length, 6], &[&labels, &[0, 1]], &mut gradient).unwrap();
        for k in 0..48 {
            let moved = |by: f32| {
                let mut moved = values.clone();
                moved[k] += by;
                of(&moved)
            };
            let slope = (moved(0.02) - moved(-0.02)) / 0.04;
            prop_assert!((slope - f64::from(gradient[k])).abs() < 3e-4, "{k}: {slope} {}", gradient[k]);
        }
    }
}

fn drawn(count: usize) -> Vec<f32> {
    (0..count).map(|k| (k * 7919 % 1013) as f32 / 200.0 - 2.5).collect()
}

#[test]
fn a_sequence_has_the_same_loss_alone_in_a_batch_and_on_threads() {
    let [steps, batch, types] = [30, 5, 9];
    let values = drawn(steps * batch * types);
    let labels: Vec<Vec<u32>> =
        (0..5).map(|b| (0..b * 3).map(|k| (k * b % 8) as u32).collect()).collect();
    let labels: Vec<&[u32]> = labels.iter().map(Vec::as_slice).collect();
    let lengths = [30, 22, 30, 17, 29];
    let logits = Logits::new(&values, [steps, batch, types], 8).unwrap();
    let mut together = vec![f32::NAN; values.len()];
    let losses = loss_and_gradient(logits, &lengths, &labels, &mut together).unwrap();
    for threads in [2, 3, 8] {
        let mut by_several = vec![f32::NAN; values.len()];
        let threads = Threads::new(threads.try_into().unwrap()).unwrap();
        let found = threads.with(|| loss_and_gradient(logits, &lengths, &labels, &mut by_several));
        assert_eq!((found.unwrap(), &by_several), (losses.clone(), &together));
    }
    for b in 0..batch {
        let row = |values: &[f32], t: usize| values[(t * batch + b) * types..][..types].to_vec();
        let alone: Vec<f32> = (0..lengths[b]).flat_map(|t| row(&values, t)).collect();
        let logits = Logits::new(&alone, [lengths[b], 1, types], 8).unwrap();
        let mut gradient = vec![0.0; alone.len()];
        let found =
            loss_and_gradient(logits, &lengths[b..=b], &labels[b..=b], &mut gradient).unwrap();
        assert_eq!(found[0], losses[b]);
        for t in 0..steps {
            let expected =
                gradient.get(t * types..(t + 1) * types).map_or(vec![0.0; types], <[f32]>::to_vec);
            assert_eq!(row(&together, t), expected, "{b}, {t}");
        }
    }
}

/// Logits so far apart, over so many steps, that chances underflow any float.
#[test]
fn unlikely_labels_have_an_exact_loss() {
    let steps = 400;
    let values: Vec<f32> = (0..steps).flat_map(|_| [0.0, 40.0]).collect();
    let logits = Logits::new(&values, [steps, 1, 2], 1).unwrap();
    let alternating = vec![0; 200];
    let mut gradient = vec![0.0; values.len()];
    let loss = loss_and_gradient(logits, &[steps], &[&alternating], &mut gradient).unwrap()[0];
    // 200 labels with at least a blank between: 200 steps of 399 or 400 at the label, 40 nats each.
    assert!((loss - 8_000.0).abs() < 10.0, "{loss}");
    assert!(gradient.iter().all(|x| x.is_finite()));
    let pulled: f32 = gradient.iter().step_by(2).sum();
    assert!((pulled + 200.0).abs() < 0.1, "{pulled}");
}

#[test]
fn no_steps_and_no_labels_are_certain() {
    let values = drawn(6);
    let logits = Logits::new(&values, [2, 1, 3], 2).unwrap();
    let mut gradient = [9.0; 6];
    assert_eq!(loss_and_gradient(logits, &[0], &[&[]], &mut gradient).unwrap(), [0.0]);
    assert_eq!(gradient, [0.0; 6]);
    assert_eq!(loss_and_gradient(logits, &[0], &[&[1]], &mut gradient).unwrap(), [f64::INFINITY]);
    let none = Logits::new(&[], [2, 0, 3], 2).unwrap();
    assert!(losses(none, &[], &[]).unwrap().is_empty());
}

#[test]
fn a_logit_that_is_no_number_is_seen() {
    let mut values = drawn(12);
    values[4] = f32::NAN;
    let logits = Logits::new(&values, [4, 1, 3], 2).unwrap();
    assert!(losses(logits, &[4], &[&[0]]).unwrap()[0].is_nan());
}

#[test]
fn what_does_not_fit_is_an_error() {
    let values = drawn(12);
    assert_eq!(
        Logits::new(&values, [5, 1, 3], 2).unwrap_err(),
        CtcError::Shape("there are not T × B × V logits")
    );
    let logits = Logits::new(&values, [4, 1, 3], 2).unwrap();
    for (lengths, labels, expected) in [
        (&[5][..], &[&[0_u32][..]][..], "sequence 0 (counted from 0) has 5 steps, of 4 there are"),
        (&[4], &[&[2]], "the label 2, which is the blank or none of the 3 outputs"),
        (&[4], &[&[7]], "the label 7"),
        (&[4, 4], &[&[0]], "not a length and a row"),
    ] {
        let error = losses(logits, lengths, labels).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
