//! The recurrent additive network.

use cell::{Bias, Cell, Facts, Real, Remember};

/// Gated network whose content is linear in the input: the memory is a weighted sum of inputs.
///
/// # Equations
/// ```text
/// n = W_n x + b_n
/// i = σ(W_i x + U_i h' + b_i)
/// f = σ(W_f x + U_f h' + b_f)
/// c = i ⊙ n + f ⊙ c'
/// h = tanh(c)
/// ```
///
/// # Shapes
/// x `[I]`; state h, c `[H]`; each W `[H, I]`, U `[H, H]`, b `[H]`.
///
/// # Parameters
/// 3HI + 2H² + 3H.
///
/// # Conventions
/// h = tanh(c), of the paper's two choices (the other is h = c). n is its content c~, here with a
/// bias. The cell remembers with a positive bias on f.
///
/// # Source
/// Lee, Levy & Zettlemoyer (2017), Recurrent additive networks, arXiv 1705.07393.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ran;

impl Cell for Ran {
    const FACTS: Facts = Facts {
        name: "ran",
        title: "RAN",
        source: "Lee et al. 2017, arXiv 1705.07393",
        pre: &["n", "i", "f"],
        state: &["h", "c"],
        input: 0..3,
        recurrent: 1..3,
        remember: Some(Remember { bias: Bias::Block(2), positive: true }),
        write: Some(1),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([n, i, f]: [R; 3], [_, c]: [R; 2], []: [R; 0]) -> [R; 2] {
        let n = n.named("n");
        let i = i.sigmoid().named("i");
        let f = f.sigmoid().named("f");
        let c = (i * n + f * c).named("c");
        [c.tanh().named("h"), c]
    }
}
