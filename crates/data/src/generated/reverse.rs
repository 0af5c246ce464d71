//! Strings, to be written backwards.

use rand_chacha::ChaCha8Rng;

use crate::draws::below;

/// A string, and the same backwards with the end token, which is the one after the letters.
pub(super) fn sequence(
    rng: &mut ChaCha8Rng,
    letters: u32,
    shortest: usize,
    longest: usize,
) -> (Vec<u32>, Vec<u32>) {
    let length = shortest + below(rng, (longest - shortest + 1) as u64) as usize;
    let string: Vec<u32> = (0..length).map(|_| below(rng, letters.into()) as u32).collect();
    let backwards = string.iter().rev().copied().chain([letters]).collect();
    (string, backwards)
}
