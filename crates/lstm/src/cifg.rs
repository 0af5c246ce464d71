//! The LSTM with coupled input and forget gates.

use cell::{Backward, Bias, Cell, Facts, Real, Remember};

/// LSTM that forgets exactly where it writes.
///
/// # Equations
/// ```text
/// i = σ(W_i x + U_i h' + b_i)      g = tanh(W_g x + U_g h' + b_g)
/// o = σ(W_o x + U_o h' + b_o)      c = (1 − i) ⊙ c' + i ⊙ g
/// h = o ⊙ tanh(c)
/// ```
///
/// # Shapes
/// x `[I]`; state h, c `[H]`; each W `[H, I]`, U `[H, H]`, b `[H]`.
///
/// # Parameters
/// 3H(I + H) + 3H.
///
/// # Conventions
/// The gate computed is i, with f = 1 − i: the cell remembers with a *negative* bias on i. Gate
/// order i, g, o; no peepholes.
///
/// # Source
/// Greff, Srivastava, Koutník, Steunebrink & Schmidhuber (2015), LSTM: a search space odyssey,
/// arXiv 1503.04069. Their variants have peepholes; this one has none.
///
/// # Backward step
/// With q = tanh(c), δh at h and δc at c from the next step:
/// ```text
/// δĉ   = δc + δh ⊙ o ⊙ (1 − q²)
/// δa_i = δĉ ⊙ (g − c') ⊙ i ⊙ (1 − i)   δa_g = δĉ ⊙ i ⊙ (1 − g²)
/// δa_o = δh ⊙ q ⊙ o ⊙ (1 − o)          δc'  = δĉ ⊙ (1 − i)
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct LstmCifg;

impl Cell for LstmCifg {
    const FACTS: Facts = Facts {
        name: "lstm_cifg",
        title: "LSTM, coupled gates",
        source: "Greff et al. 2015, arXiv 1503.04069 (CIFG, without peepholes)",
        pre: &["i", "g", "o"],
        state: &["h", "c"],
        input: 0..3,
        recurrent: 0..3,
        remember: Some(Remember { bias: Bias::Block(0), positive: false }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([i, g, o]: [R; 3], [_, c]: [R; 2], []: [R; 0]) -> [R; 2] {
        let i = i.sigmoid().named("i");
        let g = g.tanh().named("g");
        let o = o.sigmoid().named("o");
        let c = ((R::constant(1.0) - i) * c + i * g).named("c");
        [(o * c.tanh()).named("h"), c]
    }

    #[inline(always)]
    fn step_backward<R: Real>(
        [i, g, o]: [R; 3],
        [_, old_c]: [R; 2],
        _: [R; 0],
        [_, c]: [R; 2],
        [d_h, d_c]: [R; 2],
    ) -> Backward<Self, R> {
        let one = R::constant(1.0);
        let (i, g, o, q) = (i.sigmoid(), g.tanh(), o.sigmoid(), c.tanh());
        let d_c = d_c + d_h * o * (one - q * q);
        Backward {
            pre: [
                d_c * (g - old_c) * i * (one - i),
                d_c * i * (one - g * g),
                d_h * q * o * (one - o),
            ],
            state: [R::constant(0.0), d_c * (one - i)],
            unit: [],
        }
    }
}
