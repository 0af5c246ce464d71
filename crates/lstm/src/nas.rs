//! The cell found by architecture search.

use cell::{Cell, Facts, Real};

/// Cell that a search by reinforcement learning found: a tree of sums, products and nonlinearities over eight
/// pre-activations.
///
/// # Equations
/// ```text
/// a = W_a x + U_a h' + b_a, and so b, c, e, f, g, k;     d = (W_d x) ⊙ (U_p h' + b_p)
/// p = tanh(σ(a) ⊙ max(b, 0))     q = tanh(σ(c) + max(d, 0))
/// r = tanh(tanh(e) ⊙ σ(f))       s = σ(tanh(g) + σ(k))
/// m = tanh(p + m') ⊙ q
/// h = tanh(m ⊙ tanh(r + s))
/// ```
/// a to k are the eight base blocks in order, without j; m is the memory cell.
///
/// # Shapes
/// x `[I]`; state h, m `[H]`; each W `[H, I]`, U `[H, H]`, b `[H]`.
///
/// # Parameters
/// 8HI + 8H² + 8H.
///
/// # Conventions
/// As in the authors' code (TensorFlow): the fourth block multiplies what comes from the input with what
/// comes from the state, and the biases are on the state's side. Some libraries have a sum there: another
/// cell.
///
/// # Source
/// Zoph & Le (2016), Neural architecture search with reinforcement learning, arXiv 1611.01578; TensorFlow's
/// `NASCell`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nas;

impl Cell for Nas {
    const FACTS: Facts = Facts {
        name: "nas",
        title: "NAS",
        source: "Zoph & Le 2016, arXiv 1611.01578 (as TensorFlow has it)",
        pre: &["d", "a", "b", "c", "e", "f", "g", "k", "p"],
        state: &["h", "m"],
        input: 0..8,
        recurrent: 1..9,
        unbiased: 1,
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 9];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>(pre: [R; 9], [_, m]: [R; 2], []: [R; 0]) -> [R; 2] {
        let [d, a, b, c, e, f, g, k, p] = pre;
        let d = (d * p).named("d");
        let p = (a.sigmoid() * b.relu()).tanh().named("p");
        let q = (c.sigmoid() + d.relu()).tanh().named("q");
        let r = (e.tanh() * f.sigmoid()).tanh().named("r");
        let s = (g.tanh() + k.sigmoid()).sigmoid().named("s");
        let m = ((p + m).tanh() * q).named("m");
        [(m * (r + s).tanh()).tanh().named("h"), m]
    }
}
