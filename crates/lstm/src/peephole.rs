//! The LSTM with peepholes.

use cell::{Bias, Cell, Facts, Real, Remember};

/// LSTM whose gates also see the memory cell, through one weight per unit.
///
/// # Equations
/// ```text
/// i = σ(W_i x + U_i h' + b_i + p_i ⊙ c')   f = σ(W_f x + U_f h' + b_f + p_f ⊙ c')
/// g = tanh(W_g x + U_g h' + b_g)           c = f ⊙ c' + i ⊙ g
/// o = σ(W_o x + U_o h' + b_o + p_o ⊙ c)    h = o ⊙ tanh(c)
/// ```
///
/// # Shapes
/// x `[I]`; state h, c `[H]`; each W `[H, I]`, U `[H, H]`, b and p `[H]`.
///
/// # Parameters
/// 4H(I + H) + 7H.
///
/// # Conventions
/// The output gate sees the **new** memory c, the other two the old one. Gate order i, f, g, o.
///
/// # Source
/// Gers & Schmidhuber (2000), Recurrent nets that time and count.
#[derive(Debug, Clone, Copy, Default)]
pub struct LstmPeephole;

impl Cell for LstmPeephole {
    const FACTS: Facts = Facts {
        name: "lstm_peephole",
        title: "LSTM, peepholes",
        source: "Gers & Schmidhuber 2000",
        pre: &["i", "f", "g", "o"],
        state: &["h", "c"],
        unit: &["p_i", "p_f", "p_o"],
        input: 0..4,
        recurrent: 0..4,
        remember: Some(Remember { bias: Bias::Block(1), positive: true }),
        write: Some(0),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 4];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 3];

    #[inline(always)]
    fn step<R: Real>([i, f, g, o]: [R; 4], [_, c]: [R; 2], [p_i, p_f, p_o]: [R; 3]) -> [R; 2] {
        let i = (i + p_i * c).sigmoid().named("i");
        let f = (f + p_f * c).sigmoid().named("f");
        let g = g.tanh().named("g");
        let c = (f * c + i * g).named("c");
        let o = (o + p_o * c).sigmoid().named("o");
        [(o * c.tanh()).named("h"), c]
    }
}
