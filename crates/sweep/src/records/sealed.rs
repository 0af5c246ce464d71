//! Records with a checksum of themselves, so that a change of any number or word in one is noticed.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A record as its file has it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Sealed {
    /// SHA-256 of the rest, written as JSON without blanks.
    sha256: String,
    #[serde(flatten)]
    record: Value,
}

impl Sealed {
    /// Puts a checksum beside a record.
    pub(super) fn of(record: &impl Serialize) -> serde_json::Result<Self> {
        let record = serde_json::to_value(record)?;
        Ok(Self { sha256: checksum(&record), record })
    }

    /// The record of such a file, or what is wrong with it.
    pub(super) fn read<T: DeserializeOwned>(content: &[u8]) -> Result<T, String> {
        let text = |error: serde_json::Error| error.to_string();
        let Self { sha256, record } = serde_json::from_slice(content).map_err(text)?;
        if sha256 != checksum(&record) {
            return Err("its checksum does not hold: it was changed".to_owned());
        }
        serde_json::from_value(record).map_err(text)
    }
}

fn checksum(record: &Value) -> String {
    experiment::hash::text(&record.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_record_is_read_as_it_was_written_or_not_at_all() {
        let record =
            json!({"loss": 0.1 + 0.2, "steps": u64::MAX, "words": ["a", "b"], "none": null});
        let text = serde_json::to_string_pretty(&Sealed::of(&record).unwrap()).unwrap();
        assert_eq!(Sealed::read::<Value>(text.as_bytes()), Ok(record));
        for (from, to) in [("\"b\"", "\"c\""), ("5,", "4,"), ("null", "0"), ("loss", "Loss")] {
            assert!(text.contains(from), "{from}");
            let changed = text.replacen(from, to, 1);
            let problem = Sealed::read::<Value>(changed.as_bytes()).unwrap_err();
            assert!(problem.contains("its checksum does not hold"), "{from}: {problem}");
        }
        assert!(
            Sealed::read::<Value>(b"{\"a\": 1}").unwrap_err().contains("missing field `sha256`")
        );
    }
}
