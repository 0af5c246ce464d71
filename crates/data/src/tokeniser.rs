//! The rules by which text falls into tokens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The token that ends every line of [`Tokeniser::Words`], blank lines too.
pub(crate) const END_OF_LINE: &str = "<eos>";

/// How text is cut into tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tokeniser {
    /// What stands between ASCII white space, as it is, and `<eos>` at the end of each line: how
    /// the Penn Treebank and WikiText are counted. For prepared text.
    Words,
    /// Every character (Unicode scalar value) by itself, white space and line ends too.
    Characters,
    /// For running text such as reviews. Letters are lower-cased. HTML line breaks (`<br>`,
    /// `<br/>`, `<br />`, in either case) and white space part tokens. A word is a longest
    /// stretch of letters and digits, with apostrophes within it (`don't`); every other character
    /// is a token by itself. There is no token for the end of a line.
    Prose,
}

impl Tokeniser {
    /// The tokens of a whole text.
    pub fn tokens(self, text: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        self.each(text, |token| tokens.push(token.to_owned()));
        let last = text.rsplit('\n').next().unwrap_or_default();
        if self == Self::Words && !last.trim_ascii().is_empty() {
            tokens.push(END_OF_LINE.to_owned());
        }
        tokens
    }

    /// Gives the tokens of a piece of text one by one. For [`Tokeniser::Words`], `<eos>` comes
    /// with a line's end only: the end of a piece need not be the end of a line.
    pub(crate) fn each(self, piece: &str, mut token: impl FnMut(&str)) {
        match self {
            Self::Words => {
                for line in piece.split_inclusive('\n') {
                    line.split_ascii_whitespace().for_each(&mut token);
                    if line.ends_with('\n') {
                        token(END_OF_LINE);
                    }
                }
            }
            Self::Characters => {
                let mut rest = piece;
                while let Some(character) = rest.chars().next() {
                    let (this, after) = rest.split_at(character.len_utf8());
                    token(this);
                    rest = after;
                }
            }
            Self::Prose => prose(piece, token),
        }
    }
}

fn prose(text: &str, mut token: impl FnMut(&str)) {
    let mut word = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        if character.is_ascii() {
            if character.is_ascii_alphanumeric() {
                word.push(character.to_ascii_lowercase());
                rest = after;
                continue;
            }
        } else if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
            rest = after;
            continue;
        }
        if character == '\'' && !word.is_empty() && after.starts_with(char::is_alphanumeric) {
            word.push(character);
            rest = after;
            continue;
        }
        if !word.is_empty() {
            token(&word);
            word.clear();
        }
        if let Some(after_break) = html_break(rest) {
            rest = after_break;
            continue;
        }
        if !character.is_whitespace() {
            token(&rest[..character.len_utf8()]);
        }
        rest = after;
    }
    if !word.is_empty() {
        token(&word);
    }
}

/// What follows the HTML line break with which the text begins, if it does.
fn html_break(text: &str) -> Option<&str> {
    let tag = text.get(..3).filter(|tag| tag.eq_ignore_ascii_case("<br"))?;
    let rest = text[tag.len()..].trim_start_matches(' ');
    rest.strip_prefix('/').unwrap_or(rest).strip_prefix('>')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_end_their_lines() {
        let tokens = Tokeniser::Words.tokens(" a b \n\n\ta");
        assert_eq!(tokens, ["a", "b", "<eos>", "<eos>", "a", "<eos>"]);
        assert_eq!(Tokeniser::Words.tokens(""), [""; 0]);
    }

    #[test]
    fn prose_by_example() {
        for (text, expected) in [
            ("It's GREAT!!<br /><br />Really.", "it's great ! ! really ."),
            ("a<BR>b<br/>c<br  />d <b>e</b>", "a b c d < b > e < / b >"),
            ("'tis the dogs' 'quoted' rock'n'roll", "' tis the dogs ' ' quoted ' rock'n'roll"),
            ("Ünïcode 7/10, 3.5…\u{a0}ok", "ünïcode 7 / 10 , 3 . 5 … ok"),
            ("<brown> <br", "< brown > < br"),
            (" \n\t", ""),
        ] {
            let tokens = Tokeniser::Prose.tokens(text);
            assert_eq!(tokens.join(" "), expected, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_but_white_space_is_lost(text in "([a-cA-C'é<>!. \n]|<br />){0,40}") {
            prop_assert_eq!(Tokeniser::Characters.tokens(&text).concat(), text.clone());

            let words: Vec<String> = Tokeniser::Words.tokens(&text);
            let spelt: String = words.iter().filter(|word| *word != "<eos>").map(String::as_str).collect();
            prop_assert_eq!(spelt, text.split_ascii_whitespace().collect::<String>());
            let lines = words.iter().filter(|word| *word == "<eos>").count();
            let last = text.rsplit('\n').next().unwrap_or_default();
            let open = usize::from(!last.trim_ascii().is_empty());
            prop_assert_eq!(lines, text.matches('\n').count() + open);

            let prose = Tokeniser::Prose.tokens(&text);
            let expected: String = text.replace("<br />", " ").split_whitespace().collect();
            prop_assert_eq!(prose.concat(), expected.to_lowercase());
            prop_assert!(prose.iter().all(|token| !token.is_empty()));
        }

        // Any text at all, for the slicing.
        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,60}") {
            for tokeniser in [Tokeniser::Words, Tokeniser::Characters, Tokeniser::Prose] {
                let tokens = tokeniser.tokens(&text);
                prop_assert!(tokens.iter().all(|token| !token.is_empty()));
            }
        }
    }
}
