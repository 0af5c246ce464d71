//! Memory of this process and of the machine, where the system tells.

use std::fs;
use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

/// Memory that this process holds now, in bytes.
pub fn memory() -> Option<u64> {
    let this = get_current_pid().ok()?;
    let mut system = System::new();
    let kind = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[this]), false, kind);
    Some(system.process(this)?.memory())
}

/// Largest memory this process has held so far, in bytes; Linux alone tells.
pub fn peak_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Memory of this machine, in bytes.
pub fn physical_memory() -> Option<u64> {
    let mut system = System::new();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    Some(system.total_memory()).filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_held_is_between_nothing_and_all() {
        let held = std::hint::black_box(vec![1_u8; 32 << 20]);
        let (now, peak) = (memory().unwrap(), peak_memory().unwrap());
        assert!(now > held.len() as u64, "{now}");
        assert!(now <= peak && peak < physical_memory().unwrap(), "{now}, {peak}");
    }
}
