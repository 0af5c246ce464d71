use crate::kernel::{Erase, Keep, Terms};
use crate::{Facts, KeyTerms, Memory};
use cell::{Real, Start};

/// What the state has at a key is moved, number by number of the key as far as a gate says, and it fades by a
/// gate of its own for every number.
///
/// # Equations
/// ```text
/// w = exp(−σ(W_w x + b_w) / √e)        α = σ(W_α x + b_α)
/// k = W_k x, κ = k / ‖k‖, v = W_v x, r = W_r x
/// S = S' diag(w) − (S' κ) (κ ⊙ α)ᵀ + v (k ⊙ α)ᵀ
/// h = S r / √K
/// ```
///
/// # Source
/// Peng et al. (2025), RWKV-7 "Goose" with expressive dynamic state evolution, arXiv 2503.14456: the
/// recurrence alone, h divided by √K. Without token shift, group norm, gate, the bonus of the present step
/// and the first layer's values; projections of full rank; the learned weights of κ and of α in k are 1. b_w
/// starts spread from −6.5 to −1.5, where the authors' code bends the line.
#[derive(Debug, Clone, Copy, Default)]
pub struct RwkvSeven;

impl Terms for RwkvSeven {
    const KEEP: Keep = Keep::Vector;
    const ERASE: Erase = Erase::Along;
}

impl Memory for RwkvSeven {
    const FACTS: Facts = Facts {
        name: "rwkv7",
        title: "RWKV-7",
        source: "Peng et al. 2025, arXiv 2503.14456; the recurrence alone",
        keys: &["w", "α", "k", "r"],
        values: &["v"],
        biased: 0..2,
        bias_starts: &[Start::Even(-6.5, -1.5), Start::Constant(0.0)],
        normalised: 2..3,
        ..Facts::DEFAULT
    };

    type Keys<R: Real> = [R; 4];
    type Values<R: Real> = [R; 1];
    type Heads<R: Real> = [R; 0];
    type Unit<R: Real> = [R; 0];
    type Gates<R: Real> = [R; 0];

    #[inline(always)]
    fn gates<R: Real>([]: [R; 0], []: [R; 0]) -> [R; 0] {
        []
    }

    #[inline(always)]
    fn features<R: Real>([w, a, k, r]: [R; 4]) -> [R; 4] {
        // 1/√e.
        let w = (-(w.sigmoid() * R::constant(0.606_530_659_712_633_4))).exp().gate("w");
        [w, a.sigmoid(), k, r]
    }

    #[inline(always)]
    fn terms<R: Real>([w, a, k, r]: [R; 4], [_, _, raw, _]: [R; 4], []: [R; 0]) -> KeyTerms<R> {
        KeyTerms { keep: w, erase: -k, along: k * a, ..KeyTerms::new(raw * a, r) }
    }

    #[inline(always)]
    fn value<R: Real>([v]: [R; 1], []: [R; 0]) -> R {
        v
    }
}
