//! Fixed-size arrays, so that a driver can be generic over how many numbers a cell has.

/// An array of numbers whose length the cell fixes: `[R; N]`.
pub trait Block<R>: Copy {
    /// How many numbers.
    const LEN: usize;

    /// The array whose `k`-th number is `f(k)`.
    fn from_fn(f: impl FnMut(usize) -> R) -> Self;

    /// The numbers.
    fn as_slice(&self) -> &[R];
}

impl<R: Copy, const N: usize> Block<R> for [R; N] {
    const LEN: usize = N;

    #[inline(always)]
    fn from_fn(f: impl FnMut(usize) -> R) -> Self {
        std::array::from_fn(f)
    }

    #[inline(always)]
    fn as_slice(&self) -> &[R] {
        self
    }
}
