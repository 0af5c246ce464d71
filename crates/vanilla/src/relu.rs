//! The ReLU RNN.

use cell::{Backward, Cell, Facts, Real};

/// Elman's recurrent network with relu.
///
/// # Equations
/// h = relu(W x + U h' + b)
///
/// # Shapes
/// x `[I]`, h `[H]`; W `[H, I]`, U `[H, H]`, b `[H]`.
///
/// # Parameters
/// H(I + H) + H.
///
/// # Conventions
/// The IRNN is this cell started with U the identity, b = 0 and small W; here only the equations
/// are fixed, not the start. The derivative of relu at 0 is 0.
///
/// # Source
/// Le, Jaitly & Hinton (2015), A simple way to initialize recurrent networks of rectified linear
/// units, arXiv 1504.00941; the network: Elman (1990), Cognitive Science 14.
///
/// # Backward step
/// With δh the gradient at h: δa = δh where h > 0, else 0.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReluRnn;

impl Cell for ReluRnn {
    const FACTS: Facts = Facts {
        name: "rnn_relu",
        title: "RNN (relu)",
        source: "Le et al. 2015, arXiv 1504.00941",
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
        [a.relu().named("h")]
    }

    #[inline(always)]
    fn step_backward<R: Real>(
        _: [R; 1],
        _: [R; 1],
        _: [R; 0],
        [h]: [R; 1],
        [d_h]: [R; 1],
    ) -> Backward<Self, R> {
        Backward { pre: [d_h * h.above_zero()], state: [R::constant(0.0)], unit: [] }
    }
}
