//! What this machine can do: the limits that everything else is held against.

use super::Prepared;
use compute::matmul::{Matrix, MatrixMut, set_product};
use compute::{Kernel, vectorised};
use std::hint::black_box;
use std::time::Instant;

/// `c = a * b` of square matrices by our own product.
pub(super) fn square_product(size: usize) -> Prepared {
    let elements = size * size;
    let a: Vec<f32> = (0..elements).map(|k| (k % 7) as f32 - 3.0).collect();
    let b: Vec<f32> = (0..elements).map(|k| (k % 5) as f32 - 2.0).collect();
    let mut c = vec![0.0_f32; elements];
    Box::new(move || {
        let begin = Instant::now();
        let out = MatrixMut::new(&mut c, size, size);
        set_product(out, Matrix::new(&a, size, size), Matrix::new(&b, size, size));
        let seconds = begin.elapsed().as_secs_f64();
        black_box(&c);
        Ok(seconds)
    })
}

/// `a = b + s * c` over three arrays that are `bytes` together.
pub(super) fn triad(bytes: usize) -> Prepared {
    let elements = bytes / (3 * size_of::<f32>());
    let mut a = vec![0.0_f32; elements];
    let b = vec![1.0_f32; elements];
    let c = vec![2.0_f32; elements];
    // Short ones are repeated, so that the clock can be read accurately.
    let times = (TRIAD_BYTES / bytes.max(1)).max(1);
    Box::new(move || {
        let begin = Instant::now();
        for _ in 0..times {
            vectorised(Triad { a: &mut a, b: &b, c: &c, s: black_box(3.0) });
            black_box(&mut a);
        }
        Ok(begin.elapsed().as_secs_f64() / times as f64)
    })
}

/// A timed stretch of short triads moves about as much.
const TRIAD_BYTES: usize = 64 << 20;

struct Triad<'a> {
    a: &'a mut [f32],
    b: &'a [f32],
    c: &'a [f32],
    s: f32,
}

impl Kernel for Triad<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for ((a, b), c) in self.a.iter_mut().zip(self.b).zip(self.c) {
            *a = b + self.s * c;
        }
    }
}
