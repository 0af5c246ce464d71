//! Compiling a piece of work for the processor it runs on.

use pulp::{Arch, NullaryFnOnce};

/// Work to be compiled for each kind of processor.
///
/// [`run`](Kernel::run) has to be marked `#[inline(always)]`, and so has all that it calls: only
/// what is inlined is compiled for the processor's vector instructions. That is why a kernel is a
/// type: a closure cannot be marked.
pub trait Kernel {
    /// What the work gives.
    type Output;

    /// Does the work.
    fn run(self) -> Self::Output;

    /// Does the work on a processor whose vector instructions are not known, to the same result.
    #[inline(always)]
    fn portable(self) -> Self::Output
    where
        Self: Sized,
    {
        self.run()
    }
}

/// Runs a kernel with the widest vector instructions of this processor.
#[inline(always)]
pub fn vectorised<K: Kernel>(kernel: K) -> K::Output {
    match Arch::new() {
        #[cfg(target_arch = "x86_64")]
        Arch::V4(simd) => simd.vectorize(Job(kernel)),
        #[cfg(target_arch = "x86_64")]
        Arch::V3(simd) => simd.vectorize(Job(kernel)),
        #[cfg(target_arch = "aarch64")]
        Arch::Neon(simd) => simd.vectorize(Job(kernel)),
        _ => kernel.portable(),
    }
}

struct Job<K>(K);

impl<K: Kernel> NullaryFnOnce for Job<K> {
    type Output = K::Output;

    #[inline(always)]
    fn call(self) -> K::Output {
        self.0.run()
    }
}
