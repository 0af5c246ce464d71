//! JANET, the LSTM with just a forget gate.

use cell::{Bias, Cell, Facts, Real, Remember};

/// LSTM reduced to its forget gate: what is not kept is written, and the memory is the output.
///
/// # Equations
/// ```text
/// s = W_s x + U_s h' + b_s         n = tanh(W_n x + U_n h' + b_n)
/// f = σ(s)                         i = 1 − σ(s − β)
/// h = f ⊙ h' + i ⊙ n               β = 1
/// ```
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, U `[H, H]`, b `[H]`.
///
/// # Parameters
/// 2H(I + H) + 2H.
///
/// # Conventions
/// β is fixed at the paper's 1, so that a little more is written than forgotten. The memory c of
/// the paper is h here. The cell remembers with a positive bias on s.
///
/// # Source
/// van der Westhuizen & Lasenby (2018), The unreasonable effectiveness of the forget gate, arXiv
/// 1804.04849.
#[derive(Debug, Clone, Copy, Default)]
pub struct Janet;

impl Cell for Janet {
    const FACTS: Facts = Facts {
        name: "janet",
        title: "JANET",
        source: "van der Westhuizen & Lasenby 2018, arXiv 1804.04849",
        pre: &["s", "n"],
        input: 0..2,
        recurrent: 0..2,
        remember: Some(Remember { bias: Bias::Block(0), positive: true }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 2];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([s, n]: [R; 2], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let one = R::constant(1.0);
        let s = s.named("s");
        let f = s.sigmoid().named("f");
        let i = (one - (s - one).sigmoid()).named("i");
        let n = n.tanh().named("n");
        [(f * h + i * n).named("h")]
    }
}
