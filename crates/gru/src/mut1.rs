//! The first cell of an architecture search.

use cell::{Bias, Cell, Facts, Real, Remember};

/// GRU whose update gate sees the input only and whose candidate receives tanh(x) itself.
///
/// # Equations
/// ```text
/// z = σ(W_z x + b_z)
/// r = σ(W_r x + U_r h' + b_r)
/// n = tanh(tanh(x) + V_n (r ⊙ h') + b_n)
/// h = (1 − z) ⊙ h' + z ⊙ n
/// ```
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, U and V `[H, H]`, b `[H]`.
///
/// # Parameters
/// 2HI + 2H² + 3H; where I ≠ H, HI more.
///
/// # Conventions
/// z **writes**: the cell remembers with a *negative* bias on z. The candidate receives x itself
/// where I = H, else a projection: tanh(W_x x).
///
/// # Source
/// Jozefowicz, Zaremba & Sutskever (2015), An empirical exploration of recurrent network
/// architectures, ICML.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mut1;

impl Cell for Mut1 {
    const FACTS: Facts = Facts {
        name: "mut1",
        title: "MUT1",
        source: "Jozefowicz et al. 2015, ICML",
        pre: &["x", "z", "r", "n"],
        input: 0..3,
        direct: 1,
        recurrent: 2..3,
        modulated: 3..4,
        unbiased: 1,
        remember: Some(Remember { bias: Bias::Block(1), positive: false }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 4];
    type Modulated<R: Real> = [R; 1];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn modulate<R: Real>([_, _, r, _]: [R; 4], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let r = r.sigmoid().named("r");
        [r * h]
    }

    #[inline(always)]
    fn step<R: Real>([x, z, _, n]: [R; 4], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let z = z.sigmoid().named("z");
        let n = (x.tanh() + n).tanh().named("n");
        [((R::constant(1.0) - z) * h + z * n).named("h")]
    }
}
