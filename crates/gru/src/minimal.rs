//! The minGRU.

use cell::{Bias, Cell, Facts, Real, Remember};

/// GRU whose gate and candidate see the input only.
///
/// # Equations
/// ```text
/// z = σ(W_z x + b_z)
/// n = W_n x + b_n
/// h = (1 − z) ⊙ h' + z ⊙ n
/// ```
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, b `[H]`.
///
/// # Parameters
/// 2HI + 2H.
///
/// # Conventions
/// z **writes**: the cell remembers with a *negative* bias on z. The plain form, run step by step:
/// the candidate is linear, not passed through the positive function of the paper's log-space
/// form. With biases.
///
/// # Source
/// Feng, Tung, Ahmed, Bengio & Hajimirsadeghi (2024), Were RNNs all we needed?, arXiv 2410.01201.
#[derive(Debug, Clone, Copy, Default)]
pub struct MinGru;

impl Cell for MinGru {
    const FACTS: Facts = Facts {
        name: "mingru",
        title: "minGRU",
        source: "Feng et al. 2024, arXiv 2410.01201",
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
        let n = n.named("n");
        [((R::constant(1.0) - z) * h + z * n).named("h")]
    }
}
