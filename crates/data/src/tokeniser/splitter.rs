//! Text in pieces, cut into tokens.

use super::spaced::Spaced;
use super::{END_OF_LINE, Tokeniser, prose};

/// Cuts a text that comes in pieces, none of which parts a character, a word or an HTML line
/// break. Each token comes with the number of its line, counted from 1.
#[derive(Debug)]
pub(crate) struct Splitter {
    tokeniser: Tokeniser,
    line: usize,
    /// Whether the line has a token yet.
    begun: bool,
    spaced: Spaced,
}

impl Splitter {
    /// At the beginning of a text.
    pub(crate) fn new(tokeniser: Tokeniser) -> Self {
        Self { tokeniser, line: 1, begun: false, spaced: Spaced::default() }
    }

    /// Takes in the next piece.
    pub(crate) fn piece(&mut self, piece: &str, mut each: impl FnMut(&str, usize)) {
        if self.tokeniser == Tokeniser::SpacedCharacters {
            return self.spaced.piece(piece, &mut counting(&mut self.line, each));
        }
        for part in piece.split_inclusive('\n') {
            let line = self.line;
            match self.tokeniser {
                Tokeniser::Words => part.split_ascii_whitespace().for_each(|word| {
                    self.begun = true;
                    each(word, line);
                }),
                Tokeniser::Characters => characters(part, |character| each(character, line)),
                Tokeniser::Prose => prose::split(part, true, |token| each(token, line)),
                Tokeniser::CasedProse => prose::split(part, false, |token| each(token, line)),
                Tokeniser::SpacedCharacters => {}
            }
            if part.ends_with('\n') {
                if self.tokeniser == Tokeniser::Words {
                    each(END_OF_LINE, line);
                }
                self.begun = false;
                self.line += 1;
            }
        }
    }

    /// The text is over, and its last line with it.
    pub(crate) fn end_of_text(mut self, mut each: impl FnMut(&str, usize)) {
        self.end(&mut each);
        let within = match self.tokeniser {
            Tokeniser::Words => self.begun,
            Tokeniser::SpacedCharacters => self.spaced.is_within_line(),
            Tokeniser::Characters | Tokeniser::Prose | Tokeniser::CasedProse => false,
        };
        // Blanks after the last line end, as the characters of the Penn Treebank have, are no line.
        if within {
            each(END_OF_LINE, self.line);
        }
    }

    /// The text goes on elsewhere.
    pub(crate) fn end_of_beginning(mut self, mut each: impl FnMut(&str, usize)) {
        self.end(&mut each);
        self.spaced.last_blank(&mut counting(&mut self.line, each));
    }

    /// The text is over, without a line that would have to end.
    pub(crate) fn end_of_field(mut self, mut each: impl FnMut(&str, usize)) {
        self.end(&mut each);
    }

    fn end(&mut self, each: &mut impl FnMut(&str, usize)) {
        if self.tokeniser == Tokeniser::SpacedCharacters {
            self.spaced.end(&mut counting(&mut self.line, each));
        }
    }
}

/// Adds the line to tokens, which end it themselves.
fn counting<'a>(
    line: &'a mut usize,
    mut each: impl FnMut(&str, usize) + 'a,
) -> impl FnMut(&str) + 'a {
    move |token| {
        each(token, *line);
        *line += usize::from(token == END_OF_LINE);
    }
}

fn characters(text: &str, mut each: impl FnMut(&str)) {
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let (this, after) = rest.split_at(character.len_utf8());
        each(this);
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_their_lines() {
        let tokens = Tokeniser::Words.split(" a b \n\n\ta");
        assert_eq!(tokens, ["a", "b", "<eos>", "<eos>", "a", "<eos>"]);
        assert_eq!(Tokeniser::Words.split(""), [""; 0]);
        assert_eq!(Tokeniser::Words.split_beginning("a\nb"), ["a", "<eos>", "b"]);
        let mut field = Vec::new();
        Tokeniser::Words.each("a\nb", |token| field.push(token.to_owned()));
        assert_eq!(field, ["a", "<eos>", "b"]);
    }

    #[test]
    fn words_are_parted_by_ascii_white_space_alone() {
        let tokens = Tokeniser::Words.split("le\u{a0}chat voit la\u{202f}souris !\n");
        assert_eq!(tokens, ["le\u{a0}chat", "voit", "la\u{202f}souris", "!", "<eos>"]);
    }

    #[test]
    fn tokens_know_their_line() {
        for tokeniser in Tokeniser::ALL {
            let mut found = Vec::new();
            let mut splitter = Splitter::new(tokeniser);
            splitter.piece("ab cd\ne", |token, line| found.push((token.to_owned(), line)));
            splitter.end_of_text(|token, line| found.push((token.to_owned(), line)));
            let lines = |wanted: &str| found.iter().find(|(token, _)| token.starts_with(wanted));
            assert_eq!(lines("e").map(|(_, line)| *line), Some(2), "{tokeniser:?}");
            assert_eq!(lines("a").map(|(_, line)| *line), Some(1), "{tokeniser:?}");
        }
    }
}
