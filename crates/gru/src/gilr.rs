//! The gated impulse linear recurrence.

use cell::{Bias, Cell, Facts, Real, Remember};

/// Gated network without recurrent matrices: a running mean of candidates, weighed by a gate.
///
/// # Equations
/// ```text
/// g = σ(W_g x + b_g)
/// n = tanh(W_n x + b_n)
/// h = g ⊙ h' + (1 − g) ⊙ n
/// ```
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, b `[H]`.
///
/// # Parameters
/// 2HI + 2H.
///
/// # Conventions
/// g keeps: the cell remembers with a positive bias on g. The paper leaves the nonlinearity of the candidate
/// open; it is tanh here.
///
/// # Source
/// Martin & Cundy (2018), Parallelizing linear recurrent neural nets over sequence length, arXiv 1709.04057.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gilr;

impl Cell for Gilr {
    const FACTS: Facts = Facts {
        name: "gilr",
        title: "GILR",
        source: "Martin & Cundy 2018, arXiv 1709.04057 (candidate by tanh)",
        pre: &["g", "n"],
        input: 0..2,
        remember: Some(Remember { bias: Bias::Block(0), positive: true }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 2];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([g, n]: [R; 2], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let g = g.sigmoid().named("g");
        let n = n.tanh().named("n");
        [(g * h + (R::constant(1.0) - g) * n).named("h")]
    }
}
