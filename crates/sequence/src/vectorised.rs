//! Compiling a function for the processor it runs on.

use pulp::{Arch, NullaryFnOnce};

/// Calls `work(arguments)`, compiled for the widest vector instructions of this processor.
///
/// `work` has to be a function item marked `#[inline(always)]`, and so all that it calls: only what
/// is inlined here is compiled for those instructions. (A closure cannot be marked, and a large
/// one is not inlined; hence the arguments.)
#[inline(always)]
pub fn vectorised<Arguments, Result>(
    work: impl FnOnce(Arguments) -> Result,
    arguments: Arguments,
) -> Result {
    Arch::new().dispatch(Job { work, arguments })
}

struct Job<Work, Arguments> {
    work: Work,
    arguments: Arguments,
}

impl<Arguments, Result, Work: FnOnce(Arguments) -> Result> NullaryFnOnce for Job<Work, Arguments> {
    type Output = Result;

    #[inline(always)]
    fn call(self) -> Result {
        (self.work)(self.arguments)
    }
}
