//! Odd or even.

use rand_chacha::ChaCha8Rng;

use crate::draws::below;

/// Bits, and whether an odd number of them is 1.
pub(super) fn sequence(rng: &mut ChaCha8Rng, length: usize) -> (Vec<u32>, u32) {
    let bits: Vec<u32> = (0..length).map(|_| below(rng, 2) as u32).collect();
    let ones: u32 = bits.iter().sum();
    (bits, ones % 2)
}
