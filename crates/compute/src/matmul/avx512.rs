//! Tiles of `f32` with AVX-512: 12 rows of 32 columns are 24 of the 32 registers.

#![allow(unsafe_code)] // intrinsics on pointers whose extent `Tile` promises

use super::tile::{Microkernel, Tile, WIDTH};
use std::arch::x86_64::{
    _MM_HINT_T0, _MM_HINT_T1, _mm_prefetch, _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps,
};

/// Elements of a register.
const LANES: usize = 16;

/// The kernel, where the processor has AVX-512.
pub(crate) fn kernel() -> Option<Microkernel<f32>> {
    is_x86_feature_detected!("avx512f").then_some(Microkernel { rows: 12, run })
}

macro_rules! by_rows {
    ($tile:ident, $neighbours:literal, $vectors:literal: $($rows:literal)*) => {
        match $tile.rows {
            $($rows => tile::<$rows, $neighbours, $vectors>($tile),)*
            _ => tile::<12, $neighbours, $vectors>($tile),
        }
    };
}

/// # Safety
/// As [`Microkernel::run`] says.
unsafe fn run(t: &Tile<f32>) {
    // SAFETY: passed on; `kernel` saw that the processor has AVX-512.
    unsafe {
        match (t.left_row == 1, t.columns > LANES) {
            (true, true) => by_rows!(t, true, 2: 1 2 3 4 5 6 7 8 9 10 11),
            (true, false) => by_rows!(t, true, 1: 1 2 3 4 5 6 7 8 9 10 11),
            (false, true) => by_rows!(t, false, 2: 1 2 3 4 5 6 7 8 9 10 11),
            (false, false) => by_rows!(t, false, 1: 1 2 3 4 5 6 7 8 9 10 11),
        }
    }
}

/// `R` rows of `V` registers; `NEIGHBOURS` where elements of a column of `left` are neighbours.
///
/// # Safety
/// As [`Microkernel::run`] says, with `R` rows, at most `V * LANES` columns, more than those of
/// `V - 1` registers.
#[target_feature(enable = "avx512f")]
unsafe fn tile<const R: usize, const NEIGHBOURS: bool, const V: usize>(t: &Tile<f32>) {
    let (row, step) = if NEIGHBOURS { (1, t.left_step) } else { (t.left_row, t.left_step) };
    let mut sums = [[_mm512_setzero_ps(); V]; R];
    // Three rows share a pointer: the processor's addressing reaches them, and twelve pointers
    // would not fit in its registers.
    let mut lefts: [_; 4] = [0, 3, 6, 9].map(|r| t.left.wrapping_add(r * row));
    let (mut panel, mut soon) = (t.panel, t.soon);
    // The result may lie far out, and is not waited for if it is asked for now.
    for r in 0..R {
        for v in 0..V {
            let out = t.out.wrapping_add(r * t.out_row + v * LANES);
            _mm_prefetch::<_MM_HINT_T0>(out.cast());
        }
    }
    for _ in 0..t.depth {
        let mut right = [_mm512_setzero_ps(); V];
        for (v, right) in right.iter_mut().enumerate() {
            // SAFETY: `depth` rows of `WIDTH` elements of the panel are readable.
            *right = unsafe { _mm512_loadu_ps(panel.add(v * LANES)) };
        }
        _mm_prefetch::<_MM_HINT_T1>(soon.cast());
        if t.twice {
            _mm_prefetch::<_MM_HINT_T1>(soon.wrapping_add(t.depth * LANES).cast());
        }
        for (r, sums) in sums.iter_mut().enumerate() {
            // SAFETY: element (r, k) of the left matrix, which is readable.
            let left = _mm512_set1_ps(unsafe { *lefts[r / 3].add(r % 3 * row) });
            for (sum, &right) in sums.iter_mut().zip(&right) {
                *sum = _mm512_fmadd_ps(left, right, *sum);
            }
        }
        panel = panel.wrapping_add(WIDTH);
        soon = soon.wrapping_add(LANES);
        lefts = lefts.map(|left| left.wrapping_add(step));
    }
    for (r, sums) in sums.iter().enumerate() {
        for (v, &sum) in sums.iter().enumerate() {
            let out = t.out.wrapping_add(r * t.out_row + v * LANES);
            let width = t.columns - v * LANES;
            let mask = if width >= LANES { !0 } else { (1 << width) - 1 };
            let old = t.old.wrapping_add(r * t.old_row + v * LANES);
            let read = if t.old.is_null() { 0 } else { mask };
            // SAFETY: the masks leave the tile's own elements, which are readable and writable.
            unsafe {
                let old = _mm512_maskz_loadu_ps(read, old);
                _mm512_mask_storeu_ps(out, mask, _mm512_add_ps(sum, old));
            }
        }
    }
}
