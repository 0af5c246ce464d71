//! The undamped independent controlled oscillatory RNN.

use cell::{Bias, Cell, Facts, Real, Remember, Start};

/// Oscillators that do not see each other, undamped, each with a learned time step.
///
/// # Equations
/// ```text
/// s = Δ σ(c)
/// z = z' − s ⊙ (tanh(W x + w ⊙ h' + b) + α h')
/// h = h' + s ⊙ z        Δ = 0.19, α = 30.65
/// ```
/// W and b are called by n.
///
/// # Shapes
/// x `[I]`; state h, z `[H]`; W `[H, I]`, w, c and b `[H]`.
///
/// # Parameters
/// HI + 3H.
///
/// # Conventions
/// h, the paper's y, moves with the **new** velocity z: a symplectic Euler step. Step Δ and stiffness α are
/// constants, those of the authors' permuted sequential MNIST; the paper tunes them for each task. The cell
/// remembers with a *negative* c. w starts uniform in (0, 1), c in (−0.1, 0.1). Without the paper's residual
/// connections between layers.
///
/// # Source
/// Rusch & Mishra (2021), UnICORNN: a recurrent model for learning very long time dependencies, arXiv
/// 2103.05487.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnIcoRnn;

impl Cell for UnIcoRnn {
    const FACTS: Facts = Facts {
        name: "unicornn",
        title: "UnICORNN",
        source: "Rusch & Mishra 2021, arXiv 2103.05487 (constants of permuted sequential MNIST)",
        pre: &["n"],
        state: &["h", "z"],
        unit: &["w", "c"],
        starts: &[Start::Uniform(0.0, 1.0), Start::Uniform(-0.1, 0.1)],
        input: 0..1,
        remember: Some(Remember { bias: Bias::Unit(1), positive: false }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 1];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 2];

    #[inline(always)]
    fn step<R: Real>([n]: [R; 1], [h, z]: [R; 2], [w, c]: [R; 2]) -> [R; 2] {
        let step = (R::constant(0.19) * c.sigmoid()).gate("s");
        let n = (n + w * h).tanh().named("n");
        let z = (z - step * (n + R::constant(30.65) * h)).named("z");
        [(h + step * z).named("h"), z]
    }
}
