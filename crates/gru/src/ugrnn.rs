//! The update-gate RNN.

use cell::{Bias, Cell, Facts, Real, Remember};

/// RNN with one gate between keeping and writing.
///
/// # Equations
/// ```text
/// n = tanh(W_n x + U_n h' + b_n)
/// g = σ(W_g x + U_g h' + b_g)
/// h = g ⊙ h' + (1 − g) ⊙ n
/// ```
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, U `[H, H]`, b `[H]`.
///
/// # Parameters
/// 2H(I + H) + 2H.
///
/// # Conventions
/// g **keeps**: it multiplies the old state, so the cell remembers with a *positive* bias on g.
/// The paper's fixed offset on g is left to that bias.
///
/// # Source
/// Collins, Sohl-Dickstein & Sussillo (2017), Capacity and trainability in recurrent neural
/// networks, arXiv 1611.09913, eq. 2-4.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ugrnn;

impl Cell for Ugrnn {
    const FACTS: Facts = Facts {
        name: "ugrnn",
        title: "UGRNN",
        source: "Collins et al. 2017, arXiv 1611.09913",
        pre: &["n", "g"],
        input: 0..2,
        recurrent: 0..2,
        remember: Some(Remember { bias: Bias::Block(1), positive: true }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 2];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([n, g]: [R; 2], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let n = n.tanh().named("n");
        let g = g.sigmoid().named("g");
        [(g * h + (R::constant(1.0) - g) * n).named("h")]
    }
}
