//! Losses and gradients against PyTorch's, made by `../golden/make_torch.py`.

use ctc::{Logits, loss_and_gradient, losses, steps_needed};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    steps: usize,
    batch: usize,
    types: usize,
    lengths: Vec<usize>,
    labels: Vec<Vec<u32>>,
    /// None where it is infinite.
    losses: Vec<Option<f64>>,
    /// Of a large one every seventeenth number.
    gradient: Vec<f32>,
}

/// As `logits` in make_torch.py.
fn drawn(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut draw = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 53) as f32 / 256.0 - 4.0
    };
    (0..count).map(|_| draw()).collect()
}

#[test]
fn losses_and_gradients_are_pytorchs() {
    let golden: Golden = serde_json::from_str(include_str!("../golden/torch.json")).unwrap();
    assert_eq!(golden.cases.len(), 5);
    let mut infinite = 0;
    for (number, case) in golden.cases.iter().enumerate() {
        let shape = [case.steps, case.batch, case.types];
        let values = drawn(shape.iter().product(), number as u64 + 1);
        let logits = Logits::new(&values, shape, case.types - 1).unwrap();
        let labels: Vec<&[u32]> = case.labels.iter().map(Vec::as_slice).collect();
        let mut gradient = vec![f32::NAN; values.len()];
        let found = loss_and_gradient(logits, &case.lengths, &labels, &mut gradient).unwrap();
        for (b, (found, expected)) in found.iter().zip(&case.losses).enumerate() {
            match expected {
                Some(expected) => {
                    let apart = (found - expected).abs() / expected.max(1.0);
                    assert!(apart < 2e-6, "case {number}, {b}: {found} {expected}");
                }
                None => {
                    infinite += 1;
                    assert_eq!(*found, f64::INFINITY, "case {number}, {b}");
                    assert!(case.lengths[b] < steps_needed(labels[b]));
                }
            }
        }
        assert_eq!(losses(logits, &case.lengths, &labels).unwrap(), found);
        let every = if values.len() < 1_000 { 1 } else { 17 };
        let some: Vec<f32> = gradient.iter().copied().step_by(every).collect();
        assert_eq!(some.len(), case.gradient.len());
        for (k, (found, expected)) in some.iter().zip(&case.gradient).enumerate() {
            assert!((found - expected).abs() < 1e-5, "case {number}, {k}: {found} {expected}");
        }
    }
    assert_eq!(infinite, 2);
}
