//! A subject, other words, a verb.

use rand_chacha::ChaCha8Rng;

use crate::draws::below;

/// The token that asks; the words are those below.
pub(super) const VERB: u32 = 10;

/// Words, and the number of the first.
pub(super) fn sequence(rng: &mut ChaCha8Rng, length: usize) -> (Vec<u32>, u32) {
    let subject = below(rng, 2) as u32;
    let between = (2..length).map(|_| below(rng, VERB.into()) as u32);
    let words = std::iter::once(subject).chain(between).chain([VERB]).collect();
    (words, subject)
}
