//! The quasi-recurrent network of window 2.

use cell::{Bias, Cell, Facts, Real, Remember};

/// QRNN whose gates and candidate see the input before, too.
///
/// # Equations
/// ```text
/// z = tanh(W_z x + p' + b_z)        p = W_p x
/// f = σ(W_f x + q' + b_f)           q = W_q x
/// o = σ(W_o x + r' + b_o)           r = W_r x
/// c = f ⊙ c' + (1 − f) ⊙ z
/// h = o ⊙ c
/// ```
/// p' is W_p times the input of the step before: the convolution of window 2, its earlier half carried on.
///
/// # Shapes
/// x `[I]`; state h, p, q, r, c `[H]`; each W `[H, I]`, b `[H]`.
///
/// # Parameters
/// 6HI + 3H.
///
/// # Conventions
/// W_p, W_q, W_r are the paper's W¹ of z, f, o, the others its W²; before the first input stands 0. f keeps:
/// the cell remembers with a positive bias on f. With biases.
///
/// # Source
/// Bradbury, Merity, Xiong & Socher (2016), Quasi-recurrent neural networks, arXiv 1611.01576, equations 1, 2
/// and 4.
#[derive(Debug, Clone, Copy, Default)]
pub struct QrnnTwo;

impl Cell for QrnnTwo {
    const FACTS: Facts = Facts {
        name: "qrnn_2",
        title: "QRNN, window 2",
        source: "Bradbury et al. 2016, arXiv 1611.01576 (window 2)",
        pre: &["p", "q", "r", "z", "f", "o"],
        state: &["h", "p", "q", "r", "c"],
        input: 0..6,
        unbiased: 3,
        remember: Some(Remember { bias: Bias::Block(4), positive: true }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 6];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 5];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([new_p, new_q, new_r, z, f, o]: [R; 6], state: [R; 5], []: [R; 0]) -> [R; 5] {
        let [_, p, q, r, c] = state;
        let z = (z + p).tanh().named("z");
        let f = (f + q).sigmoid().named("f");
        let o = (o + r).sigmoid().named("o");
        let c = (f * c + (R::constant(1.0) - f) * z).named("c");
        [(o * c).named("h"), new_p.named("p"), new_q.named("q"), new_r.named("r"), c]
    }
}
