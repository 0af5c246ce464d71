//! Sentences to ids and back.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::sentence;
use crate::subwords::Subwords;
use crate::tokeniser::{END_OF_LINE, Tokeniser};
use crate::vocabulary::{UNKNOWN, Vocabulary};

/// How the sentences of a language become the ids that a model reads or writes, and ids sentences: tokens, where
/// wanted in pieces, and what their numbers stand for. It is all that a model needs to know of a language later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextCodec {
    /// How text is cut into tokens.
    pub tokeniser: Tokeniser,
    /// How tokens fall into pieces; whole tokens without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subwords: Option<Subwords>,
    /// Whether sentences stand backwards (Sutskever et al. 2014).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reversed: bool,
    /// What the ids stand for. Of sentences that are written, the last type ends them.
    pub vocabulary: Vocabulary,
}

impl TextCodec {
    /// Whole tokens, in their order.
    pub fn new(tokeniser: Tokeniser, vocabulary: Vocabulary) -> Self {
        Self { tokeniser, subwords: None, reversed: false, vocabulary }
    }

    /// The tokens of a sentence.
    pub fn tokens(&self, sentence: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        self.tokeniser.each(sentence, |token| tokens.push(token.to_owned()));
        tokens
    }

    /// The ids of a sentence, without one for its end. What the vocabulary lacks is `<unk>`, or is left out where it
    /// has none.
    pub fn encode(&self, sentence: &str) -> Vec<u32> {
        Encoder::new(self).encode(&self.tokens(sentence))
    }

    /// The tokens that ids stand for, up to the end of the sentence.
    pub fn written(&self, ids: &[u32]) -> Vec<String> {
        let pieces = ids.iter().filter_map(|&id| self.vocabulary.word(id));
        let pieces = pieces.take_while(|piece| *piece != END_OF_LINE);
        let mut tokens = match self.subwords {
            Some(_) => Subwords::join(pieces),
            None => pieces.map(str::to_owned).collect(),
        };
        if self.reversed {
            tokens.reverse();
        }
        tokens
    }

    /// The sentence that ids stand for, as people write it.
    pub fn decode(&self, ids: &[u32]) -> String {
        self.sentence(&self.written(ids))
    }

    /// The sentence that tokens make, as people write it: what was cut apart stands together.
    pub fn sentence(&self, tokens: &[String]) -> String {
        sentence::of_tokens(self.tokeniser, tokens)
    }

    /// The id that ends a sentence which is written, if there is one.
    pub fn end(&self) -> Option<u32> {
        self.vocabulary.id(END_OF_LINE)
    }
}

/// A codec that remembers the ids of each token it has met.
pub(crate) struct Encoder<'c> {
    codec: &'c TextCodec,
    known: HashMap<String, Vec<u32>>,
}

impl<'c> Encoder<'c> {
    pub(crate) fn new(codec: &'c TextCodec) -> Self {
        Self { codec, known: HashMap::new() }
    }

    /// The ids of a sentence in tokens, without one for its end.
    pub(crate) fn encode(&mut self, tokens: &[String]) -> Vec<u32> {
        let mut ids = Vec::with_capacity(tokens.len());
        for token in tokens {
            match self.known.get(token) {
                Some(known) => ids.extend(known),
                None => {
                    let found = self.of_token(token);
                    ids.extend(&found);
                    self.known.insert(token.clone(), found);
                }
            }
        }
        if self.codec.reversed {
            ids.reverse();
        }
        ids
    }

    fn of_token(&self, token: &str) -> Vec<u32> {
        let vocabulary = &self.codec.vocabulary;
        match &self.codec.subwords {
            // A word for words unknown is one, not a word to be cut up.
            Some(subwords) if token != UNKNOWN => {
                let pieces = subwords.split(token);
                pieces.iter().filter_map(|piece| vocabulary.encode(piece)).collect()
            }
            _ => vocabulary.encode(token).into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(words: &[&str]) -> Vocabulary {
        Vocabulary::try_from(words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
            .unwrap()
    }

    #[test]
    fn a_sentence_comes_back_from_its_ids() {
        let words = vocabulary(&["<unk>", "The", "cat", "sleeps", ".", ",", "<eos>"]);
        let codec = TextCodec::new(Tokeniser::CasedProse, words);
        let ids = codec.encode("The cat, cat sleeps.");
        assert_eq!(ids, [1, 2, 5, 2, 3, 4]);
        assert_eq!(codec.decode(&[1, 2, 5, 2, 3, 4, 6, 2]), "The cat, cat sleeps.");
        assert_eq!(codec.encode("the dog"), [0, 0]);
        let backwards = TextCodec { reversed: true, ..codec };
        assert_eq!(backwards.encode("The cat sleeps."), [4, 3, 2, 1]);
        assert_eq!(backwards.decode(&[4, 3, 2, 1]), "The cat sleeps.");
    }

    #[test]
    fn pieces_of_words_come_together_again() {
        let subwords = Subwords::learn([("low", 4), ("slow", 3), ("lower", 2)], 2);
        let words = vocabulary(&["<unk>", "s@@", "low", "low@@", "l@@", "ow", "e@@", "r", "<eos>"]);
        let codec =
            TextCodec { subwords: Some(subwords), ..TextCodec::new(Tokeniser::Words, words) };
        let ids = codec.encode("slow low");
        assert_eq!(codec.written(&ids), ["slow", "low"]);
        assert!(ids.len() < 5, "{ids:?}");
        // A character that training never had, and the word for words unknown.
        assert!(codec.encode("xlow").contains(&0));
        assert_eq!(codec.encode("<unk>"), [0]);
    }

    #[test]
    fn what_it_is_can_be_written_down() {
        let plain = TextCodec::new(Tokeniser::Prose, vocabulary(&["a"]));
        let text = serde_json::to_string(&plain).unwrap();
        assert_eq!(text, r#"{"tokeniser":"prose","vocabulary":["a"]}"#);
        let whole = TextCodec {
            subwords: Some(Subwords::learn([("ab", 2)], 1)),
            reversed: true,
            ..plain.clone()
        };
        for codec in [plain, whole] {
            let text = serde_json::to_string(&codec).unwrap();
            assert_eq!(serde_json::from_str::<TextCodec>(&text).unwrap(), codec);
        }
    }
}
