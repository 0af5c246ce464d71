//! Tokens put together to a text.

use super::{END_OF_LINE, Tokeniser, spaced};

/// Puts a text together, token by token.
#[derive(Debug, Clone, Copy)]
pub struct Joiner {
    tokeniser: Tokeniser,
    /// What comes next stands by itself, at the beginning of a line or after an opening bracket.
    apart: bool,
}

impl Joiner {
    /// The beginning of a text.
    pub fn new(tokeniser: Tokeniser) -> Self {
        Self { tokeniser, apart: true }
    }

    /// What the text gains by one more token.
    pub fn next(&mut self, token: &str) -> String {
        match self.tokeniser {
            Tokeniser::Characters => token.to_owned(),
            Tokeniser::SpacedCharacters if token == spaced::BLANK => " ".to_owned(),
            Tokeniser::Words | Tokeniser::SpacedCharacters if token == END_OF_LINE => {
                self.apart = true;
                "\n".to_owned()
            }
            Tokeniser::SpacedCharacters => token.to_owned(),
            Tokeniser::Words => self.word(token, false, false),
            Tokeniser::Prose | Tokeniser::CasedProse => {
                let one_of = |signs: &str| token.len() == 1 && signs.contains(token);
                self.word(token, one_of(".,;:!?)]"), one_of("(["))
            }
        }
    }

    fn word(&mut self, token: &str, closes: bool, opens: bool) -> String {
        let apart = std::mem::replace(&mut self.apart, opens);
        match apart || closes {
            true => token.to_owned(),
            false => format!(" {token}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_as_they_were() {
        for text in ["First\n\nAll of them\n", "a b", "\n\na", ""] {
            let tokens = Tokeniser::Words.split_beginning(text);
            assert_eq!(Tokeniser::Words.join(tokens.iter().map(String::as_str)), text);
        }
    }

    #[test]
    fn signs_stand_by_their_words() {
        let tokens = Tokeniser::Prose.split("The King (old), said: \"no\"!");
        let joined = Tokeniser::Prose.join(tokens.iter().map(String::as_str));
        assert_eq!(joined, "the king (old), said: \" no \"!");
    }
}
