use crate::kernel::{Erase, Keep, Terms};
use crate::{Facts, KeyTerms, Memory};
use cell::Real;

/// The state adds up everything that was written.
///
/// # Equations
/// ```text
/// S = S' + v kᵀ
/// h = S q / √K
/// ```
///
/// # Source
/// Katharopoulos et al. (2020), Transformers are RNNs, arXiv 2006.16236; without feature map and
/// normaliser, as in later work.
#[derive(Debug, Clone, Copy, Default)]
pub struct LinearAttention;

impl Terms for LinearAttention {
    const KEEP: Keep = Keep::All;
    const ERASE: Erase = Erase::Nothing;
}

impl Memory for LinearAttention {
    const FACTS: Facts = Facts {
        name: "linear_attention",
        title: "linear attention",
        source: "Katharopoulos et al. 2020, arXiv 2006.16236; without feature map and normaliser",
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
}
