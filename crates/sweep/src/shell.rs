//! Commands that a person can paste into a shell.

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
