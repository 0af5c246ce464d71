//! Layer normalisation (Ba, Kiros & Hinton 2016, arXiv 1607.06450) of rows of numbers.

use compute::{Buffer, Float, Kernel};

/// Added to the variance, as in PyTorch's `LayerNorm`.
const EPSILON: f64 = 1e-5;

/// Rows brought to mean 0 and variance 1, with what their backward pass needs.
pub(super) struct Normalised<E: Float> {
    /// The rows, one after the other.
    pub(super) values: Buffer<E>,
    /// 1 / √(variance + ε) of each row.
    scales: Buffer<E>,
    width: usize,
}

impl<E: Float> Normalised<E> {
    /// Room for `rows` rows of `width` numbers, to be set.
    pub(super) fn new(rows: usize, width: usize) -> Self {
        Self { values: Buffer::unset(rows * width), scales: Buffer::unset(rows), width }
    }

    /// Rows `first..first + count`.
    pub(super) fn rows(&self, first: usize, count: usize) -> &[E] {
        &self.values[first * self.width..(first + count) * self.width]
    }

    /// The same, to be filled.
    pub(super) fn rows_mut(&mut self, first: usize, count: usize) -> &mut [E] {
        &mut self.values[first * self.width..(first + count) * self.width]
    }

    /// Normalises rows `first..first + count` in place.
    pub(super) fn normalise(&mut self, first: usize, count: usize) {
        let width = self.width;
        let rows = &mut self.values[first * width..(first + count) * width];
        let scales = &mut self.scales[first..first + count];
        E::vectorised(Forward { rows, scales, width });
    }

    /// Turns the gradient `d` of normalised rows `first..` into that of the rows as they were.
    pub(super) fn backward(&self, first: usize, d: &mut [E]) {
        let count = d.len() / self.width.max(1);
        let rows = self.rows(first, count);
        let scales = &self.scales[first..first + count];
        E::vectorised(Backward { rows, scales, d, width: self.width });
    }
}

struct Forward<'a, E> {
    rows: &'a mut [E],
    scales: &'a mut [E],
    width: usize,
}

impl<E: Float> Kernel for Forward<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let n = number::<E>(self.width as f64);
        let epsilon = number::<E>(EPSILON);
        for (row, scale) in self.rows.chunks_exact_mut(self.width).zip(self.scales) {
            let mean = sum(row, row, |x, _| x) / n;
            for x in row.iter_mut() {
                *x -= mean;
            }
            let variance = sum(row, row, |x, y| x * y) / n;
            *scale = E::nearest(1.0) / (variance + epsilon).sqrt();
            for x in row.iter_mut() {
                *x *= *scale;
            }
        }
    }
}

struct Backward<'a, E> {
    rows: &'a [E],
    scales: &'a [E],
    d: &'a mut [E],
    width: usize,
}

impl<E: Float> Kernel for Backward<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let n = number::<E>(self.width as f64);
        let rows = self.rows.chunks_exact(self.width).zip(self.scales);
        for (d, (row, &scale)) in self.d.chunks_exact_mut(self.width).zip(rows) {
            let mean = sum(d, d, |x, _| x) / n;
            let along = sum(d, row, |x, y| x * y) / n;
            for (d, &x) in d.iter_mut().zip(row) {
                *d = scale * (*d - mean - x * along);
            }
        }
    }
}

/// The sum of `term` over two slices, in sixteen partial sums that the compiler can put in vectors.
#[inline(always)]
fn sum<E: Float>(left: &[E], right: &[E], term: impl Fn(E, E) -> E) -> E {
    let mut partial = [E::default(); 16];
    let (chunks, others) = (left.chunks_exact(16), right.chunks_exact(16));
    let rest = chunks.remainder().iter().zip(others.remainder());
    for (a, b) in chunks.zip(others) {
        for k in 0..16 {
            partial[k] += term(a[k], b[k]);
        }
    }
    let tail = rest.fold(E::default(), |sum, (&a, &b)| sum + term(a, b));
    partial.into_iter().fold(tail, |sum, p| sum + p)
}

#[inline(always)]
fn number<E: Float>(value: f64) -> E {
    E::nearest(value)
}
