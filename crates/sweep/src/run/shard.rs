//! Parts of a plan, for several machines.

use super::{QueuedRun, longest_first};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One of several parts of a plan, written `2/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    /// Which part, from 1.
    part: usize,
    /// How many parts.
    of: usize,
}

impl Shard {
    /// The runs of this part: the longest first, the runs of a plan are dealt out to the parts in
    /// turn. It depends on nothing but the plan, so all parts together are the whole.
    pub fn of<'a>(self, mut due: Vec<QueuedRun<'a>>) -> Vec<QueuedRun<'a>> {
        longest_first(&mut due);
        due.into_iter().skip(self.part - 1).step_by(self.of).collect()
    }

    /// Those of the parts that the given ones belong to that are not among them.
    pub fn missing(parts: &[Self]) -> Vec<Self> {
        let of = parts.iter().map(|shard| shard.of).max().unwrap_or(0);
        (1..=of).map(|part| Self { part, of }).filter(|shard| !parts.contains(shard)).collect()
    }

    /// What tells the folder of this part from those of others.
    pub fn suffix(self) -> String {
        format!(".part-{}-of-{}", self.part, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(part, of)| {
            Some(Self { part: part.trim().parse().ok()?, of: of.trim().parse().ok()? })
        });
        numbers.filter(|shard| (1..=shard.of).contains(&shard.part)).ok_or_else(|| {
            "a part and the number of parts are allowed: 1/8, 2/8, up to 8/8".to_owned()
        })
    }
}

impl TryFrom<String> for Shard {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_parts_are_named() {
        let parts = ["3/4", "1/4"].map(|part| part.parse().unwrap());
        let missing: Vec<String> = Shard::missing(&parts).iter().map(Shard::to_string).collect();
        assert_eq!(missing, ["2/4", "4/4"]);
        assert_eq!(Shard::missing(&[]), []);
    }

    #[test]
    fn only_parts_there_are_can_be_named() {
        assert_eq!("2/8".parse::<Shard>().unwrap().to_string(), "2/8");
        for wrong in ["0/8", "9/8", "8", "/8", "1/0", "a/b", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
