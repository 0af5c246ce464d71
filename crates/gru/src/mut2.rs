//! The second cell of an architecture search.

use cell::{Bias, Cell, Facts, Real, Remember};

/// GRU whose reset gate receives x itself.
///
/// # Equations
/// ```text
/// r = σ(x + U_r h' + b_r)
/// z = σ(W_z x + U_z h' + b_z)
/// n = tanh(W_n x + V_n (r ⊙ h') + b_n)
/// h = (1 − z) ⊙ h' + z ⊙ n
/// ```
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, U and V `[H, H]`, b `[H]`.
///
/// # Parameters
/// 2HI + 3H² + 3H; where I ≠ H, HI more.
///
/// # Conventions
/// z **writes**: the cell remembers with a *negative* bias on z. The reset gate receives x itself
/// where I = H, else a projection W_r x, and then this is the GRU (reset before) in all but name.
///
/// # Source
/// Jozefowicz, Zaremba & Sutskever (2015), An empirical exploration of recurrent network
/// architectures, ICML.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mut2;

impl Cell for Mut2 {
    const FACTS: Facts = Facts {
        name: "mut2",
        title: "MUT2",
        source: "Jozefowicz et al. 2015, ICML",
        pre: &["r", "z", "n"],
        input: 0..3,
        direct: 1,
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
    fn step<R: Real>([_, z, n]: [R; 3], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let z = z.sigmoid().named("z");
        let n = n.tanh().named("n");
        [((R::constant(1.0) - z) * h + z * n).named("h")]
    }
}
