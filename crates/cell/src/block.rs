//! Fixed-size arrays, so that a driver can be generic over how many numbers a cell has.

/// An array of numbers whose length the cell fixes: `[R; N]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an array of numbers `[{R}; N]`",
    note = "a cell's types `Pre`, `Modulated`, `State` and `Unit` are arrays, such as \
            `type Pre<R: Real> = [R; 3];` for three pre-activation blocks; `[R; 0]` for none"
)]
pub trait Block<R>: Copy {
    /// How many numbers.
    const LEN: usize;

    /// The array whose `k`-th number is `f(k)`.
    fn from_fn(f: impl FnMut(usize) -> R) -> Self;

    /// The array of equal numbers.
    fn splat(value: R) -> Self;

    /// The numbers.
    fn as_slice(&self) -> &[R];

    /// The numbers, to be changed.
    fn as_mut_slice(&mut self) -> &mut [R];
}

impl<R: Copy, const N: usize> Block<R> for [R; N] {
    const LEN: usize = N;

    #[inline(always)]
    fn from_fn(mut f: impl FnMut(usize) -> R) -> Self {
        if N == 0 {
            return std::array::from_fn(f);
        }
        // A loop, for the reason given at `Lanes::map`.
        let mut all = [f(0); N];
        for (k, place) in all.iter_mut().enumerate().skip(1) {
            *place = f(k);
        }
        all
    }

    #[inline(always)]
    fn splat(value: R) -> Self {
        [value; N]
    }

    #[inline(always)]
    fn as_slice(&self) -> &[R] {
        self
    }

    #[inline(always)]
    fn as_mut_slice(&mut self) -> &mut [R] {
        self
    }
}
