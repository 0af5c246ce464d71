//! The antisymmetric RNN with a gate.

use crate::antisymmetric::{DIFFUSION, STEP};
use cell::{Bias, Cell, Facts, Real, Remember};

/// Antisymmetric RNN whose steps pass a gate that sees the same matrix.
///
/// # Equations
/// ```text
/// s = (U − Uᵀ − γ I) h'
/// z = σ(s + W_z x + b_z)
/// n = tanh(s + W_n x + b_n)
/// h = h' + ε z ⊙ n        ε = 0.1, γ = 0.01
/// ```
/// U is called U_s.
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, U `[H, H]`, each b `[H]`.
///
/// # Parameters
/// 2HI + H² + 2H: U is held in full.
///
/// # Conventions
/// z **writes**: the cell remembers with a *negative* bias on z. Step ε and diffusion γ are constants, of
/// those that the paper searches among for each task.
///
/// # Source
/// Chang, Chen, Haber & Chi (2019), AntisymmetricRNN: a dynamical system view on recurrent neural networks,
/// arXiv 1902.09689.
#[derive(Debug, Clone, Copy, Default)]
pub struct AntisymmetricRnnGated;

impl Cell for AntisymmetricRnnGated {
    const FACTS: Facts = Facts {
        name: "antisymmetric_rnn_gated",
        title: "AntisymmetricRNN, gated",
        source: "Chang et al. 2019, arXiv 1902.09689 (step 0.1, diffusion 0.01)",
        pre: &["s", "z", "n"],
        input: 1..3,
        recurrent: 0..1,
        antisymmetric: true,
        unbiased: 1,
        remember: Some(Remember { bias: Bias::Block(1), positive: false }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([s, z, n]: [R; 3], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let s = (s - R::constant(DIFFUSION) * h).named("s");
        let z = (s + z).sigmoid().named("z");
        let n = (s + n).tanh().named("n");
        [(h + R::constant(STEP) * z * n).named("h")]
    }
}
