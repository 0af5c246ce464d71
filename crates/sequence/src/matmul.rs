//! Matrix products on plain slices: a safe door to `gemm`.

use crate::{Float, Kernel, vectorised};
use cell::Real;

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

#[allow(unsafe_code)] // the only door to gemm's raw pointers
fn product<E: Float>(
    out: MatrixMut<'_, E>,
    left: Matrix<'_, E>,
    right: Matrix<'_, E>,
    accumulate: bool,
) {
    let (o, l, r) = (out.layout, left.layout, right.layout);
    assert!(
        l.columns == r.rows && o.rows == l.rows && o.columns == r.columns,
        "product of sizes {}x{} and {}x{} into {}x{}",
        l.rows,
        l.columns,
        r.rows,
        r.columns,
        o.rows,
        o.columns
    );
    // One row against rows of neighbouring elements: dot products, without gemm's repacking of the
    // weights at every time step.
    if o.rows == 1 && l.column_stride == 1 && r.row_stride == 1 && o.column_stride == 1 {
        let row = &left.data[..l.columns];
        let out = &mut out.data[..o.columns];
        vectorised(Dots { row, columns: right.data, stride: r.column_stride, out, accumulate });
        return;
    }
    let stride = |s: usize| s as isize;
    let zero = E::default();
    let one = E::from_f64(1.0).unwrap_or(zero);
    // SAFETY: `Layout::rows` checked that every element of each matrix lies inside its slice (a
    // transposed layout names the same elements), and the sizes of the three were checked just
    // now. `out` is borrowed mutably, so it overlaps neither `left` nor `right`; its rows do not
    // overlap each other. Strides come from slice lengths, which fit in `isize`.
    unsafe {
        gemm::gemm(
            o.rows,
            o.columns,
            l.columns,
            out.data.as_mut_ptr(),
            stride(o.column_stride),
            stride(o.row_stride),
            accumulate,
            left.data.as_ptr(),
            stride(l.column_stride),
            stride(l.row_stride),
            right.data.as_ptr(),
            stride(r.column_stride),
            stride(r.row_stride),
            one,
            one,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
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
