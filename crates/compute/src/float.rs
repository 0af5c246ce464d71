//! The element types.

use crate::buffer::Store;
use crate::matmul::{self, Microkernel};
use crate::{Kernel, vectorised};
use cell::{Lane, Lanes, Real};
use std::cell::RefCell;
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Sub, SubAssign};

/// Elements side by side.
pub trait Vector<E>: Real {
    /// How many elements.
    const WIDTH: usize;

    /// A vector of the first elements of `source` (at most [`WIDTH`](Vector::WIDTH)), then zeros.
    fn load(source: &[E]) -> Self;

    /// Writes as many elements as `target` has (at most [`WIDTH`](Vector::WIDTH)).
    fn store(self, target: &mut [E]);
}

macro_rules! vector {
    ($($lanes:ident)*) => {$(
        impl Vector<f32> for $lanes {
            const WIDTH: usize = $lanes::WIDTH;

            #[inline(always)]
            fn load(source: &[f32]) -> Self {
                if let Ok(full) = source.try_into() {
                    return Self(full);
                }
                let mut lanes = [0.0; $lanes::WIDTH];
                lanes[..source.len()].copy_from_slice(source);
                Self(lanes)
            }

            #[inline(always)]
            fn store(self, target: &mut [f32]) {
                if let Ok(full) = <&mut [f32; $lanes::WIDTH]>::try_from(&mut *target) {
                    *full = self.0;
                    return;
                }
                target.copy_from_slice(&self.0[..target.len()]);
            }
        }
    )*};
}
vector!(Lanes Lane);

impl Vector<f64> for f64 {
    const WIDTH: usize = 1;

    #[inline(always)]
    fn load(source: &[f64]) -> f64 {
        source[0]
    }

    #[inline(always)]
    fn store(self, target: &mut [f64]) {
        target[0] = self;
    }
}

/// `f32` (training) or `f64` (gradient checks).
pub trait Float:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + Into<f64>
    + Send
    + Sync
    + 'static
{
    /// The number type that the pointwise work runs on.
    type Vector: Vector<Self>;
    /// The same where the processor's vector instructions are not known.
    type Narrow: Vector<Self>;
    /// Elements in one [`Vector`](Float::Vector).
    const WIDTH: usize;

    /// Runs a kernel with the widest vector instructions of this processor where speed matters.
    fn vectorised<K: Kernel>(kernel: K) -> K::Output;

    /// The element nearest to `value`.
    fn nearest(value: f64) -> Self;

    /// Square root.
    fn sqrt(self) -> Self;

    /// A vector of the first elements of `source` (at most [`WIDTH`](Float::WIDTH)), then zeros.
    fn load(source: &[Self]) -> Self::Vector;

    /// Writes as many elements as `target` has (at most [`WIDTH`](Float::WIDTH)).
    fn store(vector: Self::Vector, target: &mut [Self]);

    /// A vector of equal elements.
    fn splat(element: Self) -> Self::Vector;

    /// The sum of the elements of each of four vectors, in an order that is always the same.
    fn sums(vectors: [Self::Vector; 4]) -> [Self; 4];

    /// Works on this thread's unused buffers; `None` while the thread ends.
    #[doc(hidden)]
    fn with_store<R>(work: impl FnOnce(&mut Store<Self>) -> R) -> Option<R>;

    /// How matrix products are computed on this processor.
    #[doc(hidden)]
    #[allow(private_interfaces)] // elements are f32 or f64: nobody else writes one
    fn microkernel() -> Microkernel<Self>;
}

impl Float for f32 {
    type Vector = Lanes;
    type Narrow = Lane;
    const WIDTH: usize = Lanes::WIDTH;

    #[inline(always)]
    fn vectorised<K: Kernel>(kernel: K) -> K::Output {
        vectorised(kernel)
    }

    #[inline(always)]
    fn nearest(value: f64) -> f32 {
        value as f32
    }

    #[inline(always)]
    fn sqrt(self) -> f32 {
        self.sqrt()
    }

    #[inline(always)]
    fn load(source: &[f32]) -> Lanes {
        Vector::load(source)
    }

    #[inline(always)]
    fn splat(element: f32) -> Lanes {
        Lanes([element; Lanes::WIDTH])
    }

    #[inline(always)]
    fn sums(vectors: [Lanes; 4]) -> [f32; 4] {
        Lanes::sums(vectors)
    }

    fn with_store<R>(work: impl FnOnce(&mut Store<f32>) -> R) -> Option<R> {
        thread_local!(static STORE: RefCell<Store<f32>> = RefCell::default());
        STORE.try_with(|store| work(&mut store.borrow_mut())).ok()
    }

    #[allow(private_interfaces)] // as in the trait: nobody else implements it
    fn microkernel() -> Microkernel<f32> {
        matmul::single()
    }

    #[inline(always)]
    fn store(vector: Lanes, target: &mut [f32]) {
        Vector::store(vector, target);
    }
}

impl Float for f64 {
    type Vector = f64;
    type Narrow = f64;
    const WIDTH: usize = 1;

    /// As it is: gradient checks need no speed, and every kernel is compiled once instead of once
    /// for each kind of processor.
    #[inline(always)]
    fn vectorised<K: Kernel>(kernel: K) -> K::Output {
        kernel.run()
    }

    #[inline(always)]
    fn nearest(value: f64) -> f64 {
        value
    }

    #[inline(always)]
    fn sqrt(self) -> f64 {
        self.sqrt()
    }

    #[inline(always)]
    fn load(source: &[f64]) -> f64 {
        source[0]
    }

    #[inline(always)]
    fn splat(element: f64) -> f64 {
        element
    }

    #[inline(always)]
    fn sums(vectors: [f64; 4]) -> [f64; 4] {
        vectors
    }

    fn with_store<R>(work: impl FnOnce(&mut Store<f64>) -> R) -> Option<R> {
        thread_local!(static STORE: RefCell<Store<f64>> = RefCell::default());
        STORE.try_with(|store| work(&mut store.borrow_mut())).ok()
    }

    #[allow(private_interfaces)] // as in the trait: nobody else implements it
    fn microkernel() -> Microkernel<f64> {
        matmul::double()
    }

    #[inline(always)]
    fn store(vector: f64, target: &mut [f64]) {
        target[0] = vector;
    }
}
