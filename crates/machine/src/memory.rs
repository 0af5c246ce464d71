//! Memory of this process and of the machine, where the system tells.

use std::fs;

/// Memory that this process holds now, in bytes.
pub fn memory() -> Option<u64> {
    bytes_in("/proc/self/status", "VmRSS:")
}

/// Largest memory this process has held so far, in bytes.
pub fn peak_memory() -> Option<u64> {
    bytes_in("/proc/self/status", "VmHWM:")
}

/// Memory of this machine, in bytes.
pub fn physical_memory() -> Option<u64> {
    bytes_in("/proc/meminfo", "MemTotal:")
}

/// An amount of memory in one of the system's lists of `Name: 12 kB`.
fn bytes_in(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
