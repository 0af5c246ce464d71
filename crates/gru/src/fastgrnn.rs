//! The FastGRNN.

use cell::{Bias, Cell, Facts, Real, Remember, Start};

/// Gated network whose gate and candidate share their matrices.
///
/// # Equations
/// ```text
/// p = W_p x + U_p h'
/// z = σ(p + b_z)
/// n = tanh(p + b_n)
/// h = (σ(ζ) ⊙ (1 − z) + σ(ν)) ⊙ n + z ⊙ h'
/// ```
///
/// # Shapes
/// x `[I]`, h `[H]`; W `[H, I]`, U `[H, H]`, each b `[H]`; ζ, ν one number each.
///
/// # Parameters
/// H(I + H) + 2H + 2.
///
/// # Conventions
/// z **keeps**: the cell remembers with a *positive* b_z. ζ and ν are kept before their sigmoid
/// and start at 1 and −4, as in the authors' code. W and U have full rank and full precision; the
/// paper's low-rank, sparse and quantised forms are left out.
///
/// # Source
/// Kusupati et al. (2018), FastGRNN: a fast, accurate, stable and tiny kilobyte sized gated
/// recurrent neural network, arXiv 1901.02358.
#[derive(Debug, Clone, Copy, Default)]
pub struct FastGrnn;

impl Cell for FastGrnn {
    const FACTS: Facts = Facts {
        name: "fastgrnn",
        title: "FastGRNN",
        source: "Kusupati et al. 2018, arXiv 1901.02358",
        pre: &["p"],
        unit: &["b_z", "b_n"],
        scalar: &["ζ", "ν"],
        input: 0..1,
        recurrent: 0..1,
        unbiased: 1,
        starts: &[
            Start::Constant(0.0),
            Start::Constant(0.0),
            Start::Constant(1.0),
            Start::Constant(-4.0),
        ],
        remember: Some(Remember { bias: Bias::Unit(0), positive: true }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 1];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 4];

    #[inline(always)]
    fn step<R: Real>([p]: [R; 1], [h]: [R; 1], [b_z, b_n, zeta, nu]: [R; 4]) -> [R; 1] {
        let p = p.named("p");
        let z = (p + b_z).sigmoid().named("z");
        let n = (p + b_n).tanh().named("n");
        let write = zeta.sigmoid() * (R::constant(1.0) - z) + nu.sigmoid();
        [(write * n + z * h).named("h")]
    }
}
