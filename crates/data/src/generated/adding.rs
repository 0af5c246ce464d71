//! Two marked numbers.

use rand_chacha::ChaCha8Rng;

use crate::draws::{below, unit};

/// A number and a mark.
pub(super) const WIDTH: usize = 2;

/// `[length, 2]`, and the sum of the marked numbers.
pub(super) fn sequence(rng: &mut ChaCha8Rng, length: usize) -> (Vec<f32>, f32) {
    let half = length / 2;
    let first = below(rng, half as u64) as usize;
    let second = half + below(rng, (length - half) as u64) as usize;
    let mut values = Vec::with_capacity(WIDTH * length);
    let mut sum = 0.0;
    for step in 0..length {
        let number = unit(rng);
        let marked = step == first || step == second;
        if marked {
            sum += number;
        }
        values.extend([number, f32::from(u8::from(marked))]);
    }
    (values, sum)
}
