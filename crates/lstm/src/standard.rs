//! The LSTM.

use cell::{Backward, Bias, Cell, Facts, Real, Remember};

/// Long short-term memory with a forget gate, without peepholes.
///
/// # Equations
/// ```text
/// i = σ(W_i x + U_i h' + b_i)      f = σ(W_f x + U_f h' + b_f)
/// g = tanh(W_g x + U_g h' + b_g)   o = σ(W_o x + U_o h' + b_o)
/// c = f ⊙ c' + i ⊙ g               h = o ⊙ tanh(c)
/// ```
///
/// # Shapes
/// x `[I]`; state h, c `[H]`; each W `[H, I]`, U `[H, H]`, b `[H]`.
///
/// # Parameters
/// 4H(I + H) + 4H.
///
/// # Conventions
/// Gate order i, f, g, o, as in PyTorch; one bias per gate (PyTorch carries two, of which only
/// the sum matters). A forget bias is put on b_f once, so it is the bias in total.
///
/// # Source
/// Hochreiter & Schmidhuber (1997), Neural Computation 9; forget gate: Gers, Schmidhuber &
/// Cummins (2000); this form: Collins, Sohl-Dickstein & Sussillo (2017), arXiv 1611.09913, eq.
/// 9-14. Forget bias 1: Jozefowicz, Zaremba & Sutskever (2015).
///
/// # Backward step
/// With q = tanh(c), δh at h and δc at c from the next step:
/// ```text
/// δĉ   = δc + δh ⊙ o ⊙ (1 − q²)
/// δa_o = δh ⊙ q ⊙ o ⊙ (1 − o)      δa_i = δĉ ⊙ g ⊙ i ⊙ (1 − i)
/// δa_f = δĉ ⊙ c' ⊙ f ⊙ (1 − f)     δa_g = δĉ ⊙ i ⊙ (1 − g²)
/// δc'  = δĉ ⊙ f
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardLstm;

impl Cell for StandardLstm {
    const FACTS: Facts = Facts {
        name: "lstm",
        title: "LSTM",
        source: "Hochreiter & Schmidhuber 1997; Gers et al. 2000",
        pre: &["i", "f", "g", "o"],
        state: &["h", "c"],
        input: 0..4,
        recurrent: 0..4,
        remember: Some(Remember { bias: Bias::Block(1), positive: true }),
        write: Some(0),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 4];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>(pre: [R; 4], state: [R; 2], unit: [R; 0]) -> [R; 2] {
        Self::step_keeping(pre, state, unit).0
    }

    #[inline(always)]
    fn step_keeping<R: Real>([i, f, g, o]: [R; 4], [_, c]: [R; 2], []: [R; 0]) -> ([R; 2], [R; 4]) {
        let i = i.sigmoid().named("i");
        let f = f.sigmoid().named("f");
        let g = g.tanh().named("g");
        let o = o.sigmoid().named("o");
        let c = (f * c + i * g).named("c");
        ([(o * c.tanh()).named("h"), c], [i, f, g, o])
    }

    #[inline(always)]
    fn step_backward<R: Real>(
        [i, f, g, o]: [R; 4],
        [_, old_c]: [R; 2],
        _: [R; 0],
        [_, c]: [R; 2],
        [d_h, d_c]: [R; 2],
    ) -> Backward<Self, R> {
        let one = R::constant(1.0);
        let q = c.tanh();
        let d_c = d_c + d_h * o * (one - q * q);
        Backward {
            pre: [
                d_c * g * i * (one - i),
                d_c * old_c * f * (one - f),
                d_c * i * (one - g * g),
                d_h * q * o * (one - o),
            ],
            state: [R::constant(0.0), d_c * f],
            unit: [],
        }
    }
}
