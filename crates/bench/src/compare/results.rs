//! What a comparison found: `results.json`.

use crate::{BenchError, Case, Summary};
use machine::Environment;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// A whole comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Where and when.
    pub environment: Environment,
    /// The share of the machine's processors that was in use while all sides waited, before each round;
    /// empty where the system does not tell.
    #[serde(default)]
    pub busy: Vec<f64>,
    /// The core that all sides were pinned to, with several threads the first of as many; none where
    /// they could not be.
    pub core: Option<usize>,
    /// Threads of every side.
    pub threads: usize,
    /// Whether it was the short run.
    pub quick: bool,
    /// Whether its shapes were named on the command line.
    pub own_shapes: bool,
    /// Rounds.
    pub rounds: usize,
    /// Seconds for each case, side and round, at least.
    pub seconds: f64,
    /// The sides, rnnlab first.
    pub sides: Vec<SideRecord>,
    /// What was measured.
    pub measurements: Vec<Measurement>,
    /// What was not, and why.
    pub failures: Vec<Failure>,
}

/// One of the libraries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideRecord {
    /// Its name.
    pub name: String,
    /// The library with its version, if it ran.
    pub version: Option<String>,
    /// Why it did not run, if so.
    pub missing: Option<String>,
}

/// A case of one side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The side's name.
    pub side: String,
    /// The case.
    pub case: Case,
    /// Its values in each round.
    pub rounds: Vec<Summary>,
}

/// A case that a side has no value for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The side's name.
    pub side: String,
    /// The case.
    pub case: Case,
    /// Why.
    pub reason: String,
    /// It went wrong; otherwise the side has no such thing.
    pub failed: bool,
}

/// A peer's value divided by ours: above 1 where ours is the smaller, so the better one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// Median over rounds.
    pub median: f64,
    /// Lowest round.
    pub low: f64,
    /// Highest round.
    pub high: f64,
}

/// Our own side's name.
pub(super) const OURS: &str = "rnnlab";

impl Results {
    /// The median over rounds of a side's medians.
    pub fn median(&self, side: &str, case: &Case) -> Option<f64> {
        let rounds: Vec<f64> = self.rounds(side, case)?.iter().map(|round| round.median).collect();
        stats::median(&rounds)
    }

    /// How many times as long (or as large) as ours a peer's value is, round by round.
    pub fn ratio(&self, peer: &str, case: &Case) -> Option<Ratio> {
        quotient(self.rounds(peer, case)?, self.rounds(OURS, case)?)
    }

    /// How many times as long as `below` we take for `above`, round by round.
    pub(super) fn growth(&self, above: &Case, below: &Case) -> Option<Ratio> {
        quotient(self.rounds(OURS, above)?, self.rounds(OURS, below)?)
    }

    /// A side's rounds of a case.
    fn rounds(&self, side: &str, case: &Case) -> Option<&[Summary]> {
        let found = self.measurements.iter().find(|m| m.side == side && m.case == *case)?;
        Some(&found.rounds)
    }

    /// Our cases, in the order in which they were measured.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.measurements.iter().filter(|m| m.side == OURS).map(|m| &m.case)
    }

    /// Whether a side has no value for a case.
    pub(super) fn has_failed(&self, side: &str, case: &Case) -> bool {
        self.failures.iter().any(|failure| failure.side == side && failure.case == *case)
    }

    pub(super) fn fail(&mut self, side: &str, case: &Case, reason: String, failed: bool) {
        self.failures.push(Failure { side: side.to_owned(), case: case.clone(), reason, failed });
    }

    pub(super) fn add(&mut self, side: &str, case: &Case, round: Summary) {
        match self.measurements.iter_mut().find(|m| m.side == side && m.case == *case) {
            Some(there) => there.rounds.push(round),
            None => {
                let (side, case) = (side.to_owned(), case.clone());
                self.measurements.push(Measurement { side, case, rounds: vec![round] });
            }
        }
    }

    /// The comparison's folder: `2026-11-24-intel-xeon-processor`. A short run, or one of
    /// other shapes, never takes the place of a whole one.
    pub(super) fn folder_name(&self) -> String {
        let date = self.environment.date.split(' ').next().unwrap_or_default();
        let processor = self.environment.processor.as_deref().unwrap_or("unknown");
        let words = processor.replace("(R)", " ").replace("(TM)", " ").to_lowercase();
        let words: Vec<&str> =
            words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let mut name = format!("{date}-{}", words.join("-"));
        if self.threads > 1 {
            name.push_str(&format!("-{}-threads", self.threads));
        }
        if self.own_shapes {
            name.push_str("-own-shapes");
        }
        if self.quick {
            name.push_str("-quick");
        }
        name
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), BenchError> {
        let path = folder.join(FILE);
        let text = serde_json::to_string_pretty(self).map_err(BenchError::json(FILE))?;
        fs::write(&path, text + "\n").map_err(BenchError::io(&path))
    }

    /// The results in a comparison's folder.
    pub fn read(folder: &Path) -> Result<Self, BenchError> {
        let path = folder.join(FILE);
        let text = fs::read_to_string(&path).map_err(BenchError::io(&path))?;
        serde_json::from_str(&text).map_err(BenchError::json(path.display().to_string()))
    }
}

fn quotient(above: &[Summary], below: &[Summary]) -> Option<Ratio> {
    let pairs = above.iter().zip(below);
    let ratios: Vec<f64> = pairs.map(|(above, below)| above.median / below.median).collect();
    Some(Ratio {
        median: stats::median(&ratios)?,
        low: stats::quantile(&ratios, 0.0)?,
        high: stats::quantile(&ratios, 1.0)?,
    })
}

const FILE: &str = "results.json";
