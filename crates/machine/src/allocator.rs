//! Memory that is kept from one training step to the next.

#![allow(unsafe_code)] // a function of the C library

/// Makes the C library keep freed memory instead of giving it back to the system and asking for it
/// again: dfdx's tensors and gradients are allocated anew at every step, and as fresh pages they
/// cost more than the work on them (measured: a sixth of a training step of 3200 time steps). What
/// glibc cannot keep are blocks of more than 64 MB that other threads than the first ask for. With
/// another library nothing changes. It is for a program's `main`: the setting is the process's.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu", not(miri)))]
    {
        use std::ffi::c_int;

        // SAFETY: as malloc.h declares it. It takes any numbers, and may be called at any time.
        unsafe extern "C" {
            safe fn mallopt(parameter: c_int, value: c_int) -> c_int;
        }
        /// Free memory at the end of the heap from which on it goes back.
        const TRIM_THRESHOLD: c_int = -1;
        /// How much more than needed is asked for: more than one of the heaps that threads have
        /// beside the first is large, so that an unused one is kept.
        const TOP_PAD: c_int = -2;
        /// How many large blocks may be taken from the system one by one, to go back when freed.
        const MMAP_MAX: c_int = -4;
        for (parameter, value) in
            [(TRIM_THRESHOLD, c_int::MAX), (TOP_PAD, 128 << 20), (MMAP_MAX, 0)]
        {
            // Refused, memory goes back as it would have.
            mallopt(parameter, value);
        }
    }
}
