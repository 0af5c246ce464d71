use crate::kernel::{Erase, Keep, Terms};
use crate::{Facts, KeyTerms, Memory};
use cell::Real;

/// Linear attention as it was first published: keys and queries are made positive, and what is read is a
/// weighted mean of all that was written.
///
/// # Equations
/// ```text
/// k = φ(W_k x), q = φ(W_q x)        φ(a) = a + 1 for a > 0, exp(a) for a ≤ 0
/// S = S' + v kᵀ        n = n' + k
/// h = S q / (nᵀ q + ε)
/// ```
/// φ, elu + 1, is computed as max(a, 0) + exp(min(a, 0)). ε is 10⁻⁶, beside n and q divided by √K.
///
/// # Source
/// Katharopoulos et al. (2020), Transformers are RNNs, arXiv 2006.16236, equations 16 to 20.
#[derive(Debug, Clone, Copy, Default)]
pub struct LinearAttentionNormalised;

impl Terms for LinearAttentionNormalised {
    const KEEP: Keep = Keep::All;
    const ERASE: Erase = Erase::Nothing;
}

/// elu + 1.
#[inline(always)]
fn positive<R: Real>(a: R) -> R {
    a.relu() + (-(-a).relu()).exp()
}

impl Memory for LinearAttentionNormalised {
    const FACTS: Facts = Facts {
        name: "linear_attention_normalised",
        title: "linear attention, normalised",
        source: "Katharopoulos et al. 2020, arXiv 2006.16236",
        keys: &["k", "q"],
        values: &["v"],
        normaliser: true,
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
    fn features<R: Real>([k, q]: [R; 2]) -> [R; 2] {
        [positive(k), positive(q)]
    }

    #[inline(always)]
    fn terms<R: Real>([k, q]: [R; 2], _: [R; 2], []: [R; 0]) -> KeyTerms<R> {
        KeyTerms::new(k, q)
    }

    #[inline(always)]
    fn value<R: Real>([v]: [R; 1], []: [R; 0]) -> R {
        v
    }

    #[inline(always)]
    fn output<R: Real>(read: R, normaliser: R, _: [R; 1], []: [R; 0]) -> R {
        read / (normaliser + R::constant(1e-6))
    }
}
