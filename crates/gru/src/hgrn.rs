//! The hierarchically gated recurrent network's unit, real.

use cell::{Bias, Cell, Facts, Real, Remember};

/// Gated network without recurrent matrices, whose forget gate has a learned lower bound.
///
/// # Equations
/// ```text
/// γ = σ(Γ)
/// f = γ + (1 − γ) ⊙ σ(W_f x)
/// a = W_i x        i = a ⊙ σ(a) ⊙ (1 − f)
/// h = f ⊙ h' + i
/// ```
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, Γ `[H]`.
///
/// # Parameters
/// 2HI + H.
///
/// # Conventions
/// The cell remembers with a positive Γ. Each layer learns its bound by itself, from γ = ½ on; in the paper
/// the bounds of all layers are one softmax over layers, summed up, so that those of the first layer are 0
/// and later ones larger. Real, as in the library flash-linear-attention; the paper's first form rotates a
/// complex state by fixed angles. The cell alone: output gate, norm and output projection are its block's.
///
/// # Source
/// Qin, Yang & Zhong (2023), Hierarchically gated recurrent neural network for sequence modeling, arXiv
/// 2311.04823.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hgrn;

impl Cell for Hgrn {
    const FACTS: Facts = Facts {
        name: "hgrn",
        title: "HGRN",
        source: "Qin et al. 2023, arXiv 2311.04823 (real; each layer's bound by itself)",
        pre: &["f", "i"],
        unit: &["Γ"],
        input: 0..2,
        unbiased: 2,
        remember: Some(Remember { bias: Bias::Unit(0), positive: true }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 2];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 1];

    #[inline(always)]
    fn step<R: Real>([f, i]: [R; 2], [h]: [R; 1], [bound]: [R; 1]) -> [R; 1] {
        let one = R::constant(1.0);
        let bound = bound.sigmoid().named("γ");
        let f = (bound + (one - bound) * f.sigmoid()).gate("f");
        let i = (i * i.sigmoid() * (one - f)).named("i");
        [(f * h + i).named("h")]
    }
}
