//! Articles, plurals, lists.

/// Letters whose names begin with a vowel: *an* F1, *an* NLL.
const SPELLED_WITH_A_VOWEL: &str = "AEFHILMNORSX";

/// A noun with its indefinite article: `an accuracy`, `a perplexity`, `an NLL per step`.
pub fn article(noun: &str) -> String {
    let word: String = noun.chars().take_while(|letter| letter.is_alphanumeric()).collect();
    let first = word.chars().next().unwrap_or(' ');
    // What is written in capitals is spelled letter by letter.
    let vowel = match word.chars().any(char::is_lowercase) {
        false => SPELLED_WITH_A_VOWEL.contains(first) || word.starts_with('8'),
        true => "aeiouAEIOU".contains(first) && !sounds_like_you(&word.to_lowercase()),
    };
    format!("{} {noun}", if vowel { "an" } else { "a" })
}

/// *a* unit, *a* usual start; but *an* unusual one.
fn sounds_like_you(word: &str) -> bool {
    let unlike = ["unim", "unin"].iter().any(|start| word.starts_with(start));
    !unlike && ["uni", "use", "usu"].iter().any(|start| word.starts_with(start))
}

/// So many of something: `1 run`, `9 runs`.
pub fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The name of a setting without the section of the experiment file that it stands in, but where that would be
/// the name of another one: `data.seed` is not the run's `seed`.
pub fn last_part(path: &str) -> &str {
    match path.rsplit_once('.') {
        Some((_, "seed")) | None => path,
        Some((_, last)) => last,
    }
}

/// Words as a list: `a, b and c`; with semicolons where the words have commas of their own.
pub fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [head @ .., last] => {
            let comma = if words.iter().any(|word| word.contains(',')) { "; " } else { ", " };
            format!("{} and {last}", head.join(comma))
        }
    }
}

/// The text with its first letter in upper case.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_follow_the_sound() {
        let titles = [
            "perplexity",
            "bits per character",
            "cross-entropy",
            "NLL per step",
            "squared error",
            "accuracy",
            "macro F1",
            "calibration error",
            "frame accuracy",
        ]
        .map(article);
        assert_eq!(
            titles,
            [
                "a perplexity",
                "a bits per character",
                "a cross-entropy",
                "an NLL per step",
                "a squared error",
                "an accuracy",
                "a macro F1",
                "a calibration error",
                "a frame accuracy",
            ]
        );
        assert_eq!(article("unigram model"), "a unigram model");
        assert_eq!(article("unusual one"), "an unusual one");
        assert_eq!(article("RNN"), "an RNN");
        assert_eq!(article("GRU"), "a GRU");
        assert_eq!(article("LSTM"), "an LSTM");
        assert_eq!(article("input"), "an input");
    }

    #[test]
    fn counts_and_lists() {
        assert_eq!(
            (counted(1, "run"), counted(0, "run")),
            ("1 run".to_owned(), "0 runs".to_owned())
        );
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list(&["a, x", "b, y", "c"]), "a, x; b, y and c");
        assert_eq!(capitalised("élan"), "Élan");
    }
}
