//! Right-hand matrices laid out for the kernels, and the loops around the kernels.

use super::tile::{Microkernel, Tile, WIDTH};
use super::{Layout, Matrix, MatrixMut};
use crate::{Buffer, Float, Kernel};

/// Elements summed over in one go: a panel of as many rows stays in the innermost cache.
const DEPTH: usize = 256;

/// Rows of a left matrix gone through before the next panel: as many stay in the second cache.
const ROWS: usize = 480;

/// Largest number of rows of any kernel's tile.
const MOST_ROWS: usize = 12;

/// Bytes of a cache line.
const LINE: usize = 64;

/// A right-hand matrix of products, copied into panels of 32 columns: worth it where
/// several products have the same one.
#[derive(Debug, Clone)]
pub struct Packed<E: Float> {
    rows: usize,
    columns: usize,
    /// Panel after panel, each `[rows, WIDTH]`, the last filled up with zeros; from `start` on.
    data: Buffer<E>,
    /// Where a cache line begins.
    start: usize,
}

impl<E: Float> Default for Packed<E> {
    fn default() -> Self {
        Self { rows: 0, columns: 0, data: Buffer::default(), start: 0 }
    }
}

impl<E: Float> Packed<E> {
    /// A packed copy.
    pub fn new(matrix: Matrix<'_, E>) -> Self {
        let mut packed = Self::default();
        packed.pack(matrix);
        packed
    }

    /// Takes in another matrix, in the same memory if it is large enough.
    pub fn pack(&mut self, matrix: Matrix<'_, E>) {
        let Layout { rows, columns, row_stride, column_stride } = matrix.layout;
        (self.rows, self.columns) = (rows, columns);
        let len = columns.div_ceil(WIDTH) * WIDTH * rows;
        if self.data.len() < len + LINE {
            self.data = Buffer::unset(len + LINE);
        }
        self.start = self.data.as_ptr().align_offset(LINE).min(LINE);
        let panels = self.data[self.start..][..len].chunks_exact_mut((WIDTH * rows).max(1));
        for (panel, first) in panels.zip((0..columns).step_by(WIDTH)) {
            let width = WIDTH.min(columns - first);
            let from = &matrix.data[first * column_stride..];
            if column_stride == 1 {
                for (k, to) in panel.as_chunks_mut::<WIDTH>().0.iter_mut().enumerate() {
                    let from = &from[k * row_stride..];
                    match from.first_chunk() {
                        Some(whole) if width == WIDTH => *to = *whole,
                        _ => {
                            to[..width].copy_from_slice(&from[..width]);
                            to[width..].fill(E::default());
                        }
                    }
                }
                continue;
            }
            E::vectorised(Transpose { panel, from, width, row_stride, column_stride });
        }
    }

    /// Panel number `p` from row `k` on.
    fn panel(&self, p: usize, k: usize) -> &[E] {
        &self.data[self.start + p * WIDTH * self.rows..][k * WIDTH..self.rows * WIDTH]
    }
}

/// Fills a panel from columns that lie `column_stride` apart.
struct Transpose<'a, E> {
    panel: &'a mut [E],
    from: &'a [E],
    width: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<E: Float> Kernel for Transpose<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (k, to) in self.panel.as_chunks_mut::<WIDTH>().0.iter_mut().enumerate() {
            let from = &self.from[k * self.row_stride..];
            if self.width == WIDTH && from.len() > (WIDTH - 1) * self.column_stride {
                for (j, to) in to.iter_mut().enumerate() {
                    *to = from[j * self.column_stride];
                }
                continue;
            }
            for (j, to) in to.iter_mut().enumerate() {
                *to = if j < self.width { from[j * self.column_stride] } else { E::default() };
            }
        }
    }
}

/// What a product is added to.
#[derive(Clone, Copy)]
pub(super) enum Start<'a, E> {
    /// Nothing.
    Zero,
    /// What the result's memory holds.
    Out,
    /// The same row for every row of the result.
    Row(&'a [E]),
}

/// `out = start + left * right`. Meanwhile the start of `next`, which is needed after it, is
/// fetched into the second cache. Panics if the sizes do not fit.
pub(super) fn multiply<E: Float>(
    kernel: Microkernel<E>,
    out: MatrixMut<'_, E>,
    left: Matrix<'_, E>,
    right: &Packed<E>,
    start: Start<'_, E>,
    next: &[E],
) {
    let (o, l) = (out.layout, left.layout);
    assert!(
        l.columns == right.rows && o.rows == l.rows && o.columns == right.columns,
        "product of sizes {}x{} and {}x{} into {}x{}",
        l.rows,
        l.columns,
        right.rows,
        right.columns,
        o.rows,
        o.columns
    );
    if let Start::Row(row) = start {
        assert!(row.len() == o.columns, "a row of {} for {} columns", row.len(), o.columns);
    }
    if l.columns == 0 {
        for r in 0..o.rows {
            let out = &mut out.data[r * o.row_stride..][..o.columns];
            match start {
                Start::Zero => out.fill(E::default()),
                Start::Out => {}
                Start::Row(row) => out.copy_from_slice(row),
            }
        }
    }
    Product { kernel, out: out.data, out_row: o.row_stride, left, right, start, next }.run();
}

struct Product<'a, E: Float> {
    kernel: Microkernel<E>,
    out: &'a mut [E],
    out_row: usize,
    left: Matrix<'a, E>,
    right: &'a Packed<E>,
    start: Start<'a, E>,
    /// What is left to be fetched.
    next: &'a [E],
}

impl<E: Float> Product<'_, E> {
    fn run(mut self) {
        let Layout { rows, columns: depth, column_stride, .. } = self.left.layout;
        for k in (0..depth).step_by(DEPTH) {
            let depth = DEPTH.min(depth - k);
            for first in (0..rows).step_by(ROWS) {
                let rows = ROWS.min(rows - first);
                match column_stride {
                    1 => self.panel_by_panel(first, rows, k, depth),
                    _ => self.rows_by_rows(first, rows, k, depth),
                }
            }
            self.start = Start::Out;
        }
    }

    /// For a left matrix whose rows are rows of memory: it is read as it is.
    fn panel_by_panel(&mut self, first: usize, rows: usize, k: usize, depth: usize) {
        let Layout { row_stride, .. } = self.left.layout;
        let left = Left { data: self.left.data, row: row_stride, step: 1 };
        let twice = rows <= self.kernel.rows;
        for p in 0..self.right.columns.div_ceil(WIDTH) {
            for (n, (r, rows)) in tiles(first, rows, self.kernel.rows).enumerate() {
                // Two tiles fetch the next panel, half each; a single one fetches all of it.
                let soon = self.right.panel(p, k).as_ptr();
                let soon = soon.wrapping_add(self.right.rows * WIDTH + n % 2 * depth * WIDTH / 2);
                self.tile(left, r * row_stride + k, (r, rows), p, (k, depth), (soon, twice));
            }
        }
    }

    /// For any other left matrix: a few rows at a time are copied side by side first.
    fn rows_by_rows(&mut self, first: usize, rows: usize, k: usize, depth: usize) {
        let Layout { row_stride, column_stride, .. } = self.left.layout;
        let mut copy = [E::default(); MOST_ROWS * DEPTH];
        for (r, rows) in tiles(first, rows, self.kernel.rows) {
            for (k, to) in (k..k + depth).zip(copy.chunks_exact_mut(MOST_ROWS)) {
                let from = &self.left.data[r * row_stride + k * column_stride..];
                if row_stride == 1 && from.len() >= MOST_ROWS {
                    to.copy_from_slice(&from[..MOST_ROWS]);
                } else {
                    let elements = from.iter().step_by(row_stride.max(1));
                    to[..rows].iter_mut().zip(elements).for_each(|(to, &x)| *to = x);
                }
            }
            let left = Left { data: &copy, row: 1, step: MOST_ROWS };
            for p in 0..self.right.columns.div_ceil(WIDTH) {
                let soon = self.right.panel(p, k).as_ptr();
                self.tile(left, 0, (r, rows), p, (k, depth), (soon, false));
            }
        }
    }

    /// One tile: `rows` rows of the result from `r` on, panel `p`, `depth` elements from `k` on.
    /// The left matrix's element (0, 0) of the tile lies at `at`.
    #[allow(unsafe_code, clippy::too_many_arguments)] // the only call of the kernels
    #[inline]
    fn tile(
        &mut self,
        left: Left<'_, E>,
        at: usize,
        (r, rows): (usize, usize),
        p: usize,
        (k, depth): (usize, usize),
        (mut soon, twice): (*const E, bool),
    ) {
        let columns = WIDTH.min(self.right.columns - p * WIDTH);
        let panel = &self.right.panel(p, k)[..depth * WIDTH];
        let last = (rows - 1) * left.row + (depth - 1) * left.step;
        let left_data = &left.data[at..=at + last];
        let from = r * self.out_row + p * WIDTH;
        let out = &mut self.out[from..from + (rows - 1) * self.out_row + columns];
        let out = out.as_mut_ptr();
        let (old, old_row) = match self.start {
            Start::Zero => (std::ptr::null(), 0),
            Start::Out => (out.cast_const(), self.out_row),
            Start::Row(row) => (row[p * WIDTH..][..columns].as_ptr(), 0),
        };
        let lines = depth * (LINE / size_of::<E>()) * if twice { 2 } else { 1 };
        if !self.next.is_empty() {
            soon = self.next.as_ptr();
            self.next = self.next.get(lines..).unwrap_or_default();
        }
        let tile = Tile {
            depth,
            left: left_data.as_ptr(),
            left_row: left.row,
            left_step: left.step,
            panel: panel.as_ptr(),
            out,
            out_row: self.out_row,
            rows,
            columns,
            old,
            old_row,
            soon,
            twice,
        };
        // SAFETY: the slices were just cut to hold all elements of the tile; `out` is
        // borrowed mutably, so the others do not overlap it; `tiles` gives at most the kernel's
        // rows and `columns` is at most `WIDTH`; kernels are given out only on processors that
        // have their instructions.
        unsafe { (self.kernel.run)(&tile) }
    }
}

/// A left matrix: element (r, k) of a tile that starts at `at` lies at `at + r * row + k * step`.
#[derive(Clone, Copy)]
struct Left<'a, E> {
    data: &'a [E],
    row: usize,
    step: usize,
}

/// `count` rows from `first` on in runs of nearly equal length, at most `most`: start and length.
fn tiles(first: usize, count: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let n = count.div_ceil(most);
    (0..n).map(move |i| {
        let (from, to) = (count * i / n, count * (i + 1) / n);
        (first + from, to - from)
    })
}
