//! The coupled oscillatory RNN.

use cell::{Cell, Facts, Real};

/// Coupled, damped, driven oscillators: h are their positions, z their velocities.
///
/// # Equations
/// ```text
/// z = z' + Δ (tanh(W x + U h' + V z' + b) − γ h' − ε z')
/// h = h' + Δ z        Δ = 0.042, γ = 2.7, ε = 4.7
/// ```
/// Matrices and bias are called by n.
///
/// # Shapes
/// x `[I]`; state h, z `[H]`; W `[H, I]`, U and V `[H, H]`, b `[H]`.
///
/// # Parameters
/// HI + 2H² + H.
///
/// # Conventions
/// h, the paper's y, moves with the **new** velocity. Step Δ, stiffness γ and damping ε are constants, those
/// of the authors' sequential MNIST; the paper tunes them for each task. The cell has no gate: what it keeps
/// is in its dynamics.
///
/// # Source
/// Rusch & Mishra (2020), Coupled oscillatory recurrent neural network, arXiv 2010.00951; of its two forms
/// the one whose damping is by the old velocity, as in the authors' code.
#[derive(Debug, Clone, Copy, Default)]
pub struct CoRnn;

impl Cell for CoRnn {
    const FACTS: Facts = Facts {
        name: "cornn",
        title: "coRNN",
        source: "Rusch & Mishra 2020, arXiv 2010.00951 (constants of sequential MNIST)",
        pre: &["n"],
        state: &["h", "z"],
        input: 0..1,
        recurrent: 0..1,
        modulated: 0..1,
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 1];
    type Modulated<R: Real> = [R; 1];
    type State<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn modulate<R: Real>([_]: [R; 1], [_, z]: [R; 2], []: [R; 0]) -> [R; 1] {
        [z]
    }

    #[inline(always)]
    fn step<R: Real>([n]: [R; 1], [h, z]: [R; 2], []: [R; 0]) -> [R; 2] {
        let (step, stiffness, damping) = (R::constant(0.042), R::constant(2.7), R::constant(4.7));
        let n = n.tanh().named("n");
        let z = (z + step * (n - stiffness * h - damping * z)).named("z");
        [(h + step * z).named("h"), z]
    }
}
