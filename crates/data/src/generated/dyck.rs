//! Brackets.

use rand_chacha::ChaCha8Rng;
use task::IGNORE;

use crate::draws::below;

/// Brackets, and at each closing one the kind that it closes.
pub(super) fn sequence(
    rng: &mut ChaCha8Rng,
    length: usize,
    kinds: u32,
    depth: usize,
) -> (Vec<u32>, Vec<u32>) {
    let mut open = Vec::new();
    let mut input = Vec::with_capacity(length);
    let mut target = Vec::with_capacity(length);
    for step in 0..length {
        let must_close = open.len() == depth.min(length - step);
        let closes = !open.is_empty() && (must_close || below(rng, 2) == 0);
        match open.pop_if(|_| closes) {
            Some(kind) => {
                input.push(kinds);
                target.push(kind);
            }
            None => {
                let kind = below(rng, kinds.into()) as u32;
                open.push(kind);
                input.push(kind);
                target.push(IGNORE);
            }
        }
    }
    (input, target)
}

/// The steps that close a bracket (the token `kinds`), each with the steps since it was opened.
pub(super) fn lags(inputs: &[u32], kinds: u32) -> Vec<(usize, usize)> {
    let mut open = Vec::new();
    let mut lags = Vec::new();
    for (step, &bracket) in inputs.iter().enumerate() {
        if bracket < kinds {
            open.push(step);
        } else if let Some(opened) = open.pop() {
            lags.push((step, step - opened));
        }
    }
    lags
}

#[cfg(test)]
mod tests {
    #[test]
    fn lags_by_hand() {
        assert_eq!(super::lags(&[0, 1, 2, 2, 1, 2], 2), [(2, 1), (3, 3), (5, 1)]);
    }
}
