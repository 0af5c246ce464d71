//! The simple recurrent unit.

use cell::{Bias, Cell, Facts, Real, Remember};

/// Gated network without recurrent matrices, whose output is a highway past the memory.
///
/// # Equations
/// ```text
/// n = W_n x
/// f = σ(W_f x + b_f + v_f ⊙ c')
/// r = σ(W_r x + b_r + v_r ⊙ c')
/// c = f ⊙ c' + (1 − f) ⊙ n
/// h = r ⊙ c + (1 − r) ⊙ x
/// ```
/// n is the x~ of the paper.
///
/// # Shapes
/// x `[I]`; state h, c `[H]`; each W `[H, I]`, b and v `[H]`.
///
/// # Parameters
/// 3HI + 4H; where I ≠ H, HI more.
///
/// # Conventions
/// The highway carries x itself where I = H, else a projection W_x x without a bias. Both gates
/// see the **old** memory. The cell remembers with a positive bias on f. The constant factor on
/// the highway, a matter of the start in the paper, is left out, as is the g(c) of its first
/// version.
///
/// # Source
/// Lei, Zhang, Wang, Dai & Artzi (2017), Simple recurrent units for highly parallelizable
/// recurrence, arXiv 1709.02755.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sru;

impl Cell for Sru {
    const FACTS: Facts = Facts {
        name: "sru",
        title: "SRU",
        source: "Lei et al. 2017, arXiv 1709.02755",
        pre: &["x", "n", "f", "r"],
        state: &["h", "c"],
        unit: &["v_f", "v_r"],
        input: 0..4,
        direct: 1,
        unbiased: 2,
        remember: Some(Remember { bias: Bias::Block(2), positive: true }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 4];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 2];

    #[inline(always)]
    fn step<R: Real>([x, n, f, r]: [R; 4], [_, c]: [R; 2], [v_f, v_r]: [R; 2]) -> [R; 2] {
        let one = R::constant(1.0);
        let n = n.named("n");
        let f = (f + v_f * c).sigmoid().named("f");
        let r = (r + v_r * c).sigmoid().named("r");
        let c = (f * c + (one - f) * n).named("c");
        [(r * c + (one - r) * x).named("h"), c]
    }
}
