//! Characters, with a character of their own for the blank between words.

use super::END_OF_LINE;

/// The token between two words.
pub(super) const BLANK: &str = "_";
/// How much of a text decides in which of the two forms it is written.
const LOOK: usize = 4096;

/// Cuts a text that comes in pieces.
///
/// The text is written in one of two forms, told by its first bytes: *spaced*, if it has several
/// words and each is a single character, so that white space means nothing; else *plain*.
#[derive(Debug, Default)]
pub(super) struct Spaced {
    form: Option<Form>,
    /// The text so far, while its form is not known.
    held: String,
    /// Whether the line has a character yet.
    begun: bool,
    /// Whether white space stands between that and what comes next.
    blank: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Spaced,
    Plain,
}

impl Form {
    fn of(text: &str) -> Self {
        let single = |word: &str| word.chars().nth(1).is_none();
        let mut words = text.split_ascii_whitespace();
        match words.next().is_some_and(single)
            && words.clone().next().is_some()
            && words.all(single)
        {
            true => Self::Spaced,
            false => Self::Plain,
        }
    }
}

impl Spaced {
    /// Takes in a piece of the text.
    pub(super) fn piece(&mut self, piece: &str, token: &mut dyn FnMut(&str)) {
        if self.form.is_some() {
            return self.characters(piece, token);
        }
        self.held.push_str(piece);
        if self.held.len() >= LOOK {
            self.decide(token);
        }
    }

    /// Gives what is still held.
    pub(super) fn end(&mut self, token: &mut dyn FnMut(&str)) {
        if self.form.is_none() {
            self.decide(token);
        }
    }

    /// Whether the text ends within a line.
    pub(super) fn is_within_line(&self) -> bool {
        self.begun
    }

    /// Gives the blank with which a text ends that goes on.
    pub(super) fn last_blank(&mut self, token: &mut dyn FnMut(&str)) {
        if std::mem::take(&mut self.blank) {
            token(BLANK);
        }
    }

    fn decide(&mut self, token: &mut dyn FnMut(&str)) {
        let held = std::mem::take(&mut self.held);
        let looked_at = held.floor_char_boundary(LOOK);
        self.form = Some(Form::of(&held[..looked_at]));
        self.characters(&held, token);
    }

    fn characters(&mut self, text: &str, token: &mut dyn FnMut(&str)) {
        let plain = self.form == Some(Form::Plain);
        for (at, character) in text.char_indices() {
            match character {
                '\n' => {
                    token(END_OF_LINE);
                    (self.begun, self.blank) = (false, false);
                }
                _ if character.is_ascii_whitespace() => self.blank = plain && self.begun,
                _ => {
                    self.last_blank(token);
                    token(&text[at..at + character.len_utf8()]);
                    self.begun = true;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Tokeniser::SpacedCharacters;

    #[test]
    fn both_forms_are_the_same_text() {
        let spaced = " n o _ i t \n w a s _ N \n ";
        let plain = " no it \n was  N \n";
        let tokens = SpacedCharacters.split(spaced);
        assert_eq!(tokens.concat(), "no_it<eos>was_N<eos>");
        assert_eq!(SpacedCharacters.split(plain), tokens);
        assert_eq!(SpacedCharacters.split(plain.trim_end()), tokens);
        assert_eq!(SpacedCharacters.join(tokens.iter().map(String::as_str)), "no it\nwas N\n");
    }

    #[test]
    fn a_beginning_keeps_its_last_blank() {
        for (text, expected) in [
            ("the ", "the_"),
            ("the", "the"),
            ("t h e _", "the_"),
            ("a ", "a_"),
            ("the\n", "the<eos>"),
            (" the  cat\t", "the_cat_"),
            ("", ""),
        ] {
            assert_eq!(SpacedCharacters.split_beginning(text).concat(), expected, "{text:?}");
        }
        assert_eq!(SpacedCharacters.split("the ").concat(), "the<eos>");
    }
}
