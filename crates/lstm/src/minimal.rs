//! The minLSTM.

use cell::{Bias, Cell, Facts, Real, Remember};

/// LSTM whose gates and candidate see the input only, and whose gates add up to 1.
///
/// # Equations
/// ```text
/// f = σ(W_f x + b_f)     f~ = f / (f + i)     n = W_n x + b_n
/// i = σ(W_i x + b_i)     i~ = i / (f + i)     h = f~ ⊙ h' + i~ ⊙ n
/// ```
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, b `[H]`.
///
/// # Parameters
/// 3HI + 3H.
///
/// # Conventions
/// The plain form, run step by step: the candidate is linear, not passed through the positive
/// function of the paper's log-space form. With biases. The cell remembers with a positive bias
/// on f, up to the share 1 / (1 + i).
///
/// # Source
/// Feng, Tung, Ahmed, Bengio & Hajimirsadeghi (2024), Were RNNs all we needed?, arXiv 2410.01201.
#[derive(Debug, Clone, Copy, Default)]
pub struct MinLstm;

impl Cell for MinLstm {
    const FACTS: Facts = Facts {
        name: "minlstm",
        title: "minLSTM",
        source: "Feng et al. 2024, arXiv 2410.01201",
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
        let f = f.sigmoid().named("f");
        let i = i.sigmoid().named("i");
        let keep = (f / (f + i)).named("f~");
        let write = (i / (f + i)).named("i~");
        let n = n.named("n");
        [(keep * h + write * n).named("h")]
    }
}
