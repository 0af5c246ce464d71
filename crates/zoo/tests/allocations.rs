//! No cell's time loop allocates: a train step and a forward pass of a layer ask for memory as
//! often over a long sequence as over a short one.
//!
//! Alone in its program, because it counts what the whole program allocates.

#![allow(unsafe_code)] // an allocator can be written in no other way

use compute::Draws;
use dfdx::prelude::*;
use sequence::{LayerInit, LayerSizes, PassOptions};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use zoo::{Build, Entry, Zoo};

/// The system's allocator, counting.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const BATCH: usize = 3;
const SIZES: LayerSizes = LayerSizes::new(5, 17);

/// Allocations of a train step and of a forward pass over `steps` time steps, after one of each has
/// filled the store of buffers.
fn allocations(entry: &Entry, steps: usize) -> [usize; 2] {
    let device = Cpu::default();
    let draws = Draws::new(1);
    let init = LayerInit::torch(SIZES.hidden);
    let build = Build { sizes: SIZES, draws: &draws, name: "layer", init };
    let layer = entry.layer(&device, build).unwrap();
    let x = draws.uniform("x", steps * BATCH * SIZES.input, 1.0);
    let x = device.tensor_from_vec(x, (steps, BATCH, SIZES.input));
    let state = layer.initial_state(BATCH).unwrap();
    let train = || {
        let (y, _) = layer.train(PassOptions::default(), x.leaky_trace(), &state, None).unwrap();
        y.square().mean().backward()
    };
    let infer = || layer.infer(PassOptions::default(), x.clone(), &state).unwrap();
    drop((train(), infer()));
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    drop(train());
    let between = ALLOCATIONS.load(Ordering::Relaxed);
    drop(infer());
    [between - before, ALLOCATIONS.load(Ordering::Relaxed) - between]
}

#[test]
fn the_time_loop_allocates_nothing() {
    for entry in Zoo::standard().entries().iter().filter(|entry| entry.cell().is_some()) {
        let name = entry.name();
        let [short, long] = [20, 500].map(|steps| allocations(entry, steps));
        assert!(short.iter().all(|count| *count > 0), "{name}: nothing was counted");
        assert_eq!(short, long, "{name}: train step and forward pass, 20 and 500 time steps");
    }
}
