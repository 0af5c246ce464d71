//! The rules by which text falls into tokens, and tokens make a text again.
//!
//! A [`Tokeniser`] is the one place that cuts text: training files, a text that a trained model is
//! scored on, and the beginning of a text that it goes on with all pass through its [`Splitter`].

mod joiner;
mod prose;
mod spaced;
mod splitter;

pub use joiner::Joiner;
pub(crate) use splitter::Splitter;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The token that ends every line of [`Tokeniser::Words`] and [`Tokeniser::SpacedCharacters`],
/// blank lines too.
pub(crate) const END_OF_LINE: &str = "<eos>";

/// How text is cut into tokens.
///
/// A line ends at a line feed; the last line of a text ends with the text, where anything but
/// ASCII white space stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tokeniser {
    /// What stands between ASCII white space, as it is, and `<eos>` at the end of each line: how
    /// the Penn Treebank and WikiText are counted. For prepared text.
    Words,
    /// Every character (Unicode scalar value) by itself, white space and line ends too.
    Characters,
    /// Every character but white space by itself, `_` between words and `<eos>` at the end of each
    /// line: how the characters of the Penn Treebank are counted. Read from a text in which
    /// blanks part all characters (`t h e _ c a t`) as well as from a plain one (`the cat`).
    SpacedCharacters,
    /// For running text such as reviews, in any script. White space and HTML line breaks (`<br>`,
    /// `<br/>`, `<br />`, in either case) part tokens; between them, text is brought to Unicode's
    /// normal form C and cut at its word boundaries (UAX #29): words with the marks and apostrophes
    /// in them (`don't`), numbers (`3.5`), every other sign by itself. Letters are lower-cased.
    /// There is no token for the end of a line.
    Prose,
    /// As `prose`, with capital letters as they are.
    CasedProse,
}

impl Tokeniser {
    /// All tokenisers.
    pub const ALL: [Self; 5] =
        [Self::Words, Self::Characters, Self::SpacedCharacters, Self::Prose, Self::CasedProse];

    /// Its name in experiment files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Characters => "characters",
            Self::SpacedCharacters => "spaced_characters",
            Self::Prose => "prose",
            Self::CasedProse => "cased_prose",
        }
    }

    /// Whether a token is a character, not a word: what a score per token is about.
    pub fn is_of_characters(self) -> bool {
        match self {
            Self::Characters | Self::SpacedCharacters => true,
            Self::Words | Self::Prose | Self::CasedProse => false,
        }
    }

    /// The tokens of a whole text.
    pub fn split(self, text: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        let mut splitter = Splitter::new(self);
        splitter.piece(text, |token, _| tokens.push(token.to_owned()));
        splitter.end_of_text(|token, _| tokens.push(token.to_owned()));
        tokens
    }

    /// The tokens of the beginning of a text: its last line need not end here.
    pub fn split_beginning(self, text: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        let mut splitter = Splitter::new(self);
        splitter.piece(text, |token, _| tokens.push(token.to_owned()));
        splitter.end_of_beginning(|token, _| tokens.push(token.to_owned()));
        tokens
    }

    /// The text that tokens make: what it is split into, in the tokeniser's own white space.
    pub fn join<'t>(self, tokens: impl IntoIterator<Item = &'t str>) -> String {
        let mut joiner = Joiner::new(self);
        tokens.into_iter().map(|token| joiner.next(token)).collect()
    }

    /// Gives the tokens of a text that stands for itself, such as a table's field, and has no lines
    /// of its own to end.
    pub(crate) fn each(self, text: &str, mut token: impl FnMut(&str)) {
        let mut splitter = Splitter::new(self);
        splitter.piece(text, |found, _| token(found));
        splitter.end_of_field(|found, _| token(found));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_those_of_experiment_files() {
        for tokeniser in Tokeniser::ALL {
            assert_eq!(serde_json::to_value(tokeniser).unwrap(), tokeniser.name());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_but_white_space_is_lost(text in "([a-cA-C'é<>!. \n]|<br />){0,40}") {
            prop_assert_eq!(Tokeniser::Characters.split(&text).concat(), text.clone());

            let words: Vec<String> = Tokeniser::Words.split(&text);
            let spelt: String = words.iter().filter(|word| *word != "<eos>").map(String::as_str).collect();
            prop_assert_eq!(spelt, text.split_ascii_whitespace().collect::<String>());
            let lines = words.iter().filter(|word| *word == "<eos>").count();
            let last = text.rsplit('\n').next().unwrap_or_default();
            let open = usize::from(!last.trim_ascii().is_empty());
            prop_assert_eq!(lines, text.matches('\n').count() + open);

            let prose = Tokeniser::Prose.split(&text);
            let expected: String = text.replace("<br />", " ").split_whitespace().collect();
            prop_assert_eq!(prose.concat(), expected.to_lowercase());
            prop_assert!(prose.iter().all(|token| !token.is_empty()));
            prop_assert_eq!(Tokeniser::CasedProse.split(&text).concat(), expected);
        }

        // Any text at all, for the slicing.
        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,60}") {
            for tokeniser in Tokeniser::ALL {
                let tokens = tokeniser.split(&text);
                prop_assert!(tokens.iter().all(|token| !token.is_empty()));
            }
        }

        // What a model writes is read by it as what it wrote.
        #[test]
        fn what_is_joined_falls_into_the_same_tokens(text in "([a-cA-C'é.,!?()\"% \n\u{a0}]|the ){0,40}") {
            for tokeniser in [Tokeniser::Words, Tokeniser::Characters, Tokeniser::Prose, Tokeniser::CasedProse] {
                let tokens = tokeniser.split_beginning(&text);
                let joined = tokeniser.join(tokens.iter().map(String::as_str));
                prop_assert_eq!(tokeniser.split_beginning(&joined), tokens, "{:?} {:?}", tokeniser, joined);
            }
        }
    }
}
