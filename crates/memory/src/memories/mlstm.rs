use crate::kernel::{Erase, Keep, Terms};
use crate::{Facts, KeyTerms, Memory};
use cell::{Real, Start};

/// LSTM with a matrix for its memory, exponential input gate and normaliser: one forget and one input gate a
/// head.
///
/// # Equations
/// ```text
/// k = W_k x, q = W_q x, v = W_v x        o = σ(W_o x + b_o)
/// f~ = W_f x + b_f        i~ = W_i x + b_i        (numbers of a head)
/// m = max(ln σ(f~) + m', i~)        f = exp(ln σ(f~) + m' − m)        i = exp(i~ − m)
/// S = f S' + i v kᵀ        n = f n' + i k
/// h = o ⊙ (S q / √K) / max(|nᵀ q / √K|, exp(−m))
/// ```
/// h does not depend on m, which keeps all numbers small: exp(−m) stands for the paper's 1.
///
/// # Source
/// Beck et al. (2024), xLSTM: extended long short-term memory, arXiv 2405.04517, equations 19 to 27; the
/// memory alone, without convolution and group norm. The gates see x, as in the paper; b_f starts spread over
/// the heads from 3 to 6, b_i normal with deviation 0.1, as in the authors' code, whose gate matrices start
/// at 0.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mlstm;

impl Terms for Mlstm {
    const KEEP: Keep = Keep::Number;
    const ERASE: Erase = Erase::Nothing;
}

impl Memory for Mlstm {
    const FACTS: Facts = Facts {
        name: "mlstm",
        title: "mLSTM",
        source: "Beck et al. 2024, arXiv 2405.04517 (sigmoid forget gate)",
        keys: &["k", "q"],
        values: &["v", "o"],
        heads: &["f", "i"],
        biased: 3..6,
        bias_starts: &[Start::Constant(0.0), Start::Even(3.0, 6.0), Start::Normal(0.0, 0.1)],
        normaliser: true,
        stabilised: true,
        ..Facts::DEFAULT
    };

    type Keys<R: Real> = [R; 2];
    type Values<R: Real> = [R; 2];
    type Heads<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 0];
    type Gates<R: Real> = [R; 3];

    #[inline(always)]
    fn gates<R: Real>([f, i]: [R; 2], []: [R; 0]) -> [R; 3] {
        [-(-f).softplus(), i, R::constant(0.0)]
    }

    #[inline(always)]
    fn terms<R: Real>([k, q]: [R; 2], _: [R; 2], [_, i, _]: [R; 3]) -> KeyTerms<R> {
        KeyTerms::new(i * k, q)
    }

    #[inline(always)]
    fn value<R: Real>([v, _]: [R; 2], _: [R; 3]) -> R {
        v
    }

    #[inline(always)]
    fn output<R: Real>(read: R, normaliser: R, [_, o]: [R; 2], [_, _, least]: [R; 3]) -> R {
        o.sigmoid().named("o") * (read / normaliser.abs().max(least))
    }
}
