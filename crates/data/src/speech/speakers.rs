//! Speakers who are on one side only.

use crate::error::DataError;
use crate::shown::shown;
use crate::split::Split;

/// An error unless the speaker left out, and the one who validates, are there and are two.
pub(super) fn require(
    speakers: &[String],
    left_out: &str,
    valid: Option<&str>,
) -> Result<(), DataError> {
    let named = [("split", Some(left_out)), ("valid_speaker", valid)];
    for (setting, name) in named.into_iter().filter_map(|(setting, name)| Some((setting, name?))) {
        if !speakers.iter().any(|speaker| speaker == name) {
            let reason = match speakers.is_empty() {
                true => {
                    "nobody can be told apart without a column of speakers (`speaker`)".to_owned()
                }
                false => {
                    format!(
                        "nobody is called {}; the speakers are: {}",
                        shown(name),
                        speakers.join(", ")
                    )
                }
            };
            return Err(DataError::setting(setting, reason));
        }
    }
    if valid == Some(left_out) {
        let reason =
            format!("{} is left out for the test; another one can validate", shown(left_out));
        return Err(DataError::setting("valid_speaker", reason));
    }
    Ok(())
}

/// An error for one who validates where nobody is left out.
pub(super) fn refuse_valid(valid: Option<&str>) -> Result<(), DataError> {
    match valid {
        None => Ok(()),
        Some(_) => {
            let reason = "it is for `split: {leave_out: SPEAKER}`; leave it out";
            Err(DataError::setting("valid_speaker", reason))
        }
    }
}

/// What a dataset's title says of them.
pub(super) fn title(left_out: &str, valid: Option<&str>) -> String {
    let valid = valid.map_or(String::new(), |valid| format!(", {valid} for validation"));
    format!(", {left_out} left out{valid}")
}

/// Where a recording belongs that is for the test, for validation, for both (then the test has it) or for neither.
pub(super) fn side(test: bool, valid: bool) -> Split {
    match (test, valid) {
        (true, _) => Split::Test,
        (false, true) => Split::Valid,
        (false, false) => Split::Train,
    }
}
