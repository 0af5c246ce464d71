//! The GRU with layer normalisation.

use cell::{Bias, Cell, Facts, Real, Remember};

/// GRU (reset after) whose matrix products are normalised over the hidden units.
///
/// # Equations
/// ```text
/// p_k = γx_k ⊙ LN(W x)_k     for k in n, r, z
/// q_k = γh_k ⊙ LN(U h')_k    for k in r, z, m
/// r = σ(p_r + q_r + b_r)     z = σ(p_z + q_z + b_z)
/// m = q_m + b_m              n = tanh(p_n + b_n + r ⊙ m)
/// h = (1 − z) ⊙ n + z ⊙ h'
/// ```
/// LN(v) = (v − mean) / √(variance + ε)
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, U `[H, H]`; each b, γx and γh `[H]`.
///
/// # Parameters
/// 3H(I + H) + 10H.
///
/// # Conventions
/// LN of a product is over all 3H of its numbers together, not gate by gate; it has gains and no
/// offsets, which b would make redundant. Variance is that of the population, ε = 1e-5. Gains
/// start at 1. Reset **after** the recurrent product; z **keeps**: the cell remembers with a
/// *positive* bias on z. Blocks are ordered n, r, z, m.
///
/// # Source
/// Ba, Kiros & Hinton (2016), Layer normalization, arXiv 1607.06450, on the reset-after form.
#[derive(Debug, Clone, Copy, Default)]
pub struct GruLayerNorm;

impl Cell for GruLayerNorm {
    const FACTS: Facts = Facts {
        name: "gru_ln",
        title: "GRU, layer norm",
        source: "Ba et al. 2016, arXiv 1607.06450 (reset after)",
        pre: &["n", "r", "z", "m"],
        input: 0..3,
        recurrent: 1..4,
        normalised_products: true,
        remember: Some(Remember { bias: Bias::Block(2), positive: true }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 4];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([n, r, z, m]: [R; 4], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let r = r.sigmoid().named("r");
        let z = z.sigmoid().named("z");
        let n = (n + r * m.named("m")).tanh().named("n");
        [((R::constant(1.0) - z) * n + z * h).named("h")]
    }
}
