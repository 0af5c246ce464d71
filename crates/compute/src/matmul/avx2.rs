//! Tiles of `f32` with AVX2: 6 rows of 16 columns, half a panel at a time, are 12 of the 16
//! registers.

#![allow(unsafe_code)] // intrinsics on pointers whose extent `Tile` promises

use super::tile::{Microkernel, Tile, WIDTH};
use std::arch::x86_64::{
    _mm256_add_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_setzero_ps,
    _mm256_storeu_ps,
};

/// Elements of a register.
const LANES: usize = 8;
/// Columns of half a panel.
const HALF: usize = 2 * LANES;

/// The kernel, where the processor has AVX2 and fused multiply-add.
pub(crate) fn kernel() -> Option<Microkernel<f32>> {
    let able = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    able.then_some(Microkernel { rows: 6, run })
}

/// # Safety
/// As [`Microkernel::run`] says.
unsafe fn run(t: &Tile<f32>) {
    for first in (0..t.columns).step_by(HALF) {
        // SAFETY: passed on; `kernel` saw that the processor has AVX2 and FMA; `first` is 0 or
        // `HALF` and below the tile's columns.
        unsafe {
            match t.rows {
                1 => half::<1>(t, first),
                2 => half::<2>(t, first),
                3 => half::<3>(t, first),
                4 => half::<4>(t, first),
                5 => half::<5>(t, first),
                _ => half::<6>(t, first),
            }
        }
    }
}

/// The columns from `first` on, at most [`HALF`].
///
/// # Safety
/// As [`Microkernel::run`] says, with `R` rows.
#[target_feature(enable = "avx2,fma")]
unsafe fn half<const R: usize>(t: &Tile<f32>, first: usize) {
    let mut sums = [[_mm256_setzero_ps(); 2]; R];
    for k in 0..t.depth {
        let panel = t.panel.wrapping_add(k * WIDTH + first);
        // SAFETY: `depth` rows of `WIDTH` elements of the panel are readable.
        let right = unsafe { [_mm256_loadu_ps(panel), _mm256_loadu_ps(panel.add(LANES))] };
        for (r, sums) in sums.iter_mut().enumerate() {
            // SAFETY: element (r, k) of the left matrix, which is readable.
            let left = _mm256_set1_ps(unsafe { *t.left.add(r * t.left_row + k * t.left_step) });
            for (sum, &right) in sums.iter_mut().zip(&right) {
                *sum = _mm256_fmadd_ps(left, right, *sum);
            }
        }
    }
    let columns = HALF.min(t.columns - first);
    for (r, sums) in sums.iter().enumerate() {
        let mut row = [0.0; HALF];
        // SAFETY: `row` has room for two registers; `columns` elements from `first` on of row
        // r of `old` are readable and of the result writable.
        unsafe {
            let out = t.out.add(r * t.out_row + first);
            if !t.old.is_null() {
                let old = t.old.add(r * t.old_row + first);
                old.copy_to_nonoverlapping(row.as_mut_ptr(), columns);
            }
            for (part, &sum) in row.chunks_exact_mut(LANES).zip(sums) {
                let old = _mm256_loadu_ps(part.as_ptr());
                _mm256_storeu_ps(part.as_mut_ptr(), _mm256_add_ps(sum, old));
            }
            out.copy_from_nonoverlapping(row.as_ptr(), columns);
        }
    }
}
