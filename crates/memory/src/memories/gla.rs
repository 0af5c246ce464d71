use crate::kernel::{Erase, Keep, Terms};
use crate::{Facts, KeyTerms, Memory};
use cell::Real;

/// Linear attention whose state fades by a gate of its own for every number of a key.
///
/// # Equations
/// ```text
/// α = σ(W_g x + b_g)^(1/16)
/// S = S' diag(α) + v kᵀ
/// h = S q / √K
/// ```
///
/// # Source
/// Yang et al. (2023), Gated linear attention transformers, arXiv 2312.06635; the gate's projection is a
/// full matrix, not one of low rank.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gla;

impl Terms for Gla {
    const KEEP: Keep = Keep::Vector;
    const ERASE: Erase = Erase::Nothing;
}

impl Memory for Gla {
    const FACTS: Facts = Facts {
        name: "gla",
        title: "GLA",
        source: "Yang et al. 2023, arXiv 2312.06635; the gate's projection of full rank",
        keys: &["g", "k", "q"],
        values: &["v"],
        biased: 0..1,
        ..Facts::DEFAULT
    };

    type Keys<R: Real> = [R; 3];
    type Values<R: Real> = [R; 1];
    type Heads<R: Real> = [R; 0];
    type Unit<R: Real> = [R; 0];
    type Gates<R: Real> = [R; 0];

    #[inline(always)]
    fn gates<R: Real>([]: [R; 0], []: [R; 0]) -> [R; 0] {
        []
    }

    #[inline(always)]
    fn terms<R: Real>([g, k, q]: [R; 3], _: [R; 3], []: [R; 0]) -> KeyTerms<R> {
        let keep = ((-g).softplus() * R::constant(-1.0 / 16.0)).exp();
        KeyTerms { keep, ..KeyTerms::new(k, q) }
    }

    #[inline(always)]
    fn value<R: Real>([v]: [R; 1], []: [R; 0]) -> R {
        v
    }
}
