//! The minimal gated unit.

use cell::{Backward, Bias, Cell, Facts, Real, Remember};

/// GRU whose one gate both resets and updates.
///
/// # Equations
/// ```text
/// f = σ(W_f x + U_f h' + b_f)
/// n = tanh(W_n x + V_n (f ⊙ h') + b_n)
/// h = (1 − f) ⊙ h' + f ⊙ n
/// ```
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, U and V `[H, H]`, b `[H]`.
///
/// # Parameters
/// 2H(I + H) + 2H.
///
/// # Conventions
/// The paper calls f a forget gate, yet it **writes**: it multiplies the candidate, so the cell
/// remembers with a *negative* bias on f.
///
/// # Source
/// Zhou, Wu, Zhang & Zhou (2016), Minimal gated unit for recurrent neural networks, arXiv
/// 1603.09420.
///
/// # Backward step
/// With s = f ⊙ h' and δh at h:
/// ```text
/// δa_n = δh ⊙ f ⊙ (1 − n²)         δs = V_nᵀ δa_n
/// δa_f = (δh ⊙ (n − h') + δs ⊙ h') ⊙ f ⊙ (1 − f)
/// δh'  = δh ⊙ (1 − f) + δs ⊙ f  (and through U_f)
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Mgu;

impl Cell for Mgu {
    const FACTS: Facts = Facts {
        name: "mgu",
        title: "MGU",
        source: "Zhou et al. 2016, arXiv 1603.09420",
        pre: &["f", "n"],
        input: 0..2,
        recurrent: 0..1,
        modulated: 1..2,
        remember: Some(Remember { bias: Bias::Block(0), positive: false }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 2];
    type Modulated<R: Real> = [R; 1];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn modulate<R: Real>([f, _]: [R; 2], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let f = f.sigmoid().named("f");
        [f * h]
    }

    #[inline(always)]
    fn step<R: Real>([f, n]: [R; 2], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let f = f.sigmoid().named("f");
        let n = n.tanh().named("n");
        [((R::constant(1.0) - f) * h + f * n).named("h")]
    }

    #[inline(always)]
    fn step_backward<R: Real>(
        [f, n]: [R; 2],
        [h]: [R; 1],
        _: [R; 0],
        _: [R; 1],
        [d_h]: [R; 1],
    ) -> Backward<Self, R> {
        let one = R::constant(1.0);
        let (f, n) = (f.sigmoid(), n.tanh());
        let d_f = d_h * (n - h) * f * (one - f);
        let d_n = d_h * f * (one - n * n);
        Backward { pre: [d_f, d_n], state: [d_h * (one - f)], unit: [] }
    }

    #[inline(always)]
    fn modulate_backward<R: Real>(
        [f, _]: [R; 2],
        [h]: [R; 1],
        _: [R; 0],
        [d_s]: [R; 1],
    ) -> Backward<Self, R> {
        let (zero, one) = (R::constant(0.0), R::constant(1.0));
        let f = f.sigmoid();
        Backward { pre: [d_s * h * f * (one - f), zero], state: [d_s * f], unit: [] }
    }
}
