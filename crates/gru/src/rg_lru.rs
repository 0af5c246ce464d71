//! The real-gated linear recurrent unit.

use cell::{Bias, Cell, Facts, Real, Remember, Start};

/// Linear recurrence of Griffin: every unit fades at a learned rate, which a gate slows down, and what is
/// written is scaled so that the state's size stays.
///
/// # Equations
/// ```text
/// r = σ(W_r x + b_r)        i = σ(W_i x + b_i)
/// s = 8 r ⊙ softplus(Λ)
/// a = exp(−s)
/// h = a ⊙ h' + √(1 − a²) ⊙ i ⊙ x
/// ```
/// 1 − a² is computed as tanh(s) (1 + a²), which does not cancel where a is near 1.
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, b and Λ `[H]`.
///
/// # Parameters
/// 2HI + 3H; where I ≠ H, HI more.
///
/// # Conventions
/// The paper's W_a and b_a are W_r and b_r; a is its σ(Λ)^(8 r) with the sign of Λ of the authors' code,
/// where the cell remembers with a *negative* Λ. x itself is written where I = H, else a projection W_x x
/// without a bias. Λ starts so that exp(−2 softplus(Λ)) is uniform in [0.9², 0.999²]. W has one block, the
/// paper's several. What stands under the root is at least 10⁻¹² (the authors' code bounds the root's slope),
/// and the first step is as all others (in that code its factor is 1 in place of the root).
///
/// # Source
/// De et al. (2024), Griffin: mixing gated linear recurrences with local attention for efficient language
/// models, arXiv 2402.19427, equations 1 to 4.
#[derive(Debug, Clone, Copy, Default)]
pub struct RgLru;

/// Λ for a share exp(−2 softplus(Λ)) of what is kept: the inverse of softplus at −½ ln of it.
fn rate(share: f64) -> f64 {
    (-0.5 * share.ln()).exp_m1().ln()
}

impl Cell for RgLru {
    const FACTS: Facts = Facts {
        name: "rg_lru",
        title: "RG-LRU",
        source: "De et al. 2024, arXiv 2402.19427",
        pre: &["x", "r", "i"],
        unit: &["Λ"],
        starts: &[Start::Mapped { low: 0.81, high: 0.998_001, map: rate }],
        input: 0..3,
        direct: 1,
        unbiased: 1,
        remember: Some(Remember { bias: Bias::Unit(0), positive: false }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 1];

    #[inline(always)]
    fn step<R: Real>([x, r, i]: [R; 3], [h]: [R; 1], [rate]: [R; 1]) -> [R; 1] {
        let r = r.sigmoid().named("r");
        let i = i.sigmoid().named("i");
        let s = (R::constant(8.0) * r * rate.softplus()).named("s");
        let a = (-s).exp().gate("a");
        let rest = s.tanh() * (R::constant(1.0) + a * a);
        let scale = rest.max(R::constant(1e-12)).sqrt();
        [(a * h + scale * (i * x)).named("h")]
    }
}
