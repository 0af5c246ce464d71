//! The Li-GRU.

use cell::{Bias, Cell, Facts, Real, Remember};

/// GRU without a reset gate, with relu in place of tanh.
///
/// # Equations
/// ```text
/// z = σ(W_z x + U_z h' + b_z)
/// n = relu(W_n x + U_n h' + b_n)
/// h = z ⊙ h' + (1 − z) ⊙ n
/// ```
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, U `[H, H]`, b `[H]`.
///
/// # Parameters
/// 2H(I + H) + 2H.
///
/// # Conventions
/// z **keeps**: the cell remembers with a *positive* bias on z. The paper has batch normalisation
/// of W x, which keeps the relu candidate in bounds and would have 4H parameters; here there is
/// none, and a bias takes its place.
///
/// # Source
/// Ravanelli, Brakel, Omologo & Bengio (2018), Light gated recurrent units for speech recognition,
/// arXiv 1803.10225.
#[derive(Debug, Clone, Copy, Default)]
pub struct LiGru;

impl Cell for LiGru {
    const FACTS: Facts = Facts {
        name: "ligru",
        title: "Li-GRU",
        source: "Ravanelli et al. 2018, arXiv 1803.10225 (without batch normalisation)",
        pre: &["z", "n"],
        input: 0..2,
        recurrent: 0..2,
        remember: Some(Remember { bias: Bias::Block(0), positive: true }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 2];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([z, n]: [R; 2], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let z = z.sigmoid().named("z");
        let n = n.relu().named("n");
        [(z * h + (R::constant(1.0) - z) * n).named("h")]
    }
}
