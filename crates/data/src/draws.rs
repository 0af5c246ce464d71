//! Random numbers that depend on a seed, a name and a number only, in integer arithmetic: the same
//! on every machine, whatever else was drawn before.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Stream `number` of the generator that `seed` and `name` make, from its beginning.
///
/// ChaCha (Bernstein 2008) enciphers a block counter under a key and a stream number. Seed and
/// name make the key, so two streams of one name never share a block.
pub(crate) fn stream(seed: u64, name: &str, number: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&fnv1a(name).to_le_bytes());
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(number);
    rng
}

/// A number below `bound`, which must not be 0. The bias of the remainder is at most `bound` /
/// 2^64, and none for a power of two.
pub(crate) fn below(rng: &mut ChaCha8Rng, bound: u64) -> u64 {
    rng.next_u64() % bound
}

/// A draw from U[0, 1) of 24 bits, which `f32` holds exactly.
pub(crate) fn unit(rng: &mut ChaCha8Rng) -> f32 {
    (rng.next_u32() >> 8) as f32 / (1_u32 << 24) as f32
}

/// Brings the items into a random order (Fisher and Yates).
pub(crate) fn shuffle<T>(rng: &mut ChaCha8Rng, items: &mut [T]) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(rng, last as u64 + 1) as usize);
    }
}

/// The numbers from 0 to `count` - 1 in a random order.
pub(crate) fn permutation(rng: &mut ChaCha8Rng, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    shuffle(rng, &mut order);
    order
}

/// The 64-bit FNV-1a hash.
fn fnv1a(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_seed_name_and_number() {
        let start = |seed, name, number| stream(seed, name, number).next_u64();
        assert_eq!(start(1, "a", 0), start(1, "a", 0));
        for other in [start(2, "a", 0), start(1, "b", 0), start(1, "a", 1)] {
            assert_ne!(other, start(1, "a", 0));
        }
    }

    #[test]
    fn every_order_comes_up_as_often() {
        let mut rng = stream(3, "orders", 0);
        let mut counts = std::collections::HashMap::new();
        for _ in 0..6_000 {
            *counts.entry(permutation(&mut rng, 3)).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 6);
        assert!(counts.values().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    #[test]
    fn draws_are_the_same_on_every_machine() {
        let mut rng = stream(7, "golden", 5);
        let found = (below(&mut rng, 1000), unit(&mut rng), permutation(&mut rng, 6));
        assert_eq!(found, (905, 0.514_599_86, vec![2, 1, 5, 4, 0, 3]));
    }
}
