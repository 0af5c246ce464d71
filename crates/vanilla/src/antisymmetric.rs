//! The antisymmetric RNN.

use cell::{Cell, Facts, Real};

/// RNN that moves its state by small steps along an antisymmetric matrix, by which it neither grows nor dies
/// out.
///
/// # Equations
/// ```text
/// h = h' + ε tanh((U − Uᵀ − γ I) h' + W x + b)        ε = 0.1, γ = 0.01
/// ```
/// Matrices and bias are called by n.
///
/// # Shapes
/// x `[I]`, h `[H]`; W `[H, I]`, U `[H, H]`, b `[H]`.
///
/// # Parameters
/// HI + H² + H: U is held in full.
///
/// # Conventions
/// Step ε and diffusion γ are constants, of those that the paper searches among for each task. The cell has
/// no gate: it keeps by its small steps.
///
/// # Source
/// Chang, Chen, Haber & Chi (2019), AntisymmetricRNN: a dynamical system view on recurrent neural networks,
/// arXiv 1902.09689.
#[derive(Debug, Clone, Copy, Default)]
pub struct AntisymmetricRnn;

/// What multiplies each step.
pub(crate) const STEP: f64 = 0.1;

/// What is taken off the matrix's diagonal.
pub(crate) const DIFFUSION: f64 = 0.01;

impl Cell for AntisymmetricRnn {
    const FACTS: Facts = Facts {
        name: "antisymmetric_rnn",
        title: "AntisymmetricRNN",
        source: "Chang et al. 2019, arXiv 1902.09689 (step 0.1, diffusion 0.01)",
        pre: &["n"],
        input: 0..1,
        recurrent: 0..1,
        antisymmetric: true,
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 1];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([n]: [R; 1], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let n = (n - R::constant(DIFFUSION) * h).tanh().named("n");
        [(h + R::constant(STEP) * n).named("h")]
    }
}
