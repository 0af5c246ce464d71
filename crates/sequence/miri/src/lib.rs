//! The parts of `sequence` that handle pointers, with their tests, to be run by Miri (`just miri`).
//!
//! Miri is part of nightly compilers, under which dfdx 0.13 switches on code that they no longer
//! accept. These modules need of dfdx no more than a few names: here is a stand-in for them.

#![allow(dead_code, unreachable_pub)] // what is used by the rest of `sequence`

#[path = "../../src/buffer.rs"]
mod buffer;
#[path = "../../src/float.rs"]
mod float;
#[path = "../../src/matmul/mod.rs"]
mod matmul;
#[path = "../../src/threads.rs"]
mod threads;
#[path = "../../src/vectorised.rs"]
mod vectorised;

use buffer::Buffer;
use float::Float;
use vectorised::{Kernel, vectorised};

extern crate self as dfdx;

/// What `float` asks of dfdx.
pub mod prelude {
    use std::ops::{Add, AddAssign, Deref, DerefMut, Mul, Sub};

    pub trait Dtype:
        Copy
        + std::fmt::Debug
        + Default
        + PartialEq
        + Add<Output = Self>
        + Sub<Output = Self>
        + Mul<Output = Self>
        + AddAssign
        + 'static
    {
        fn from_usize(number: usize) -> Option<Self>;
    }

    impl Dtype for f32 {
        fn from_usize(number: usize) -> Option<Self> {
            Some(number as f32)
        }
    }

    impl Dtype for f64 {
        fn from_usize(number: usize) -> Option<Self> {
            Some(number as f64)
        }
    }

    pub trait Device<E> {}

    pub trait Storage<E> {
        type Vec: Deref<Target = Vec<E>> + DerefMut;
        type Err;
    }

    pub struct Cpu;

    pub struct CpuError;

    impl<E> Device<E> for Cpu {}

    impl<E> Storage<E> for Cpu {
        type Vec = Box<Vec<E>>;
        type Err = CpuError;
    }
}
