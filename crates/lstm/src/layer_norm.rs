//! The LSTM with layer normalisation.

use cell::{Bias, Cell, Facts, Real, Remember, Start};

/// LSTM whose matrix products and memory are normalised over the hidden units.
///
/// # Equations
/// ```text
/// v_k = γx_k ⊙ LN(W x)_k + γh_k ⊙ LN(U h')_k + b_k     for k in i, f, g, o
/// i = σ(v_i)   f = σ(v_f)   g = tanh(v_g)   o = σ(v_o)
/// c = f ⊙ c' + i ⊙ g
/// h = o ⊙ tanh(γ ⊙ LN(c) + β)
/// ```
/// LN(v) = (v − mean) / √(variance + ε)
///
/// # Shapes
/// x `[I]`; state h, c `[H]`; each W `[H, I]`, U `[H, H]`; each b, γx, γh and γ, β `[H]`.
///
/// # Parameters
/// 4H(I + H) + 14H.
///
/// # Conventions
/// LN of a product is over all 4H of its numbers together, not gate by gate; it has gains and no
/// offsets, which b would make redundant. Variance is that of the population, ε = 1e-5. Gains and
/// γ start at 1. The memory carried to the next step is c, not LN(c). Gate order i, f, g, o.
///
/// # Source
/// Ba, Kiros & Hinton (2016), Layer normalization, arXiv 1607.06450.
#[derive(Debug, Clone, Copy, Default)]
pub struct LstmLayerNorm;

impl Cell for LstmLayerNorm {
    const FACTS: Facts = Facts {
        name: "lstm_ln",
        title: "LSTM, layer norm",
        source: "Ba et al. 2016, arXiv 1607.06450",
        pre: &["i", "f", "g", "o"],
        state: &["h", "c"],
        unit: &["γ", "β"],
        input: 0..4,
        recurrent: 0..4,
        normalised_products: true,
        normalised_state: Some(1),
        starts: &[Start::Constant(1.0), Start::Constant(0.0)],
        remember: Some(Remember { bias: Bias::Block(1), positive: true }),
        write: Some(0),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 4];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 2];

    /// The hidden state is left to [`finish`](Cell::finish).
    #[inline(always)]
    fn step<R: Real>([i, f, g, _]: [R; 4], [_, c]: [R; 2], _: [R; 2]) -> [R; 2] {
        let i = i.sigmoid().named("i");
        let f = f.sigmoid().named("f");
        let g = g.tanh().named("g");
        [R::constant(0.0), (f * c + i * g).named("c")]
    }

    #[inline(always)]
    fn finish<R: Real>([_, _, _, o]: [R; 4], [_, c]: [R; 2], [gamma, beta]: [R; 2]) -> R {
        let o = o.sigmoid().named("o");
        (o * (gamma * c + beta).tanh()).named("h")
    }
}
