use crate::kernel::{Erase, Keep, Terms};
use crate::{Facts, KeyTerms, Memory};
use cell::{Real, Start};

/// DeltaNet whose state fades by one gate a head. With `NEGATIVE`, β lies in (0, 2) in place of (0, 1).
///
/// # Equations
/// ```text
/// k = SiLU(W_k x), q = SiLU(W_q x), both divided by their norm        v = SiLU(W_v x)
/// β = σ(W_β x)        α = exp(−exp(A) softplus(W_a x + b_a))
/// S = α (S' − β (S' k) kᵀ) + β v kᵀ
/// h = S q / √K
/// ```
///
/// # Source
/// Yang et al. (2024), Gated delta networks, arXiv 2412.06464.
#[derive(Debug, Clone, Copy, Default)]
pub struct GatedDeltaNet<const NEGATIVE: bool = false>;

impl<const NEGATIVE: bool> Terms for GatedDeltaNet<NEGATIVE> {
    const KEEP: Keep = Keep::Number;
    const ERASE: Erase = Erase::AlongKey;
}

impl<const NEGATIVE: bool> Memory for GatedDeltaNet<NEGATIVE> {
    const FACTS: Facts = Facts {
        name: if NEGATIVE { "gated_delta_net_negative" } else { "gated_delta_net" },
        title: if NEGATIVE { "Gated DeltaNet [−1, 1]" } else { "Gated DeltaNet" },
        source: "Yang et al. 2024, arXiv 2412.06464",
        keys: &["k", "q"],
        values: &["v"],
        heads: &["β", "a"],
        unit: &["A"],
        // ln 1 to ln 16: the paper draws exp(A) from U(0, 16).
        starts: &[Start::Uniform(0.0, 2.772_588_722_239_781)],
        biased: 4..5,
        // ln 0.001 to ln 0.1, so that softplus(b_a) starts log-uniform between these.
        bias_starts: &[Start::Uniform(-6.907_755, -2.252_168)],
        normalised: 0..2,
        ..Facts::DEFAULT
    };

    type Keys<R: Real> = [R; 2];
    type Values<R: Real> = [R; 1];
    type Heads<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 1];
    type Gates<R: Real> = [R; 2];

    #[inline(always)]
    fn gates<R: Real>([beta, a]: [R; 2], [rate]: [R; 1]) -> [R; 2] {
        let beta = beta.sigmoid();
        let beta = (if NEGATIVE { beta * R::constant(2.0) } else { beta }).named("β");
        let alpha = (-(rate.exp() * a.softplus())).exp().gate("w");
        [alpha, beta]
    }

    #[inline(always)]
    fn features<R: Real>([k, q]: [R; 2]) -> [R; 2] {
        [k * k.sigmoid(), q * q.sigmoid()]
    }

    #[inline(always)]
    fn terms<R: Real>([k, q]: [R; 2], _: [R; 2], [alpha, beta]: [R; 2]) -> KeyTerms<R> {
        KeyTerms { erase: -(alpha * k), ..KeyTerms::new(beta * k, q) }
    }

    #[inline(always)]
    fn value<R: Real>([v]: [R; 1], [_, _]: [R; 2]) -> R {
        v * v.sigmoid()
    }
}
