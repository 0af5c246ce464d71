//! The LSTM without an input gate.

use cell::{Bias, Cell, Facts, Real, Remember};

/// LSTM that always writes its candidate in full: i = 1.
///
/// # Equations
/// ```text
/// f = σ(W_f x + U_f h' + b_f)      g = tanh(W_g x + U_g h' + b_g)
/// o = σ(W_o x + U_o h' + b_o)      c = f ⊙ c' + g
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
/// Gate order f, g, o; no peepholes. The cell remembers with a positive bias on f.
///
/// # Source
/// Greff, Srivastava, Koutník, Steunebrink & Schmidhuber (2015), LSTM: a search space odyssey,
/// arXiv 1503.04069 (NIG). Their variants have peepholes; this one has none.
#[derive(Debug, Clone, Copy, Default)]
pub struct LstmNoInputGate;

impl Cell for LstmNoInputGate {
    const FACTS: Facts = Facts {
        name: "lstm_nig",
        title: "LSTM, no input gate",
        source: "Greff et al. 2015, arXiv 1503.04069 (NIG, without peepholes)",
        pre: &["f", "g", "o"],
        state: &["h", "c"],
        input: 0..3,
        recurrent: 0..3,
        remember: Some(Remember { bias: Bias::Block(0), positive: true }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([f, g, o]: [R; 3], [_, c]: [R; 2], []: [R; 0]) -> [R; 2] {
        let f = f.sigmoid().named("f");
        let g = g.tanh().named("g");
        let o = o.sigmoid().named("o");
        let c = (f * c + g).named("c");
        [(o * c.tanh()).named("h"), c]
    }
}
