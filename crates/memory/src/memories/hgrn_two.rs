use crate::kernel::{Erase, Keep, Terms};
use crate::{Facts, KeyTerms, Memory};
use cell::Real;

/// HGRN with a matrix for its state: what a number of the key does not keep is its weight for what is
/// written.
///
/// # Equations
/// ```text
/// f = σ(W_f x)        q = SiLU(W_q x)        v = W_v x
/// S = S' diag(f) + v (1 − f)ᵀ
/// h = S q / √K
/// ```
///
/// # Source
/// Qin et al. (2024), HGRN2: gated linear RNNs with state expansion, arXiv 2404.07904; with the lower bound 0
/// of the paper's first layer in every layer, h divided by √K, output norm and projection left to what stands
/// around it.
#[derive(Debug, Clone, Copy, Default)]
pub struct HgrnTwo;

impl Terms for HgrnTwo {
    const KEEP: Keep = Keep::Vector;
    const ERASE: Erase = Erase::Nothing;
}

impl Memory for HgrnTwo {
    const FACTS: Facts = Facts {
        name: "hgrn2",
        title: "HGRN2",
        source: "Qin et al. 2024, arXiv 2404.07904; lower bound 0 in every layer",
        keys: &["f", "q"],
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
    fn features<R: Real>([f, q]: [R; 2]) -> [R; 2] {
        [f.sigmoid(), q * q.sigmoid()]
    }

    #[inline(always)]
    fn terms<R: Real>([f, q]: [R; 2], _: [R; 2], []: [R; 0]) -> KeyTerms<R> {
        KeyTerms { keep: f, ..KeyTerms::new(R::constant(1.0) - f, q) }
    }

    #[inline(always)]
    fn value<R: Real>([v]: [R; 1], []: [R; 0]) -> R {
        v
    }
}
