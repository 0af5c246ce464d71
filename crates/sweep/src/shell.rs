//! Commands that a person can paste into a shell.

/// The folder that holds the experiments' own folders unless told otherwise.
pub const RESULTS: &str = "results";

/// A command that runs an experiment.
#[derive(Debug, Clone, Copy)]
pub struct RunCommand<'a> {
    /// The program, as the user calls it.
    pub program: &'a str,
    /// The experiment file.
    pub file: &'a str,
    /// The profile.
    pub profile: Option<&'a str>,
    /// What is set (`train.epochs=3`).
    pub set: &'a [String],
    /// The folder that holds the experiment's own, if not [`RESULTS`].
    pub results: Option<&'a str>,
}

impl RunCommand<'_> {
    /// The command without what was set of a field (`sweep.seed`), for it to be set otherwise.
    pub fn without(&self, field: &str) -> String {
        let kept = |set: &&String| set.split_once('=').is_none_or(|(key, _)| key.trim() != field);
        let set: Vec<String> = self.set.iter().filter(kept).cloned().collect();
        let results =
            self.results.map_or(String::new(), |folder| format!(" --results {}", file(folder)));
        let (program, own) = (self.program, file(self.file));
        format!("{program} run {own}{}{results}", arguments(self.profile, &set))
    }
}

/// The profile and the settings that follow a file.
pub(crate) fn arguments(profile: Option<&str>, set: &[String]) -> String {
    let profile = profile.map_or(String::new(), |profile| format!(" --profile {}", word(profile)));
    let set: String = set.iter().map(|set| format!(" --set {}", quoted(set))).collect();
    profile + &set
}

/// The name of a file as one word, in quotes where a shell would take it for something else.
pub(crate) fn file(name: &str) -> String {
    match (name.strip_prefix("~/"), name.starts_with('-')) {
        // The shell puts the home folder in the place of a `~` that is not quoted.
        (Some(rest), _) => format!("~/{}", word(rest)),
        // Else it would be an option.
        (None, true) => word(&format!("./{name}")),
        (None, false) => word(name),
    }
}

/// A text as one word, in quotes whatever it is.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn word(text: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+,:@%".contains(letter);
    match text.chars().all(plain) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_one_word_that_is_no_option() {
        for (name, expected) in [
            ("a/study-2.yaml", "a/study-2.yaml"),
            ("ü.yaml", "ü.yaml"),
            ("-dash.yaml", "./-dash.yaml"),
            ("- dash.yaml", "'./- dash.yaml'"),
            ("my 'own' $HOME.yaml", r"'my '\''own'\'' $HOME.yaml'"),
            ("~.yaml", "'~.yaml'"),
            ("~/a b.yaml", "~/'a b.yaml'"),
        ] {
            assert_eq!(file(name), expected);
        }
        assert_eq!(quoted("data.path=it's"), r"'data.path=it'\''s'");
    }
}
