//! The chaos-free network.

use rnnlab::cell::{Bias, Cell, Facts, Real, Remember};

/// RNN with two gates and no candidate that sees the state: without input its state dies out.
///
/// # Equations
/// ```text
/// n = tanh(W_n x)
/// f = σ(W_f x + U_f h' + b_f)
/// i = σ(W_i x + U_i h' + b_i)
/// h = f ⊙ tanh(h') + i ⊙ n
/// ```
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, U `[H, H]`, b `[H]`.
///
/// # Parameters
/// 3HI + 2H² + 2H.
///
/// # Conventions
/// f keeps: the cell remembers with a positive bias on f. The paper calls f θ and i η.
///
/// # Source
/// Laurent & von Brecht (2016), A recurrent neural network without chaos, arXiv 1612.06212.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cfn;

impl Cell for Cfn {
    const FACTS: Facts = Facts {
        name: "cfn",
        title: "CFN",
        source: "Laurent & von Brecht 2016, arXiv 1612.06212",
        pre: &["n", "f", "i"], // pre-activation blocks, in the order in which `step` gets them
        input: 0..3,           // those that receive W x
        recurrent: 1..3,       // those that receive U h'
        unbiased: 1,           // the first has no bias
        remember: Some(Remember { bias: Bias::Block(1), positive: true }),
        write: Some(2), // a separate input gate, which chrono initialisation closes
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 0]; // no second stage
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0]; // no parameters besides matrices and biases

    #[inline(always)]
    fn step<R: Real>([n, f, i]: [R; 3], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let n = n.tanh().named("n");
        let f = f.sigmoid().named("f");
        let i = i.sigmoid().named("i");
        [(f * h.tanh() + i * n).named("h")]
    }
}
