//! Answers that are sentences.

use crate::codec::TextCodec;
use crate::split::Split;
use crate::tokeniser::Tokeniser;

/// What is known of answers that are sentences, beside their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextAnswers {
    /// How they become ids, and ids sentences.
    pub codec: TextCodec,
    /// The sentences of the training, validation and test split as they stand in the files.
    pub texts: [SentencePairs; 3],
}

impl TextAnswers {
    /// What is to be written for sequence `number` of a split, as people write it: text that was cut into tokens before
    /// is put together as answers are. Empty past the last.
    pub fn reference(&self, split: Split, number: usize) -> String {
        let text = self.of(split).references.get(number).map_or("", String::as_str);
        match self.codec.tokeniser {
            Tokeniser::Words => self.codec.sentence(&self.codec.tokens(text)),
            _ => text.to_owned(),
        }
    }

    /// The sentences of a split, in the order of its sequences.
    pub fn of(&self, split: Split) -> &SentencePairs {
        let [train, valid, test] = &self.texts;
        match split {
            Split::Train => train,
            Split::Valid => valid,
            Split::Test => test,
        }
    }
}

/// Sentences with what each is answered with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SentencePairs {
    /// What is read; empty where that is no text.
    pub sources: Vec<String>,
    /// What is to be written.
    pub references: Vec<String>,
}

impl SentencePairs {
    /// The number of pairs.
    pub fn len(&self) -> usize {
        self.references.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.references.is_empty()
    }

    /// The pairs with these numbers, in this order.
    pub(crate) fn select(&self, numbers: &[usize]) -> Self {
        let some = |texts: &[String]| numbers.iter().map(|&number| texts[number].clone()).collect();
        Self { sources: some(&self.sources), references: some(&self.references) }
    }

    /// These pairs and others after them.
    pub(crate) fn followed_by(mut self, others: Self) -> Self {
        self.sources.extend(others.sources);
        self.references.extend(others.references);
        self
    }

    /// The same pairs the other way round.
    pub(crate) fn exchanged(self) -> Self {
        Self { sources: self.references, references: self.sources }
    }
}
