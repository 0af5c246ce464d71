//! In a process of its own, since it looks at all memory that the process holds.

#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::fs::read_to_string;
use std::hint::black_box;

/// Pages that the process holds.
fn held() -> usize {
    let numbers = read_to_string("/proc/self/statm").unwrap();
    numbers.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_large_block_stays_when_freed() {
    machine::keep_freed_memory();
    let before = held();
    let block = black_box(vec![1_u8; 48 << 20]);
    let with_block = held();
    drop(block);
    let after = held();
    assert!(after > (before + with_block) / 2, "{before}, {with_block}, then {after} pages");
}
