//! The independently recurrent network.

use cell::{Cell, Facts, Real, Start};

/// RNN whose units see each other's past only through the next layer: one recurrent weight a unit.
///
/// # Equations
/// h = relu(W x + b + u ⊙ h')
///
/// # Shapes
/// x `[I]`, h `[H]`; W `[H, I]`, u and b `[H]`.
///
/// # Parameters
/// HI + 2H.
///
/// # Conventions
/// relu, the paper's usual choice. u starts from U(0, 1). The paper keeps |u| below γ^(1/T) for
/// sequences of length T; here u is not clipped.
///
/// # Source
/// Li, Li, Cook, Zhu & Gao (2018), Independently recurrent neural network, arXiv 1803.04831.
#[derive(Debug, Clone, Copy, Default)]
pub struct IndRnn;

impl Cell for IndRnn {
    const FACTS: Facts = Facts {
        name: "indrnn",
        title: "IndRNN",
        source: "Li et al. 2018, arXiv 1803.04831",
        pre: &["h"],
        unit: &["u"],
        input: 0..1,
        starts: &[Start::Uniform(0.0, 1.0)],
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 1];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 1];

    #[inline(always)]
    fn step<R: Real>([a]: [R; 1], [h]: [R; 1], [u]: [R; 1]) -> [R; 1] {
        [(a + u * h).relu().named("h")]
    }
}
