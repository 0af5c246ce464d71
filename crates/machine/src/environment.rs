//! Where and when something ran.

use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
    let before = processor_time(&fs::read_to_string("/proc/stat").ok()?)?;
    thread::sleep(time);
    let after = processor_time(&fs::read_to_string("/proc/stat").ok()?)?;
    let [used, all] = [0, 1].map(|part| after[part].saturating_sub(before[part]));
    (all > 0).then(|| used as f64 / all as f64)
}

/// Used and whole time of all processors since the start, from `/proc/stat`.
fn processor_time(text: &str) -> Option<[u64; 2]> {
    let line = text.lines().next()?.strip_prefix("cpu ")?;
    // user, nice, system, idle, waiting for files, interrupts, soft interrupts, taken by other machines
    let times: Vec<u64> =
        line.split_whitespace().take(8).map(str::parse).collect::<Result<_, _>>().ok()?;
    let all = times.iter().sum();
    let idle = times.get(3)? + times.get(4)?;
    Some([all - idle, all])
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
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

fn today() -> String {
    date(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()))
}

/// `2024-02-29 12:34 UTC`, from seconds since 1970 (Howard Hinnant's civil-from-days).
fn date(seconds: u64) -> String {
    let days = seconds / 86_400 + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let minutes = seconds % 86_400 / 60;
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn used_time_is_what_is_neither_idle_nor_waiting() {
        let text = "cpu  10 1 4 100 5 2 3 6 7 8\ncpu0 5 0 2 50 2 1 1 3 3 4\n";
        assert_eq!(processor_time(text), Some([26, 131]));
        assert_eq!(processor_time("cpu  10 1 4"), None);
        assert_eq!(processor_time("intr 1 2 3"), None);
    }

    #[test]
    fn dates_are_right() {
        assert_eq!(date(0), "1970-01-01 00:00 UTC");
        assert_eq!(date(1_709_210_040), "2024-02-29 12:34 UTC");
        assert_eq!(date(1_767_225_599), "2025-12-31 23:59 UTC");
    }
}
