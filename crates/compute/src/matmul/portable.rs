//! Tiles for any element type and processor, as plain loops.

#![allow(unsafe_code)] // pointers whose extent `Tile` promises

use super::tile::{Microkernel, Tile, WIDTH};
use crate::{Float, Kernel};

const ROWS: usize = 2;

/// The kernel.
pub(crate) fn kernel<E: Float>() -> Microkernel<E> {
    Microkernel { rows: ROWS, run }
}

/// # Safety
/// As [`Microkernel::run`] says.
unsafe fn run<E: Float>(tile: &Tile<E>) {
    E::vectorised(Plain { tile });
}

struct Plain<'a, E> {
    /// What [`Microkernel::run`] asks for holds.
    tile: &'a Tile<E>,
}

impl<E: Float> Kernel for Plain<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let t = self.tile;
        let mut sums = [[E::default(); WIDTH]; ROWS];
        for k in 0..t.depth {
            // SAFETY: `depth` rows of `WIDTH` elements of the panel are readable.
            let right = unsafe { &*t.panel.add(k * WIDTH).cast::<[E; WIDTH]>() };
            for (r, sums) in sums.iter_mut().enumerate().take(t.rows) {
                // SAFETY: element (r, k) of the left matrix, which is readable.
                let left = unsafe { *t.left.add(r * t.left_row + k * t.left_step) };
                for (sum, &right) in sums.iter_mut().zip(right) {
                    *sum += left * right;
                }
            }
        }
        for (r, sums) in sums.iter().enumerate().take(t.rows) {
            for (j, &sum) in sums.iter().enumerate().take(t.columns) {
                // SAFETY: element (r, j) of `old`, if there is one, is readable, that of the result
                // writable.
                unsafe {
                    let old = match t.old.is_null() {
                        true => E::default(),
                        false => *t.old.add(r * t.old_row + j),
                    };
                    *t.out.add(r * t.out_row + j) = old + sum;
                }
            }
        }
    }
}
