//! The multiplicative LSTM.

use cell::{Bias, Cell, Facts, Real, Remember};

/// LSTM that sees its old hidden state through a product with the input, another matrix for every input.
///
/// # Equations
/// ```text
/// m = (W_k x) ⊙ (U_m h')
/// i = σ(W_i x + V_i m + b_i)        f = σ(W_f x + V_f m + b_f)
/// g = tanh(W_g x + V_g m + b_g)     o = σ(W_o x + V_o m + b_o)
/// c = f ⊙ c' + i ⊙ g
/// h = o ⊙ tanh(c)
/// ```
///
/// # Shapes
/// x `[I]`; state h, c `[H]`; each W `[H, I]`, U and V `[H, H]`, b `[H]`.
///
/// # Parameters
/// 5HI + 5H² + 4H.
///
/// # Conventions
/// The paper's W_mx is W_k, its W_mh U_m; these have no bias, and m is as long as h. Gate order i, f, g, o.
/// The cell remembers with a positive bias on f.
///
/// # Source
/// Krause, Lu, Murray & Renals (2016), Multiplicative LSTM for sequence modelling, arXiv 1609.07959.
#[derive(Debug, Clone, Copy, Default)]
pub struct LstmMultiplicative;

impl Cell for LstmMultiplicative {
    const FACTS: Facts = Facts {
        name: "lstm_multiplicative",
        title: "LSTM, multiplicative",
        source: "Krause et al. 2016, arXiv 1609.07959",
        pre: &["m", "k", "i", "f", "g", "o"],
        state: &["h", "c"],
        input: 1..6,
        recurrent: 0..1,
        modulated: 2..6,
        unbiased: 2,
        remember: Some(Remember { bias: Bias::Block(3), positive: true }),
        write: Some(2),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 6];
    type Modulated<R: Real> = [R; 4];
    type State<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn modulate<R: Real>([m, k, ..]: [R; 6], [_, _]: [R; 2], []: [R; 0]) -> [R; 4] {
        let m = (k * m).named("m");
        [m, m, m, m]
    }

    #[inline(always)]
    fn step<R: Real>([_, _, i, f, g, o]: [R; 6], [_, c]: [R; 2], []: [R; 0]) -> [R; 2] {
        let i = i.sigmoid().named("i");
        let f = f.sigmoid().named("f");
        let g = g.tanh().named("g");
        let o = o.sigmoid().named("o");
        let c = (f * c + i * g).named("c");
        [(o * c.tanh()).named("h"), c]
    }
}
