//! The minLSTM with the candidate of its log-space form.

use cell::{Bias, Cell, Facts, Real, Remember};

/// minLSTM whose candidate is positive and whose gates are made of logarithms, as the authors run it.
///
/// # Equations
/// ```text
/// f~ = W_f x + b_f        i~ = W_i x + b_i
/// δ = softplus(−f~) − softplus(−i~)
/// f = σ(−δ)        i = σ(δ)
/// n = g(W_n x + b_n)        g(a) = a + ½ for a ≥ 0, σ(a) for a < 0
/// h = f ⊙ h' + i ⊙ n
/// ```
/// δ is ln σ(i~) − ln σ(f~), so f is σ(f~) / (σ(f~) + σ(i~)); g is computed as max(a, 0) + σ(min(a, 0)).
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, b `[H]`.
///
/// # Parameters
/// 3HI + 3H.
///
/// # Conventions
/// The cell remembers with a positive bias on f; chrono initialisation closes i. Run step by step from h = 0,
/// from which it stays positive. With biases.
///
/// # Source
/// Feng, Tung, Ahmed, Bengio & Hajimirsadeghi (2024), Were RNNs all we needed?, arXiv 2410.01201,
/// log-space form.
#[derive(Debug, Clone, Copy, Default)]
pub struct MinLstmLog;

impl Cell for MinLstmLog {
    const FACTS: Facts = Facts {
        name: "minlstm_log",
        title: "minLSTM, log space",
        source: "Feng et al. 2024, arXiv 2410.01201 (positive candidate)",
        pre: &["f", "i", "n"],
        input: 0..3,
        remember: Some(Remember { bias: Bias::Block(0), positive: true }),
        write: Some(1),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>([f, i, n]: [R; 3], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let ratio = ((-f).softplus() - (-i).softplus()).named("δ");
        let f = (-ratio).sigmoid().named("f");
        let i = ratio.sigmoid().named("i");
        let n = (n.relu() + (-(-n).relu()).sigmoid()).named("n");
        [(f * h + i * n).named("h")]
    }
}
