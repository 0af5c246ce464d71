//! The quasi-recurrent network of window 1.

use cell::{Bias, Cell, Facts, Real, Remember};

/// Gated network without recurrent matrices, with an output gate (the paper's fo-pooling).
///
/// # Equations
/// ```text
/// z = tanh(W_z x + b_z)        f = σ(W_f x + b_f)        o = σ(W_o x + b_o)
/// c = f ⊙ c' + (1 − f) ⊙ z
/// h = o ⊙ c
/// ```
///
/// # Shapes
/// x `[I]`; state h, c `[H]`; each W `[H, I]`, b `[H]`.
///
/// # Parameters
/// 3HI + 3H.
///
/// # Conventions
/// f keeps, as in the paper: the cell remembers with a positive bias on f. In the authors' published code f
/// multiplies what is new. With biases.
///
/// # Source
/// Bradbury, Merity, Xiong & Socher (2016), Quasi-recurrent neural networks, arXiv 1611.01576, equations 1
/// and 4.
#[derive(Debug, Clone, Copy, Default)]
pub struct Qrnn;

impl Cell for Qrnn {
    const FACTS: Facts = Facts {
        name: "qrnn",
        title: "QRNN",
        source: "Bradbury et al. 2016, arXiv 1611.01576 (window 1)",
        pre: &["z", "f", "o"],
        state: &["h", "c"],
        input: 0..3,
        remember: Some(Remember { bias: Bias::Block(1), positive: true }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([z, f, o]: [R; 3], [_, c]: [R; 2], []: [R; 0]) -> [R; 2] {
        let z = z.tanh().named("z");
        let f = f.sigmoid().named("f");
        let o = o.sigmoid().named("o");
        let c = (f * c + (R::constant(1.0) - f) * z).named("c");
        [(o * c).named("h"), c]
    }
}
