//! The third cell of an architecture search.

use cell::{Bias, Cell, Facts, Real, Remember};

/// GRU whose update gate sees the old state through a tanh.
///
/// # Equations
/// ```text
/// r = σ(W_r x + U_r h' + b_r)
/// z = σ(W_z x + V_z tanh(h') + b_z)
/// n = tanh(W_n x + V_n (r ⊙ h') + b_n)
/// h = (1 − z) ⊙ h' + z ⊙ n
/// ```
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, U and V `[H, H]`, b `[H]`.
///
/// # Parameters
/// 3H(I + H) + 3H.
///
/// # Conventions
/// z **writes**: the cell remembers with a *negative* bias on z.
///
/// # Source
/// Jozefowicz, Zaremba & Sutskever (2015), An empirical exploration of recurrent network
/// architectures, ICML.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mut3;

impl Cell for Mut3 {
    const FACTS: Facts = Facts {
        name: "mut3",
        title: "MUT3",
        source: "Jozefowicz et al. 2015, ICML",
        pre: &["r", "z", "n"],
        input: 0..3,
        recurrent: 0..1,
        modulated: 1..3,
        remember: Some(Remember { bias: Bias::Block(1), positive: false }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 2];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn modulate<R: Real>([r, _, _]: [R; 3], [h]: [R; 1], []: [R; 0]) -> [R; 2] {
        let r = r.sigmoid().named("r");
        [h.tanh(), r * h]
    }

    #[inline(always)]
    fn step<R: Real>([_, z, n]: [R; 3], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let z = z.sigmoid().named("z");
        let n = n.tanh().named("n");
        [((R::constant(1.0) - z) * h + z * n).named("h")]
    }
}
