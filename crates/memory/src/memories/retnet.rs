use crate::kernel::{Erase, Keep, Terms};
use crate::{Facts, KeyTerms, Memory};
use cell::Real;

/// Linear attention that forgets at a constant rate, another in every head.
///
/// # Equations
/// ```text
/// S = γ S' + v kᵀ        γ = 1 − 2^(−5 − n) for head n = 0, 1, ...
/// h = S q / √K
/// ```
///
/// # Source
/// Sun et al. (2023), Retentive network, arXiv 2307.08621; without the rotation of keys and queries.
#[derive(Debug, Clone, Copy, Default)]
pub struct RetNet;

impl Terms for RetNet {
    const KEEP: Keep = Keep::Head;
    const ERASE: Erase = Erase::Nothing;
}

impl Memory for RetNet {
    const FACTS: Facts = Facts {
        name: "retnet",
        title: "RetNet",
        source: "Sun et al. 2023, arXiv 2307.08621; without the rotation of keys and queries",
        keys: &["k", "q"],
        values: &["v"],
        ..Facts::DEFAULT
    };

    type Keys<R: Real> = [R; 2];
    type Values<R: Real> = [R; 1];
    type Heads<R: Real> = [R; 0];
    type Unit<R: Real> = [R; 0];
    type Gates<R: Real> = [R; 0];

    #[inline(always)]
    fn gates<R: Real>([]: [R; 0], []: [R; 0]) -> [R; 0] {
        []
    }

    #[inline(always)]
    fn terms<R: Real>([k, q]: [R; 2], _: [R; 2], []: [R; 0]) -> KeyTerms<R> {
        KeyTerms::new(k, q)
    }

    #[inline(always)]
    fn value<R: Real>([v]: [R; 1], []: [R; 0]) -> R {
        v
    }

    fn share(head: usize, _heads: usize) -> f64 {
        1.0 - (-5.0 - head as f64).exp2()
    }
}
