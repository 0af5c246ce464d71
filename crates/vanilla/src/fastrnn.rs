//! The FastRNN.

use cell::{Bias, Cell, Facts, Real, Remember, Start};

/// RNN with a residual connection over time, weighed by two learned numbers.
///
/// # Equations
/// ```text
/// n = tanh(W_n x + U_n h' + b_n)
/// h = σ(α) ⊙ n + σ(β) ⊙ h'
/// ```
///
/// # Shapes
/// x `[I]`, n and h `[H]`; W `[H, I]`, U `[H, H]`, b `[H]`; α, β one number each.
///
/// # Parameters
/// H(I + H) + H + 2.
///
/// # Conventions
/// α and β are kept before their sigmoid and start at −3 and 3, as in the authors' code: the
/// state is nearly kept at first. A remembering bias is added to β.
///
/// # Source
/// Kusupati et al. (2018), FastGRNN: a fast, accurate, stable and tiny kilobyte sized gated
/// recurrent neural network, arXiv 1901.02358.
#[derive(Debug, Clone, Copy, Default)]
pub struct FastRnn;

impl Cell for FastRnn {
    const FACTS: Facts = Facts {
        name: "fastrnn",
        title: "FastRNN",
        source: "Kusupati et al. 2018, arXiv 1901.02358",
        pre: &["n"],
        scalar: &["α", "β"],
        input: 0..1,
        recurrent: 0..1,
        starts: &[Start::Constant(-3.0), Start::Constant(3.0)],
        remember: Some(Remember { bias: Bias::Scalar(1), positive: true }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 1];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 2];

    #[inline(always)]
    fn step<R: Real>([n]: [R; 1], [h]: [R; 1], [alpha, beta]: [R; 2]) -> [R; 1] {
        let n = n.tanh().named("n");
        [(alpha.sigmoid() * n + beta.sigmoid() * h).named("h")]
    }
}
