//! The tanh RNN.

use cell::{Backward, Cell, Facts, Real};

/// Elman's recurrent network with tanh.
///
/// # Equations
/// h = tanh(W x + U h' + b)
///
/// # Shapes
/// x `[I]`, h `[H]`; W `[H, I]`, U `[H, H]`, b `[H]`.
///
/// # Parameters
/// H(I + H) + H.
///
/// # Conventions
/// One bias (PyTorch carries two, of which only the sum matters).
///
/// # Source
/// Elman, J. L. (1990). Finding structure in time. Cognitive Science 14.
///
/// # Backward step
/// With δh the gradient at h: δa = δh ⊙ (1 − h²).
#[derive(Debug, Clone, Copy, Default)]
pub struct TanhRnn;

impl Cell for TanhRnn {
    const FACTS: Facts = Facts {
        name: "rnn",
        title: "RNN (tanh)",
        source: "Elman 1990",
        pre: &["h"],
        input: 0..1,
        recurrent: 0..1,
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 1];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([a]: [R; 1], _: [R; 1], []: [R; 0]) -> [R; 1] {
        [a.tanh().named("h")]
    }

    #[inline(always)]
    fn step_backward<R: Real>(
        _: [R; 1],
        _: [R; 1],
        _: [R; 0],
        [h]: [R; 1],
        [d_h]: [R; 1],
    ) -> Backward<Self, R> {
        let one = R::constant(1.0);
        Backward { pre: [d_h * (one - h * h)], state: [R::constant(0.0)], unit: [] }
    }
}
