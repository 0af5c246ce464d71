//! The promises of the batcher, on streams of every small shape.

use data::{DataError, LanguageBatches};
use proptest::prelude::*;
use task::{IGNORE, Inputs, Targets, Window};

/// Inputs and targets of a window.
fn both(window: &Window) -> (&[u32], &[u32]) {
    let (Inputs::Tokens(inputs), Targets::Tokens(targets)) = (&window.inputs, &window.targets)
    else {
        panic!("{window:?}")
    };
    (inputs, targets)
}

/// Stream `stream` of all windows, one after another: (input, target).
fn stream(batches: &LanguageBatches, stream: usize) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    for batch in batches.iter() {
        let (inputs, targets) = both(&batch);
        assert_eq!(inputs.len(), batch.steps * batch.batch);
        assert_eq!(targets.len(), inputs.len());
        for step in 0..batch.steps {
            let at = step * batch.batch + stream;
            pairs.push((inputs[at], targets[at]));
        }
    }
    pairs
}

proptest! {
    // Failures are not written to files: the cases are small enough to read.
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    // Tokens are their own positions, so every pair tells where it was taken from.
    #[test]
    fn training_sees_every_kept_token_once(n in 2usize..200, batch in 1usize..9, unroll in 1usize..12) {
        let tokens: Vec<u32> = (0..n as u32).collect();
        let length = (n - 1) / batch;
        prop_assume!(length > 0);
        let batches = LanguageBatches::training(&tokens, batch, unroll).unwrap();
        prop_assert_eq!(batches.targets(), length * batch);
        prop_assert_eq!(batches.len(), length.div_ceil(unroll));
        let mut next = 0;
        for b in 0..batch {
            // Within a stream every input follows the one before, across windows too.
            for (input, target) in stream(&batches, b) {
                prop_assert_eq!(input, next);
                prop_assert_eq!(target, input + 1);
                next += 1;
            }
        }
        prop_assert_eq!(next as usize, length * batch);
        for (i, window) in batches.iter().enumerate() {
            prop_assert_eq!(window.steps == unroll, (i + 1) * unroll <= length);
        }
    }

    #[test]
    fn evaluation_scores_every_token_but_the_first_once(n in 2usize..200, batch in 1usize..9, unroll in 1usize..12) {
        let tokens: Vec<u32> = (0..n as u32).collect();
        let batches = LanguageBatches::evaluation(&tokens, batch, unroll).unwrap();
        let mut targets = Vec::new();
        for b in 0..batch {
            let pairs = stream(&batches, b);
            let scored = pairs.iter().take_while(|pair| pair.1 != IGNORE).count();
            for &(input, target) in &pairs[..scored] {
                prop_assert_eq!(target, input + 1);
                targets.push(target);
            }
            // Padding only at the end of a stream, with an input that every vocabulary has.
            prop_assert!(pairs[scored..].iter().all(|&pair| pair == (0, IGNORE)));
        }
        prop_assert_eq!(batches.targets(), n - 1);
        prop_assert_eq!(targets, &tokens[1..]);
    }
}

#[test]
fn random_access_ends_at_the_end() {
    let tokens: Vec<u32> = (0..21).collect();
    let batches = LanguageBatches::training(&tokens, 2, 4).unwrap();
    assert_eq!(batches.len(), 3);
    let last = batches.get(2).unwrap();
    assert_eq!(last.steps, 2);
    assert_eq!(both(&last), (&[8, 18, 9, 19][..], &[9, 19, 10, 20][..]));
    assert_eq!(batches.get(3), None);
}

#[test]
fn impossible_cuts_are_refused() {
    let refused = |result: Result<LanguageBatches, DataError>| {
        assert!(matches!(result, Err(DataError::Batching { .. })));
    };
    refused(LanguageBatches::training(&[1, 2, 3], 0, 1));
    refused(LanguageBatches::training(&[1, 2, 3], 1, 0));
    refused(LanguageBatches::training(&[1, 2, 3], 3, 1));
    refused(LanguageBatches::training(&[], 1, 1));
    refused(LanguageBatches::evaluation(&[1], 1, 1));
    refused(LanguageBatches::evaluation(&[], 1, 1));
}
