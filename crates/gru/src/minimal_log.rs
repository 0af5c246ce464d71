//! The minGRU with the candidate of its log-space form.

use cell::{Bias, Cell, Facts, Real, Remember};

/// minGRU whose candidate is positive, so that the authors can run it by sums of logarithms.
///
/// # Equations
/// ```text
/// z = σ(W_z x + b_z)
/// n = g(W_n x + b_n)        g(a) = a + ½ for a ≥ 0, σ(a) for a < 0
/// h = (1 − z) ⊙ h' + z ⊙ n
/// ```
/// g is computed as max(a, 0) + σ(min(a, 0)).
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, b `[H]`.
///
/// # Parameters
/// 2HI + 2H.
///
/// # Conventions
/// z **writes**: the cell remembers with a *negative* bias on z. Run step by step, which needs no logarithms
/// and gives the same values. h starts at 0, from which it stays positive; the slope of g jumps from ¼ to 1
/// at 0. With biases.
///
/// # Source
/// Feng, Tung, Ahmed, Bengio & Hajimirsadeghi (2024), Were RNNs all we needed?, arXiv 2410.01201,
/// log-space form.
#[derive(Debug, Clone, Copy, Default)]
pub struct MinGruLog;

impl Cell for MinGruLog {
    const FACTS: Facts = Facts {
        name: "mingru_log",
        title: "minGRU, log space",
        source: "Feng et al. 2024, arXiv 2410.01201 (positive candidate)",
        pre: &["z", "n"],
        input: 0..2,
        remember: Some(Remember { bias: Bias::Block(0), positive: false }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 2];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([z, n]: [R; 2], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let z = z.sigmoid().named("z");
        let n = (n.relu() + (-(-n).relu()).sigmoid()).named("n");
        [((R::constant(1.0) - z) * h + z * n).named("h")]
    }
}
