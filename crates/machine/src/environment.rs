//! Where and when something ran.

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use sysinfo::{CpuRefreshKind, MINIMUM_CPU_UPDATE_INTERVAL, System};

/// Where and when something ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Version of this program.
    pub rnnlab: String,
    /// Git revision of the source it was started in, if any; `-dirty` follows where git finds
    /// tracked files changed since.
    pub revision: Option<String>,
    /// Compiler that built it.
    pub rustc: String,
    /// Operating system and processor family.
    pub system: String,
    /// Processor model, where the system tells.
    pub processor: Option<String>,
    /// Processor cores that this process may use.
    pub cores: usize,
    /// Date and time, UTC.
    pub date: String,
}

impl Environment {
    /// The same place, now.
    pub fn now(&self) -> Self {
        Self { date: today(), ..self.clone() }
    }

    /// Here and now.
    pub fn here() -> Self {
        Self {
            rnnlab: env!("CARGO_PKG_VERSION").to_owned(),
            revision: revision(Path::new(".")),
            rustc: env!("RNNLAB_RUSTC").to_owned(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            processor: processor(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            date: today(),
        }
    }
}

/// The share of the time of all processors that was in use during `time`, which this call waits; none where
/// the system does not tell.
pub fn busy(time: Duration) -> Option<f64> {
    let mut system = System::new();
    system.refresh_cpu_usage();
    thread::sleep(time.max(MINIMUM_CPU_UPDATE_INTERVAL));
    system.refresh_cpu_usage();
    (!system.cpus().is_empty()).then(|| f64::from(system.global_cpu_usage()) / 100.0)
}

fn processor() -> Option<String> {
    let mut system = System::new();
    system.refresh_cpu_list(CpuRefreshKind::nothing());
    let name = system.cpus().first()?.brand().trim();
    (!name.is_empty()).then(|| name.to_owned())
}

fn revision(start: &Path) -> Option<String> {
    described(start).or_else(|| head(start))
}

/// The revision as git tells it, `-dirty` included.
fn described(start: &Path) -> Option<String> {
    let arguments = ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"];
    let output = Command::new("git").args(arguments).current_dir(start).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The revision as `.git` itself has it, where there is no git; it cannot tell about changes.
fn head(start: &Path) -> Option<String> {
    let start = fs::canonicalize(start).ok()?;
    let git = start.ancestors().map(|folder| folder.join(".git")).find(|git| git.is_dir())?;
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let head = head.trim();
    let hash = match head.strip_prefix("ref: ") {
        None => head.to_owned(),
        Some(name) => match fs::read_to_string(git.join(name)) {
            Ok(hash) => hash.trim().to_owned(),
            Err(_) => {
                let packed = fs::read_to_string(git.join("packed-refs")).ok()?;
                packed.lines().find_map(|line| line.strip_suffix(name))?.trim().to_owned()
            }
        },
    };
    let plausible = hash.len() >= 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    plausible.then_some(hash)
}

/// `2024-02-29 12:34 UTC`.
fn today() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    date(now)
}

fn date(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.unwrap_or_default().format("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right() {
        assert_eq!(date(0), "1970-01-01 00:00 UTC");
        assert_eq!(date(1_709_210_040), "2024-02-29 12:34 UTC");
        assert_eq!(date(1_767_225_599), "2025-12-31 23:59 UTC");
    }
}
