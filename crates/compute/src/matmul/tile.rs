//! The smallest piece of a product: a few rows of the left matrix times one panel of the right.

/// Columns of a panel. Panels are what [`Packed`](super::Packed) matrices consist of.
pub(crate) const WIDTH: usize = 32;

/// `out[r][j] = Σ_k left[r][k] panel[k][j]`, plus `old[r][j]` if there is something to add to.
pub(crate) struct Tile<E> {
    /// Numbers summed over.
    pub(super) depth: usize,
    /// Element (r, k) lies at `r * left_row + k * left_step`.
    pub(super) left: *const E,
    pub(super) left_row: usize,
    pub(super) left_step: usize,
    /// Element (k, j) lies at `k * WIDTH + j`.
    pub(super) panel: *const E,
    /// Element (r, j) lies at `r * out_row + j`.
    pub(super) out: *mut E,
    pub(super) out_row: usize,
    /// From 1 to the kernel's rows.
    pub(super) rows: usize,
    /// From 1 to [`WIDTH`]: the others of the panel are padding.
    pub(super) columns: usize,
    /// Element (r, j) lies at `r * old_row + j`; null if there is nothing to add to. It may be
    /// `out` itself.
    pub(super) old: *const E,
    pub(super) old_row: usize,
    /// What is to be fetched from the outer caches meanwhile, a cache line for each of `depth`;
    /// only a hint, never read.
    pub(super) soon: *const E,
    /// Twice as much of it.
    pub(super) twice: bool,
}

/// A way of computing tiles.
#[derive(Clone, Copy)]
pub(crate) struct Microkernel<E> {
    /// Largest number of rows of a tile.
    pub(super) rows: usize,
    /// Computes a tile. Every row's sums run in the order of k, however many rows there are, so a
    /// row's result does not depend on its neighbours.
    ///
    /// # Safety
    /// `depth * WIDTH` elements from `panel` on and every element that [`Tile`] describes of
    /// `left` and `old` must be readable, every one of `out` writable and none of it in `left` or
    /// `panel`;
    /// `rows` and `columns` must be within their limits; the processor must have the instructions
    /// that the kernel is written in.
    pub(super) run: unsafe fn(&Tile<E>),
}
