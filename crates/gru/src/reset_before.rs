//! The GRU with the reset gate before the recurrent product.

use cell::{Backward, Bias, Cell, Facts, Real, Remember};

/// Gated recurrent unit, reset before; z writes.
///
/// # Equations
/// ```text
/// r = σ(W_r [h', x] + b_r)
/// z = σ(W_z [h', x] + b_z)
/// h~ = tanh(W_h [r ⊙ h', x] + b_h)
/// h = (1 − z) ⊙ h' + z ⊙ h~
/// ```
/// `[h', x]` is concatenation: the columns of W_r for h' are U_r here, those for x are W_r; the
/// candidate h~ is called n, its recurrent part V_n.
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, U and V `[H, H]`, b `[H]`.
///
/// # Parameters
/// 3H(I + H) + 3H.
///
/// # Conventions
/// Reset **before** the recurrent product; z **writes**: it multiplies the candidate, so the cell
/// remembers with a *negative* bias on z.
///
/// # Source
/// Chung, Gulcehre, Cho & Bengio (2014), arXiv 1412.3555. Cho et al. (2014), arXiv 1406.1078 v3,
/// has the same reset with z keeping.
///
/// # Backward step
/// With s = r ⊙ h' and δh at h:
/// ```text
/// δa_n = δh ⊙ z ⊙ (1 − n²)         δa_z = δh ⊙ (n − h') ⊙ z ⊙ (1 − z)
/// δs   = V_nᵀ δa_n                 δa_r = δs ⊙ h' ⊙ r ⊙ (1 − r)
/// δh'  = δh ⊙ (1 − z) + δs ⊙ r  (and through U_r, U_z)
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct GruResetBefore;

impl Cell for GruResetBefore {
    const FACTS: Facts = Facts {
        name: "gru",
        title: "GRU",
        source: "Chung et al. 2014, arXiv 1412.3555",
        pre: &["r", "z", "n"],
        input: 0..3,
        recurrent: 0..2,
        modulated: 2..3,
        remember: Some(Remember { bias: Bias::Block(1), positive: false }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 1];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn modulate<R: Real>([r, _, _]: [R; 3], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let r = r.sigmoid().named("r");
        [r * h]
    }

    #[inline(always)]
    fn step<R: Real>(pre: [R; 3], state: [R; 1], unit: [R; 0]) -> [R; 1] {
        Self::step_keeping(pre, state, unit).0
    }

    #[inline(always)]
    fn step_keeping<R: Real>([r, z, n]: [R; 3], [h]: [R; 1], []: [R; 0]) -> ([R; 1], [R; 3]) {
        let z = z.sigmoid().named("z");
        let n = n.tanh().named("n");
        ([((R::constant(1.0) - z) * h + z * n).named("h")], [r, z, n])
    }

    #[inline(always)]
    fn step_backward<R: Real>(
        [_, z, n]: [R; 3],
        [h]: [R; 1],
        _: [R; 0],
        _: [R; 1],
        [d_h]: [R; 1],
    ) -> Backward<Self, R> {
        let (zero, one) = (R::constant(0.0), R::constant(1.0));
        let d_z = d_h * (n - h) * z * (one - z);
        let d_n = d_h * z * (one - n * n);
        Backward { pre: [zero, d_z, d_n], state: [d_h * (one - z)], unit: [] }
    }

    #[inline(always)]
    fn modulate_backward<R: Real>(
        [r, _, _]: [R; 3],
        [h]: [R; 1],
        _: [R; 0],
        [d_s]: [R; 1],
    ) -> Backward<Self, R> {
        let (zero, one) = (R::constant(0.0), R::constant(1.0));
        let r = r.sigmoid();
        Backward { pre: [d_s * h * r * (one - r), zero, zero], state: [d_s * r], unit: [] }
    }
}
