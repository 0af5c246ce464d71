//! The long expressive memory.

use cell::{Bias, Cell, Facts, Real, Remember};

/// Two states that follow each other, each at learned time scales of its own: a multiscale differential
/// equation.
///
/// # Equations
/// ```text
/// s = σ(W_s x + U_s h' + b_s)        r = σ(W_r x + U_r h' + b_r)
/// z = (1 − r) ⊙ z' + r ⊙ tanh(W_z x + U_z h' + b_z)
/// h = (1 − s) ⊙ h' + s ⊙ tanh(W_n x + V_n z + b_n)
/// ```
/// The paper calls h y, s and r its Δt_n and Δt̄_n.
///
/// # Shapes
/// x `[I]`; state h, z `[H]`; each W `[H, I]`, U and V `[H, H]`, b `[H]`.
///
/// # Parameters
/// 4HI + 4H² + 4H.
///
/// # Conventions
/// h sees the **new** z. s and r **write**: z remembers with a *negative* bias on r. The step size that
/// multiplies both, tuned for each task in the paper, is 1: a smaller one is much the same as smaller biases.
///
/// # Source
/// Rusch, Mishra, Erichson & Mahoney (2021), Long expressive memory for sequence modeling, arXiv 2110.04744.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lem;

/// The new z.
#[inline(always)]
fn slow<R: Real>(r: R, n: R, z: R) -> R {
    let r = r.sigmoid().named("r");
    ((R::constant(1.0) - r) * z + r * n.tanh()).named("z")
}

impl Cell for Lem {
    const FACTS: Facts = Facts {
        name: "lem",
        title: "LEM",
        source: "Rusch et al. 2021, arXiv 2110.04744 (step size 1)",
        pre: &["s", "r", "z", "n"],
        state: &["h", "z"],
        input: 0..4,
        recurrent: 0..3,
        modulated: 3..4,
        remember: Some(Remember { bias: Bias::Block(1), positive: false }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 4];
    type Modulated<R: Real> = [R; 1];
    type State<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn modulate<R: Real>([_, r, n, _]: [R; 4], [_, z]: [R; 2], []: [R; 0]) -> [R; 1] {
        [slow(r, n, z)]
    }

    #[inline(always)]
    fn step<R: Real>([s, r, slow_n, n]: [R; 4], [h, z]: [R; 2], []: [R; 0]) -> [R; 2] {
        let s = s.sigmoid().named("s");
        let z = slow(r, slow_n, z);
        [((R::constant(1.0) - s) * h + s * n.tanh()).named("h"), z]
    }
}
