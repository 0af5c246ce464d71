//! The sLSTM.

use cell::{Bias, Cell, Facts, Real, Remember};

/// LSTM with exponential gates and a normaliser: h is a weighted mean of all that was written.
///
/// # Equations
/// ```text
/// i~ = W_i x + U_i h' + b_i          z = tanh(W_z x + U_z h' + b_z)
/// f~ = W_f x + U_f h' + b_f          o = σ(W_o x + U_o h' + b_o)
/// m = max(ln σ(f~) + m', i~)         i = exp(i~ − m)     f = exp(ln σ(f~) + m' − m)
/// n = f ⊙ n' + i                     c = f ⊙ c' + i ⊙ z
/// h = o ⊙ c / n
/// ```
///
/// # Shapes
/// x `[I]`, h, m, n, c `[H]`; each W `[H, I]`, U `[H, H]`, b `[H]`.
///
/// # Parameters
/// 4HI + 4H² + 4H.
///
/// # Conventions
/// c and n are divided by e^m, so that no gate exceeds 1 and n stays at or above 1; h does not depend on m, which starts
/// at −∞: the first step has m = i~. The forget gate is a sigmoid, the paper's other form being
/// exponential. Biases start as those of all cells; the authors' code starts b_f at 5 to −7, spread over the
/// units of a head, and U at 0. The cell alone, without the block around it: no convolution, no group norm.
///
/// # Source
/// Beck et al. (2024), xLSTM: extended long short-term memory, arXiv 2405.04517, equations 8 to 17.
#[derive(Debug, Clone, Copy, Default)]
pub struct Slstm;

impl Cell for Slstm {
    const FACTS: Facts = Facts {
        name: "slstm",
        title: "sLSTM",
        source: "Beck et al. 2024, arXiv 2405.04517 (sigmoid forget gate)",
        pre: &["i", "f", "z", "o"],
        state: &["h", "m", "n", "c"],
        state_starts: &[0.0, f64::NEG_INFINITY],
        input: 0..4,
        recurrent: 0..4,
        remember: Some(Remember { bias: Bias::Block(1), positive: true }),
        write: Some(0),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 4];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 4];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([i, f, z, o]: [R; 4], [_, m, n, c]: [R; 4], []: [R; 0]) -> [R; 4] {
        let kept = (m - (-f).softplus()).named("l");
        let m = kept.max(i).named("m");
        let i = (i - m).exp().gate("i");
        let f = (kept - m).exp().gate("f");
        let z = z.tanh().named("z");
        let o = o.sigmoid().named("o");
        let n = (f * n + i).named("n");
        let c = (f * c + i * z).named("c");
        [(o * c / n).named("h"), m, n, c]
    }
}
