//! The LSTM without a forget gate.

use cell::{Cell, Facts, Real};

/// LSTM that never forgets: f = 1.
///
/// # Equations
/// ```text
/// i = σ(W_i x + U_i h' + b_i)      g = tanh(W_g x + U_g h' + b_g)
/// o = σ(W_o x + U_o h' + b_o)      c = c' + i ⊙ g
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
/// Gate order i, g, o; no peepholes. The memory is kept whatever the biases, so none remembers.
///
/// # Source
/// Hochreiter & Schmidhuber (1997), Neural Computation 9, in the form of Greff, Srivastava,
/// Koutník, Steunebrink & Schmidhuber (2015), arXiv 1503.04069 (NFG). Their variants have
/// peepholes; this one has none.
#[derive(Debug, Clone, Copy, Default)]
pub struct LstmNoForgetGate;

impl Cell for LstmNoForgetGate {
    const FACTS: Facts = Facts {
        name: "lstm_nfg",
        title: "LSTM, no forget gate",
        source: "Greff et al. 2015, arXiv 1503.04069 (NFG, without peepholes)",
        pre: &["i", "g", "o"],
        state: &["h", "c"],
        input: 0..3,
        recurrent: 0..3,
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
        let c = (c + i * g).named("c");
        [(o * c.tanh()).named("h"), c]
    }
}
