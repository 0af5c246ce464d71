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
}

/// Runs a kernel with the widest vector instructions of this processor.
#[inline(always)]
pub fn vectorised<K: Kernel>(kernel: K) -> K::Output {
    Arch::new().dispatch(Job(kernel))
}

struct Job<K>(K);

impl<K: Kernel> NullaryFnOnce for Job<K> {
    type Output = K::Output;

    #[inline(always)]
    fn call(self) -> K::Output {
        self.0.run()
    }
}
