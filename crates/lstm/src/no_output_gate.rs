//! The LSTM without an output gate.

use cell::{Bias, Cell, Facts, Real, Remember};

/// LSTM that always shows its memory: o = 1.
///
/// # Equations
/// ```text
/// i = σ(W_i x + U_i h' + b_i)      f = σ(W_f x + U_f h' + b_f)
/// g = tanh(W_g x + U_g h' + b_g)   c = f ⊙ c' + i ⊙ g
/// h = tanh(c)
/// ```
///
/// # Shapes
/// x `[I]`; state h, c `[H]`; each W `[H, I]`, U `[H, H]`, b `[H]`.
///
/// # Parameters
/// 3H(I + H) + 3H.
///
/// # Conventions
/// Gate order i, f, g; no peepholes. The cell remembers with a positive bias on f.
///
/// # Source
/// Greff, Srivastava, Koutník, Steunebrink & Schmidhuber (2015), LSTM: a search space odyssey,
/// arXiv 1503.04069 (NOG). Their variants have peepholes; this one has none.
#[derive(Debug, Clone, Copy, Default)]
pub struct LstmNoOutputGate;

impl Cell for LstmNoOutputGate {
    const FACTS: Facts = Facts {
        name: "lstm_nog",
        title: "LSTM, no output gate",
        source: "Greff et al. 2015, arXiv 1503.04069 (NOG, without peepholes)",
        pre: &["i", "f", "g"],
        state: &["h", "c"],
        input: 0..3,
        recurrent: 0..3,
        remember: Some(Remember { bias: Bias::Block(1), positive: true }),
        write: Some(0),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([i, f, g]: [R; 3], [_, c]: [R; 2], []: [R; 0]) -> [R; 2] {
        let i = i.sigmoid().named("i");
        let f = f.sigmoid().named("f");
        let g = g.tanh().named("g");
        let c = (f * c + i * g).named("c");
        [c.tanh().named("h"), c]
    }
}
