//! Pieces of the plain cells: one step written in dfdx operations, as a textbook has it. They are
//! what a learner reads, and what the fused operation is tested against.

use dfdx::prelude::{
    Axes2, Axis, BroadcastTo, Const, Device, Dim, HasErr, HasShape, NoneTape, PermuteTo, PutTape,
    SplitTape, Tape, Tensor, TryAdd, TryMatMul,
};

/// A matrix `[M, N]` known to the compiler.
pub type Matrix<const M: usize, const N: usize, D> = Tensor<(Const<M>, Const<N>), f32, D>;
/// A batch `[B, N]` with tape `T`.
pub type Batch<B, const N: usize, D, T> = Tensor<(B, Const<N>), f32, D, T>;

/// Weights of one gate.
#[derive(Debug, Clone)]
pub struct Gate<const I: usize, const H: usize, D: Device<f32>> {
    /// W `[H, I]`, for the input.
    pub w: Matrix<H, I, D>,
    /// U `[H, H]`, for the state.
    pub u: Matrix<H, H, D>,
    /// b `[H]`.
    pub b: Tensor<(Const<H>,), f32, D>,
}

impl<const I: usize, const H: usize, D: Device<f32>> Gate<I, H, D> {
    /// `W x + U h + b` for every row: `x` `[B, I]` and `h` `[B, H]` to `[B, H]`.
    pub fn apply<B: Dim, T: Tape<f32, D>>(
        &self,
        x: Batch<B, I, D, T>,
        h: Batch<B, H, D, T>,
    ) -> Result<Batch<B, H, D, T>, <D as HasErr>::Err> {
        linear(x, &self.w, &self.b)?.try_add(product(h, &self.u)?)
    }
}

/// `W x + b` for every row: `x` `[B, N]`, `w` `[H, N]`, `b` `[H]`.
pub fn linear<B: Dim, const N: usize, const H: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: Batch<B, N, D, T>,
    w: &Matrix<H, N, D>,
    b: &Tensor<(Const<H>,), f32, D>,
) -> Result<Batch<B, H, D, T>, <D as HasErr>::Err> {
    let product = product(x, w)?;
    let bias = b.clone().try_broadcast_like::<_, Axis<0>>(product.shape())?;
    product.try_add(bias)
}

/// `W x` for every row.
fn product<B: Dim, const N: usize, const H: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: Batch<B, N, D, T>,
    w: &Matrix<H, N, D>,
) -> Result<Batch<B, H, D, T>, <D as HasErr>::Err> {
    x.try_matmul(w.clone().try_permute::<_, Axes2<1, 0>>()?)
}

/// Takes the tapes off two inputs, so that each can be used several times, and gives back their
/// union for [`finish`].
#[allow(clippy::type_complexity)] // shapes are the documentation here
pub fn begin<B: Dim, const I: usize, const H: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: Batch<B, I, D, T>,
    h: Batch<B, H, D, T>,
) -> (Batch<B, I, D, NoneTape>, Batch<B, H, D, NoneTape>, T) {
    let (x, x_tape) = x.split_tape();
    let (h, h_tape) = h.split_tape();
    (x, h, x_tape.merge(h_tape))
}

/// Puts what happened before in front of what `y`'s tape holds.
pub fn finish<B: Dim, const H: usize, D: Device<f32>, T: Tape<f32, D>>(
    y: Batch<B, H, D, T>,
    before: T,
) -> Batch<B, H, D, T> {
    let (y, tape) = y.split_tape();
    y.put_tape(before.merge(tape))
}
