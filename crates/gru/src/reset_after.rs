//! The GRU with the reset gate after the recurrent product.

use cell::{Backward, Bias, Cell, Facts, Real, Remember};

/// Gated recurrent unit in the form of PyTorch and cuDNN: reset after; z keeps.
///
/// # Equations
/// ```text
/// r = σ(W_r x + U_r h' + b_r)      z = σ(W_z x + U_z h' + b_z)
/// m = U_m h' + b_m                 n = tanh(W_n x + b_n + r ⊙ m)
/// h = (1 − z) ⊙ n + z ⊙ h'
/// ```
///
/// # Shapes
/// x `[I]`, h `[H]`; each W `[H, I]`, U `[H, H]`, b `[H]`.
///
/// # Parameters
/// 3H(I + H) + 4H.
///
/// # Conventions
/// Reset **after** the recurrent product; z **keeps**: it multiplies the old state, so the cell
/// remembers with a *positive* bias on z. b_m is PyTorch's recurrent candidate bias, the one
/// recurrent bias that is not redundant (PyTorch has two more, hence 6H). Blocks are ordered
/// n, r, z, m, so that both products are one matrix each.
///
/// # Source
/// Cho et al. (2014), arXiv 1406.1078 v1; PyTorch `nn.GRU`.
///
/// # Backward step
/// ```text
/// δa_n = δh ⊙ (1 − z) ⊙ (1 − n²)   δa_z = δh ⊙ (h' − n) ⊙ z ⊙ (1 − z)
/// δa_r = δa_n ⊙ m ⊙ r ⊙ (1 − r)    δm = δa_n ⊙ r
/// δh'  = δh ⊙ z  (and through U_r, U_z, U_m)
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct GruResetAfter;

impl Cell for GruResetAfter {
    const FACTS: Facts = Facts {
        name: "gru_reset_after",
        title: "GRU, reset after",
        source: "Cho et al. 2014, arXiv 1406.1078 v1; PyTorch nn.GRU",
        pre: &["n", "r", "z", "m"],
        input: 0..3,
        recurrent: 1..4,
        remember: Some(Remember { bias: Bias::Block(2), positive: true }),
        ..Facts::DEFAULT
    };

    type Pre<R: Real> = [R; 4];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    #[inline(always)]
    fn step<R: Real>(pre: [R; 4], state: [R; 1], unit: [R; 0]) -> [R; 1] {
        Self::step_keeping(pre, state, unit).0
    }

    #[inline(always)]
    fn step_keeping<R: Real>([n, r, z, m]: [R; 4], [h]: [R; 1], []: [R; 0]) -> ([R; 1], [R; 4]) {
        let r = r.sigmoid().named("r");
        let z = z.sigmoid().named("z");
        let m = m.named("m");
        let n = (n + r * m).tanh().named("n");
        ([((R::constant(1.0) - z) * n + z * h).named("h")], [n, r, z, m])
    }

    #[inline(always)]
    fn step_backward<R: Real>(
        [n, r, z, m]: [R; 4],
        [h]: [R; 1],
        _: [R; 0],
        _: [R; 1],
        [d_h]: [R; 1],
    ) -> Backward<Self, R> {
        let one = R::constant(1.0);
        let d_n = d_h * (one - z) * (one - n * n);
        let d_z = d_h * (h - n) * z * (one - z);
        Backward { pre: [d_n, d_n * m * r * (one - r), d_z, d_n * r], state: [d_h * z], unit: [] }
    }
}
