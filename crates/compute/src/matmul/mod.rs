//! Matrix products on plain slices.
//!
//! The right-hand matrix is laid out in panels of 32 columns ([`Packed`]), once for many products
//! where it is a layer's weights. A kernel computes a *tile*, up to 12 rows times one panel, in
//! registers; there is one for AVX-512, one for AVX2 and a portable one, chosen when the program
//! runs. Recurrent layers multiply few rows (the batch) by weights that stay the same over many
//! steps, where general libraries spend their time on packing.
//!
//! With a packed right-hand matrix, a row of the result depends on that row of the left matrix
//! only, to the bit: a sequence gives the same alone and in a batch.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod packed;
mod portable;
mod tile;

pub use packed::Packed;
pub(crate) use tile::Microkernel;

use crate::{Float, Kernel};
use cell::Real;
use packed::{Start, multiply};

/// The kernel for `f32` on this processor.
pub(crate) fn single() -> Microkernel<f32> {
    #[cfg(target_arch = "x86_64")]
    if let Some(kernel) = avx512::kernel().or_else(avx2::kernel) {
        return kernel;
    }
    portable::kernel()
}

/// The kernel for `f64`: gradient checks need no speed.
pub(crate) fn double() -> Microkernel<f64> {
    portable::kernel()
}

/// A matrix inside a slice: element (row, column) lies at `row * row_stride + column *
/// column_stride`.
#[derive(Clone, Copy)]
pub struct Matrix<'a, E> {
    data: &'a [E],
    layout: Layout,
}

/// The same, to be written.
pub struct MatrixMut<'a, E> {
    data: &'a mut [E],
    layout: Layout,
}

#[derive(Clone, Copy)]
struct Layout {
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl Layout {
    /// Rows of `columns` neighbouring elements, `row_stride` apart. Panics if a slice of length
    /// `len` does not hold them.
    fn rows(len: usize, rows: usize, columns: usize, row_stride: usize) -> Self {
        let fits = rows == 0 || columns == 0 || (rows - 1) * row_stride + columns <= len;
        assert!(fits, "{rows} rows of {columns}, {row_stride} apart, do not fit in {len}");
        assert!(columns <= row_stride || rows <= 1, "rows overlap");
        Self { rows, columns, row_stride, column_stride: 1 }
    }
}

impl<'a, E> Matrix<'a, E> {
    /// Rows of `columns` neighbouring elements, one after the other.
    pub fn new(data: &'a [E], rows: usize, columns: usize) -> Self {
        Self::strided(data, rows, columns, columns)
    }

    /// Rows of `columns` neighbouring elements, `row_stride` apart.
    pub fn strided(data: &'a [E], rows: usize, columns: usize, row_stride: usize) -> Self {
        Self { data, layout: Layout::rows(data.len(), rows, columns, row_stride) }
    }

    /// The transposed matrix, not copied.
    pub fn t(self) -> Self {
        let Layout { rows, columns, row_stride, column_stride } = self.layout;
        let layout = Layout {
            rows: columns,
            columns: rows,
            row_stride: column_stride,
            column_stride: row_stride,
        };
        Self { data: self.data, layout }
    }
}

impl<'a, E> MatrixMut<'a, E> {
    /// Rows of `columns` neighbouring elements, one after the other.
    pub fn new(data: &'a mut [E], rows: usize, columns: usize) -> Self {
        Self::strided(data, rows, columns, columns)
    }

    /// Rows of `columns` neighbouring elements, `row_stride` apart.
    pub fn strided(data: &'a mut [E], rows: usize, columns: usize, row_stride: usize) -> Self {
        let layout = Layout::rows(data.len(), rows, columns, row_stride);
        Self { data, layout }
    }
}

/// `out += left * right`. Panics if the sizes do not fit.
pub fn add_product<E: Float>(out: MatrixMut<'_, E>, left: Matrix<'_, E>, right: Matrix<'_, E>) {
    product(out, left, right, true);
}

/// `out = left * right`. Panics if the sizes do not fit.
pub fn set_product<E: Float>(out: MatrixMut<'_, E>, left: Matrix<'_, E>, right: Matrix<'_, E>) {
    product(out, left, right, false);
}

/// `out += left * right`. Panics if the sizes do not fit.
pub fn add_packed<E: Float>(out: MatrixMut<'_, E>, left: Matrix<'_, E>, right: &Packed<E>) {
    multiply(E::microkernel(), out, left, right, Start::Out, &[]);
}

/// [`add_packed`] that fetches the start of `next`, which is needed after it, into the second cache
/// meanwhile.
pub fn add_packed_then<E: Float>(
    out: MatrixMut<'_, E>,
    left: Matrix<'_, E>,
    right: &Packed<E>,
    next: &[E],
) {
    multiply(E::microkernel(), out, left, right, Start::Out, next);
}

/// `out = left * right`. Panics if the sizes do not fit.
pub fn set_packed<E: Float>(out: MatrixMut<'_, E>, left: Matrix<'_, E>, right: &Packed<E>) {
    multiply(E::microkernel(), out, left, right, Start::Zero, &[]);
}

/// `out = left * right`, plus `row` in every row. Panics if the sizes do not fit.
pub fn set_packed_plus<E: Float>(
    out: MatrixMut<'_, E>,
    left: Matrix<'_, E>,
    right: &Packed<E>,
    row: &[E],
) {
    multiply(E::microkernel(), out, left, right, Start::Row(row), &[]);
}

fn product<E: Float>(
    out: MatrixMut<'_, E>,
    left: Matrix<'_, E>,
    right: Matrix<'_, E>,
    accumulate: bool,
) {
    let (o, l, r) = (out.layout, left.layout, right.layout);
    // One row against rows of neighbouring elements: dot products, without a packed copy.
    let fits = l.columns == r.rows && o.columns == r.columns;
    if fits && o.rows == 1 && l.rows == 1 && l.column_stride == 1 && r.row_stride == 1 {
        let row = &left.data[..l.columns];
        let out = &mut out.data[..o.columns];
        E::vectorised(Dots { row, columns: right.data, stride: r.column_stride, out, accumulate });
        return;
    }
    let start = if accumulate { Start::Out } else { Start::Zero };
    multiply(E::microkernel(), out, left, &Packed::new(right), start, &[]);
}

/// `out[j]` = (or +=, if `accumulate`) `row` times the elements of `columns` from `j * stride` on.
struct Dots<'a, E> {
    row: &'a [E],
    columns: &'a [E],
    stride: usize,
    out: &'a mut [E],
    accumulate: bool,
}

impl<E: Float> Kernel for Dots<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (j, out) in self.out.iter_mut().enumerate() {
            let old = if self.accumulate { *out } else { E::default() };
            *out = old + dot(self.row, &self.columns[j * self.stride..][..self.row.len()]);
        }
    }
}

/// The sum of products of two slices of the same length.
#[inline(always)]
fn dot<E: Float>(left: &[E], right: &[E]) -> E {
    let mut sums = [E::Vector::constant(0.0); 2];
    let pieces = left.chunks(E::WIDTH).zip(right.chunks(E::WIDTH));
    for (k, (a, b)) in pieces.enumerate() {
        sums[k % 2] = sums[k % 2] + E::load(a) * E::load(b);
    }
    let mut lanes = [E::default(); MOST_LANES];
    E::store(sums[0] + sums[1], &mut lanes[..E::WIDTH]);
    lanes[..E::WIDTH].iter().fold(E::default(), |sum, &lane| sum + lane)
}

/// At least every [`Float::WIDTH`].
const MOST_LANES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_with_strides_and_transposes_match_the_definition() {
        let left: Vec<f64> = (0..12).map(|k| f64::from(k) - 3.0).collect(); // 3 x 4
        let right: Vec<f64> = (0..8).map(|k| f64::from(k * k)).collect(); // 2 x 4, transposed
        let mut out = vec![1.0; 15]; // 3 rows of 2, 5 apart
        let out_of = MatrixMut::strided(&mut out, 3, 2, 5);
        add_product(out_of, Matrix::new(&left, 3, 4), Matrix::new(&right, 2, 4).t());
        for i in 0..3 {
            for j in 0..5 {
                let sum: f64 = match j {
                    0 | 1 => (0..4).map(|k| left[i * 4 + k] * right[j * 4 + k]).sum(),
                    _ => 0.0,
                };
                assert_eq!(out[i * 5 + j], 1.0 + sum, "row {i}, column {j}");
            }
        }
    }

    #[test]
    fn a_single_row_gives_the_same_as_several() {
        let left: Vec<f32> = (0..2 * 37).map(|k| (k % 7) as f32 - 3.0).collect();
        let right: Vec<f32> = (0..5 * 37).map(|k| (k % 5) as f32).collect();
        let (mut both, mut first) = (vec![1.0; 10], vec![1.0; 5]);
        let right = Matrix::new(&right, 5, 37).t();
        add_product(MatrixMut::new(&mut both, 2, 5), Matrix::new(&left, 2, 37), right);
        add_product(MatrixMut::new(&mut first, 1, 5), Matrix::new(&left[..37], 1, 37), right);
        assert_eq!(both[..5], first); // small whole numbers: exact in any order
    }

    /// Every kernel of this processor against the definition, over sizes around those of tiles,
    /// panels and blocks, with rows apart, left matrices as they are and transposed.
    #[test]
    fn kernels_match_the_definition_at_odd_sizes() {
        check(double(), "portable, f64");
        check(portable::kernel::<f32>(), "portable");
        #[cfg(target_arch = "x86_64")]
        for (kernel, name) in [(avx2::kernel(), "AVX2"), (avx512::kernel(), "AVX-512")] {
            kernel.into_iter().for_each(|kernel| check(kernel, name));
        }
    }

    /// Elements are small whole numbers, so sums are exact in any order.
    fn check<E: Float>(kernel: Microkernel<E>, name: &str) {
        let number = |x: usize| E::nearest((x % 7) as f64 - 3.0);
        let numbers = |len: usize, seed: usize| -> Vec<E> {
            (0..len).map(|k| number((k + seed) * (k / 5 + seed))).collect()
        };
        let pairs = [1, 2, 3, 11, 12, 13, 25, 490].map(|rows| (rows, 1 + rows % 37));
        let sizes =
            pairs.into_iter().chain([(7, 16), (5, 17), (6, 31), (9, 32), (10, 33), (3, 70)]);
        for ((rows, columns), depth) in sizes.flat_map(|s| [0, 1, 3, 255, 257].map(|d| (s, d))) {
            let (apart, gap) = (columns + 3, depth + 2);
            let right = numbers(depth * columns, 1);
            let packed = Packed::new(Matrix::new(&right, depth, columns));
            let turned = transposed(&right, depth, columns);
            let packed_turned = Packed::new(Matrix::new(&turned, columns, depth).t());
            let left = numbers(rows * gap, 2);
            let left_turned = transposed(&left, rows, gap);
            let extra = numbers(columns, 4);
            for start in [Start::Zero, Start::Out, Start::Row(&extra)] {
                let before = numbers(rows * apart, 3);
                let mut expected = before.clone();
                for i in 0..rows {
                    for j in 0..columns {
                        let old = match start {
                            Start::Zero => E::default(),
                            Start::Out => before[i * apart + j],
                            Start::Row(row) => row[j],
                        };
                        expected[i * apart + j] = (0..depth)
                            .fold(old, |sum, k| sum + left[i * gap + k] * right[k * columns + j]);
                    }
                }
                let straight = Matrix::strided(&left, rows, depth, gap);
                let across = Matrix::strided(&left_turned, depth, rows, rows).t();
                for (left, right) in [(straight, &packed), (across, &packed_turned)] {
                    let mut out = before.clone();
                    let to = MatrixMut::strided(&mut out, rows, columns, apart);
                    multiply(kernel, to, left, right, start, &left_turned);
                    assert!(out == expected, "{name}: {rows}x{depth}x{columns}");
                }
            }
        }
    }

    fn transposed<E: Float>(all: &[E], rows: usize, columns: usize) -> Vec<E> {
        (0..rows * columns).map(|k| all[k % rows * columns + k / rows]).collect()
    }

    /// So a sequence gives the same alone and in a batch.
    #[test]
    fn a_row_does_not_depend_on_its_neighbours() {
        const DEPTH: usize = if cfg!(miri) { 3 } else { 300 };
        let left: Vec<f32> = (0..25 * DEPTH).map(|k| (k as f32 * 0.37).sin()).collect();
        let right: Vec<f32> = (0..DEPTH * 40).map(|k| (k as f32 * 0.11).cos()).collect();
        let packed = Packed::new(Matrix::new(&right, DEPTH, 40));
        let mut all = vec![0.0; 25 * 40];
        set_packed(MatrixMut::new(&mut all, 25, 40), Matrix::new(&left, 25, DEPTH), &packed);
        for (row, expected) in left.chunks(DEPTH).zip(all.chunks(40)) {
            let mut alone = vec![0.0; 40];
            set_packed(MatrixMut::new(&mut alone, 1, 40), Matrix::new(row, 1, DEPTH), &packed);
            assert_eq!(alone, expected);
        }
    }

    #[test]
    fn packing_again_forgets_what_was_there() {
        let mut packed = Packed::new(Matrix::new(&[9.0_f32; 40 * 5], 5, 40));
        packed.pack(Matrix::new(&[2.0; 33 * 3], 3, 33));
        let mut out = [0.0; 33];
        set_packed(MatrixMut::new(&mut out, 1, 33), Matrix::new(&[1.0; 3], 1, 3), &packed);
        assert_eq!(out, [6.0; 33]);
    }

    #[test]
    fn an_empty_inner_size_gives_zero() {
        let mut out = vec![7.0_f32; 4];
        set_product(MatrixMut::new(&mut out, 2, 2), Matrix::new(&[], 2, 0), Matrix::new(&[], 0, 2));
        assert_eq!(out, [0.0; 4]);
    }

    #[test]
    #[should_panic(expected = "do not fit")]
    fn a_slice_too_short_is_refused() {
        Matrix::new(&[0.0_f32; 5], 2, 3);
    }

    #[test]
    #[should_panic(expected = "product of sizes")]
    fn sizes_that_do_not_fit_are_refused() {
        let mut out = [0.0_f32; 4];
        let (a, b) = ([0.0_f32; 6], [0.0_f32; 4]);
        set_product(MatrixMut::new(&mut out, 2, 2), Matrix::new(&a, 2, 3), Matrix::new(&b, 2, 2));
    }
}
