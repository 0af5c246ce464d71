use crate::kernel::{Erase, Keep, Terms};
use crate::{Facts, KeyTerms, Memory};
use cell::Real;

/// Before a value is written, what the state has at its key is taken out. With `NEGATIVE`, β lies in
/// (0, 2) in place of (0, 1): the state's eigenvalues reach down to −1, so that parity can be tracked.
///
/// # Equations
/// ```text
/// k = SiLU(W_k x), q = SiLU(W_q x), both divided by their norm        v = SiLU(W_v x)
/// β = σ(W_β x)
/// S = S' − β (S' k) kᵀ + β v kᵀ
/// h = S q / √K
/// ```
///
/// # Source
/// Yang et al. (2024), Parallelizing linear transformers with the delta rule, arXiv 2406.06484; β to 2:
/// Grazzi et al. (2024), arXiv 2411.12537.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeltaNet<const NEGATIVE: bool = false>;

impl<const NEGATIVE: bool> Terms for DeltaNet<NEGATIVE> {
    const KEEP: Keep = Keep::All;
    const ERASE: Erase = Erase::AlongKey;
}

impl<const NEGATIVE: bool> Memory for DeltaNet<NEGATIVE> {
    const FACTS: Facts = Facts {
        name: if NEGATIVE { "delta_net_negative" } else { "delta_net" },
        title: if NEGATIVE { "DeltaNet [−1, 1]" } else { "DeltaNet" },
        source: "Yang et al. 2024, arXiv 2406.06484; β to 2: Grazzi et al. 2024, arXiv 2411.12537",
        keys: &["k", "q"],
        values: &["v"],
        heads: &["β"],
        normalised: 0..2,
        ..Facts::DEFAULT
    };

    type Keys<R: Real> = [R; 2];
    type Values<R: Real> = [R; 1];
    type Heads<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];
    type Gates<R: Real> = [R; 1];

    #[inline(always)]
    fn gates<R: Real>([beta]: [R; 1], []: [R; 0]) -> [R; 1] {
        let beta = beta.sigmoid();
        [(if NEGATIVE { beta * R::constant(2.0) } else { beta }).named("β")]
    }

    #[inline(always)]
    fn features<R: Real>([k, q]: [R; 2]) -> [R; 2] {
        [k * k.sigmoid(), q * q.sigmoid()]
    }

    #[inline(always)]
    fn terms<R: Real>([k, q]: [R; 2], _: [R; 2], [beta]: [R; 1]) -> KeyTerms<R> {
        KeyTerms { erase: -k, ..KeyTerms::new(beta * k, q) }
    }

    #[inline(always)]
    fn value<R: Real>([v]: [R; 1], [_]: [R; 1]) -> R {
        v * v.sigmoid()
    }
}
